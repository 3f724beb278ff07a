"""What orientation and frequency does a filter prefer?"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.tuning import FLAT, trend, tuning, tuning_row


def grating(orientation: float, frequency: float, shape: tuple[int, int] = (128, 128), phase: float = 0) -> np.ndarray:
    """Stripes that run at `orientation` degrees counter-clockwise from horizontal, `frequency` cycles a pixel."""
    row, column = np.mgrid[: shape[0], : shape[1]]
    across = np.radians(orientation + 90)  # the direction in which they repeat; rows run downwards
    wave = np.cos(2 * np.pi * frequency * (np.cos(across) * column - np.sin(across) * row) + phase)
    grey = np.round(127.5 + 100 * wave).astype(np.uint8)
    return np.stack([grey] * 3, 2)


def noise(seed: int, size: int = 128) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(128, 30, (size, size, 3)), 0, 255).astype(np.uint8)


@limits(max_examples=40)
@given(st.floats(0, 179.9), st.floats(0.06, 0.45), st.floats(0, 6))
def test_a_grating_is_recovered(orientation: float, frequency: float, phase: float) -> None:
    found = tuning(grating(orientation, frequency, phase=phase))
    assert found.frequency == pytest.approx(frequency, abs=0.5 / 128)  # half a coefficient
    assert abs((found.orientation - orientation + 90) % 180 - 90) < 1.5
    assert found.selectivity > 0.95
    assert found.bandwidth < 0.35


def test_horizontal_vertical_and_rising_stripes() -> None:
    assert tuning(grating(0, 0.1)).orientation % 179.9 < 0.2
    assert tuning(grating(90, 0.1)).orientation == pytest.approx(90, abs=0.2)
    rising = np.zeros((128, 128, 3), np.uint8)
    row, column = np.mgrid[:128, :128]
    rising[(row + column) % 10 < 5] = 255  # equal along lines from the lower left to the upper right
    assert tuning(rising).orientation == pytest.approx(45, abs=0.5)


def test_a_picture_that_is_no_square() -> None:
    found = tuning(grating(30, 0.2, (96, 160)))
    assert found.orientation == pytest.approx(30, abs=0.5)
    assert found.frequency == pytest.approx(0.2, rel=0.03)


def test_colour_alone_makes_stripes_too() -> None:
    stripes = grating(60, 0.15)
    stripes[..., 1] = 255 - stripes[..., 1]
    stripes[..., 2] = 128
    assert tuning(stripes).orientation == pytest.approx(60, abs=0.5)


def test_white_noise_has_the_spectrum_of_white_noise_and_rarely_an_orientation() -> None:
    """Median and quartiles of the distance from the middle of a square: sqrt(share / pi), as far as the circle fits."""
    found = [tuning(noise(seed)) for seed in range(60)]
    assert np.mean([one.frequency for one in found]) == pytest.approx(math.sqrt(1 / (2 * math.pi)), rel=0.005)
    # Three quarters lie within 0.4886 < 0.5, so the corners do not matter.
    assert np.mean([one.bandwidth for one in found]) == pytest.approx(math.log2(math.sqrt(3)), rel=0.01)
    # One in a hundred by construction; seven of sixty would be a chance below 1e-4.
    assert sum(math.isfinite(one.orientation) for one in found) < 7


def test_chance_is_the_root_mean_square_selectivity_of_textures_without_orientation() -> None:
    """Gaussian noise, white and smoothed, in one channel."""
    for width in (0, 3):
        squares, expected = [], []
        for seed in range(80):
            texture = np.random.default_rng(seed).normal(0, 1, (64, 64))
            down, right = np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64), indexing="ij")
            kernel = np.exp(-2 * (np.pi * width) ** 2 * (down**2 + right**2))
            texture = np.fft.ifft2(np.fft.fft2(texture) * kernel).real
            picture = np.round(127.5 + 40 * texture / texture.std()).clip(0, 255).astype(np.uint8)
            found = tuning(np.stack([picture] * 3, 2))
            squares.append(found.selectivity**2)
            expected.append(found.chance**2)
        # A mean of 80 exponential variables: its standard error is 11 %, and the count of coefficients is rough.
        assert np.mean(squares) == pytest.approx(np.mean(expected), rel=0.5)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_flat_picture_prefers_nothing(grey: int) -> None:
    found = tuning(np.full((32, 32, 3), grey, np.uint8))
    assert found == FLAT or all(map(math.isnan, vars(found).values()))


def test_what_only_changes_the_colour_of_its_start_prefers_nothing() -> None:
    """The mean activation of a linear filter depends on the mean colour alone."""
    start = np.clip(np.random.default_rng(0).normal(128, 13, (64, 64, 3)), 0, 255).astype(np.uint8)
    shifted = np.clip(start.astype(int) + 80, 0, 255).astype(np.uint8)
    assert math.isnan(tuning(shifted, start).frequency)
    assert tuning(grating(20, 0.2, (64, 64)), start).orientation == pytest.approx(20, abs=1)


def test_the_row_of_a_filter_has_the_field_of_its_layer() -> None:
    start = np.full((64, 64, 3), 128, np.uint8)
    row = tuning_row(start, grating(20, 0.2, (64, 64)), Field((7, 9), (2, 2), (-1, -1)))
    assert (row["field_height"], row["field_width"]) == (7, 9)
    assert list(row)[:3] == ["frequency", "bandwidth", "orientation"]
    unbounded = tuning_row(start, start, Field((64, 64), (0, 0), (0, 0), False))
    assert math.isnan(unbounded["field_height"])


# --- frequency against depth ----------------------------------------------------------------------------------------


def test_a_falling_frequency_is_found_and_its_absence_too() -> None:
    generator = np.random.default_rng(0)
    depth = np.repeat([0, 4, 8, 16], 25)
    falling = 0.4 / (1 + depth) + generator.normal(0, 0.005, 100)
    found = trend(depth, falling)
    assert found is not None
    assert found.low <= found.correlation <= found.high < -0.8
    assert found.verdict.startswith("deeper layers prefer lower frequencies")
    nothing = trend(depth, generator.random(100))
    assert nothing is not None
    assert nothing.low < 0 < nothing.high
    assert nothing.verdict.startswith("no trend")
    rising = trend(depth, -falling)
    assert rising is not None
    assert rising.correlation == pytest.approx(-found.correlation)
    assert rising.verdict.startswith("deeper layers prefer higher")


def test_one_layer_has_no_trend_and_silent_filters_do_not_count() -> None:
    assert trend([1, 1, 1], [0.1, 0.2, 0.3]) is None
    assert trend([1, 2, 2], [math.nan, 0.2, 0.3]) is None
    found = trend([1, 1, 2, 2, 2], [0.3, 0.31, 0.1, 0.2, math.nan])
    assert found is not None
    assert found.filters == 4
