"""The linear surrogate model of LIME, and its stability.

States are (N, K) bool, whether each of K superpixels is on in each of N perturbed photographs; the first row is the
photograph itself, all on. Everything is computed in float64, step by step as `Ridge` of scikit-learn does, which the
`lime` package calls once a class.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.linalg import solve


def kernel_weights(states: np.ndarray, width: float) -> np.ndarray:
    """Weight of each perturbed photograph, (N,) in (0, 1]: sqrt(exp(-d² / width²)).

    d is the cosine distance to the photograph, 1 - sqrt(k / K) where k of K superpixels are on.
    """
    distances = 1 - np.sqrt(states.mean(1))
    return np.sqrt(np.exp(-(distances**2) / width**2))


def effective_sample_size(weights: np.ndarray) -> float:
    """How many equally weighted samples tell as much (Kish, 1965): (Σw)² / Σw², from 1 to N."""
    return float(weights.sum() ** 2 / (weights**2).sum())


@dataclass(frozen=True)
class Surrogate:
    """Linear models of C outputs: coefficients (C, K); intercept, r2, local_prediction (C,)."""

    coefficients: np.ndarray
    intercept: np.ndarray
    r2: np.ndarray
    local_prediction: np.ndarray


def ridge(states: np.ndarray, values: np.ndarray, weights: np.ndarray, alpha: float = 1.0) -> Surrogate:
    """Weighted ridge regression of several outputs, (N, C) float64, at once.

    Minimises Σ w (y - intercept - states · coefficients)² + alpha |coefficients|². R² is the weighted share of an
    output's variance that its model explains, and 1 for an output that does not vary.
    """
    samples, superpixels = states.shape
    # Taking the photograph's own output off first changes nothing but that a constant output has no rounding error.
    x, y = states.astype(np.float64), values - values[0]
    x_mean, y_mean = (np.average(rows, axis=0, weights=weights) for rows in (x, y))
    scale = np.sqrt(weights)[:, None]
    x, y = (x - x_mean) * scale, (y - y_mean) * scale
    if superpixels > samples:  # then the dual problem is the smaller one
        coefficients = x.T @ solve(x @ x.T + alpha * np.eye(samples), y, assume_a="pos")
    else:
        coefficients = solve(x.T @ x + alpha * np.eye(superpixels), x.T @ y, assume_a="pos")
    intercept = values[0] + y_mean - x_mean @ coefficients
    unexplained, variance = (np.square(rows).sum(0) for rows in (y - x @ coefficients, y))
    r2 = 1 - np.divide(unexplained, variance, out=np.zeros_like(variance), where=variance > 0)
    return Surrogate(coefficients.T, intercept, r2, intercept + coefficients.sum(0))


# --- stability ----------------------------------------------------------------------------------------------------


def strongest(coefficients: np.ndarray, count: int) -> np.ndarray:
    """Which superpixels have the `count` largest absolute coefficients, (..., K) bool; one of 0 is never among them."""
    size = np.abs(coefficients)
    ranks = np.argsort(np.argsort(-size, axis=-1, kind="stable"), axis=-1)
    return (ranks < count) & (size > 0)


def agreement(repetitions: np.ndarray, count: int) -> np.ndarray:
    """Mean Jaccard index of the `count` strongest superpixels over all pairs of R repetitions.

    The stability of the chosen variables of Visani et al., 2020 (arXiv 2001.11757).

    Parameters
    ----------
    repetitions
        Coefficients, (R, C, K).

    Returns
    -------
    ndarray
        (C,) from 0, nothing in common, to 1, always the same. At least two repetitions are needed.
    """
    pairs = combinations(strongest(repetitions, count), 2)
    return np.mean([_jaccard(one, other) for one, other in pairs], axis=0)


def _jaccard(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Shared members over all members, of sets along the last axis; two empty sets are the same."""
    union = (one | other).sum(-1)
    return np.where(union > 0, (one & other).sum(-1) / np.maximum(union, 1), 1.0)


def halves_agreement(states: np.ndarray, values: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Agreement, (C,), of the models of every other sample and of those between, which share no random number.

    It needs no forward pass of its own; each half being half as long, it is lower than that of whole repetitions. Where
    the half without the photograph itself has no weight, be it empty or the kernel too narrow, nothing is shared.
    """
    if not weights[1::2].any():
        return np.zeros(values.shape[1])
    fits = [ridge(states[half::2], values[half::2], weights[half::2]).coefficients for half in (0, 1)]
    return agreement(np.stack(fits), count)
