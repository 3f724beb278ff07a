"""The sheet of all metrics of the methods, compared with those of the baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from limelight.attribution.registry import BASELINES
from limelight.capabilities.quality.table import METRICS, VERDICTS, Metric
from limelight.capabilities.quality.verdict import RULE, Verdict
from limelight.figures.methods import spoken
from limelight.figures.page import BODY, DARK, FAINT, HEAD, MARGIN, MUTED, RIGHT, SMALL, WRONG, Box, Heading, Key, Page
from limelight.figures.sheet import WIDEST
from limelight.figures.style import Style, drawing
from limelight.figures.subject import join
from limelight.figures.text import Ink, fit, width

ROW = 0.25  # inches, as all that follow
WIDEST_NAME, SANITY, NUMBER, GAP = 1.6, 1.3, 0.34, 0.2
NARROWEST, BROADEST = 0.55, 1.6  # of a panel
GRID = "#e6e9ed"

TONES = {"better": RIGHT, "level": MUTED, "worse": WRONG, "": DARK}
MEANINGS = {**VERDICTS, "": "not compared"}
HOW = (
    "Dots: means over the images; lines: their 95 % intervals; dashed: the best baseline. "
    "A method is compared with each baseline image by image; where all are as good as the baselines, at most one table "
    "in 20 shows one that is not."
)


def quality_overview(
    summary: pd.DataFrame,
    verdicts: Mapping[str, Verdict] | None = None,
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
) -> Figure:
    """A row a method, a panel a metric; baselines below, verdicts of the sanity check at the right.

    Parameters
    ----------
    summary
        As `limelight.capabilities.quality.table.summary` makes it; metrics that `METRICS` does not name are left out.
    verdicts
        Of the sanity check, by method.
    """
    style, verdicts = style or Style(), verdicts or {}
    dpi = style.dpi
    metrics = [metric for name, metric in METRICS.items() if (summary["metric"] == name).any()]
    methods = [name for name in dict.fromkeys(summary["method"]) if name not in BASELINES]
    baselines = [name for name in BASELINES if (summary["method"] == name).any()]
    if not metrics or not methods:
        raise ValueError(f"overview: {len(methods)} methods, {len(metrics)} metrics; expected one of each at least")
    values = summary.set_index(["metric", "method"])
    margin, gap, number = (round(inches * dpi) for inches in (MARGIN, GAP, NUMBER))
    row, sanity = round(ROW * dpi), round(SANITY * dpi) if verdicts else 0
    middles = {name: round((place + 0.5) * row) for place, name in enumerate(methods)}
    middles |= {name: round((place + 1.0 + len(methods)) * row) for place, name in enumerate(baselines)}
    height = (len(methods) + len(baselines)) * row + (row // 2 if baselines else 0)

    with drawing(style):
        names = {name: fit(spoken(name), round(WIDEST_NAME * dpi), BODY, dpi, 1)[0] for name in middles}
        left = round(max(width(name, BODY, dpi) for name in names.values())) + gap
        room = round(WIDEST * dpi) - 2 * margin - left - sanity
        panel = min(round(BROADEST * dpi), max(round(NARROWEST * dpi), room // len(metrics) - number - gap))
        step = panel + number + gap
        page_width = max(2 * margin + left + len(metrics) * step + sanity, round(6 * dpi))
        titles = [fit(metric.title, panel + number, HEAD, dpi, 2) for metric in metrics]
        above = BODY.height(dpi) + round(0.12 * dpi) + max(map(len, titles)) * HEAD.height(dpi) + SMALL.height(dpi)
        note = join(subtitle, HOW, RULE if verdicts else "")
        keys = _keys(summary[summary["metric"].isin(METRICS) & ~summary["method"].isin(BASELINES)]["verdict"])
        heading = Heading.plan(title, note, keys, page_width - 2 * margin, style)
        below = SMALL.height(dpi) + round(0.04 * dpi)
        page = Page(page_width, 2 * margin + heading.height + above + height + below, style)
        top = heading.draw(page, margin, margin) + above
        for name, middle in middles.items():
            tone = Ink(BODY.size, MUTED if name in baselines else DARK)
            page.text(margin, top + middle + _lift(dpi), names[name], tone)
        if baselines:
            page.rectangle(Box(margin, top + len(methods) * row + row // 4, page_width - 2 * margin, 1), face=FAINT)
        x = margin + left
        for question, group in groupby(metrics, key=lambda metric: metric.question):
            span = len(list(group)) * step - gap
            line = top - above + BODY.height(dpi)
            page.text(x, line - BODY.height(dpi) + BODY.baseline(dpi), question, BODY)
            page.rectangle(Box(x, line + round(0.02 * dpi), span, 1), face=FAINT)
            x += span + gap
        for place, metric in enumerate(metrics):
            box = Box(margin + left + place * step, top, panel, height)
            foot = top - round(0.06 * dpi) - SMALL.height(dpi)
            page.lines(box.x, foot - len(titles[place]) * HEAD.height(dpi), titles[place], HEAD)
            if metric.better:
                page.lines(box.x, foot, [f"{metric.better} is better"], SMALL)
            _panel(page, box, metric, values.loc[metric.name], middles, number)
        if verdicts:
            x = margin + left + len(metrics) * step
            foot = top - round(0.06 * dpi) - SMALL.height(dpi)
            page.lines(x, foot - HEAD.height(dpi), ["sanity check"], HEAD)
            page.lines(x, foot, ["kept: by rank · SSIM"], SMALL)
            for name, verdict in verdicts.items():
                if name in middles:
                    _sanity(page, x, top + middles[name] + _lift(dpi), verdict)
    return page.figure


def _lift(dpi: int) -> int:
    """From the middle of a row to the foot of its letters."""
    return BODY.baseline(dpi) - BODY.height(dpi) // 2 - 1


def _panel(page: Page, box: Box, metric: Metric, values: pd.DataFrame, middles: Mapping[str, int], number: int) -> None:
    """One metric: dots, intervals and numbers, on a scale from 0 to 1 where its values allow."""
    dpi = page.dpi
    ends = values[["mean", "low", "high"]].to_numpy(float)
    low = min(0.0, float(np.floor(np.nanmin(ends, initial=0) * 10) / 10))
    high = max(1.0, float(np.ceil(np.nanmax(ends, initial=0) * 10) / 10))
    axes = page.axes(box)
    axes.set_axis_off()
    # A little wider than the scale, so that dots at its ends stay whole.
    axes.set(xlim=(low - 0.04 * (high - low), high + 0.04 * (high - low)), ylim=(box.height, 0))
    for at in sorted({low, 0.0, (low + high) / 2 if low == 0 else 0.0, high}):
        axes.axvline(at, color=GRID, linewidth=0.8, zorder=0)
    known = [name for name in BASELINES if name in values.index and np.isfinite(values.loc[name, "mean"])]
    if metric.against_baselines and known:
        best = values.loc[known, "mean"]
        axes.axvline(best.max() if metric.better == "higher" else best.min(), color=MUTED, linewidth=0.9, dashes=(4, 3))
    for name, middle in middles.items():
        if name not in values.index:
            continue
        value = values.loc[name]
        baseline = name in BASELINES
        colour = MUTED if baseline else TONES[value["verdict"]]
        axes.plot([value["low"], value["high"]], [middle, middle], color=colour, linewidth=1.4, solid_capstyle="butt")
        hollow = baseline or value["verdict"] == "level"
        axes.scatter([value["mean"]], [middle], s=22, color="white" if hollow else colour, edgecolors=colour, zorder=3)
        text = "–" if np.isnan(value["mean"]) else f"{value['mean']:.2f}".replace("-", "−")
        page.text(box.x + box.width + number, box.y + middle + _lift(dpi), text, Ink(BODY.size, colour), "right")
    for at, align in ((low, "left"), (high, "right")):
        edge = box.x + box.width * (0.04 if align == "left" else 1.04) / 1.08
        page.lines(edge, box.y + box.height + round(0.02 * dpi), [f"{at:g}".replace("-", "−")], SMALL, "center")


def _sanity(page: Page, x: int, foot: int, verdict: Verdict) -> None:
    if verdict.passed is None:
        page.text(x, foot, "undecided", BODY)
        return
    mark, colour = ("✓ passes", RIGHT) if verdict.passed else ("✗ fails", WRONG)
    page.text(x, foot, mark, Ink(BODY.size, colour))
    numbers = f"{verdict.spearman:.2f} · {verdict.ssim:.2f}"
    page.text(x + round(SANITY * page.dpi), foot, numbers, Ink(BODY.size, colour), "right")


def _keys(verdicts: Sequence[str]) -> list[Key]:
    present = set(verdicts)
    return [Key(_disc(TONES[name], name == "level"), text) for name, text in MEANINGS.items() if name in present]


def _disc(colour: str, hollow: bool) -> np.ndarray:
    """A dot as the panels have it, (24, 24, 3)."""
    y, x = np.mgrid[-1.2:1.2:24j, -1.2:1.2:24j]
    radius = np.hypot(x, y)
    cover = np.clip((1 - radius) * 8, 0, 1)
    if hollow:
        cover *= np.clip((radius - 0.7) * 8, 0, 1)
    return 1 - cover[..., None] * (1 - np.array(to_rgb(colour)))
