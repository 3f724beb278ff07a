"""The sheet of the sanity check: similarity of the maps at each step of cascading parameter randomisation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from limelight.capabilities.quality.cascade import Randomisation
from limelight.capabilities.quality.verdict import RULE, THRESHOLD, verdict
from limelight.figures.methods import spoken
from limelight.figures.page import BODY, FAINT, HEAD, MARGIN, MUTED, RIGHT, SMALL, WRONG, Box, Heading, Key, Page
from limelight.figures.style import Style, drawing
from limelight.figures.subject import join
from limelight.figures.text import Ink, fit, width

PANEL = (2.35, 1.35)  # inches: width, height of the axes
NAMES = 1.4  # of a layer's name
COLUMNS = 5
RANK, STRUCTURE = "#0072b2", "#d55e00"


def randomisation_figure(
    methods: Mapping[str, Randomisation], *, title: str, subtitle: str = "", style: Style | None = None
) -> Figure:
    """A panel a method: how its maps resemble those of the trained network, over the layers from the logits down."""
    style = style or Style()
    dpi = style.dpi
    if not methods:
        raise ValueError("randomisation: no method; expected at least one")
    rows = math.ceil(len(methods) / COLUMNS)
    columns = math.ceil(len(methods) / rows)
    margin, ticks, gap = (round(inches * dpi) for inches in (MARGIN, 0.3, 0.22))
    panel, height = (round(inches * dpi) for inches in PANEL)
    page_width = max(2 * margin + columns * (ticks + panel + gap) - gap, round(8 * dpi))

    with drawing(style):
        above = HEAD.height(dpi) + BODY.height(dpi) + round(0.08 * dpi)
        room = round(NAMES * dpi)
        written = [fit(layer, room, SMALL, dpi, 1)[0] for each in methods.values() for layer in each.layers]
        below = round(max(width(name, SMALL, dpi) for name in written)) + round(0.1 * dpi)
        keys = [
            Key(_bar(RANK), "|Spearman| of the absolute values"),
            Key(_bar(STRUCTURE), "SSIM"),
            Key(_bar(FAINT), f"a method passes if both curves lie below {THRESHOLD:g} on average"),
        ]
        heading = Heading.plan(title, join(subtitle, RULE), keys, page_width - 2 * margin, style)
        step = above + height + round(0.18 * dpi)
        page = Page(page_width, 2 * margin + heading.height + rows * step + below, style)
        top = heading.draw(page, margin, margin)
        for place, (name, randomisation) in enumerate(methods.items()):
            row, column = divmod(place, columns)
            box = Box(margin + ticks + column * (ticks + panel + gap), top + row * step + above, panel, height)
            _panel(page, box, name, randomisation)
            if place + columns >= len(methods):
                _layers(page, box, randomisation.layers)
    return page.figure


def _panel(page: Page, box: Box, name: str, randomisation: Randomisation) -> None:
    dpi = page.dpi
    decision = verdict(randomisation)
    mark, colour = {True: ("✓ ", RIGHT), False: ("✗ ", WRONG), None: ("", MUTED)}[decision.passed]
    top = box.y - round(0.06 * dpi) - HEAD.height(dpi) - BODY.height(dpi)
    page.lines(box.x, top, fit(spoken(name), box.width, HEAD, dpi, 1), HEAD)
    page.lines(box.x, top + HEAD.height(dpi), [mark + decision.words], Ink(SMALL.size, colour))
    axes = page.axes(box)
    steps = len(randomisation.layers)
    axes.set(xlim=(0, steps), ylim=(0, 1.03))
    axes.set_xticks([])
    axes.set_yticks([0, THRESHOLD, 1], ["0", f"{THRESHOLD:g}", "1"])
    axes.tick_params(length=0, labelsize=SMALL.size, labelcolor=MUTED)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.axhline(THRESHOLD, color=FAINT, linewidth=1)
    # Where all maps of a step became constant there is no mean, and a gap in the curve.
    for values, tone in ((randomisation.absolute, RANK), (randomisation.ssim, STRUCTURE)):
        known = np.isfinite(values)
        sums, counts = values.sum(1, where=known), known.sum(1)
        means = np.divide(sums, counts, out=np.full(steps, np.nan), where=counts > 0)
        axes.plot(
            range(steps + 1), [1, *abs(means)], color=tone, linewidth=1.4, marker="o", markersize=2.5, clip_on=False
        )


def _layers(page: Page, box: Box, layers: Sequence[str]) -> None:
    """Names below the steps, turned on their side; as many as there is room for, the last one among them."""
    dpi = page.dpi
    every = math.ceil(SMALL.height(dpi) * len(layers) / box.width)
    for place in range(len(layers), 0, -every):
        (name,) = fit(layers[place - 1], round(NAMES * dpi), SMALL, dpi, 1) or [""]
        foot = box.y + box.height + round(0.06 * dpi) + round(width(name, SMALL, dpi))
        x = box.x + box.width * place / len(layers)
        page.text(x, foot, name, SMALL, "center", rotation=90)


def _bar(colour: str) -> np.ndarray:
    """A line of the legend, (12, 36, 3)."""
    swatch = np.ones((12, 36, 3))
    swatch[4:8] = to_rgb(colour)
    return swatch
