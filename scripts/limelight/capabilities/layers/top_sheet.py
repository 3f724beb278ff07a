"""The sheet of the photographs with the largest activations of each filter, cut to its receptive field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from limelight.figures.page import Key
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style

OUTLINE = (255, 214, 10)  # stands out from food, grey and skin alike


@dataclass(frozen=True, eq=False)
class Example:
    """A photograph that excites a filter.

    Attributes
    ----------
    image : str
        Its id.
    photograph : array or None, (H, W, 3) uint8
        As the network sees it; None if its file cannot be read any more.
    box : tuple of int
        Top, left, bottom, right of what the most excited unit sees.
    activation : float
        Of that unit.
    """

    image: str
    photograph: np.ndarray | None
    box: tuple[int, int, int, int]
    activation: float

    @property
    def patch(self) -> np.ndarray | None:
        """What the unit sees."""
        top, left, bottom, right = self.box
        return None if self.photograph is None else self.photograph[top:bottom, left:right]

    @property
    def outlined(self) -> np.ndarray | None:
        """The photograph with the patch outlined."""
        if self.photograph is None:
            return None
        height, width = self.photograph.shape[:2]
        top, left, bottom, right = self.box
        line = max(2, round(max(height, width) / 64))
        framed = self.photograph.copy()
        inside = np.zeros((height, width), dtype=bool)
        inside[top:bottom, left:right] = True
        inside[top + line : bottom - line, left + line : right - line] = False
        framed[inside] = OUTLINE
        return framed


@dataclass(frozen=True, eq=False)
class TopRow:
    """One filter: its number, its image from noise, (H, W, 3) in [0, 1], or why there is none, and its examples."""

    filter: int
    image: np.ndarray | str
    examples: Sequence[Example]


def top_sheet(
    rows: Sequence[TopRow], *, title: str, subtitle: str = "", style: Style | None = None, across: int = 3
) -> Figure:
    """For each filter: the image that excites it, the patches that excite it most, and the first in its photograph.

    Parameters
    ----------
    across
        Filters side by side.
    """
    widest = max((len(row.examples) for row in rows), default=0)
    across = max(1, min(across, len(rows)))
    blocks = [_block(row, widest) for row in rows]
    lines: list[list[Tile | None]] = []
    for start in range(0, len(blocks), across):
        line: list[Tile | None] = []
        for block in blocks[start : start + across]:
            line += [*([None] if line else []), *block]
        lines.append(line)
    return contact_sheet(
        lines,
        title=title,
        subtitle=subtitle,
        keys=[Key(np.full((1, 2, 3), OUTLINE, dtype=np.uint8), "what the strongest unit sees of the photograph")],
        style=style,
        columns_per_band=max(map(len, lines)),
    )


def _block(row: TopRow, widest: int) -> list[Tile | None]:
    name = f"filter {row.filter}"
    if isinstance(row.image, str):
        block: list[Tile | None] = [Tile(None, name, reason=row.image)]
    else:
        block = [Tile(row.image, name, "" if row.examples else "the same for all photographs")]
    for example in row.examples:
        block.append(Tile(example.patch, caption=f"{example.activation:.3g}", reason="cannot be read"))
    if row.examples:
        block.append(Tile(row.examples[0].outlined, caption=row.examples[0].image, reason="cannot be read"))
    return block + [None] * (widest + 2 - len(block))
