"""A sheet of paper measured in pixels from its top left corner, and the few things that can be put on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox

from limelight.figures.style import Style
from limelight.figures.text import Ink, fit, width

DARK, MUTED, FAINT = "#1f2328", "#57606a", "#c4c9d0"
RIGHT, WRONG = "#1a6b54", "#b3261e"

TITLE = Ink(13, DARK, bold=True)
SUBTITLE = Ink(8.5, MUTED)
HEAD = Ink(8, DARK, bold=True)
BODY = Ink(7.5, MUTED)
SMALL = Ink(7, MUTED)

MARGIN = 0.22  # inches
LONGEST = 60_000  # pixels; Agg cannot draw more than 2**16 in one direction


Align = Literal["left", "center", "right"]


class Box(NamedTuple):
    """A rectangle in pixels; y runs downwards."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Key:
    """An entry of the legend below the subtitle: a small picture, (h, w, 3), and what it means."""

    swatch: np.ndarray
    text: str


class Page:
    """A figure of an exact size in pixels."""

    def __init__(self, width: int, height: int, style: Style) -> None:
        if max(width, height) > LONGEST:
            raise ValueError(f"a sheet of {width} x {height} pixels cannot be drawn; put fewer images on one sheet")
        self.width, self.height, self.dpi = width, height, style.dpi
        # A hundredth of a pixel more: Matplotlib rounds down, and 2400 / 150 * 150 may be 2399.99...
        self.figure = Figure(((width + 0.01) / self.dpi, (height + 0.01) / self.dpi), dpi=self.dpi, facecolor="white")
        FigureCanvasAgg(self.figure)
        # PDF and SVG have units of their own: what is measured in pixels is scaled with the figure's inches.
        self.pixels = Affine2D().scale(1 / self.dpi) + self.figure.dpi_scale_trans

    def text(self, x: float, y: float, text: str, ink: Ink, align: Align = "left", rotation: float = 0) -> None:
        """One line whose letters stand on `y`; rotated ones start there."""
        self.figure.text(
            x,
            self.height - y,
            text,
            transform=self.pixels,
            fontsize=ink.size,
            fontweight=ink.weight,
            color=ink.colour,
            ha=align,
            va="baseline" if not rotation else "bottom",
            rotation=rotation,
            parse_math=False,
        )

    def lines(self, x: float, top: float, lines: Sequence[str], ink: Ink, align: Align = "left") -> None:
        """Lines below each other, the first one hanging from `top`."""
        for number, line in enumerate(lines):
            self.text(x, top + number * ink.height(self.dpi) + ink.baseline(self.dpi), line, ink, align)

    def picture(
        self, box: Box, image: np.ndarray, cmap: str | None = None, vmin: float | None = None, vmax: float | None = None
    ) -> None:
        """An image stretched over the box: (h, w, 3) RGB, or (h, w) through a colour map."""
        enlarged = image.ndim == 3 and box.height > image.shape[0]
        artist = BboxImage(
            TransformedBbox(
                Bbox.from_bounds(box.x, self.height - box.y - box.height, box.width, box.height), self.pixels
            ),
            cmap=cmap,
            origin="upper",
            # A map's pixels are its data and stay visible; a photograph's are not.
            interpolation="bicubic" if enlarged else "auto",
        )
        artist.set_data(image if image.dtype == np.uint8 or image.ndim == 2 else np.clip(image, 0, 1))
        if image.ndim == 2:
            artist.set_clim(vmin, vmax)
        self.figure.add_artist(artist)

    def rectangle(
        self, box: Box, face: str = "none", edge: str = "none", line: float = 0.6, hatch: str | None = None
    ) -> None:
        """A rectangle around or behind a box."""
        self.figure.add_artist(
            Rectangle(
                (box.x, self.height - box.y - box.height),
                box.width,
                box.height,
                transform=self.pixels,
                facecolor=face,
                edgecolor=edge,
                linewidth=line,
                hatch=hatch,
            )
        )

    def axes(self, box: Box) -> Axes:
        """Axes of exactly this box."""
        return self.figure.add_axes(
            (
                box.x / self.width,
                1 - (box.y + box.height) / self.height,
                box.width / self.width,
                box.height / self.height,
            )
        )


@dataclass(frozen=True)
class Heading:
    """Title, subtitle and legend at the top of a page, wrapped to its width."""

    title: list[str]
    subtitle: list[str]
    keys: list[list[tuple[int, Key]]]  # rows of (x, key)
    height: int
    dpi: int

    @classmethod
    def plan(cls, title: str, subtitle: str, keys: Sequence[Key], room: int, style: Style) -> Heading:
        """Wrap title, subtitle and legend into `room` pixels."""
        dpi = style.dpi
        titles = fit(title, room, TITLE, dpi, 3)
        subtitles = fit(subtitle, room, SUBTITLE, dpi, 8)
        rows: list[list[tuple[int, Key]]] = []
        x = room + 1
        for key in keys:
            span = cls._swatch(key, dpi) + round(0.07 * dpi) + round(width(key.text, BODY, dpi))
            if x + span > room:
                rows.append([])
                x = 0
            rows[-1].append((x, key))
            x += span + round(0.25 * dpi)
        height = len(titles) * TITLE.height(dpi) + len(subtitles) * SUBTITLE.height(dpi)
        height += round(0.05 * dpi) * bool(titles) + len(rows) * round(0.22 * dpi)
        return cls(titles, subtitles, rows, height + round(0.1 * dpi) * bool(height), dpi)

    @staticmethod
    def _swatch(key: Key, dpi: int) -> int:
        """Width of the legend's picture: as high as a letter, as wide as its shape says."""
        height, width = key.swatch.shape[:2]
        return round(0.12 * dpi * min(10.0, float(width / height)))

    def draw(self, page: Page, x: int, y: int) -> int:
        """Draw with the top left corner at (x, y); gives the y below."""
        top = y
        page.lines(x, y, self.title, TITLE)
        y += len(self.title) * TITLE.height(self.dpi) + round(0.05 * self.dpi) * bool(self.title)
        page.lines(x, y, self.subtitle, SUBTITLE)
        y += len(self.subtitle) * SUBTITLE.height(self.dpi)
        for row in self.keys:
            side = round(0.12 * self.dpi)
            for offset, key in row:
                box = Box(x + offset, y + round(0.07 * self.dpi), self._swatch(key, self.dpi), side)
                page.picture(box, key.swatch)
                page.rectangle(box, edge=FAINT)
                foot = box.y + side - round(0.02 * self.dpi)
                page.text(box.x + box.width + round(0.07 * self.dpi), foot, key.text, BODY)
            y += round(0.22 * self.dpi)
        return top + self.height
