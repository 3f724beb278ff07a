"""How does a file become what the network sees?"""

import hashlib
import io
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from png import png
from torchvision.transforms import CenterCrop, InterpolationMode
from torchvision.transforms import Resize as TorchvisionResize

from limelight.machinery.image_check import Look, look_at
from limelight.network import decoding
from limelight.network.decoding import decoded
from limelight.network.photographs import Resize, load, mask, photograph, regions, to_float, to_uint8
from limelight.study.errors import LimelightError


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def saved(path: Path, image: np.ndarray | Image.Image, **options: Any) -> Path:
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(path, **options)
    return path


def decode(path: Path, **options: Any) -> Image.Image:
    with decoded(path, **options) as (image, _):
        return image


# --- decoding -----------------------------------------------------------------------------------------------------

# What a viewer does to the stored pixels, by the EXIF specification: which corner row 0, column 0 is shown in.
UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: stored.swapaxes(0, 1)[:, ::-1],
    7: lambda stored: stored.swapaxes(0, 1)[::-1, ::-1],
    8: lambda stored: stored.swapaxes(0, 1)[::-1],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_photographs_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    stored = noise(4, 6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "a.png", stored, exif=exif)
    assert np.array_equal(np.asarray(decode(path)), UPRIGHT[orientation](stored))
    found = look_at(path)
    assert (found.height, found.width) == UPRIGHT[orientation](stored).shape[:2]


GREY = np.array([[0, 1, 128, 254, 255]], np.uint8)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(GREY), np.repeat(GREY[..., None], 3, 2)),
        (Image.fromarray(GREY > 100), np.repeat(np.uint8([[0, 0, 255, 255, 255]])[..., None], 3, 2)),
        (
            Image.fromarray(np.array([[0, 257, 128 * 257, 65535]], np.uint16)),
            [[[0] * 3, [1] * 3, [128] * 3, [255] * 3]],
        ),
        (Image.fromarray(np.uint8([[[10, 20, 30, 255]]]), "RGBA"), [[[10, 20, 30]]]),
        (Image.fromarray(np.uint8([[[10, 20, 30, 0]]]), "RGBA"), [[[255, 255, 255]]]),
        # 10 over white at alpha 51/255 = 0.2: 0.2 * 10 + 0.8 * 255 = 206
        (Image.fromarray(np.uint8([[[10, 60, 110, 51]]]), "RGBA"), [[[206, 216, 226]]]),
        (Image.fromarray(np.uint8([[[10, 51], [10, 0]]]), "LA"), [[[206] * 3, [255] * 3]]),
    ],
    ids=["grey", "bilevel", "16 bit", "opaque", "transparent", "half transparent", "grey with alpha"],
)
def test_every_kind_of_png_becomes_rgb_on_white(tmp_path: Path, image: Image.Image, expected: Any) -> None:
    decoded = decode(saved(tmp_path / "a.png", image))
    assert decoded.mode == "RGB"
    assert np.asarray(decoded).tolist() == np.asarray(expected).tolist()


def palette() -> Image.Image:
    image = Image.fromarray(np.uint8([[0, 1, 2]]), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    return image


@pytest.mark.parametrize("kind", ["png", "gif"])
@pytest.mark.parametrize("transparent", [None, 1])
def test_palettes_become_rgb_on_white(tmp_path: Path, kind: str, transparent: int | None) -> None:
    options = {} if transparent is None else {"transparency": transparent}
    decoded = decode(saved(tmp_path / f"a.{kind}", palette(), **options))
    middle = [0, 255, 0] if transparent is None else [255, 255, 255]
    assert np.asarray(decoded).tolist() == [[[255, 0, 0], middle, [0, 0, 255]]]


def test_colour_that_stands_for_transparent_becomes_white(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", np.uint8([[[1, 2, 3], [4, 5, 6]]]), transparency=(1, 2, 3))
    assert np.asarray(decode(path)).tolist() == [[[255, 255, 255], [4, 5, 6]]]


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    inks = np.zeros((8, 8, 4), np.uint8)
    inks[..., 0] = 255  # cyan: no red
    colour = np.asarray(decode(saved(tmp_path / "a.tif", Image.fromarray(inks, "CMYK"))))
    assert np.unique(colour.reshape(-1, 3), axis=0).tolist() == [[0, 255, 255]]
    jpeg = np.asarray(decode(saved(tmp_path / "a.jpg", Image.fromarray(inks, "CMYK"), quality=100)))
    assert np.abs(jpeg.astype(int) - colour).max() <= 3


def test_floats_and_deep_integers_keep_black_grey_and_white(tmp_path: Path) -> None:
    values = np.float32([[0, 0.5, 1]])
    assert np.asarray(decode(saved(tmp_path / "a.tif", values)))[0, :, 0].tolist() == [0, 128, 255]
    deep = np.int32([[0, 257 * 9, 65535]])
    assert np.asarray(decode(saved(tmp_path / "c.tif", deep)))[0, :, 1].tolist() == [0, 9, 255]


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (3, 2), colour) for colour in ("red", "green", "blue")]
    path = saved(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:])
    assert np.asarray(decode(path)).reshape(-1, 3).tolist() == [[255, 0, 0]] * 6


