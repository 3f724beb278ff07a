"""Broken, foreign and huge files of each format affect no other image; `make fuzz` tries more of them."""

import io
import os
import resource
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin, features
from png import png

from limelight.machinery.image_check import check_images, look_at
from limelight.network import decoding
from limelight.study import costs, image_set
from limelight.study.errors import LimelightError

KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "png": ("PNG", "RGB", {}),
    "png of 16 bits": ("PNG", "I;16", {}),
    "png with palette": ("PNG", "P", {"transparency": 1}),
    "png with alpha": ("PNG", "LA", {}),
    "jpeg": ("JPEG", "RGB", {}),
    "progressive jpeg": ("JPEG", "CMYK", {"progressive": True}),
    "gif": ("GIF", "P", {}),
    "bmp": ("BMP", "RGB", {}),
    "tiff": ("TIFF", "RGB", {}),
    "tiff by lzw": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "tiff by jpeg": ("TIFF", "RGB", {"compression": "jpeg"}),
    "float tiff": ("TIFF", "F", {"compression": "tiff_deflate"}),
    "webp": ("WEBP", "RGB", {}),
    "lossless webp": ("WEBP", "RGBA", {"lossless": True}),
    "ppm": ("PPM", "RGB", {}),
    "pgm of 16 bits": ("PPM", "I;16", {}),
    "tga": ("TGA", "RGB", {"compression": "tga_rle"}),
    "avif": ("AVIF", "RGB", {}),
    "jpeg 2000": ("JPEG2000", "RGB", {}),
    # Not read: what matters is that they are refused, whatever they say of themselves.
    "ico": ("ICO", "RGB", {}),
    "dds": ("DDS", "RGB", {}),
    "eps": ("EPS", "RGB", {}),
    "pcx": ("PCX", "RGB", {}),
    "sgi": ("SGI", "RGB", {}),
}
REFUSED = ("ICO", "DDS", "EPS", "PCX", "SGI")


def picture(mode: str, height: int = 12, width: int = 10) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    if mode == "I;16":
        return Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(pixels[..., 0].astype(np.float32) / 255)
    return image.convert(mode)


