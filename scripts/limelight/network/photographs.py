"""From a file to the input of a network: decode, orient, convert to RGB, resize or crop.

Everything here ends at an RGB *photograph* in [0, 1] of the network's input size. The last step to the network's own
values (range, mean, std, channel order) is a layer of `model.Classifier`, so that gradients, superpixels and dreams
all live where a person can look at them. No torch: figures load photographs too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from limelight.study.errors import LimelightError

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Resize:
    """The geometric half of a model's preprocessing. `size` is (height, width) in pixels."""

    size: tuple[int, int]
    crop: bool = False
    shorter_side: int | None = None
    interpolation: str = "bilinear"

    @classmethod
    def of(cls, preprocessing: Mapping[str, Any]) -> "Resize":
        """From the `preprocessing` section of a model."""
        size = preprocessing["size"]
        height, width = (size, size) if isinstance(size, int) else size
        shorter_side = preprocessing.get("shorter_side")
        return cls((height, width), preprocessing["resize"] == "crop", shorter_side, preprocessing["interpolation"])

    def at(self, size: int | Sequence[int] | None) -> "Resize":
        """The same for another size, one number or height and width; what is cut away stays the same share."""
        if size is None:
            return self
        height, width = (size, size) if isinstance(size, int) else size
        shorter = self.shorter_side and round(self.shorter_side * max(height, width) / max(self.size))
        return replace(self, size=(height, width), shorter_side=shorter)

    def __call__(self, image: Image.Image, interpolation: str | None = None) -> Image.Image:
        """`image` in the network's input size."""
        height, width = self.size
        resampling = _RESAMPLING[interpolation or self.interpolation]
        if not self.crop:
            return image.resize((width, height), resampling)
        # A shorter side below the cut would leave nothing to cut from; torchvision pads with black there.
        shorter = max(self.shorter_side or max(height, width), height, width)
        scaled_width, scaled_height = (int(shorter * side / min(image.size)) for side in image.size)  # as torchvision
        scaled = image.resize((scaled_width, scaled_height), resampling)
        left, top = round((scaled.width - width) / 2), round((scaled.height - height) / 2)
        return scaled.crop((left, top, left + width, top + height))


def decode(path: str | Path) -> Image.Image:
    """The whole file as an upright RGB image.

    EXIF orientation is applied; transparency is laid on white; grey, palette, CMYK and 16-bit images become RGB; of an
    animation the first frame is taken.

    Raises
    ------
    LimelightError
        The file is missing, truncated, not an image, or larger than Pillow's limit against decompression bombs.
    """
    try:
        with Image.open(path) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith(("I", "F")):
                return _grey_of_high_depth(upright)
            if "A" in upright.getbands() or "transparency" in upright.info:
                upright = upright.convert("RGBA")
                white = Image.new("RGBA", upright.size, "white")
                return Image.alpha_composite(white, upright).convert("RGB")
            return upright.convert("RGB")
    except FileNotFoundError as error:
        raise LimelightError(f"{path}: no such file; expected an image") from error
    except UnidentifiedImageError as error:
        raise LimelightError(
            f"{path}: not an image format that Pillow supports; expected PNG, JPEG, WebP, BMP, GIF or TIFF"
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, EOFError) as error:
        raise LimelightError(f"{path}: cannot be decoded ({error}); expected a complete image file") from error


def _grey_of_high_depth(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    white = 1.0 if image.mode.startswith("F") and values.max(initial=0) <= 1 else 65535.0
    return Image.fromarray(np.uint8(np.round(np.clip(values / white, 0, 1) * 255)), "L").convert("RGB")


def photograph(path: str | Path, resize: Resize) -> np.ndarray:
    """What the network sees of a file, before its values are scaled: (H, W, 3) uint8 RGB."""
    return np.asarray(resize(decode(path)))


def mask(path: str | Path, resize: Resize) -> np.ndarray:
    """A mask as the network would see it: (H, W) bool, true on the object (any value above half)."""
    return np.asarray(resize(decode(path).convert("L"), "nearest")) > 127


def regions(path: str | Path, resize: Resize) -> np.ndarray:
    """A map of regions as the network would see it: (H, W) int, a number for each colour."""
    red, green, blue = np.asarray(resize(decode(path), "nearest")).astype(np.int64).transpose(2, 0, 1)
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


@dataclass(frozen=True)
class Checked:
    """What a look at one file found: its upright size in pixels and digest, or why it cannot be used."""

    width: int = 0
    height: int = 0
    sha256: str = ""
    reason: str = ""


def check(path: str | Path) -> Checked:
    """Decode a file to the end and say what it is."""
    try:
        image = decode(path)
        return Checked(image.width, image.height, hashlib.sha256(Path(path).read_bytes()).hexdigest())
    except LimelightError as error:
        return Checked(reason=str(error))