def encoded(kind: str, image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.png", encoded("png", noise(32, 32))[:1500], "a complete image file"),
        ("a.jpg", encoded("jpeg", noise(64, 64))[:2000], "a complete image file"),
        ("a.gif", encoded("gif", noise(64, 64))[:1500], "a complete image file"),
        ("empty.png", b"", decoding.EXPECTED),
        ("text.jpg", b"this is no photograph", decoding.EXPECTED),
        ("page.png", b"<html><body>404</body></html>", decoding.EXPECTED),
        ("missing.png", None, "an image"),
    ],
    ids=["png", "jpeg", "gif", "empty", "text", "html", "missing"],
)
def test_file_that_is_no_whole_image_is_named(tmp_path: Path, name: str, content: bytes | None, expected: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LimelightError) as error:
        decode(path)
    assert str(error.value).startswith(f"{path}: ")
    assert str(error.value).endswith(f"; expected {expected}")
    assert "\n" not in str(error.value)


def test_folder_and_decompression_bomb_are_no_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimelightError, match="is not a file"):
        decode(tmp_path)
    path = saved(tmp_path / "a.png", noise(10, 10))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)
    with pytest.raises(LimelightError, match=r"cannot be decoded .*decompression bomb"):
        decode(path)


# --- black and white ------------------------------------------------------------------------------------------------


def png_of_16_bits(samples: Any, transparent: Sequence[int] = ()) -> bytes:
    """Of (H, W) grey values or (H, W, 3) colours."""
    values = np.asarray(samples, ">u2")
    height, width = values.shape[:2]
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in values))
    return png(width, height, 16, 2 if values.ndim == 3 else 0, rows, np.array(transparent, ">u2").tobytes())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.float32([[0, 127.5, 255]]), "grey values from 0 to 255, "),
        (np.float32([[0, 0.5, 1.01]]), "grey values from 0 to 1.01, "),
        (np.float32([[-0.1, 0.5, 1]]), "grey values from -0.1 to 1, "),
        (np.float32([[0, 0.5, np.nan]]), "1 values are NaN or infinite; expected finite numbers"),
        (np.float32([[0, -np.inf, np.inf]]), "2 values are NaN or infinite; expected finite numbers"),
        (np.uint16([[0, 700, 4095]]), "grey values from 0 to 4095, "),
        (np.int32([[-5, 0, 65535]]), "grey values from -5 to 65535, "),
        (np.int32([[0, 0, 70000]]), "grey values from 0 to 70000, "),
    ],
)
def test_grey_of_no_certain_black_and_white_is_refused(tmp_path: Path, values: np.ndarray, expected: str) -> None:
    path = saved(tmp_path / "a.tif", values)
    reason = look_at(path).reason
    assert reason.startswith(f"{path}: {expected}")
    if "finite" not in expected:
        assert reason.endswith("`images: {range: [black, white]}`")
        assert look_at(path, (0, 4095)).reason == ""


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_a_range_says_what_is_black_and_white(tmp_path: Path, dtype: type) -> None:
    values = np.array([[0, 100, 1000, 2047.5, 4000, 4095]]).astype(dtype)
    path = saved(tmp_path / "a.tif", values)
    expected = [round(min(max((float(value) - 100) / 3900, 0), 1) * 255) for value in values[0]]
    assert np.asarray(decode(path, values=(100, 4000)))[0, :, 1].tolist() == expected
    assert np.array_equal(photograph(path, Resize((1, 6), values=(100, 4000)))[0, :, 0], expected)
    inverted = np.asarray(decode(path, values=(4000, 100)))[0, :, 1]
    assert np.abs(inverted.astype(int) - [255 - value for value in expected]).max() <= 1