@cache
def encoded(kind: str, height: int = 12, width: int = 10) -> bytes:
    form, mode, options = KINDS[kind]
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    file = io.BytesIO()
    picture(mode, height, width).save(file, form, **options)
    return file.getvalue()


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let images share 32 MB, so that a decompression bomb is noticed."""
    monkeypatch.setattr(decoding, "MEMORY", 32_000_000)
    monkeypatch.setattr(decoding, "_memory", decoding._Memory(32_000_000))
    return 32_000_000


# --- broken files -------------------------------------------------------------------------------------------------

EXTREMES = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\xff\xff",
    b"\xff\xff\0\0",
    b"\0\1",
    b"\xff\x7f",
]


@st.composite
def mutated(draw: Callable, content: bytes) -> bytes:
    """Some bytes, numbers and stretches of a file replaced, taken out, put in again or cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(0, 4))):
        if not changed:
            break
        # Half of the time in the header.
        last = len(changed) - 1
        place = draw(st.one_of(st.integers(0, min(last, 100)), st.integers(0, last)))
        length = draw(st.integers(1, 16))
        how = draw(st.sampled_from(["byte", "number", "remove", "repeat", "cut"]))
        if how == "byte":
            changed[place] = draw(st.integers(0, 255))
        elif how == "number":
            number = draw(st.sampled_from(EXTREMES))
            changed[place : place + len(number)] = number
        elif how == "remove":
            del changed[place : place + length]
        elif how == "repeat":
            changed[place:place] = changed[place : place + length] * draw(st.integers(1, 8))
        else:
            del changed[place:]
    return bytes(changed)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_file_is_an_image_or_one_sentence(
    kind: str, tmp_path: Path, little_memory: int, data: st.DataObject
) -> None:
    path = tmp_path / "a"
    path.write_bytes(data.draw(mutated(encoded(kind))))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = look_at(path)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 2 * little_memory
    assert bool(seen.reason) != bool(seen.sha256)
    if seen.reason:
        assert seen.reason.startswith(f"{path}: ")
        assert "; expected " in seen.reason
        assert "\n" not in seen.reason
        assert len(seen.reason) < 500 + len(str(path))
    else:
        assert min(seen.width, seen.height) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_each_raster_format_is_read_and_no_other(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(encoded(kind))
    seen = look_at(path)
    if KINDS[kind][0] in REFUSED:
        assert seen.reason == f"{path}: not an image of a known format; expected {decoding.EXPECTED}"
    else:
        assert (seen.width, seen.height, seen.reason) == (10, 12, "")


def test_no_program_is_run_for_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow hands PostScript to Ghostscript, whatever the file is called."""
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/was_run\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    path = tmp_path / "a.png"
    path.write_bytes(encoded("eps"))
    assert "known format" in look_at(path).reason
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize(
    "error", [NotImplementedError("BC7"), RuntimeError("AVIF"), KeyError(5), MemoryError(), RecursionError("deep")]
)
def test_whatever_a_decoder_raises_costs_that_image(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bad.jpg", "good.png"):
        (tmp_path / name).write_bytes(encoded(name[-3:].replace("jpg", "jpeg")))

    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", broken)
    images = [image_set.Image(name, str(tmp_path / name)) for name in ("bad.jpg", "good.png")]
    usable, skipped, _ = check_images(images, "skip", 2)
    said = f"{type(error).__name__}: {str(error) or 'no message'}"
    assert f"good.png,{tmp_path}/good.png," in usable
    assert f"bad.jpg: cannot be decoded ({said}); expected a complete image file" in skipped
    with pytest.raises(LimelightError, match="1 of 2 images cannot be used"):
        check_images(images, "stop", 2)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    assert look_at(tmp_path / "a.png").reason == f"{tmp_path}/a.png: is not a file; expected an image"
    assert look_at("/dev/zero").reason == "/dev/zero: is not a file; expected an image"


MESSAGES = """
import sys
from limelight.machinery.image_check import check_images
from limelight.machinery.joblog import job_log
from limelight.study.image_set import Image

paths = sys.argv[2:]
with job_log(sys.argv[1]):
    check_images([Image(path, path) for path in paths], "skip", 4)
"""


def test_what_decoders_print_is_logged_with_the_file(tmp_path: Path, python: Callable) -> None:
    names = [f"{number}.tif" for number in range(6)]
    for name in names:
        content = bytearray(encoded("tiff by lzw", 40, 50))
        content[300:340] = b"x" * 40
        (tmp_path / name).write_bytes(content)
    # An ancient PNG whose palette of transparency Pillow warns of.
    palette = picture("P")
    palette.info["transparency"] = b"\0" * 4
    for name in ("p.png", "q.png"):
        palette.save(tmp_path / name)
    jpeg = picture("RGB")
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\0\0\xff\xff\0\0"
    for name in ("e.jpg", "f.jpg"):
        jpeg.save(tmp_path / name, exif=exif)
        names.append(name)
    printed = python(
        MESSAGES.replace("with job_log", "import os; os.dup2(1, 2)\nwith job_log"),
        *(str(tmp_path / name) for name in ("log", *names, "p.png", "q.png")),
    )
    assert printed == ""
    log = (tmp_path / "log").read_text()
    for name in names:
        said = "libtiff: " if name.endswith("tif") else ".*Warning"
        assert any(f"{tmp_path / name}: " in line and said.strip(".*") in line for line in log.splitlines()), name


# --- memory -------------------------------------------------------------------------------------------------------

PEAK = """
import resource, sys
import numpy as np
from limelight.machinery.image_check import look_at

def most():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

look_at(sys.argv[1])  # imports the plugins
before = most()
reason = look_at(sys.argv[2]).reason
print(most() - before, reason)
"""


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if KINDS[kind][0] in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF", "JPEG2000", "BMP")]
)
def test_decoding_takes_no_more_than_is_counted(kind: str, tmp_path: Path, python: Callable) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(encoded(kind))
    side = 1600
    file = io.BytesIO()
    form, mode, options = KINDS[kind]
    # A TIFF of a single strip, which libtiff unpacks as a whole; AVIF takes its time.
    options = {**options, **{"TIFF": {"tiffinfo": {278: side}}, "AVIF": {"speed": 10}}.get(form, {})}
    picture(mode, 100, 100).resize((side, side), Image.Resampling.NEAREST).save(file, form, **options)
    large.write_bytes(file.getvalue())
    taken, _, reason = python(PEAK, str(small), str(large)).strip().partition(" ")
    assert reason == ""
    with open(large, "rb") as opened:
        counted = decoding._memory_needed(str(large), opened)
    assert int(taken) < counted + 24_000_000  # and a strip in conversion


def tiff_with_a_tile(side: int) -> bytes:
    """16 x 16 pixels of a tile that unpacks to side x side, all black."""
    packed = zlib.compressobj(9)
    zeros = bytes(2**20)
    data = b"".join(packed.compress(zeros) for _ in range(3 * side * side // 2**20 + 1)) + packed.flush()
    numbers = {256: 16, 257: 16, 258: 8, 259: 8, 262: 2, 277: 3, 322: side, 323: side, 324: 200, 325: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, number) for tag, number in numbers.items())
    return (b"II*\0" + struct.pack("<IH", 8, len(numbers)) + entries + b"\0\0\0\0").ljust(200, b"\0") + data


def huge(kind: str) -> bytes:
    if kind == "tile":
        return tiff_with_a_tile(8000)
    width, height = {"square": (9000, 9000), "line": (100_000_000, 1), "bomb": (20_000, 20_000)}[kind]
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(width + 1)) for _ in range(height if kind == "square" else 1)) + rows.flush()
    return png(width, height, 8, 0, packed)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", ["square", "line", "bomb", "tile"])
def test_a_bomb_is_refused_by_its_header(kind: str, tmp_path: Path, little_memory: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(huge(kind))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reason = look_at(path).reason
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < little_memory
    if kind == "bomb":
        assert "decompression bomb" in reason
    else:
        assert " GB to decode; expected an image that takes 0.032 GB at most" in reason


def test_threads_share_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two images fit at once, three do not; each waits within its block for as many others, or until a timeout."""
    path = tmp_path / "a.png"
    path.write_bytes(encoded("png", 100, 100))
    with open(path, "rb") as file:
        needed = decoding._memory_needed(str(path), file)
    monkeypatch.setattr(decoding, "_memory", decoding._Memory(2 * needed + 1))
    met: list[bool] = []
    for together in (2, 3):
        barrier = Barrier(together)

        def meet(barrier: Barrier = barrier) -> None:
            with decoding.decoded(path):
                try:
                    barrier.wait(1)
                    met.append(True)
                except BrokenBarrierError:
                    met.append(False)

        threads = [Thread(target=meet) for _ in range(together)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert met == [True] * 2 + [False] * 3
    assert decoding._memory.free == 2 * needed + 1


def test_a_cluster_is_asked_for_the_memory() -> None:
    assert costs.DECODING_MB * 10**6 == decoding.MEMORY


def test_a_folder_is_searched_for_all_formats_that_are_decoded() -> None:
    endings = Image.registered_extensions()
    assert {endings[suffix] for suffix in image_set.SUFFIXES} == set(decoding.FORMATS)
