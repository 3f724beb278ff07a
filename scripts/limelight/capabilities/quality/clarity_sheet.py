"""The sheet of classes: accuracy beside the quality of the explanations, and their rank correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from limelight.capabilities.quality.uncertainty import RankCorrelation
from limelight.figures.page import BODY, DARK, FAINT, HEAD, MARGIN, MUTED, SMALL, WRONG, Box, Heading, Page
from limelight.figures.style import Style, drawing
from limelight.figures.subject import join
from limelight.figures.text import Ink, fit, width

ROW = 0.25  # inches, as all that follow
CLASS, CONFUSED, PANEL, NUMBER, GAP = 1.7, 1.7, 1.7, 0.36, 0.26
MOST = 40  # classes that can be read at once
GRID = "#e6e9ed"
HOW = (
    "Least accurate class on top. In brackets: how many of its images were explained. "
    "The surer the network is of a label, the higher lie the curves and scores of any map: what is said of a column is "
    "what remains when that probability is held fixed (partial rank correlation; p adjusted for the number of columns)."
)


@dataclass(frozen=True)
class Column:
    """A panel: the column of the table that it shows, what that is, and how it goes with accuracy."""

    name: str
    meaning: str
    correlation: RankCorrelation


def classes_figure(
    table: pd.DataFrame, columns: Sequence[Column], *, title: str, subtitle: str = "", style: Style | None = None
) -> Figure:
    """A row a class, least accurate first: accuracy, most frequent wrong prediction, and quality of the explanations.

    Of more than 40 classes the 20 least and the 20 most accurate are drawn; the correlations are those given.

    Parameters
    ----------
    table
        As `limelight.capabilities.quality.classes.join_classes` makes it. Classes without images are left out.
    """
    style = style or Style()
    dpi = style.dpi
    table = table[table["images"] > 0].reset_index(drop=True)
    if table.empty:
        raise ValueError("classes figure: no class has images; expected one at least")
    cut = len(table) > MOST
    listed = pd.concat([table.head(MOST // 2), table.tail(MOST // 2)], ignore_index=True) if cut else table
    left_out = f"The {MOST // 2} least and the {MOST // 2} most accurate of {len(table)} classes." if cut else ""
    correlations = [f"Accuracy and {column.name}: {column.correlation.words}." for column in columns]
    note = "\n".join([join(subtitle, HOW, left_out), *correlations])
    panels = [("accuracy", "share of the class's images that are right"), *((c.name, c.meaning) for c in columns)]
    margin, row, panel, number, gap = (round(inches * dpi) for inches in (MARGIN, ROW, PANEL, NUMBER, GAP))

    with drawing(style):
        names = [
            _ends(str(line["class"]), f" ({line['explained']})", round(CLASS * dpi), dpi)
            for _, line in listed.iterrows()
        ]
        left = round(max(width(name, BODY, dpi) for name in names)) + gap
        wrong = [_confused_with(line, round(CONFUSED * dpi), dpi) for _, line in listed.iterrows()]
        share = "share of its images"
        beside = round(max(width(share, SMALL, dpi), *(width(text, BODY, dpi) for text in wrong))) + gap
        step = panel + number + gap
        meanings = [fit(meaning, panel + number, SMALL, dpi, 3) for _, meaning in panels]
        above = HEAD.height(dpi) + max(map(len, meanings)) * SMALL.height(dpi) + round(0.08 * dpi)
        page_width = max(2 * margin + left + beside + len(panels) * step - gap, round(6 * dpi))
        heading = Heading.plan(title, note, [], page_width - 2 * margin, style)
        height = len(listed) * row + (row // 2 if cut else 0)
        page = Page(page_width, 2 * margin + heading.height + above + height + round(0.2 * dpi), style)
        top = heading.draw(page, margin, margin) + above
        middles = [round((place + 0.5 + 0.5 * (cut and place >= MOST // 2)) * row) for place in range(len(listed))]
        if cut:
            page.rectangle(Box(margin, top + (MOST // 2) * row + row // 4, page_width - 2 * margin, 1), face=FAINT)
        lift = BODY.baseline(dpi) - BODY.height(dpi) // 2 - 1
        after = margin + left + step  # the class it is confused with stands behind its accuracy
        page.lines(after, top - above, ["confused with"], HEAD)
        page.lines(after, top - above + HEAD.height(dpi), [share], SMALL)
        for place, middle in enumerate(middles):
            page.text(margin, top + middle + lift, names[place], Ink(BODY.size, DARK))
            page.text(after, top + middle + lift, wrong[place], Ink(BODY.size, WRONG if wrong[place] != "–" else MUTED))
        for place, (name, _) in enumerate(panels):
            x = margin + left + place * step + (beside if place else 0)
            box = Box(x, top, panel, height)
            page.lines(x, top - above, [fit(name, panel + number, HEAD, dpi, 1)[0]], HEAD)
            page.lines(x, top - above + HEAD.height(dpi), meanings[place], SMALL)
            _panel(page, box, listed[name].to_numpy(float), middles, number)
    return page.figure


def _ends(text: str, ending: str, room: int, dpi: int) -> str:
    """A name and what stands behind it, of which only the name may be shortened."""
    shortened = fit(text, room - width(ending, BODY, dpi), BODY, dpi, 1)
    return (shortened[0] if shortened else "") + ending


def _confused_with(line: Mapping[str, object] | pd.Series, room: int, dpi: int) -> str:
    if pd.isna(line["most_confused_share"]):
        return "–"
    return _ends(str(line["most_confused"]), f" {line['most_confused_share']:.2f}", room, dpi)


def _panel(page: Page, box: Box, values: np.ndarray, middles: Sequence[int], number: int) -> None:
    """Dots on stems from 0, and their numbers, on a scale from 0 to 1 where the values allow."""
    dpi = page.dpi
    low = min(0.0, float(np.floor(np.nanmin(values, initial=0) * 10) / 10))
    high = max(1.0, float(np.ceil(np.nanmax(values, initial=0) * 10) / 10))
    axes = page.axes(box)
    axes.set_axis_off()
    axes.set(xlim=(low - 0.03 * (high - low), high + 0.03 * (high - low)), ylim=(box.height, 0))
    for at in sorted({low, 0.0, 0.5, 1.0, high}):
        axes.axvline(at, color=GRID, linewidth=0.8, zorder=0)
    axes.hlines(middles, 0, values, color=FAINT, linewidth=1.2)
    axes.scatter(values, middles, s=22, color=DARK, zorder=3)
    lift = BODY.baseline(dpi) - BODY.height(dpi) // 2 - 1
    for value, middle in zip(values, middles, strict=True):
        text = "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
        page.text(box.x + box.width + number, box.y + middle + lift, text, Ink(BODY.size, DARK), "right")
    for at, place in ((low, 0.03), (high, 1.03)):
        page.lines(box.x + box.width * place / 1.06, box.y + box.height, [f"{at:g}".replace("-", "−")], SMALL, "center")
