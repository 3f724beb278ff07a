"""Deletion and insertion curves: the class probability while pixels are removed or inserted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from limelight.attribution.registry import BASELINES
from limelight.figures.methods import lines, spoken
from limelight.figures.page import BODY, DARK, FAINT, HEAD, MARGIN, MUTED, SMALL, Box, Heading, Page
from limelight.figures.style import Style, drawing
from limelight.figures.subject import join
from limelight.figures.text import Ink, fit, width

PANEL = (4.2, 3.0)  # inches: width, height of the axes
LIST = 2.2  # of the names beside them
LINE = 0.2  # of one of them
GRID = "#e6e9ed"

HOW = (
    "Probability of the explained class, averaged over the images. Pixels of equal value are taken in random order. "
    "Grey: baselines, which do not depend on the network."
)
KINDS = {
    "deletion": (
        "Deletion",
        "share of the pixels removed, the most important first",
        "the lower the area, the better",
    ),
    "insertion": (
        "Insertion",
        "share of the pixels inserted, the most important first",
        "the higher the area, the better",
    ),
}


def curves_figure(
    curves: Mapping[str, Mapping[str, np.ndarray]], *, title: str, subtitle: str = "", style: Style | None = None
) -> Figure:
    """A panel for deletion and one for insertion: mean curves over the images, a line a method, best area first.

    Parameters
    ----------
    curves
        Of `deletion`, `insertion` or both, by method: probabilities of the target class, (N, steps + 1), over equal
        fractions of the pixels from 0 to 1 (`Curves.probabilities`). Rows with NaN are left out.
    """
    style = style or Style()
    dpi = style.dpi
    kinds = [kind for kind in KINDS if curves.get(kind)]
    if not kinds:
        raise ValueError(f"curves: no deletion or insertion among {sorted(curves)}; expected one of them")
    panel, height, names, ticks, gap = (round(inches * dpi) for inches in (*PANEL, LIST, 0.36, 0.18))
    margin, foot = round(MARGIN * dpi), round(0.4 * dpi)
    looks = lines(list(dict.fromkeys(method for kind in kinds for method in curves[kind])))
    step = ticks + panel + gap + names
    page_width = 2 * margin + len(kinds) * step + (len(kinds) - 1) * 2 * gap
    height = max(height, max(len(curves[kind]) + 1 for kind in kinds) * round(LINE * dpi))

    with drawing(style):
        heading = Heading.plan(title, join(subtitle, HOW), [], page_width - 2 * margin, style)
        above = HEAD.height(dpi) + round(0.05 * dpi)
        page = Page(page_width, 2 * margin + heading.height + above + height + foot, style)
        top = heading.draw(page, margin, margin)
        for place, kind in enumerate(kinds):
            name, across, better = KINDS[kind]
            box = Box(margin + ticks + place * (step + 2 * gap), top + above, panel, height)
            page.lines(box.x, top, [name], HEAD)
            page.lines(box.x + round(width(name, HEAD, dpi)) + round(0.1 * dpi), top, [better], BODY)
            page.text(box.x + panel / 2, box.y + height + round(0.34 * dpi), across, SMALL, "center")
            _panel(page, box, {method: curves[kind][method] for method in curves[kind]}, looks, kind)
    return page.figure


def _panel(
    page: Page, box: Box, curves: Mapping[str, np.ndarray], looks: Mapping[str, Mapping[str, Any]], kind: str
) -> None:
    dpi = page.dpi
    means = {method: rows[np.isfinite(rows).all(1)] for method, rows in curves.items()}
    means = {method: rows.mean(0) for method, rows in means.items() if len(rows)}
    areas = {method: float(np.trapezoid(mean, dx=1 / (len(mean) - 1))) for method, mean in means.items()}
    axes = page.axes(box)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.tick_params(length=0, labelsize=SMALL.size, labelcolor=MUTED)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    for method, mean in means.items():
        axes.plot(np.linspace(0, 1, len(mean)), mean, **looks[method])
    order = sorted(areas, key=lambda method: areas[method] if kind == "deletion" else -areas[method])
    left = box.x + box.width + round(0.18 * dpi)
    right = box.x + box.width + round((0.18 + LIST) * dpi)
    page.text(right, box.y + BODY.baseline(dpi), "area", SMALL, "right")
    for place, method in enumerate([*order, *(method for method in curves if method not in means)], 1):
        foot = box.y + place * round(LINE * dpi) + BODY.baseline(dpi)
        stroke = round(0.28 * dpi)
        if method in means:
            _stroke(page, left, left + stroke, foot - round(0.035 * dpi), looks[method])
        room = right - left - stroke - round(0.5 * dpi)
        (name,) = fit(spoken(method), room, BODY, dpi, 1)
        ink = Ink(BODY.size, MUTED if method in BASELINES else DARK)
        page.text(left + stroke + round(0.08 * dpi), foot, name, ink)
        page.text(right, foot, f"{areas[method]:.2f}" if method in areas else "–", ink, "right")


def _stroke(page: Page, start: float, end: float, y: float, look: Mapping[str, Any]) -> None:
    heights = [page.height - y] * 2
    page.figure.add_artist(Line2D([start, end], heights, transform=page.pixels, **look))
