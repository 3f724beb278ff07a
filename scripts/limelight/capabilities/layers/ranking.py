"""The photographs with the largest activations of each filter, over all buckets, as tables. No torch."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.neighbours import beside, columns_of, layout
from limelight.statistics import spearman_matrix

TOP = ("layer", "filter", "rank", "image", "activation", "top", "left", "bottom", "right")
"""Columns of `top.csv`; the box is in pixels of the network's input, its last row and column exclusive."""

ATLAS = ("layer", "filter", "row", "column", "similarity")
"""Columns of `atlas.csv`: where a filter stands on its page, and its mean correlation with those beside it."""


def top_table(
    layer: str,
    images: Sequence[str],
    values: np.ndarray,
    positions: np.ndarray,
    field: Field,
    size: Sequence[int],
    photographs: int,
) -> pd.DataFrame:
    """For each of K filters the photographs that excite it most, the strongest first.

    Of equal ones the first counts. A filter that answers the same to all photographs has no row.

    Parameters
    ----------
    values, positions
        The largest activation on each photograph, (N, K), and its row and column in the map, (N, K, 2).
    field, size
        The receptive field of the layer, and (height, width) of the network's input.
    """
    rows = []
    for number in np.flatnonzero(np.ptp(values, axis=0) > 0):
        for rank, image in enumerate(np.argsort(-values[:, number], kind="stable")[:photographs], 1):
            box = field.box(positions[image, number], size)
            rows.append((layer, number, rank, images[image], values[image, number], *box))
    return pd.DataFrame(rows, columns=list(TOP))


def atlas_table(layer: str, values: np.ndarray) -> pd.DataFrame:
    """Where each of K filters stands on its page, by the likeness of its activations on N photographs, (N, K)."""
    alike = spearman_matrix(values)
    columns = columns_of(len(alike))
    cells = layout(alike, columns)
    places = {"layer": layer, "filter": np.arange(len(alike)), "row": cells // columns, "column": cells % columns}
    return pd.DataFrame({**places, "similarity": beside(alike, cells, columns)}, columns=list(ATLAS))
