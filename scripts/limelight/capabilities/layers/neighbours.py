"""Similarity of the filters of a layer, and a layout that places similar ones side by side. No torch.

Alike are filters that respond to the same photographs: Spearman's correlation of their largest activations over the
image set. It compares what the filters do, not what an ascent made of them, so it holds for poor pictures too, and it
does not care on what scale, or how often, a filter answers.

On the page likeness runs in both directions: the filters are put on a plane by classical scaling (Torgerson, 1952) of
1 - correlation, and from there into the cells of a grid, so that they move as little as can be (an assignment problem;
Quadrianto et al., 2010, sort pictures like that). A list would put the ends of its lines next to strangers.
"""

import math

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata


def columns_of(filters: int) -> int:
    """Number of columns of a page of filters: a little wider than high, as long as the pictures are not too small."""
    return min(math.ceil(math.sqrt(1.6 * filters)), 24)


def layout(alike: np.ndarray, columns: int) -> np.ndarray:
    """Cell of each of K filters on a page, (K,) int, counted row by row.

    Parameters
    ----------
    alike
        Correlations, (K, K).
    """
    count = len(alike)
    cells = np.arange(count)
    grid = np.stack([cells % columns, cells // columns], 1).astype(float)
    plane = _plane(1 - alike)
    if count < 3 or not plane.any():
        return cells
    # Ranks fill the page evenly, wherever filters crowd; the wider direction of the plane runs along the page.
    spread = (rankdata(plane, axis=0) - 1) / (count - 1) * grid.max(0)
    _, chosen = linear_sum_assignment(((spread[:, None] - grid[None]) ** 2).sum(2))
    places: np.ndarray = chosen
    return places


def beside(alike: np.ndarray, cells: np.ndarray, columns: int) -> np.ndarray:
    """Mean correlation of each filter with those whose cells share a side with its own, (K,); NaN without any."""
    row, column = cells // columns, cells % columns
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    count = near.sum(1)
    return np.divide((alike * near).sum(1), count, out=np.full(len(alike), np.nan), where=count > 0)


def _plane(distances: np.ndarray) -> np.ndarray:
    """Classical scaling into two dimensions, (K, 2), the longer one first; signs are such that filter 0 is low."""
    centred = distances**2 - (distances**2).mean(0)
    centred = -(centred - centred.mean(1, keepdims=True)) / 2
    values, vectors = np.linalg.eigh(centred)
    places = np.zeros((len(distances), 2))
    for axis, column in enumerate(range(len(values) - 1, max(len(values) - 3, -1), -1)):
        vector = vectors[:, column] * np.sqrt(max(values[column], 0.0))
        places[:, axis] = vector if vector[0] <= 0 else -vector
    places[np.abs(places) < 1e-9] = 0
    return places