def test_black_is_black_whatever_the_range(tmp_path: Path) -> None:
    for number, dtype in enumerate((np.uint16, np.int32, np.float32)):
        assert not np.asarray(decode(saved(tmp_path / f"{number}.tif", np.zeros((3, 4), dtype)))).any()


def test_a_dark_image_can_be_told_from_one_of_12_bits(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", np.uint16([[0, 257 * 3, 4095]]))
    assert np.asarray(decode(path, values=(0, 65535)))[0, :, 0].tolist() == [0, 3, 16]


def test_transparent_grey_of_16_bits_is_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_of_16_bits([[0, 4660, 4661, 65535]], [4660]))
    assert np.asarray(decode(path))[0, :, 0].tolist() == [0, 255, 18, 255]


def test_colours_of_16_bits_are_read_with_8_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_of_16_bits([[[0, 257 * 5, 65535], [0x1234, 0x5678, 0x9ABC]]], [0x1234, 0x5678, 0x9ABC]))
    assert np.asarray(decode(path)).tolist() == [[[0, 5, 255], [255, 255, 255]]]
    assert "colours of 16 bits" in look_at(path, (0, 4095)).reason
    assert look_at(path, [0, 65535]).reason == "", "as the study has it, a list"
    path.write_bytes(png_of_16_bits([[[0, 700, 4095]]]))
    assert look_at(path).reason.startswith(
        f"{path}: colours of 16 bits, of which the upper 8 are read, from 0 to 4095 "
    )


def test_masks_and_regions_of_many_bits_keep_their_values(tmp_path: Path) -> None:
    """As libraries of segmentation write them: small numbers in 16 or 32 bits."""
    labels = np.uint16([[0, 1, 1, 300], [2, 2, 0, 300]])
    for dtype in (np.uint16, np.int32):
        path = saved(tmp_path / "regions.tif", labels.astype(dtype))
        assert look_at(path, raw=True).reason == ""
        assert regions(path, Resize((2, 4))).tolist() == [[0, 1, 1, 3], [2, 2, 0, 3]]
        path = saved(tmp_path / "mask.tif", (labels > 1).astype(dtype))
        assert mask(path, Resize((2, 4))).tolist() == (labels > 1).tolist()


# --- one reading ----------------------------------------------------------------------------------------------------


def test_bytes_of_another_digest_are_not_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", noise(5, 9))
    digest = look_at(path).sha256
    assert photograph(path, Resize((5, 9)), digest).shape == (5, 9, 3)
    saved(path, noise(5, 9, 1))
    with pytest.raises(LimelightError, match=rf"^{path}: was replaced while it was in use; expected the same file"):
        photograph(path, Resize((5, 9)), digest)
    with pytest.raises(LimelightError, match="was replaced"):
        regions(path, Resize((5, 9)), digest)


# --- geometry -----------------------------------------------------------------------------------------------------

