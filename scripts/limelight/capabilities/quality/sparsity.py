"""Sparsity of an explanation: whether it is concentrated on a few pixels."""

import numpy as np


def gini(maps: np.ndarray) -> np.ndarray:
    """Gini index of the absolute values of each map.

    Chalasani, Chen, Chowdhury, Wu, Jha: Concise Explanations of Neural Networks, 2020 (arXiv 1810.06583).

    Parameters
    ----------
    maps
        (N, H, W).

    Returns
    -------
    numpy.ndarray
        (N,) in [0, 1): 0 if all values are equal, as in a map of zeros; 1 - 1/P if one of P pixels has everything;
        NaN for a map that is not finite.
    """
    flat = np.reshape(maps, (len(maps), -1)).astype(np.float64)
    sizes = np.sort(np.abs(np.where(np.isfinite(flat), flat, np.nan)), axis=1)
    total, pixels = sizes.sum(1), sizes.shape[1]
    # With weights that add up to 0, equal values give exactly 0 and the total needs no second term.
    weights = (2 * np.arange(1, pixels + 1) - pixels - 1) / pixels
    return np.where(total == 0, 0.0, sizes @ weights / np.where(total == 0, 1, total))
