"""How the figures look, and how they reach the disc."""

from __future__ import annotations

import json
import logging
import os
import re
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image
from PIL.PngImagePlugin import PngInfo

log = logging.getLogger(__name__)

KEYWORD = "limelight"
SOFTWARE = "limelight"

# Matplotlib's own font has no Chinese, Japanese or Korean; a class name may have. Asked in this order, after it.
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
    "Unifont",
)


@dataclass(frozen=True)
class Style:
    """The choices that change a figure's looks and none of its numbers.

    Attributes
    ----------
    dpi : int
        Pixels per inch. Sheets are at most 16 inches wide: 2400 pixels at the default.
    saliency, activation, confusion : str
        Matplotlib names of the sequential colour maps of saliency maps, activation maps and confusion matrices.
    signed : str
        That of the diverging colour map of saliency maps with a sign.
    """

    dpi: int = 150
    saliency: str = "inferno"
    signed: str = "RdBu_r"
    activation: str = "viridis"
    confusion: str = "Blues"

    def __post_init__(self) -> None:
        if not 50 <= self.dpi <= 600:
            raise ValueError(f"style: dpi is {self.dpi}; expected 50 to 600")
        for name in (self.saliency, self.signed, self.activation, self.confusion):
            if name not in matplotlib.colormaps:
                raise ValueError(f"style: no colour map is called {name!r}; Matplotlib names 'inferno', 'viridis', ...")


@lru_cache(maxsize=1)
def _fonts() -> tuple[str, ...]:
    installed = {font.name for font in fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in FALLBACK_FONTS if name in installed))


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib's defaults whatever the user's matplotlibrc says, and no text read as mathematics, while inside."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"font.family": list(_fonts()), "text.parse_math": False, "text.usetex": False})
        warnings.filterwarnings("ignore", message=r"Glyph \d+")  # said once a figure, by `save`
        yield


def save(figure: Figure, path: str | os.PathLike[str], provenance: Mapping[str, object]) -> None:
    """Write a PNG that says what made it.

    Equal figures and provenance give equal bytes. The file appears whole or not at all.

    Parameters
    ----------
    figure : Figure
    path : path
        Its folder is made where it is missing.
    provenance : mapping
        Stored as JSON in the PNG's text chunk ``limelight``; arrays become lists and paths strings.
    """
    path = Path(path)
    with drawing(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    missing = set()
    for warning in caught:
        if glyph := re.match(r"Glyph (\d+)", str(warning.message)):
            missing.add(chr(int(glyph[1])))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if missing:
        log.warning(
            "%s: no installed font can draw %s; install one that can, such as Noto Sans CJK",
            path,
            ascii("".join(sorted(missing))),
        )

    text = PngInfo()
    text.add_text("Software", SOFTWARE)
    text.add_text(KEYWORD, json.dumps(provenance, sort_keys=True, default=_plain))
    # Sheets are opaque: dropping the alpha channel saves a fifth of the file.
    pixels = Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        pixels.save(temporary, format="PNG", pnginfo=text, dpi=(figure.dpi, figure.dpi))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
