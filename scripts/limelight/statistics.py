"""Spearman's rank correlation, of pairs of rows and of all pairs of columns."""

import numpy as np

BRIGHTEST = 99.5
"""Percentile of a map that counts as its brightest value, wherever maps are drawn or compared as they are drawn."""


def spearman(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each row of `one` with the same row of `two`; equal values share a mean rank.

    Parameters
    ----------
    one, two
        (N, ...) each; a row is everything behind the first axis.

    Returns
    -------
    numpy.ndarray
        (N,) in [-1, 1]; NaN where a row is constant or not finite, for then it has no ranks.
    """
    one, two = (_centred_ranks(values.reshape(len(values), -1), axis=1) for values in (one, two))
    lengths = np.sqrt(np.square(one).sum(1) * np.square(two).sum(1))
    return np.divide((one * two).sum(1), lengths, out=np.full(len(one), np.nan), where=lengths > 0).clip(-1, 1)


def spearman_matrix(values: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each pair of columns of `values`, (N, K), (K, K).

    A column correlates with itself by 1; a constant one with no other: 0.
    """
    ranks = _centred_ranks(values, axis=0)
    length = np.sqrt((ranks**2).sum(0))
    normed = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    matrix: np.ndarray = np.clip(normed.T @ normed, -1, 1)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _centred_ranks(values: np.ndarray, axis: int) -> np.ndarray:
    """Ranks less their mean; NaN all along the axis where a value is not finite."""
    from scipy.stats import rankdata  # takes longer to import than most figures take to draw

    ranks: np.ndarray = rankdata(np.where(np.isfinite(values), values, np.nan), axis=axis)
    return ranks - ranks.mean(axis, keepdims=True)
