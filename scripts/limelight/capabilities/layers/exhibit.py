"""Whole layers in the gallery: patches that excite each filter most, its tuning, and which filters are alike."""

import math
from collections.abc import Iterator

from limelight.gallery.filters import Filter, LayerExhibit, Picture

PATCHES, NUMBERS = 2, 4
"""Ranks among what is known of a filter."""

TUNING = {
    "frequency": "spatial frequency, cycles a pixel",
    "orientation": "orientation, degrees",
    "selectivity": "orientation selectivity, 0 to 1",
}
"""Columns of `tuning.csv`, in words."""


def of_layer(layer: LayerExhibit) -> list[Filter]:
    """What the tables of whole layers say of its filters."""
    return [*_top(layer), *_places(layer), *_tuning(layer)]


def _top(layer: LayerExhibit) -> Iterator[Filter]:
    """The photographs of the whole image set that excite a filter most, and the patches of them that do."""
    table = layer.table("top")
    photographs = layer.load(list(dict.fromkeys(table["image"]))) if len(table) else {}
    for number, rows in table.groupby("filter"):
        patches = [
            Picture(
                photographs[row.image][row.top : row.bottom, row.left : row.right],
                "Patches of photographs that excite it most",
                f"{row.image}: {row.activation:.3g}",
                row.image,
            )
            for row in rows.itertuples()
            if row.image in photographs
        ]
        strongest = list(zip(rows["image"], rows["activation"], strict=True))
        yield Filter(int(str(number)), patches, top=strongest, rank=PATCHES)


def _places(layer: LayerExhibit) -> Iterator[Filter]:
    """Its place among filters that are alike."""
    cells = layer.table("atlas")
    for place, number in enumerate(cells.sort_values(["row", "column"])["filter"] if len(cells) else ()):
        yield Filter(int(number), place=place, rank=NUMBERS)


def _tuning(layer: LayerExhibit) -> Iterator[Filter]:
    """Which frequency and orientation it prefers."""
    for row in layer.table("tuning").to_dict("records"):
        known = {words: float(row[column]) for column, words in TUNING.items() if not math.isnan(row[column])}
        yield Filter(int(row["filter"]), numbers=known, rank=NUMBERS)
