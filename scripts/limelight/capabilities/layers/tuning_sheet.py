"""The sheet of preferred orientations and spatial frequencies of the filters of each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from limelight.figures.page import BODY, DARK, FAINT, HEAD, MARGIN, MUTED, SMALL, Box, Heading, Key, Page
from limelight.figures.style import Style, drawing

NYQUIST = 0.5
FAN, GAP, LOWER = 3.0, 0.3, 3.6  # inches: width of a half circle, between them, height of the plot below
ACROSS = 4
COARSE = 2.0**-6  # cycles a pixel at the centre of a half circle; what is coarser stands there


@dataclass(frozen=True, eq=False)
class LayerTuning:
    """The filters of a layer.

    Attributes
    ----------
    layer : str
    frequency, orientation, selectivity : arrays, (F,)
        See `limelight.capabilities.layers.tuning.Tuning`; not finite where there is nothing to say.
    field : str
        Its receptive field in words.
    """

    layer: str
    frequency: np.ndarray
    orientation: np.ndarray
    selectivity: np.ndarray
    field: str


def tuning_sheet(
    layers: Sequence[LayerTuning], *, title: str, subtitle: str = "", style: Style | None = None
) -> Figure:
    """A half circle a layer, a bar a filter; below them the frequencies against the layers.

    In a half circle a bar lies in the direction of the filter's stripes, and as far out as they are fine, on a scale of
    octaves. Filters without an orientation are rings on the line below it.
    """
    style = style or Style()
    dpi = style.dpi
    margin, gap, fan = (round(inches * dpi) for inches in (MARGIN, GAP, FAN))
    across = min(ACROSS, len(layers))
    width = max(across * (fan + gap) - gap, 2 * fan + gap) + 2 * margin
    text = HEAD.height(dpi) + BODY.height(dpi)
    line = text + round(0.62 * fan) + gap
    lower = round(LOWER * dpi)
    strongest = max(float(np.nanmax(layer.selectivity, initial=0)) for layer in layers)
    ceiling = max(np.ceil(10 * strongest) / 10, 0.1)
    ramp = matplotlib.colormaps[style.activation](np.linspace(0, 0.9, 64))[None, :, :3]
    with drawing():
        key = Key(ramp, f"orientation selectivity 0 … {ceiling:.1f}")
        heading = Heading.plan(title, subtitle, [key], width - 2 * margin, style)
        height = 2 * margin + heading.height + -(-len(layers) // across) * line + lower
        page = Page(width, height, style)
        y = heading.draw(page, margin, margin)
        for number, layer in enumerate(layers):
            x, top = margin + number % across * (fan + gap), y + number // across * line
            page.lines(x, top, [layer.layer], HEAD)
            page.lines(x, top + HEAD.height(dpi), [_layer_title(layer)], BODY)
            _fan(page.axes(Box(x, top + text, fan, round(0.62 * fan))), layer, ceiling, style)
        y += -(-len(layers) // across) * line
        left, foot = round(0.6 * dpi), round(0.65 * dpi)
        _depths(page.axes(Box(margin + left, y, width - 2 * margin - left, lower - foot)), layers, ceiling, style)
    return page.figure


def _layer_title(layer: LayerTuning) -> str:
    oriented = int(np.isfinite(layer.orientation).sum())
    return f"{oriented} of {len(layer.frequency)} filters oriented; {layer.field}"


def _radius(frequency: np.ndarray) -> np.ndarray:
    """0 for `COARSE` and below, 1 for stripes of two pixels, in octaves; diagonal ones may be finer still."""
    radius: np.ndarray = np.log2(np.maximum(frequency, COARSE) / COARSE) / np.log2(NYQUIST / COARSE)
    return radius


def _colour(selectivity: np.ndarray, ceiling: float, style: Style) -> np.ndarray:
    colours: np.ndarray = matplotlib.colormaps[style.activation](0.9 * np.nan_to_num(selectivity) / ceiling)
    return colours


def _fan(axes: Axes, layer: LayerTuning, ceiling: float, style: Style) -> None:
    axes.set_axis_off()
    axes.set(xlim=(-1.27, 1.27), ylim=(-0.27, 1.26), aspect="equal")
    arc = np.radians(np.linspace(0, 180, 91))
    for frequency in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2):
        ring = float(_radius(np.array(frequency)))
        axes.plot(ring * np.cos(arc), ring * np.sin(arc), color=FAINT, linewidth=0.5, zorder=0)
        axes.annotate(f"1/{1 / frequency:.0f}", (ring, -0.02), ha="center", va="top", fontsize=5.5, color=MUTED)
    for angle in (0, 45, 90, 135):
        x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        axes.plot([0, x], [0, y], color=FAINT, linewidth=0.5, zorder=0)
        axes.annotate(f"{angle}°", (1.18 * x, 1.18 * y), ha="center", va="center", fontsize=6, color=MUTED)
    axes.plot([-1, 0], [0, 0], color=FAINT, linewidth=0.5, zorder=0)
    colours = _colour(layer.selectivity, ceiling, style)
    angle, radius = np.radians(layer.orientation), _radius(layer.frequency)
    for number in np.flatnonzero(np.isfinite(layer.orientation)):
        along = np.array([np.cos(angle[number]), np.sin(angle[number])])
        ends = np.stack([radius[number] * along - 0.045 * along, radius[number] * along + 0.045 * along])
        axes.plot(*ends.T, color=colours[number], linewidth=2.2, solid_capstyle="round")
    none = np.isfinite(layer.frequency) & ~np.isfinite(layer.orientation)
    axes.scatter(
        radius[none], np.full(none.sum(), -0.2), s=16, facecolors="none", edgecolors=colours[none], linewidth=1
    )
    axes.annotate("none", (-0.06, -0.2), ha="right", va="center", fontsize=6, color=MUTED)


def _depths(axes: Axes, layers: Sequence[LayerTuning], ceiling: float, style: Style) -> None:
    for number, layer in enumerate(layers):
        known = np.isfinite(layer.frequency)
        frequency = layer.frequency[known]
        # Spread sideways by their rank, so that none hides another.
        order = np.argsort(np.argsort(frequency, kind="stable"), kind="stable")
        sideways = number + 0.32 * (2 * ((order * 0.618) % 1) - 1)
        axes.scatter(sideways, frequency, s=14, c=_colour(layer.selectivity[known], ceiling, style), linewidth=0)
        if len(frequency):
            axes.plot([number - 0.4, number + 0.4], [np.median(frequency)] * 2, color=DARK, linewidth=1.6)
    axes.set_yscale("log", base=2)
    known = np.concatenate([layer.frequency[np.isfinite(layer.frequency)] for layer in layers])
    lowest, highest = (known.min(), known.max()) if known.size else (0.1, NYQUIST)
    ticks = [2.0**-power for power in range(1, 8) if 2.0**-power >= lowest / 1.5]
    axes.set_yticks(ticks, [f"1/{1 / tick:.0f}" for tick in ticks], fontsize=SMALL.size)
    axes.minorticks_off()
    axes.set(ylim=(lowest / 1.15, max(highest, NYQUIST) * 1.15), xlim=(-0.6, len(layers) - 0.4))
    axes.set_xticks(range(len(layers)), [f"{layer.layer}\n{layer.field}" for layer in layers], fontsize=SMALL.size)
    axes.set_ylabel("preferred frequency\n(cycles a pixel; line: median)", fontsize=BODY.size, color=MUTED)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