SHAPES = [(60, 100), (100, 60), (67, 101), (250, 333), (333, 250), (64, 64), (500, 30), (31, 77), (7, 9)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos"])
def test_squash_is_pillows_resize(shape: tuple[int, int], interpolation: str, preprocessing: Callable) -> None:
    image = Image.fromarray(noise(*shape))
    resize = Resize.of(preprocessing(size=[24, 32], interpolation=interpolation))
    expected = image.resize((32, 24), Image.Resampling[interpolation.upper()])
    assert np.array_equal(np.asarray(resize(image)), np.asarray(expected))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("size", "shorter_side", "interpolation"),
    [(32, None, "bilinear"), (32, 40, "bicubic"), ([31, 30], 41, "bilinear"), ([24, 32], None, "bicubic")],
)
def test_crop_is_torchvisions_resize_and_centre_crop(
    shape: tuple[int, int], size: Any, shorter_side: int | None, interpolation: str, preprocessing: Callable
) -> None:
    image = Image.fromarray(noise(*shape))
    more = {} if shorter_side is None else {"shorter_side": shorter_side}
    resize = Resize.of(preprocessing(size=size, resize="crop", interpolation=interpolation, **more))
    larger = size if isinstance(size, int) else max(size)
    scale = TorchvisionResize(shorter_side or larger, InterpolationMode[interpolation.upper()])
    assert np.array_equal(np.asarray(resize(image)), np.asarray(CenterCrop(size)(scale(image))))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("size", "squashed", "interpolation"),
    [(28, 32, "bilinear"), ([24, 31], 32, "bicubic"), ([24, 32], [27, 45], "lanczos"), (32, 32, "nearest")],
)
def test_squash_and_crop_is_torchvisions_resize_and_centre_crop(
    shape: tuple[int, int], size: Any, squashed: Any, interpolation: str, preprocessing: Callable
) -> None:
    image = Image.fromarray(noise(*shape))
    resize = Resize.of(preprocessing(size=size, squashed_size=squashed, interpolation=interpolation))
    both = [squashed, squashed] if isinstance(squashed, int) else squashed
    scale = TorchvisionResize(both, InterpolationMode[interpolation.upper()])
    assert np.array_equal(np.asarray(resize(image)), np.asarray(CenterCrop(size)(scale(image))))


def test_the_window_is_what_the_network_sees() -> None:
    """In pixels of a photograph of 120 x 60, of which the middle 60 x 60, and 7/8 of these, are left by hand."""
    assert Resize((7, 7)).window((120, 60)) == (0, 0, 120, 60)
    assert Resize((7, 7), crop=True).window((120, 60)) == pytest.approx((120 * 4 / 14, 0, 120 * 11 / 14, 60))
    assert Resize((28, 28), crop=True, shorter_side=32).window((120, 60)) == pytest.approx((33.75, 3.75, 86.25, 56.25))
    squashed = Resize((28, 14), squashed_size=(32, 32))
    assert squashed.window((120, 60)) == pytest.approx((33.75, 3.75, 86.25, 56.25))
    assert squashed.at(56).window((120, 60)) == pytest.approx(squashed.window((120, 60)))


