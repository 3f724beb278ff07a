"""The sheet that compares the activations which settings of gradient ascent reach."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import join

CAPTION = (
    "Mean activation of the filter, and in brackets its mean over shifted, scaled and turned views that the "
    "ascent has not seen; times: of the highest mean activation among the explained photographs."
)


@dataclass(frozen=True, eq=False)
class Reached:
    """Where one way to ascend has come to: a picture, (H, W, 3) in [0, 1], or the `reason` why there is none."""

    image: np.ndarray | None
    activation: float = math.nan
    held_out: float = math.nan
    reason: str = ""


def ascents_sheet(
    rows: Mapping[tuple[str, int, float], Mapping[str, Reached]],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
) -> Figure:
    """A row a filter and a column a way; rows are named by layer, filter, and what the photographs reach."""
    grid: list[list[Tile | None]] = []
    names = []
    for (layer, number, photographs), ways in rows.items():
        names.append(f"{layer}\nfilter {number}\nphotographs reach {photographs:.3g}")
        grid.append([_tile(way, one, photographs, first=not grid) for way, one in ways.items()])
    return contact_sheet(grid, row_titles=names, title=title, subtitle=join(subtitle, CAPTION), style=style)


def _tile(way: str, one: Reached, photographs: float, first: bool) -> Tile:
    caption = "" if math.isnan(one.activation) else f"{one.activation:.3g} ({one.held_out:.3g})"
    if caption and photographs > 0:
        caption += f"\n{one.activation / photographs:.1f} times"
    return Tile(one.image, way if first else "", caption, reason=one.reason)
