"""The contact sheet: a grid of equal cells, from which nearly every figure is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from limelight.figures.page import BODY, DARK, FAINT, HEAD, MARGIN, MUTED, RIGHT, SMALL, WRONG, Box, Heading, Key, Page
from limelight.figures.style import Style, drawing
from limelight.figures.text import Ink, fit, longest_word, squeeze

WIDEST = 16.0  # inches of a sheet
NARROWEST = 5.0
LARGEST_CELL, SMALLER_CELL = 2.2, 1.3  # few images are drawn larger, but not in many rows
HIGHEST_BAND = 7.0
GAP = 0.12  # between columns
ROW_TITLE, WIDEST_ROW_TITLE = 1.0, 1.6  # width of the row titles; wider where one of their words is
TITLE_LINES, CAPTION_LINES, ROW_TITLE_LINES, REASON_LINES = 2, 3, 8, 7  # of a caption: for each of its lines

TONES = {"plain": MUTED, "right": RIGHT, "wrong": WRONG}


@dataclass(frozen=True, eq=False)
class Tile:
    """One cell of a sheet.

    Attributes
    ----------
    image : array or None
        (H, W, 3) RGB, uint8 or float in [0, 1]; or an (H, W) map drawn through `cmap` from `vmin` to `vmax`.
        None marks a gap: a hatched cell with `reason` written in it.
    title, caption : str
        Above and below the image; a caption may have several lines, the first of them in the colour of `tone`.
    tone : {"plain", "right", "wrong"}
    draw : callable or None
        Draws on Axes that fill the cell, instead of an image.
    """

    image: np.ndarray | None
    title: str = ""
    caption: str = ""
    cmap: str | None = None
    vmin: float | None = None
    vmax: float | None = None
    tone: str = "plain"
    reason: str = ""
    draw: Callable[[Axes], None] | None = None


@dataclass(frozen=True)
class _Strip:
    """A row of one band, its words already wrapped."""

    tiles: list[Tile | None]
    titles: list[list[str]]
    captions: list[list[tuple[str, Ink]]]
    heading: list[tuple[str, Ink]]
    space: int  # before it
    above: int  # between its top and its cells
    below: int  # between the foot of its cells and the foot of the strip
    side: int

    @property
    def height(self) -> int:
        return self.space + self.above + self.side + self.below


def contact_sheet(
    rows: Sequence[Sequence[Tile | None]],
    *,
    row_titles: Sequence[str] = (),
    title: str = "",
    subtitle: str = "",
    keys: Sequence[Key] = (),
    style: Style | None = None,
    columns_per_band: int = 11,
    pinned: int = 0,
    breaks: Collection[int] = (),
) -> Figure:
    """Draw rows of tiles in columns of equal, square cells.

    More columns than `columns_per_band` are wrapped into bands of equal length below each other. A band leaves out
    rows in which it has no tile. Images keep their shape and are centred in their cell. Texts are wrapped and, where
    that is not enough, shortened with an ellipsis: nothing overlaps, and nothing is read as mathematics.

    Parameters
    ----------
    rows : sequence of sequences of Tile or None
        None leaves the cell empty.
    row_titles : sequence of str
        Left of the rows, in every band; the first line is bold.
    title, subtitle : str
        What is shown, and how it was made.
    keys : sequence of Key
        The legend.
    columns_per_band : int
        Columns side by side, the pinned ones included.
    pinned : int
        How many leading columns are repeated in every band.
    breaks : collection of int
        Rows before which there is more space.
    """
    style = style or Style()
    dpi = style.dpi
    columns = max((len(row) for row in rows), default=0)
    if columns == 0:
        raise ValueError("contact sheet: no tile to draw; expected at least one row with one column")
    if columns_per_band <= pinned:
        raise ValueError(f"contact sheet: {columns_per_band} columns a band leave no room beside {pinned} pinned")
    bands = _bands(columns, columns_per_band, pinned)
    across = max(len(band) for band in bands)
    margin, gap = round(MARGIN * dpi), round(GAP * dpi)

    with drawing(style):
        titled = _row_title_width(row_titles, dpi)
        label = titled + gap if titled else 0
        room = round(WIDEST * dpi) - 2 * margin - label
        largest = max(SMALLER_CELL, min(LARGEST_CELL, HIGHEST_BAND / len(rows)))
        side = min(round(largest * dpi), (room + gap) // across - gap)
        grid = label + across * (side + gap) - gap
        width = max(round(NARROWEST * dpi), grid + 2 * margin)
        heading = Heading.plan(title, subtitle, keys, width - 2 * margin, style)
        strips = []
        for number, band in enumerate(bands):
            first = True
            for index, row in enumerate(rows):
                tiles = [row[column] if column < len(row) else None for column in band]
                if not any(tile is not None for tile in tiles[pinned if number else 0 :]):
                    continue
                space = 0.0 if first and not number else 0.3 if first else 0.2 if index in breaks else 0.05
                row_title = row_titles[index] if index < len(row_titles) else ""
                strips.append(_strip(tiles, row_title, titled, side, round(space * dpi), dpi))
                first = False
        page = Page(width, 2 * margin + heading.height + sum(strip.height for strip in strips), style)
        y = heading.draw(page, margin, margin)
        for strip in strips:
            _draw(page, strip, margin, margin + label, y, side + gap)
            y += strip.height
    return page.figure


def _bands(columns: int, most: int, pinned: int) -> list[list[int]]:
    """Column numbers of each band, as even as can be.

    >>> _bands(5, 4, 1)
    [[0, 1, 2], [0, 3, 4]]
    """
    free = range(pinned, columns)
    count = max(1, -(-len(free) // (most - pinned)))
    size = -(-len(free) // count)
    lead = list(range(min(pinned, columns)))
    return [lead + list(free[start : start + size]) for start in range(0, max(1, len(free)), max(1, size))]


def _row_title_width(row_titles: Sequence[str], dpi: int) -> int:
    """Pixels for the row titles: enough for their longest word, within reason; 0 where there are none."""
    if not any(row_titles):
        return 0
    longest = 0.0
    for row_title in row_titles:
        first, _, rest = row_title.partition("\n")
        longest = max(longest, longest_word(first, HEAD, dpi), longest_word(rest, BODY, dpi))
    return round(min(max(longest + 1, ROW_TITLE * dpi), WIDEST_ROW_TITLE * dpi))


def _strip(tiles: list[Tile | None], row_title: str, label: int, side: int, space: int, dpi: int) -> _Strip:
    titles = [fit(tile.title, side, HEAD, dpi, TITLE_LINES) if tile else [] for tile in tiles]
    captions = [_caption(tile, side, dpi) if tile else [] for tile in tiles]
    first, _, rest = row_title.partition("\n")
    heading = [(line, HEAD) for line in fit(first, label, HEAD, dpi, 4)]
    heading += [(line, BODY) for line in fit(rest, label, BODY, dpi, ROW_TITLE_LINES - len(heading))]
    pad = round(0.05 * dpi)
    above = max(map(len, titles)) * HEAD.height(dpi)
    below = max(map(len, captions)) * BODY.height(dpi)
    # A small cell may be lower than its row's title.
    below = max(below, sum(ink.height(dpi) for _, ink in heading) - side)
    return _Strip(tiles, titles, captions, heading, space, above + pad * bool(above), below + pad, side)


def _caption(tile: Tile, side: int, dpi: int) -> list[tuple[str, Ink]]:
    toned = Ink(BODY.size, TONES[tile.tone])
    wrapped = []
    for number, line in enumerate(tile.caption.split("\n")):
        ink = BODY if number else toned
        wrapped += [(part, ink) for part in squeeze(line, side, ink, dpi, CAPTION_LINES)]
    return wrapped


def _draw(page: Page, strip: _Strip, left: int, grid: int, y: int, step: int) -> None:
    top = y + strip.space + strip.above
    words = sum(ink.height(page.dpi) for _, ink in strip.heading)
    at = top + max(0, (strip.side - words) // 2)
    for line, ink in strip.heading:
        page.lines(left, at, [line], ink)
        at += ink.height(page.dpi)
    for column, tile in enumerate(strip.tiles):
        if tile is None:
            continue
        cell = Box(grid + column * step, top, strip.side, strip.side)
        middle = cell.x + cell.width / 2
        lines = strip.titles[column]
        page.lines(middle, top - round(0.05 * page.dpi) - len(lines) * HEAD.height(page.dpi), lines, HEAD, "center")
        foot = _fill(page, cell, tile)
        for line, ink in strip.captions[column]:
            page.lines(middle, foot + round(0.02 * page.dpi), [line], ink, "center")
            foot += BODY.height(page.dpi)


def _fill(page: Page, cell: Box, tile: Tile) -> int:
    """Draw what is in a cell; gives the y of its foot."""
    if tile.draw is not None:
        tile.draw(page.axes(cell))
        return cell.y + cell.height
    if tile.image is None:
        page.rectangle(cell, face="#f6f7f9", edge=FAINT, hatch="///")
        room = round(cell.width * 0.84)
        lines = fit(tile.reason or "no result", room, SMALL, page.dpi, REASON_LINES)
        height = len(lines) * SMALL.height(page.dpi)
        top = cell.y + (cell.height - height) // 2
        pad = round(0.03 * page.dpi)
        page.rectangle(Box(cell.x + (cell.width - room) // 2, top - pad, room, height + 2 * pad), face="white")
        page.lines(cell.x + cell.width / 2, top, lines, Ink(SMALL.size, DARK), "center")
        return cell.y + cell.height
    height, width = tile.image.shape[:2]
    scale = cell.width / max(height, width)
    fitted = (max(1, round(width * scale)), max(1, round(height * scale)))
    box = Box(cell.x + (cell.width - fitted[0]) // 2, cell.y + (cell.height - fitted[1]) // 2, *fitted)
    page.picture(box, tile.image, tile.cmap, tile.vmin, tile.vmax)
    page.rectangle(box, edge=WRONG if tile.tone == "wrong" else FAINT, line=1.2 if tile.tone == "wrong" else 0.5)
    return cell.y + cell.height
