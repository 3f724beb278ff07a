"""From a file to the input of a network: an upright RGB image, resized and cropped.

Everything here ends at an RGB *photograph* in [0, 1] of the network's input size. The last step to the network's own
values (range, mean, std, channel order) is a layer of `classifier.Classifier`, so that gradients, superpixels and
dreams all live where a person can look at them. No torch: figures load photographs too.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from limelight.network.decoding import Values, decoded
from limelight.study.errors import LimelightError

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


_WHOLE = 2**24
"""Pixels of a resized photograph that may lie outside of the network's input; the four-fold of the input is always."""


@dataclass(frozen=True)
class Resize:
    """The geometric half of a model's preprocessing, and what is black and white in files of more than 8 bits.

    Attributes
    ----------
    size : (int, int)
        Height and width of the network's input, in pixels.
    crop : bool
        Whether the aspect ratio is kept.
    shorter_side : int or None
        With `crop` the shorter side before the centre is cut out; by default the larger side of `size`.
    squashed_size : (int, int) or None
        Without `crop` height and width before the centre is cut out; by default `size`, of which nothing is cut away.
    interpolation : {"nearest", "bilinear", "bicubic", "lanczos"}
    values : (float, float) or None
        Black and white; see `decoding.decoded`.
    """

    size: tuple[int, int]
    crop: bool = False
    shorter_side: int | None = None
    interpolation: str = "bilinear"
    squashed_size: tuple[int, int] | None = None
    values: Values | None = None

    @classmethod
    def of(cls, preprocessing: Mapping[str, Any]) -> "Resize":
        """From the `preprocessing` section of a model."""
        squashed, values = preprocessing.get("squashed_size"), preprocessing.get("file_range")
        return cls(
            _pair(preprocessing["size"]),
            preprocessing["resize"] == "crop",
            preprocessing.get("shorter_side"),
            preprocessing["interpolation"],
            None if squashed is None else _pair(squashed),
            None if values is None else (values[0], values[1]),
        )

    def at(self, size: int | Sequence[int] | None) -> "Resize":
        """The same for another size, one number or height and width; what is cut away stays the same share."""
        if size is None:
            return self
        height, width = _pair(size)
        shorter = self.shorter_side and round(self.shorter_side * max(height, width) / max(self.size))
        squashed = self.squashed_size and (
            round(self.squashed_size[0] * height / self.size[0]),
            round(self.squashed_size[1] * width / self.size[1]),
        )
        return replace(self, size=(height, width), shorter_side=shorter, squashed_size=squashed)

    def window(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """What the network sees of a photograph of a (width, height): left, top, right and bottom, in its pixels."""
        scaled = self._scaled(size)
        left, top, right, bottom = self._cut(scaled)
        x, y = size[0] / scaled[0], size[1] / scaled[1]
        return left * x, top * y, min(right * x, size[0]), min(bottom * y, size[1])

    def __call__(self, image: Image.Image, interpolation: str | None = None) -> Image.Image:
        """`image` in the network's input size."""
        height, width = self.size
        resampling = _RESAMPLING[interpolation or self.interpolation]
        scaled = self._scaled(image.size)
        # Where much would be cut away, such as of a line of 65,000 pixels, it is not even made. Otherwise it is, to be
        # equal to torchvision in the last bit: Pillow resizes a window with another order of roundings.
        if scaled[0] * scaled[1] > max(_WHOLE, 4 * height * width):
            return image.resize((width, height), resampling, self.window(image.size))
        return image.resize(scaled, resampling).crop(self._cut(scaled))

    def _scaled(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the whole photograph when it is resized, and nothing is cut away yet."""
        height, width = self.size
        # Smaller ones would leave nothing to cut from; torchvision pads with black there.
        if not self.crop:
            squashed = self.squashed_size or self.size
            return max(squashed[1], width), max(squashed[0], height)
        shorter = max(self.shorter_side or max(height, width), height, width)
        return int(shorter * size[0] / min(size)), int(shorter * size[1] / min(size))  # as torchvision

    def _cut(self, scaled: tuple[int, int]) -> tuple[int, int, int, int]:
        height, width = self.size
        left, top = round((scaled[0] - width) / 2), round((scaled[1] - height) / 2)
        return left, top, left + width, top + height


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


def photograph(path: str | Path, resize: Resize, sha256: str | None = None) -> np.ndarray:
    """What the network sees of a file, before its values are scaled: (H, W, 3) uint8 RGB.

    Parameters
    ----------
    sha256
        The digest that the file must have.

    Raises
    ------
    LimelightError
        The file cannot be decoded, or has other bytes.
    """
    with decoded(path, resize.values, sha256) as (image, _):
        return np.asarray(resize(image))


def mask(path: str | Path, resize: Resize) -> np.ndarray:
    """A mask as the network would see it: (H, W) bool, true on the object.

    That is any value above half: of 255, or of the largest one in a mask of more than 8 bits, whatever counts there.
    """
    with decoded(path, raw=True) as (image, _):
        if image.mode != "RGB":
            values = np.asarray(resize(image, "nearest"))
            return values > np.nanmax(np.asarray(image)) / 2
        return np.asarray(resize(image.convert("L"), "nearest")) > 127


def regions(path: str | Path, resize: Resize, sha256: str | None = None) -> np.ndarray:
    """A map of regions as the network would see it: (H, W) int, a number for each colour.

    In a map of more than 8 bits each value is a number.
    """
    with decoded(path, sha256=sha256, raw=True) as (image, _):
        values = np.asarray(resize(image, "nearest"))
    if values.ndim == 2:
        return np.unique(values, return_inverse=True)[1].reshape(values.shape)
    red, green, blue = values.astype(np.int64).transpose(2, 0, 1)
    return (red << 16) + (green << 8) + blue


def to_float(photographs: np.ndarray) -> np.ndarray:
    """(..., H, W, 3) uint8 as (..., 3, H, W) float32 in [0, 1]."""
    return np.ascontiguousarray(np.moveaxis(photographs, -1, -3), dtype=np.float32) / np.float32(255)


def to_uint8(photographs: np.ndarray) -> np.ndarray:
    """(..., 3, H, W) float in [0, 1] as (..., H, W, 3) uint8, rounded to the nearest."""
    return np.round(np.moveaxis(np.clip(photographs, 0, 1), -3, -1) * 255).astype(np.uint8)


def load(paths: Sequence[str | Path], resize: Resize, skip: bool = False, threads: int = 1) -> list[np.ndarray | None]:
    """Photographs of several files, (H, W, 3) uint8 each; with `skip` None for one that cannot be decoded."""

    def one(path: str | Path) -> np.ndarray | None:
        try:
            return photograph(path, resize)
        except LimelightError:
            if skip:
                return None
            raise

    # Pillow decodes without holding Python's lock.
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(one, paths))
