"""From a file to an upright RGB image: raster formats only, with bounded memory.

The bytes are read once, so that what is stored under their digest is made of these bytes and of no others.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import Condition
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from limelight.study.errors import LimelightError, first_line

FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TGA", "TIFF", "WEBP")
"""Other formats of Pillow run a program (EPS), hide how large their images are (ICO), or hold no photographs."""

EXPECTED = "PNG, JPEG, WebP, AVIF, BMP, GIF, TIFF, JPEG 2000, PPM or TGA"

MEMORY = 1_500_000_000
"""Bytes that all files together may take that a process decodes at the same time; `study.costs` requests them."""

_BYTES_PER_PIXEL = {"AVIF": 20, "JPEG": 13, "MPO": 13, "JPEG2000": 28, "TIFF": 12, "WEBP": 18}
"""Maximum memory of decoding, as measured. For other formats it is 8: 4 as decoded and 4 as RGB."""

_STRIP = 2**20
"""Pixels that are converted at once."""

Values = Sequence[float]
"""What is black and what is white: two numbers."""

decoding: ContextVar[str] = ContextVar("decoding", default="")
"""The file that this thread is decoding; empty if it is not."""


@contextmanager
def decoded(
    path: str | Path, values: Values | None = None, sha256: str | None = None, raw: bool = False
) -> Iterator[tuple[Image.Image, str]]:
    """The whole file as an upright RGB image, and the SHA-256 of its bytes.

    EXIF orientation is applied; transparent pixels are put on white; grey, palette, CMYK and 16-bit images become RGB;
    of an animation the first frame is used. Until the block ends other threads wait for the memory that this takes.

    Parameters
    ----------
    values
        Black and white of grey images of more than 8 bits a pixel. By default 0 and 65535 in integers (4095 in TIFF
        files of 12 bits), 0 and 1 in floats; then an image is refused that has values outside of these, or of which
        none reaches a sixteenth of white.
    sha256
        The digest that the bytes must have, because what is made of them is stored under it.
    raw
        Leave grey values of more than 8 bits as they are, in a mode of Pillow's that begins with I or F.

    Raises
    ------
    LimelightError
        The file is missing, truncated, in none of `FORMATS`, needs more than `MEMORY`, has other bytes than `sha256`,
        or has grey values of which black and white are uncertain.
    """
    path = str(path)
    with _opened(path) as file:
        needed = _memory_needed(path, file)
        with _memory.taking(needed):
            content = file.read(needed)
            digest = hashlib.sha256(content).hexdigest()
            if sha256 is not None and digest != sha256:
                raise _replaced(path)
            with _naming(path):
                image = _image(path, content, needed, values, raw)
            del content
            yield image, digest


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    with _naming(path):
        if not Path(path).exists():
            raise LimelightError(f"{path}: no such file; expected an image")
        # A pipe would be waited for, and a device has no end.
        if not Path(path).is_file():
            raise LimelightError(f"{path}: is not a file; expected an image")
        file = open(path, "rb")  # noqa: SIM115 - closed below, where errors are the caller's
    with file:
        yield file


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Turn whatever a decoder raises into one sentence, so that it affects this image alone."""
    named = decoding.set(path)
    try:
        yield
    except LimelightError:
        raise
    except UnidentifiedImageError as error:
        raise LimelightError(f"{path}: not an image of a known format; expected {EXPECTED}") from error
    except Exception as error:
        usual = isinstance(error, OSError | SyntaxError | ValueError | Image.DecompressionBombError)
        reason = first_line(error) if usual else f"{type(error).__name__}: {first_line(error)}"
        raise LimelightError(f"{path}: cannot be decoded ({reason}); expected a complete image file") from error
    finally:
        decoding.reset(named)


def _replaced(path: str) -> LimelightError:
    return LimelightError(f"{path}: was replaced while it was in use; expected the same file to the end; run again")


# --- memory ---------------------------------------------------------------------------------------------------------


class _Memory:
    """Bytes that threads share."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.changed = Condition()

    @contextmanager
    def taking(self, amount: int) -> Iterator[None]:
        """Wait until that amount is free, and reserve it."""
        with self.changed:
            self.changed.wait_for(lambda: self.free >= amount)
            self.free -= amount
        try:
            yield
        finally:
            with self.changed:
                self.free += amount
                self.changed.notify_all()


_memory = _Memory(MEMORY)


def _memory_needed(path: str, file: BinaryIO) -> int:
    """Bytes of a file and of decoding it, from its header."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > MEMORY:
        raise LimelightError(f"{path}: has {size / 1e9:.1f} GB; expected an image file of {MEMORY / 1e9} GB at most")
    with _naming(path), Image.open(file, formats=FORMATS) as image:
        needed = size + _memory_of_pixels(image)
        if needed > MEMORY:
            raise LimelightError(
                f"{path}: {image.width} x {image.height} pixels of {image.format} take {needed / 1e9:.1f} GB to "
                f"decode; expected an image that takes {MEMORY / 1e9} GB at most"
            )
    file.seek(0)
    return needed