@pytest.mark.parametrize("shape", [(1, 65000), (65000, 1), (3, 40000)])
def test_a_line_is_cropped_before_it_grows(shape: tuple[int, int]) -> None:
    """The whole line would have 10^9 pixels and more; its middle is the same, but for the order of roundings."""
    pixels = np.repeat(np.repeat(noise(1, shape[1] // 40 or 1) // 2 + 64, 40, 1), 1, 0)[:, : shape[1]]
    if shape[0] > shape[1]:
        pixels = np.repeat(noise(shape[0] // 40, 1) // 2 + 64, 40, 0)
    pixels = np.ascontiguousarray(np.broadcast_to(pixels, (*shape, 3)))
    middle = [slice(max(0, side // 2 - 10), side // 2 + 10) for side in shape]
    resize = Resize((224, 224), crop=True)
    fast = np.asarray(resize(Image.fromarray(pixels))).astype(int)
    slow = np.asarray(resize(Image.fromarray(np.ascontiguousarray(pixels[middle[0], middle[1]])))).astype(int)
    assert fast.shape == (224, 224, 3)
    assert np.abs(fast - slow).max() <= 1


def test_crop_never_pads() -> None:
    """Torchvision pads with black where the shorter side is below the cut; here it is scaled up to the cut."""
    image = Image.new("RGB", (100, 50), "white")
    assert np.asarray(Resize((32, 32), crop=True, shorter_side=8)(image)).min() == 255


@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(1, 20), st.integers(1, 20), st.integers(1, 30), st.booleans()
)
def test_every_image_gets_the_size_of_the_network(
    width: int, height: int, rows: int, columns: int, shorter_side: int, crop: bool
) -> None:
    resized = Resize((rows, columns), crop, shorter_side)(Image.new("RGB", (width, height)))
    assert resized.size == (columns, rows)


def test_photograph_of_a_file_is_its_pixels_in_the_size_of_the_network(tmp_path: Path) -> None:
    pixels = np.repeat(np.repeat(noise(4, 5), 6, 0), 6, 1)  # every pixel a 6 x 6 block: its mean is itself
    path = saved(tmp_path / "a.png", pixels)
    assert np.array_equal(photograph(path, Resize((4, 5), interpolation="nearest")), pixels[::6, ::6])
    # Pillow's bilinear filter reaches into the neighbours, a uniform photograph has none that differ.
    path = saved(tmp_path / "b.png", np.full((9, 7, 3), 200, np.uint8))
    assert np.unique(photograph(path, Resize((4, 5)))).tolist() == [200]


@pytest.mark.parametrize(
    ("crop", "columns"),
    # Squashed, columns 2, 6, 10, 14, 18, 22 remain; scaled by a half and cut, columns 7, 9, ..., 17.
    [(False, [False, True, True, True, False, False]), (True, [True] * 6)],
)
def test_mask_takes_the_nearest_pixel(tmp_path: Path, crop: bool, columns: list[bool]) -> None:
    values = np.zeros((12, 24), np.uint8)
    values[:, 6:18] = 255
    values[1], values[3] = values[1] // 255 * 127, values[3] // 255 * 128
    found = mask(saved(tmp_path / "m.png", values), Resize((6, 6), crop))
    assert found.dtype == bool
    assert found.tolist() == [[False] * 6, *[columns] * 5]  # 127 is background, 128 is object


# --- numbers ------------------------------------------------------------------------------------------------------


def test_to_float_and_back_is_exact_for_every_value() -> None:
    values = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    floats = to_float(values)
    assert (floats.shape, floats.dtype) == ((1, 3, 16, 16), np.float32)
    assert floats.flags.c_contiguous
    assert np.array_equal(floats[0, 0].ravel(), np.arange(256, dtype=np.float32) / np.float32(255))
    assert np.array_equal(to_uint8(floats), values)


def test_to_float_keeps_every_pixel_in_its_place() -> None:
    images = np.stack([noise(3, 4, seed) for seed in range(2)])
    slow = [[[[images[n, y, x, c] / 255 for x in range(4)] for y in range(3)] for c in range(3)] for n in range(2)]
    np.testing.assert_allclose(to_float(images), slow, rtol=1e-7)


def test_to_uint8_rounds_and_clips() -> None:
    values = np.float32([-0.5, 0.49 / 255, 0.51 / 255, 254.4 / 255, 254.6 / 255, 1.5])
    expected = [0, 0, 1, 254, 255, 255]
    assert to_uint8(np.tile(values, (2, 3, 1, 1))).tolist() == [[[[v] * 3 for v in expected]]] * 2


def test_load_keeps_the_order_whatever_the_threads(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f"{seed}.png", noise(9 + seed, 12, seed)) for seed in range(7)]
    resize = Resize((5, 6), crop=True)
    for threads in (0, 1, 4):
        found = load(paths, resize, threads=threads)
        assert len(found) == 7
        assert all(np.array_equal(found[k], photograph(paths[k], resize)) for k in range(7))
    assert load([], resize) == []


def test_load_skips_what_cannot_be_decoded_only_if_told(tmp_path: Path) -> None:
    paths = [saved(tmp_path / "a.png", noise(4, 4)), tmp_path / "no.png", saved(tmp_path / "b.png", noise(4, 4, 1))]
    with pytest.raises(LimelightError, match=r"no\.png: no such file"):
        load(paths, Resize((4, 4)), threads=2)
    first, gone, last = load(paths, Resize((4, 4)), skip=True, threads=2)
    assert gone is None
    assert np.array_equal(first, noise(4, 4))
    assert np.array_equal(last, noise(4, 4, 1))


def test_floats_are_what_torchvision_makes_of_the_file(tmp_path: Path) -> None:
    from torchvision.transforms.functional import to_tensor

    path = saved(tmp_path / "a.png", noise(8, 8))
    mine = to_float(photograph(path, Resize((8, 8)))[None])[0]
    assert torch.equal(torch.from_numpy(mine), to_tensor(Image.open(path)))


# --- checking -------------------------------------------------------------------------------------------------------


def test_check_gives_size_and_digest_of_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", noise(5, 9))
    assert look_at(path) == Look(9, 5, hashlib.sha256(path.read_bytes()).hexdigest())
    path.write_bytes(path.read_bytes()[:60])
    assert look_at(path) == Look(reason=f"{path}: cannot be decoded ({reason(path)}); expected a complete image file")


def reason(path: Path) -> str:
    with pytest.raises((OSError, SyntaxError, ValueError)) as error, Image.open(path) as image:
        image.load()
    return str(error.value)
