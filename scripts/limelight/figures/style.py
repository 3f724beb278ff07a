"""How the figures look, and how they reach the disc."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from limelight.study.errors import LimelightError, nearest
from limelight.study.files import atomic

log = logging.getLogger(__name__)
# That a font without a bold face is drawn in its only one needs not be said for each word.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

KEYWORD = "limelight"
SOFTWARE = "limelight"

# Matplotlib's own font has no Chinese, Japanese or Korean and few emoji; a class name may have. Asked in this order,
# after it.
FALLBACK_FONTS = (
    "Noto Sans CJK TC",
    "Noto Sans CJK JP",
    "Noto Sans TC",
    "Source Han Sans TC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "PingFang TC",
    "Heiti TC",
    "Microsoft JhengHei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
    "Noto Emoji",
    "Symbola",
    "Unifont",
)

LOOKS: dict[Any, Any] = {
    "text.parse_math": False,
    "text.usetex": False,
    # Letters stay letters that can be searched, copied and edited: TrueType in PDF, text elements in SVG.
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    # Names of the parts of an SVG are random otherwise.
    "svg.hashsalt": SOFTWARE,
    # Each picture of a sheet stays one that can be taken out.
    "image.composite_image": False,
}


@dataclass(frozen=True)
class Style:
    """The choices that change a figure's looks and none of its numbers.

    Attributes
    ----------
    dpi : int
        Pixels per inch, 50 to 600. Sheets are at most 16 inches wide: 2400 pixels at the default.
    fonts : sequence of str
        Font families that are asked before Matplotlib's own, in this order.
    saliency, activation, confusion : str
        Matplotlib names of the sequential colour maps of saliency maps, activation maps and confusion matrices.
    signed : str
        That of the diverging colour map of saliency maps with a sign.

    Raises
    ------
    LimelightError
        Matplotlib has no such colour map, or cannot draw at such a resolution.
    """

    dpi: int = 150
    fonts: Iterable[str] = ()
    saliency: str = "inferno"
    signed: str = "RdBu_r"
    activation: str = "viridis"
    confusion: str = "Blues"

    def __post_init__(self) -> None:
        if not 50 <= self.dpi <= 600:
            raise LimelightError(f"figures.dpi: {self.dpi} is not a whole number from 50 to 600")
        for key in ("saliency", "signed", "activation", "confusion"):
            name = getattr(self, key)
            if name not in matplotlib.colormaps:
                raise LimelightError(
                    f"figures.{key}: {name!r} is not a colour map of Matplotlib; "
                    f"the nearest are {nearest(name, matplotlib.colormaps)}"
                )


@lru_cache(maxsize=8)
def _fonts(first: tuple[str, ...]) -> list[str]:
    _notice_new_fonts()
    installed = {font.name for font in fontManager.ttflist}
    for name in first:
        if name not in installed:
            log.warning("figures.fonts: no font called %r is installed; the next one is used", name)
    return [name for name in (*first, "DejaVu Sans", *FALLBACK_FONTS) if name in installed]


def _notice_new_fonts() -> None:
    """Matplotlib keeps a list of the fonts that it found when it first ran; one installed since is not in it."""
    known = {font.fname for font in fontManager.ttflist}
    for path in findSystemFonts():
        if path not in known:
            with suppress(Exception):  # whatever is wrong with somebody's font, or with its format
                fontManager.addfont(path)


@contextmanager
def drawing(style: Style | None = None) -> Iterator[None]:
    """Matplotlib's defaults whatever the user's matplotlibrc says, and no text read as mathematics, while inside."""
    fonts = tuple((style or Style()).fonts)
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**LOOKS, "font.family": _fonts(fonts)})
        warnings.filterwarnings("ignore", message=r"Glyph \d+")  # said once a figure, by `save`
        yield


def save(
    figure: Figure, paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], provenance: Mapping[str, object]
) -> None:
    """Write a figure that says what made it, as PNG, PDF or SVG by the endings of its files.

    Equal figures and provenance give equal bytes. A file appears whole or not at all; its folder is made where it is
    missing. Photographs and maps have the resolution of the PNG in all formats, words and lines are vectors in PDF and
    SVG.

    Parameters
    ----------
    figure : Figure
    paths : path or paths
    provenance : mapping
        Stored as JSON in the PNG's text chunk ``limelight``, the PDF's subject or the SVG's description; arrays become
        lists and paths strings.
    """
    text = json.dumps(provenance, sort_keys=True, default=_plain)
    files = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]
    with drawing(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        contents = [
            _png(figure, text) if path.suffix == ".png" else _vectors(figure, text, path.suffix[1:]) for path in files
        ]
    _pass_on(caught, files[0])
    for path, content in zip(files, contents, strict=True):
        with atomic(path) as file:
            file.write(content)


def _png(figure: Figure, text: str) -> bytes:
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    chunks = PngInfo()
    chunks.add_text("Software", SOFTWARE)
    chunks.add_text(KEYWORD, text)
    # Sheets are opaque: dropping the alpha channel saves a fifth of the file.
    pixels = Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    file = io.BytesIO()
    pixels.save(file, format="PNG", pnginfo=chunks, dpi=(figure.dpi, figure.dpi))
    return file.getvalue()


def _vectors(figure: Figure, text: str, kind: str) -> bytes:
    record = {"pdf": {"Subject": text, "CreationDate": None}, "svg": {"Description": text, "Date": None}}[kind]
    file = io.BytesIO()
    figure.savefig(file, format=kind, dpi=figure.dpi, metadata={"Creator": SOFTWARE, **record})
    return file.getvalue()


def _pass_on(caught: Iterable[warnings.WarningMessage], path: Path) -> None:
    """Say once which characters no font can draw, and all other warnings as they are."""
    missing = set()
    for warning in caught:
        if glyph := re.match(r"Glyph (\d+)", str(warning.message)):
            missing.add(chr(int(glyph[1])))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if missing:
        log.warning(
            "%s: no installed font can draw %r; install one that can, such as Noto Sans CJK or Symbola",
            path,
            "".join(sorted(missing)),
        )


def provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read back what `save` stored.

    Raises
    ------
    ValueError
        If the file carries no provenance.
    """
    with Image.open(path) as image:
        image.load()  # text chunks may follow the pixels
        text = image.info.get(KEYWORD)
    if text is None:
        raise ValueError(f"{path}: no text chunk {KEYWORD!r}; expected a PNG that limelight drew")
    stored: dict[str, Any] = json.loads(text)
    return stored


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
