"""Sheets and figures of filters: activation maps and images from gradient ascent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from limelight.figures.page import Key
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import Subject, join

SCALE = "Activation maps of one filter share one scale, from 0 to the largest value in its row."


@dataclass(frozen=True, eq=False)
class FilterRow:
    """One filter of a layer.

    Attributes
    ----------
    filter : int
    activations : sequence of arrays or str, (h, w) float
        Its activation map on each photograph, or why there is none.
    ascents : sequence of arrays or str, (H, W, 3) in [0, 1]
        The image found by gradient ascent from each photograph, or why there is none.
    noise : array, str or None, (H, W, 3) in [0, 1]
        The image found from noise, or why there is none; None where no row has one.
    noise_score : float or None
        How much that image excites the filter.
    """

    filter: int
    activations: Sequence[np.ndarray | str]
    ascents: Sequence[np.ndarray | str]
    noise: np.ndarray | str | None = None
    noise_score: float | None = None


def filters_sheet(
    layer: str,
    layer_type: str,
    subjects: Sequence[Subject],
    rows: Sequence[FilterRow],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 12,
) -> Figure:
    """Photographs on top; for each filter its activation on each of them, and the images that excite it most.

    The first column holds the images that started from noise; it is left out where no row has one.
    """
    style = style or Style()
    noisy = any(row.noise is not None for row in rows)
    grid: list[list[Tile | None]] = [[subject.tile() for subject in subjects]]
    names = ["photograph"]
    for row in rows:
        largest = _ceiling(row)
        grid.append([_activation(activation, largest, style) for activation in row.activations])
        grid.append([_picture(ascent) for ascent in row.ascents])
        names += [f"filter {row.filter}\nactivation map,\n0 to {largest:.3g}{_below(row)}"]
        names += [f"filter {row.filter}\ngradient ascent\nfrom each photograph"]
    if noisy:
        names = [name.replace("from each", "from noise, and from each") for name in names]
        for index, line in enumerate(grid):
            ascended = index > 0 and index % 2 == 0
            line.insert(0, _noise(rows[index // 2 - 1]) if ascended else None)
    return contact_sheet(
        grid,
        row_titles=names,
        title=title,
        subtitle=join(subtitle, f"Layer {layer} ({layer_type}).", SCALE),
        keys=_keys(style),
        style=style,
        columns_per_band=columns_per_band,
        pinned=int(noisy),
        breaks=range(1, len(grid), 2),
    )


def filters_figure(
    layer: str,
    layer_type: str,
    subject: Subject,
    rows: Sequence[FilterRow],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
) -> Figure:
    """The same for one photograph: a row a filter. Each row's `activations` and `ascents` have one entry."""
    style = style or Style()
    noisy = any(row.noise is not None for row in rows)
    grid: list[list[Tile | None]] = []
    names = []
    for row in rows:
        largest = _ceiling(row)
        line: list[Tile | None] = [subject.tile(subject.verdict, subject.image, toned=True) if not grid else None]
        line.append(_activation(row.activations[0], largest, style, f"activation map, 0 to {largest:.3g}{_below(row)}"))
        line.append(_picture(row.ascents[0], caption="ascent from the photograph"))
        if noisy:
            line.append(_noise(row))
        grid.append(line)
        names.append(f"filter {row.filter}")
    return contact_sheet(
        grid,
        row_titles=names,
        title=title,
        subtitle=join(subtitle, f"Layer {layer} ({layer_type})."),
        keys=_keys(style),
        style=style,
    )


def _maps(row: FilterRow) -> list[np.ndarray]:
    return [activation for activation in row.activations if not isinstance(activation, str)]


def _ceiling(row: FilterRow) -> float:
    return max((float(np.nanmax(activation)) for activation in _maps(row)), default=0.0)


def _below(row: FilterRow) -> str:
    """Said where a layer without a ReLU has values that the scale leaves out."""
    return "; negative values as 0" if any(np.nanmin(activation) < 0 for activation in _maps(row)) else ""


def _activation(activation: np.ndarray | str, largest: float, style: Style, caption: str = "") -> Tile:
    if isinstance(activation, str):
        return Tile(None, caption=caption, reason=activation)
    top = largest if largest > 0 else 1.0
    silent = "silent" if not (np.nan_to_num(activation) > 0).any() else ""
    return Tile(activation, "", "\n".join(filter(None, (caption, silent))), style.activation, 0.0, top)


def _picture(image: np.ndarray | str, caption: str = "") -> Tile:
    if isinstance(image, str):
        return Tile(None, caption=caption, reason=image)
    return Tile(image, caption=caption)


def _noise(row: FilterRow) -> Tile:
    score = "" if row.noise_score is None else f"\nactivation {row.noise_score:.3g}"
    return _picture("not computed" if row.noise is None else row.noise, f"from noise{score}")


def _keys(style: Style) -> list[Key]:
    ramp = matplotlib.colormaps[style.activation](np.linspace(0, 1, 64))[None, :, :3]
    return [Key(ramp, "filter silent … filter answers most")]
