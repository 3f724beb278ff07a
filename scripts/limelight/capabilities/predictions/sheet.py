"""The sheet with the confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from limelight.figures.page import BODY, DARK, FAINT, HEAD, MARGIN, MUTED, SMALL, Box, Heading, Key, Page
from limelight.figures.style import Style, drawing
from limelight.figures.subject import join, share
from limelight.figures.text import Ink, fit, width

READABLE = 25  # classes whose counts can be read in their cells
UPRIGHT = 12  # classes whose names fit above their columns without being turned
LARGEST = 13.0  # inches of the matrix
NAMED = 5  # confusions named in the subtitle


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str], *, title: str, style: Style | None = None) -> Figure:
    """Draw counts with the true class in rows and the predicted class in columns.

    The colour is the share of the row, so that rare classes can be read like frequent ones. Up to 25 classes carry
    their counts in the cells. With more, only classes that occur are drawn, and the most frequent confusions are named.

    Parameters
    ----------
    matrix : array of counts, (C, C)
    classes : sequence of str, length C
    """
    style = style or Style()
    counts = np.asarray(matrix, dtype=np.int64)
    if counts.ndim != 2 or counts.shape != (len(classes), len(classes)):
        raise ValueError(
            f"confusion matrix: shape {counts.shape} for {len(classes)} classes; expected a square of them"
        )
    accuracy = accuracies(counts)
    total = int(counts.sum())
    drawn = np.arange(len(classes))
    if len(classes) > READABLE:
        occurs = np.flatnonzero(counts.sum(0) + counts.sum(1))
        drawn = occurs if total else drawn[:READABLE]
    overall = f"{int(np.trace(counts))} of {total} images right: accuracy {share(np.trace(counts) / max(total, 1))}."
    note = join(
        overall if total else "No labelled image.",
        f"{len(drawn)} of {len(classes)} classes {'occur' if total else 'are drawn'}."
        if len(drawn) < len(classes)
        else "",
        _worst(counts, classes) if len(drawn) > READABLE else "",
        f"One class in {_every(len(drawn), style.dpi)} is named." if _every(len(drawn), style.dpi) > 1 else "",
    )
    return _draw(counts[np.ix_(drawn, drawn)], [classes[int(i)] for i in drawn], accuracy[drawn], title, note, style)


def accuracies(matrix: np.ndarray) -> np.ndarray:
    """Share of each true class's images that were recognised, (C,); NaN for a class without images."""
    counts = np.asarray(matrix, dtype=float)
    with np.errstate(invalid="ignore"):
        recognised: np.ndarray = np.diag(counts) / counts.sum(1)
    return recognised


def _worst(counts: np.ndarray, classes: Sequence[str]) -> str:
    wrong = counts * (1 - np.eye(len(counts), dtype=counts.dtype))
    order = np.argsort(-wrong, axis=None, kind="stable")[:NAMED]
    pairs = [divmod(int(flat), len(counts)) for flat in order if wrong.flat[flat] > 0]
    named = "; ".join(f"{classes[true]} → {classes[seen]} ({int(counts[true, seen])})" for true, seen in pairs)
    return f"Most often confused, true → predicted: {named}." if named else ""


def _cell(n: int, dpi: int) -> float:
    """Pixels of a cell's side; whole ones as long as there is room for them."""
    inches = 0.64 if n <= UPRIGHT else 0.42 if n <= READABLE else 0.13
    return min(round(inches * dpi), LARGEST * dpi / n)


def _every(n: int, dpi: int) -> int:
    """How many rows a name needs: names closer than a line would overlap."""
    return math.ceil((BODY if n <= READABLE else SMALL).height(dpi) / _cell(n, dpi))


