"""What else excites a filter?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import join

CAPTION = (
    "Below each picture the activation that it reaches. Likeness: the mean cosine similarity of the Gram matrices of "
    "the layer; 1 for the same pattern, wherever it is."
)


@dataclass(frozen=True, eq=False)
class Excitement:
    """A picture, (H, W, 3) in [0, 1], or why there is none, and how much it excites the filter."""

    image: np.ndarray | str
    activation: float | None = None

    def tile(self, title: str) -> Tile:
        """As a cell of a sheet."""
        if isinstance(self.image, str):
            return Tile(None, title, reason=self.image)
        return Tile(self.image, title, "" if self.activation is None else f"{self.activation:.3g}")


@dataclass(frozen=True, eq=False)
class FacetRow:
    """One filter: what it makes of noise `alone`, its `facets`, and their `likeness` to each other."""

    filter: int
    alone: Excitement
    facets: Sequence[Excitement]
    likeness: float | None = None


def facets_sheet(rows: Sequence[FacetRow], *, title: str, subtitle: str = "", style: Style | None = None) -> Figure:
    """A row a filter: one picture that ascended alone, and those that were kept apart."""
    grid: list[list[Tile | None]] = []
    names = []
    for row in rows:
        first = not grid
        titles = [f"facet {number + 1}" if first else "" for number in range(len(row.facets))]
        facets = [one.tile(above) for one, above in zip(row.facets, titles, strict=True)]
        grid.append([row.alone.tile("alone" if first else ""), *facets])
        likeness = "" if row.likeness is None else f"\nlikeness of its facets {row.likeness:.2f}"
        names.append(f"filter {row.filter}{likeness}")
    return contact_sheet(grid, row_titles=names, title=title, subtitle=join(subtitle, CAPTION), style=style, pinned=1)
