"""Figures one after the other: an animated WebP, which keeps all colours and plays wherever a browser does."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from limelight.figures.style import drawing
from limelight.study.files import atomic

_DESCRIPTION = 0x010E
"""EXIF's ImageDescription, for WebP has no text chunks."""


def save_animation(
    figures: Sequence[Figure], path: str | os.PathLike[str], provenance: Mapping[str, Any], seconds: float = 1.2
) -> None:
    """Write figures as one animation without end, each shown for some seconds and the last one twice as long.

    Equal figures and provenance give equal bytes. Smaller figures lie at the top left of the largest one's size. The
    provenance is JSON in EXIF's ImageDescription; `animation_provenance` reads it.
    """
    if not figures:
        raise ValueError("animation: no figure to show; expected at least one")
    frames = [_pixels(figure) for figure in figures]
    height, width = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    pages = []
    for frame in frames:
        page = np.full((height, width, 3), 255, np.uint8)
        page[: frame.shape[0], : frame.shape[1]] = frame
        pages.append(Image.fromarray(page))
    exif = Image.Exif()
    exif[_DESCRIPTION] = json.dumps(provenance, sort_keys=True, default=str)
    duration = [round(1000 * seconds)] * (len(pages) - 1) + [round(2000 * seconds)]
    # Pillow keeps a single frame's duration as a number.
    durations = duration if len(pages) > 1 else duration[0]
    written = io.BytesIO()
    pages[0].save(
        written,
        format="WEBP",
        save_all=True,
        append_images=pages[1:],
        duration=durations,
        loop=0,
        quality=90,
        exif=exif.tobytes(),
    )
    with atomic(os.fspath(path)) as file:
        file.write(written.getvalue())


def animation_provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read back what `save_animation` stored."""
    with Image.open(path) as image:
        stored: dict[str, Any] = json.loads(image.getexif()[_DESCRIPTION])
        return stored


def frames_of(path: str | os.PathLike[str]) -> Iterator[np.ndarray]:
    """The frames of an animation, (H, W, 3) uint8."""
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield np.asarray(image.convert("RGB"))


def _pixels(figure: Figure) -> np.ndarray:
    with drawing():
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
