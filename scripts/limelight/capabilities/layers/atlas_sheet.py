"""The atlas of a layer: the images of all its filters on one page, similar filters side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from limelight.figures.page import FAINT, MARGIN, SMALL, Box, Heading, Page
from limelight.figures.sheet import WIDEST
from limelight.figures.style import Style, drawing
from limelight.figures.text import Ink, fit

LARGEST, GAP = 1.5, 0.05  # inches: maximum side of a tile, and gap between tiles
NUMBER = Ink(7, "#1f2328", bold=True)


@dataclass(frozen=True, eq=False)
class AtlasTile:
    """One filter of a layer.

    Attributes
    ----------
    filter : int
    row, column : int
        Where it stands.
    image : array, (H, W, 3) in [0, 1], or str
        What gradient ascent made of noise, or why there is nothing to show.
    """

    filter: int
    row: int
    column: int
    image: np.ndarray | str


def atlas_page(tiles: Sequence[AtlasTile], *, title: str, subtitle: str = "", style: Style | None = None) -> Figure:
    """Each filter's image in its cell, its number above it."""
    if not tiles:
        raise ValueError("atlas: no filter to draw; expected at least one")
    style = style or Style()
    dpi = style.dpi
    margin, gap = round(MARGIN * dpi), round(GAP * dpi)
    rows, columns = (1 + max(getattr(tile, axis) for tile in tiles) for axis in ("row", "column"))
    room = round(WIDEST * dpi) - 2 * margin
    side = min(round(LARGEST * dpi), (room + gap) // columns - gap)
    height = side + NUMBER.height(dpi) + gap
    width = max(round(WIDEST / 2 * dpi), columns * (side + gap) - gap + 2 * margin)
    with drawing():
        heading = Heading.plan(title, subtitle, (), width - 2 * margin, style)
        page = Page(width, 2 * margin + heading.height + rows * height - gap, style)
        top = heading.draw(page, margin, margin)
        for tile in tiles:
            x, y = margin + tile.column * (side + gap), top + tile.row * height
            _draw(page, Box(x, y + NUMBER.height(dpi), side, side), tile)
    return page.figure


def _draw(page: Page, cell: Box, tile: AtlasTile) -> None:
    dpi = page.dpi
    above = cell.y - NUMBER.height(dpi)
    page.lines(cell.x, above, [str(tile.filter)], NUMBER)
    if isinstance(tile.image, str):
        page.rectangle(cell, face="#f6f7f9", edge=FAINT, hatch="///")
        page.lines(cell.x + cell.width / 2, cell.y, fit(tile.image, cell.width, SMALL, dpi, 4), SMALL, "center")
        return
    page.picture(cell, tile.image)
    page.rectangle(cell, edge=FAINT, line=0.5)
