"""Encoding of arrays as small image files: photographs, sprites, and maps in colour.

Several pictures of one size lie in one file, a *sprite*, row by row on a grid that is about square: ten thousand
explained images are some ten thousand files and not a million.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from PIL import Image

from limelight.figures.scale import ceiling
from limelight.network.decoding import Values, decoded
from limelight.network.photographs import Resize
from limelight.study.files import atomic

THUMBNAIL = 192
"""Longer side of a small photograph, in pixels."""

LONGEST = 640
"""Longer side of a large one."""

TILE = 160
"""Maximum length of the longer side of a picture of a filter."""

QUALITY = 82
HALF = 128
"""Of the 256 colours of a sprite of maps, the number for unsigned maps; the others are for signed maps."""


@dataclass(frozen=True)
class Sprite:
    """A file with pictures of one size, `columns` in a row and `rows` of them, the first at the top left."""

    file: str
    columns: int
    rows: int
    width: int
    height: int


def thumbnail(path: str | Path, values: Values | None = None) -> Image.Image:
    """The whole photograph, at most `THUMBNAIL` pixels wide and high."""
    with decoded(path, values) as (image, _):
        image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        return image


def framed(path: str | Path, resize: Resize) -> Image.Image:
    """What the network sees of a file, in the file's own sharpness and proportions, up to `LONGEST` pixels.

    Maps of the network's input size lie on it as they are: `squash` squeezes them as it did the photograph, and what
    is cut away there is cut away here.
    """
    with decoded(path, resize.values) as (image, _):
        box = resize.window(image.size)
        across, down = box[2] - box[0], box[3] - box[1]
        scale = min(1.0, LONGEST / max(across, down))
        size = max(1, round(across * scale)), max(1, round(down * scale))
        return image.resize(size, Image.Resampling.LANCZOS, box)


def save_webp(image: Image.Image, path: Path) -> None:
    """Write a photograph; equal pixels give equal bytes."""
    with atomic(path, durable=False) as file:
        image.save(file, "WEBP", quality=QUALITY, method=4)


def save_sprite(pictures: Sequence[np.ndarray], path: Path) -> Sprite:
    """Write pictures, (H, W, 3) uint8 of one size, as one file."""
    grid, sprite = _grid(pictures, path.name)
    save_webp(Image.fromarray(grid), path)
    return sprite


def save_maps(maps: Sequence[np.ndarray], signed: Sequence[bool], colours: "Colours", path: Path) -> Sprite:
    """Write maps, (H, W) float of one size, as one 8-bit PNG: coloured, and the weaker the more transparent.

    Each map has its own scale, to its 99.5th percentile; one with a sign is centred on zero.
    """
    grid, sprite = _grid([_indices(values, sign) for values, sign in zip(maps, signed, strict=True)], path.name)
    image = Image.fromarray(grid, "P")
    image.putpalette(colours.palette[:, :3].tobytes())
    with atomic(path, durable=False) as file:
        image.save(file, "PNG", transparency=colours.palette[:, 3].tobytes(), optimize=True)
    return sprite


def tile(picture: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
    """A picture, (H, W, 3) uint8, of at most `TILE` pixels, or of a `size` (height, width)."""
    height, width = size or tile_size(picture.shape[:2])
    if picture.shape[:2] == (height, width):
        return picture
    # A map of a few pixels stays one of squares: they are what the layer has.
    larger = picture.shape[0] < height
    how = Image.Resampling.NEAREST if larger else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(picture).resize((width, height), how))


def tile_size(size: Sequence[int]) -> tuple[int, int]:
    """Height and width of a tile for pictures of that size."""
    scale = min(1.0, TILE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def coloured(activation: np.ndarray, cmap: str) -> np.ndarray:
    """An activation map, (h, w) float, from 0 (or its lowest value, if that is lower) to its highest: (h, w, 3)."""
    values = np.nan_to_num(activation)
    low, high = min(0.0, float(values.min())), float(values.max())
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return _bytes(255 * matplotlib.colormaps[cmap](scaled)[..., :3])


class Colours:
    """The colour maps of attributions: names of Matplotlib, sequential and diverging."""

    def __init__(self, sequential: str, diverging: str) -> None:
        strength = np.linspace(0, 1, HALF)
        # An odd number of steps, so that zero has a colour of its own in the middle; the last is not used.
        sign = np.append(np.linspace(-1, 1, HALF - 1), 1.0)
        shades = [matplotlib.colormaps[sequential](strength), matplotlib.colormaps[diverging]((sign + 1) / 2)]
        for shade, size in zip(shades, (strength, np.abs(sign)), strict=True):
            shade[:, 3] = size**0.6
        self.palette = _bytes(255 * np.concatenate(shades))
        self.sequential, self.diverging = sequential, diverging

    def ramps(self) -> dict[str, list[str]]:
        """Colours of either map from one end to the other, opaque, as CSS knows them."""
        steps = np.linspace(0, 1, 17)
        return {
            name: [matplotlib.colors.to_hex(colour) for colour in matplotlib.colormaps[cmap](steps)]
            for name, cmap in (("sequential", self.sequential), ("diverging", self.diverging))
        }


def _indices(values: np.ndarray, signed: bool) -> np.ndarray:
    values = np.nan_to_num(values, posinf=0, neginf=0).astype(np.float64)
    scaled = values / ceiling(np.abs(values))
    if signed:
        middle = HALF // 2 - 1
        return _bytes(HALF + middle + np.round(middle * np.clip(scaled, -1, 1)))
    return _bytes((HALF - 1) * np.clip(scaled, 0, 1))


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.round(values).astype(np.uint8)


def _grid(pictures: Sequence[np.ndarray], name: str) -> tuple[np.ndarray, Sprite]:
    columns = ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    height, width, *depth = pictures[0].shape
    grid: Any = np.zeros((rows * height, columns * width, *depth), np.uint8)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        grid[row * height : (row + 1) * height, column * width : (column + 1) * width] = picture
    return grid, Sprite(name, columns, rows, width, height)