def _memory_of_pixels(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", {})
    tile = _number(tags.get(322)) * _number(tags.get(323))  # of a TIFF, which may be larger than the image
    return _BYTES_PER_PIXEL.get(image.format or "", 8) * max(image.width * image.height, tile)


def _number(tag: Any) -> int:
    return int(tag) if isinstance(tag, int) else 0


# --- pixels ---------------------------------------------------------------------------------------------------------


def _image(path: str, content: bytes, needed: int, values: Values | None, raw: bool) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if len(content) + _memory_of_pixels(image) > needed:
            raise _replaced(path)
        stored = str([tile.args for tile in getattr(image, "tile", ())])
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        deep = image.mode.startswith(("I", "F"))
        if not deep and ";16" in stored:
            _check_deep_colours(path, image, values)
        # A copy, because what Pillow opened may keep the file.
        if (deep and raw) or (image.mode == "RGB" and "transparency" not in image.info):
            return image.copy()
        if deep:
            convert = _grey(image, _black_and_white(path, image, values, 4095 if ";12" in stored else 65535))
        elif "A" in image.getbands() or "transparency" in image.info:
            convert = _on_white
        else:
            convert = _rgb
        # In strips, because the steps on the way take several times the memory of the image.
        canvas = Image.new("RGB", image.size)
        for strip in _strips(image):
            canvas.paste(convert(image.crop(strip)), strip)
        return canvas


def _strips(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    rows = max(1, _STRIP // image.width)
    for top in range(0, image.height, rows):
        yield 0, top, image.width, min(top + rows, image.height)


def _rgb(strip: Image.Image) -> Image.Image:
    return strip.convert("RGB")


def _on_white(strip: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip.convert("RGBA")).convert("RGB")


def _grey(image: Image.Image, values: Values) -> Callable[[Image.Image], Image.Image]:
    black, white = values
    transparent = image.info.get("transparency")

    def convert(strip: Image.Image) -> Image.Image:
        grey = np.asarray(strip, dtype=np.float64)
        levels = np.clip((grey - black) / (white - black), 0, 1)
        if isinstance(transparent, int):
            levels[grey == transparent] = 1
        return Image.fromarray(np.uint8(np.round(levels * 255))).convert("RGB")

    return convert


def _black_and_white(path: str, image: Image.Image, values: Values | None, white_of_integers: int) -> Values:
    low, high, missing = np.inf, -np.inf, 0
    for strip in _strips(image):
        part = np.asarray(image.crop(strip), dtype=np.float64)
        finite = part[np.isfinite(part)]
        missing += part.size - finite.size
        low, high = min(low, finite.min(initial=np.inf)), max(high, finite.max(initial=-np.inf))
    if missing:
        raise LimelightError(f"{path}: {missing} values are NaN or infinite; expected finite numbers")
    if values is not None:
        return values
    white = 1 if image.mode.startswith("F") else white_of_integers
    if low < 0 or high > white or 0 < high < white / 16:
        raise LimelightError(
            f"{path}: grey values from {low:g} to {high:g}, of which it is not certain what is black and white; "
            f"expected 0 to {white}, or `images: {{range: [black, white]}}`"
        )
    return 0, white


def _check_deep_colours(path: str, image: Image.Image, values: Values | None) -> None:
    """Pillow reads the upper 8 of 16 bits of a colour, so little is left of values that do not fill them."""
    if isinstance(transparent := image.info.get("transparency"), tuple):
        image.info["transparency"] = tuple(value >> 8 for value in transparent)
    extrema: Any = image.getextrema()
    highest = max(high for band, (_, high) in zip(image.getbands(), extrema, strict=True) if band != "A")
    if highest < 16 or (values is not None and tuple(values) != (0, 65535)):
        raise LimelightError(
            f"{path}: colours of 16 bits, of which the upper 8 are read, from 0 to {256 * highest + 255} at most; "
            "expected some above 4095, and no `images.range` but [0, 65535]"
        )