def _draw(
    counts: np.ndarray, names: list[str], accuracy: np.ndarray, title: str, subtitle: str, style: Style
) -> Figure:
    dpi, n = style.dpi, len(names)
    readable, upright = n <= READABLE, n <= UPRIGHT
    cell = _cell(n, dpi)
    square = round(cell * n)
    ink = BODY if readable else SMALL
    pad, margin = round(0.07 * dpi), round(MARGIN * dpi)
    every = _every(n, dpi)
    rows = counts.sum(1)
    shares = np.divide(counts, rows[:, None], out=np.full(counts.shape, np.nan), where=rows[:, None] > 0)

    with drawing(style):
        room = round((1.5 if readable else 1.3) * dpi)
        across = [fit(name, cell - 4, ink, dpi, 3) if upright else fit(name, room, ink, dpi, 1) for name in names]
        down = [fit(name, room, ink, dpi, 2 if readable else 1) for name in names]
        aside = [f"{share(value)}  ({count})" for value, count in zip(accuracy, rows, strict=True)]
        left = round(max(width(line, ink, dpi) for lines in down for line in lines)) + 2 * pad + HEAD.height(dpi)
        right = pad + round(max(width(text, ink, dpi) for text in [*aside, "accuracy", "(images)"]))
        if upright:
            above = max(map(len, across)) * ink.height(dpi)
        else:
            above = round(max(width(line, ink, dpi) for lines in across for line in lines))
        above += HEAD.height(dpi) + 2 * pad
        page_width = max(left + square + right + 2 * margin, round(5 * dpi))
        ramp = matplotlib.colormaps[style.confusion](np.linspace(0, 1, 64))[None, :, :3]
        keys = [Key(ramp, "colour: share of the true class's images, from 0 to 1")]
        heading = Heading.plan(title, subtitle, keys, page_width - 2 * margin, style)
        page = Page(page_width, 2 * margin + heading.height + above + square + pad, style)
        top = heading.draw(page, margin, margin) + above
        grid = Box(margin + left, top, square, square)

        page.text(grid.x + square / 2, top - above + HEAD.baseline(dpi), "predicted class", HEAD, "center")
        # A name turned on its side is as wide as a line is high; Matplotlib sets it beside its position.
        side = round(width("true class", HEAD, dpi))
        page.text(margin, top + (square + side) / 2, "true class", HEAD, rotation=90)
        page.picture(grid, np.nan_to_num(shares), style.confusion, 0, 1)
        for i in range(n):
            start, middle = i * cell, (i + 0.5) * cell
            lift = ink.baseline(dpi) - ink.height(dpi) / 2 - 1
            if rows[i] == 0 and readable:
                empty = Box(grid.x, round(top + start), square, round(start + cell) - round(start))
                page.rectangle(empty, face="#f6f7f9", edge=FAINT, hatch="///", line=0)
            if i % every:
                continue
            block = len(down[i]) * ink.height(dpi)
            for number, line in enumerate(down[i]):
                foot = top + middle - block / 2 + number * ink.height(dpi) + ink.baseline(dpi)
                page.text(grid.x - pad, foot, line, ink, "right")
            page.text(grid.x + square + pad, top + middle + lift, aside[i], ink)
            if upright:
                page.lines(grid.x + middle, top - pad - len(across[i]) * ink.height(dpi), across[i], ink, "center")
            elif across[i]:
                turned = grid.x + middle - ink.height(dpi) / 2
                page.text(turned, top - pad, across[i][0], ink, rotation=90)
        page.lines(grid.x + square + pad, top - pad - 2 * SMALL.height(dpi), ["accuracy", "(images)"], SMALL)
        if readable:
            _numbers(page, grid, counts, shares, cell, style)
        page.rectangle(grid, edge=FAINT)
    return page.figure


def _numbers(page: Page, grid: Box, counts: np.ndarray, shares: np.ndarray, cell: float, style: Style) -> None:
    """Counts in their cells, white on dark ones, and white lines between the cells."""
    n = len(counts)
    for i in range(1, n):
        page.rectangle(Box(grid.x + round(i * cell), grid.y, 1, grid.height), face="white")
        page.rectangle(Box(grid.x, grid.y + round(i * cell), grid.width, 1), face="white")
    colours = matplotlib.colormaps[style.confusion](np.nan_to_num(shares))[..., :3]
    light = colours @ np.array([0.2126, 0.7152, 0.0722])
    for i, j in np.argwhere(counts > 0):
        text = str(int(counts[i, j]))
        # Five digits do not fit at the usual size, and would be unreadable below 7 points.
        size = 8.5 if cell > 0.5 * page.dpi and len(text) < 6 else 7
        ink = Ink(
            size, "white" if light[i, j] < 0.5 else DARK if i == j or light[i, j] < 0.75 else MUTED, bold=bool(i == j)
        )
        foot = grid.y + (i + 0.5) * cell + ink.baseline(page.dpi) - ink.height(page.dpi) / 2 - 1
        page.text(grid.x + (j + 0.5) * cell, foot, text, ink, "center")
