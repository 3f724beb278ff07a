"""How is a photograph cut into superpixels?"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.segmentation import felzenszwalb, quickshift, slic

from limelight.capabilities.lime.segmentation import contiguous, segment
from limelight.network.photographs import Resize
from limelight.network.photographs import photograph as read_photograph
from limelight.study.errors import LimelightError
from limelight.study.paths import resolve

SKIMAGE = ["slic", "quickshift", "felzenszwalb"]


def cut(pixels: np.ndarray, method: str, seed: int = 3, mask: np.ndarray | None = None, **different: Any) -> np.ndarray:
    """Segments by a complete `lime.segmentation` section, with differences."""
    section = {"n_segments": 60, "compactness": 10, "sigma": 1, "kernel_size": 2, "max_dist": 6, "ratio": 0.2}
    section |= {"scale": 50, "min_size": 10, "cells": 5}
    return segment(pixels, {"method": method, **section, **different}, seed, mask)


@pytest.fixture(params=["coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png"])
def pixels(request: pytest.FixtureRequest) -> np.ndarray:
    """A real photograph, (72, 80, 3) in [0, 1]."""
    return read_photograph(resolve(f"skimage:data/{request.param}"), Resize((72, 80))) / 255


# --- labels are positions -----------------------------------------------------------------------------------------


@given(arrays.arrays(st.sampled_from([np.int32, np.int64, np.uint8]), (5, 7), elements=st.integers(0, 9)))
def test_contiguous_labels_name_the_same_regions(labels: np.ndarray) -> None:
    found = contiguous(labels)
    assert found.shape == labels.shape
    assert set(found.ravel().tolist()) == set(range(len(set(labels.ravel().tolist()))))
    one, other = labels.ravel().astype(int), found.ravel()
    assert np.array_equal(np.sign(one[:, None] - one), np.sign(other[:, None] - other)), "in the order of the labels"
    assert np.array_equal(contiguous(found), found)


@pytest.mark.parametrize(
    "given", [[[1, 1], [2, 3]], [[-4, -4], [0, 90]], [[0.5, 0.5], [1, 7]], [["a", "a"], ["b", "c"]]]
)
def test_labels_may_be_anything_that_has_an_order(given: list) -> None:
    assert contiguous(np.array(given)).tolist() == [[0, 0], [1, 2]]


@pytest.mark.parametrize("method", [*SKIMAGE, "grid"])
def test_labels_are_positions(pixels: np.ndarray, method: str) -> None:
    labels = cut(pixels, method)
    assert labels.shape == (72, 80)
    assert sorted(set(labels.ravel().tolist())) == list(range(labels.max() + 1))
    assert 10 < labels.max() < 1000
    assert np.array_equal(labels, cut(pixels, method))


# --- methods ------------------------------------------------------------------------------------------------------


def test_every_parameter_arrives_at_scikit_image(pixels: np.ndarray) -> None:
    """The package's wrapper leaves out parameters that it does not find, as it did with quickshift's seed."""
    expected = {
        "slic": slic(pixels, n_segments=40, compactness=2.5, sigma=0.5),
        "quickshift": quickshift(pixels, kernel_size=3, max_dist=9, ratio=0.7, rng=5),
        "felzenszwalb": felzenszwalb(pixels, scale=30, sigma=0.5, min_size=7),
    }
    settings = {"n_segments": 40, "compactness": 2.5, "sigma": 0.5, "kernel_size": 3, "max_dist": 9, "ratio": 0.7}
    for method, labels in expected.items():
        found = cut(pixels, method, 5, scale=30, min_size=7, **settings)
        assert np.array_equal(found, contiguous(labels)), method


def test_the_seed_breaks_the_ties_of_quickshift() -> None:
    flat = np.full((20, 20, 3), 0.5)  # every pixel's density is its neighbours'
    one, other, again = (cut(flat, "quickshift", seed, max_dist=2) for seed in (1, 2, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("seed", [0, 2**31, 2**32 - 1, 2**63 - 1])
@pytest.mark.parametrize("method", SKIMAGE)
def test_every_seed_is_taken(pixels: np.ndarray, method: str, seed: int) -> None:
    assert cut(pixels, method, seed).max() > 0


def test_superpixels_follow_the_edges() -> None:
    """Two halves, black and white: no superpixel lies in both."""
    halves = np.zeros((20, 20, 3))
    halves[:, 10:] = 1
    for method, different in (
        ("slic", {"n_segments": 4, "compactness": 0.1, "sigma": 0}),
        ("felzenszwalb", {"sigma": 0}),
    ):
        labels = cut(halves, method, **different)
        assert not set(labels[:, :10].ravel()) & set(labels[:, 10:].ravel())


@given(st.integers(1, 40), st.integers(2, 40), st.integers(2, 9))
def test_a_grid_is_rectangles_of_almost_one_size(height: int, width: int, cells: int) -> None:
    labels = cut(np.zeros((height, width, 3)), "grid", cells=cells)
    assert labels.max() + 1 == min(cells, height) * min(cells, width)
    extents = []
    for label in range(labels.max() + 1):
        rows, columns = (np.flatnonzero((labels == label).any(axis)) for axis in (1, 0))
        assert (labels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == label).all()
        extents.append((len(rows), len(columns)))
    assert (np.ptp(extents, axis=0) <= 1).all()


def test_grid_is_numbered_row_by_row() -> None:
    assert cut(np.zeros((2, 5, 3)), "grid", cells=2).tolist() == [[0, 0, 0, 1, 1], [2, 2, 2, 3, 3]]


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int32, np.float64])
def test_a_mask_is_taken_as_it_is(kind: Any) -> None:
    mask = np.zeros((6, 8), kind)
    mask[2:4, 3:] = 1
    assert np.array_equal(cut(np.zeros((6, 8, 3)), "mask", mask=mask), mask.astype(int))


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "different", "remedy"),
    [
        ("slic", {"n_segments": 1}, "use smaller ones"),
        ("quickshift", {"max_dist": 1000}, "use smaller ones"),
        ("felzenszwalb", {}, "use smaller ones"),
        ("grid", {"cells": 1}, "use more cells"),
        ("mask", {"mask": np.full((16, 16), 3)}, "use a mask of two or more regions"),
    ],
)
def test_one_single_superpixel_is_refused(method: str, different: dict[str, Any], remedy: str) -> None:
    with pytest.raises(LimelightError) as error:
        cut(np.full((16, 16, 3), 0.5), method, **different)
    assert str(error.value) == f"{method} yields a single superpixel; expected at least two: {remedy}"


def test_a_mask_has_to_be_there_and_of_the_photographs_size() -> None:
    with pytest.raises(LimelightError) as error:
        cut(np.zeros((6, 8, 3)), "mask")
    assert str(error.value).startswith("lime.segmentation.method: mask, but the image has no mask; expected ")
    with pytest.raises(LimelightError) as error:
        cut(np.zeros((6, 8, 3)), "mask", mask=np.zeros((8, 6)))
    assert str(error.value) == "the mask is 8 x 6 pixels; expected those of the photograph, 6 x 8"
