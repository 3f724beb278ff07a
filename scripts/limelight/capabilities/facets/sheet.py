"""The sheet of the facets of filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import join

CAPTION = (
    "Below each picture the activation that it reaches. Likeness: the mean cosine similarity of the Gram matrices of "
    "the layer; 1 for the same pattern, wherever it is."
)


@dataclass(frozen=True, eq=False)
class FacetRow:
    """One filter: what it makes of noise `alone`, its `facets`, and their `likeness` to each other."""

    filter: int
    alone: Tile
    facets: Sequence[Tile]
    likeness: float | None = None


def facets_sheet(rows: Sequence[FacetRow], *, title: str, subtitle: str = "", style: Style | None = None) -> Figure:
    """A row a filter: one picture that ascended alone, and those that were kept apart."""
    grid: list[list[Tile | None]] = []
    names = []
    for row in rows:
        tiles = [row.alone, *row.facets]
        if not grid:
            titles = ["alone", *(f"facet {number + 1}" for number in range(len(row.facets)))]
            tiles = [replace(tile, title=title) for tile, title in zip(tiles, titles, strict=True)]
        grid.append([*tiles])
        likeness = "" if row.likeness is None else f"\nlikeness of its facets {row.likeness:.2f}"
        names.append(f"filter {row.filter}{likeness}")
    return contact_sheet(grid, row_titles=names, title=title, subtitle=join(subtitle, CAPTION), style=style, pinned=1)
