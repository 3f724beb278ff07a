"""Words on a figure: how wide they are, and how they are made to fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

ELLIPSIS = "…"
BREAK_AFTER = frozenset(" /_-,;|·、，")


@dataclass(frozen=True)
class Ink:
    """A way to write: size in points, colour, weight."""

    size: float
    colour: str = "#1f2328"
    bold: bool = False

    @property
    def weight(self) -> str:
        """Matplotlib's word for it."""
        return "bold" if self.bold else "normal"

    def height(self, dpi: int) -> int:
        """Pixels from one line to the next."""
        return round(self.size * 1.3 * dpi / 72)

    def baseline(self, dpi: int) -> int:
        """Pixels from the top of a line to the foot of its letters."""
        return round(self.size * 1.0 * dpi / 72)


@lru_cache(maxsize=8)
def _renderer(dpi: int) -> Any:
    agg: Any = RendererAgg  # Matplotlib leaves it untyped
    return agg(1, 1, dpi)


def width(text: str, ink: Ink, dpi: int) -> float:
    """Width of a line in pixels. To be called inside `style.drawing`, which chooses the fonts."""
    return _width(text, ink, dpi, tuple(matplotlib.rcParams["font.family"])) if text else 0.0


@lru_cache(maxsize=65536)
def _width(text: str, ink: Ink, dpi: int, fonts: tuple[str, ...]) -> float:
    font = FontProperties(family=fonts, size=ink.size, weight=ink.weight)
    return float(_renderer(dpi).get_text_width_height_descent(text, font, ismath=False)[0])


def fit(text: str, room: float, ink: Ink, dpi: int, lines: int) -> list[str]:
    """Wrap a text into at most `lines` lines of `room` pixels; what is left over ends in an ellipsis.

    A line is broken after a space or one of ``/ _ - , ;`` where there is one, otherwise inside the word.
    Line breaks in the text are kept; other white space is collapsed.
    """
    wrapped: list[str] = []
    paragraphs = [" ".join(part.split()) for part in text.split("\n")] if text.strip() else []
    for index, rest in enumerate(paragraphs):
        while True:
            last = len(wrapped) == lines - 1
            if width(rest, ink, dpi) <= room and not (last and index < len(paragraphs) - 1):
                wrapped.append(rest)
                break
            if last:
                wrapped.append(_shorten(rest, room, ink, dpi))
                return wrapped
            head = _prefix(rest, room, ink, dpi)
            cut = max((i + 1 for i in range(len(head)) if head[i] in BREAK_AFTER), default=0)
            if rest[len(head) : len(head) + 1] == " ":
                cut = len(head)
            cut = cut or max(1, len(head))
            wrapped.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
    return wrapped


def longest_word(text: str, ink: Ink, dpi: int) -> float:
    """Pixels that no line of `fit` has to be wider than."""
    words = re.split(f"(?<=[{re.escape(''.join(BREAK_AFTER))}])", " ".join(text.split()))
    return max(width(word.rstrip(), ink, dpi) for word in words)


def squeeze(text: str, room: float, ink: Ink, dpi: int, lines: int) -> list[str]:
    """As `fit`, but the ellipsis goes before the last word: in a caption that is the number."""
    wrapped = fit(text, room, ink, dpi, lines + 1)
    head, _, tail = " ".join(text.split()).rpartition(" ")
    if not head:
        return fit(text, room, ink, dpi, lines)
    while len(wrapped) > lines and head:
        head = head[:-1]
        wrapped = fit(f"{head.rstrip(' ,/')}{ELLIPSIS} {tail}", room, ink, dpi, lines + 1)
    return wrapped[:lines]


def _prefix(text: str, room: float, ink: Ink, dpi: int) -> str:
    """The longest beginning that fits."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle], ink, dpi) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _shorten(text: str, room: float, ink: Ink, dpi: int) -> str:
    room -= width(ELLIPSIS, ink, dpi)
    return _prefix(text, room, ink, dpi).rstrip(" ,/") + ELLIPSIS
