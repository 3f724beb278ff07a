"""Do the pixels that an explanation names decide the class?"""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor, nn

from limelight.capabilities.quality.faithfulness import (
    Curves,
    deletion,
    insertion,
    pixel_order,
    references,
    superpixel_order,
)

TARGETS = torch.tensor([2, 0, 1, 1, 2])


class MeanOf(nn.Module):
    """Gives class 1 a probability of exactly the mean value of a region, class 0 the rest."""

    def __init__(self, region: Tensor) -> None:
        super().__init__()
        self.region = region

    def forward(self, photographs: Tensor) -> Tensor:
        share = photographs.mean(1)[:, self.region].mean(1).clamp(1e-7, 1 - 1e-7)
        return torch.stack([torch.log1p(-share), share.log()], 1)


@pytest.fixture
def region() -> Tensor:
    """The upper 80 of 100 pixels."""
    return torch.arange(100).view(10, 10) < 80


@pytest.fixture
def mean_of_region(classify: Callable, region: Tensor) -> nn.Module:
    return classify(MeanOf(region), 2)


WHITE, CLASS_1 = torch.ones(1, 3, 10, 10), torch.tensor([1])


def test_areas_by_hand(mean_of_region: nn.Module, region: Tensor) -> None:
    """White pixels turn black. In the region each takes 1/80 of the probability: a triangle of area 0.8 / 2."""
    order = pixel_order(region.float()[None])
    removed = deletion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    np.testing.assert_allclose(removed.fractions, np.arange(11) / 10, rtol=1e-15)
    np.testing.assert_allclose(removed.probabilities[0], np.maximum(0, 1 - np.arange(11) / 8), atol=1e-6)
    np.testing.assert_allclose(removed.auc, [0.4], atol=1e-6)
    added = insertion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    np.testing.assert_allclose(added.probabilities[0], np.minimum(1, np.arange(11) / 8), atol=1e-6)
    np.testing.assert_allclose(added.auc, [0.6], atol=1e-6)


def test_areas_of_the_worst_order_by_hand(mean_of_region: nn.Module, region: Tensor) -> None:
    """The 20 pixels that do not count come first: a fifth of nothing, then the triangle."""
    order = pixel_order(-region.float()[None])
    removed = deletion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    added = insertion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    np.testing.assert_allclose([removed.auc[0], added.auc[0]], [0.2 + 0.4, 0.4], atol=1e-6)


def test_superpixels_come_and_go_as_wholes(classify: Callable) -> None:
    """Superpixels of 10, 30 and 60 pixels; the second is first. Half of its turn is at 0.15, of the last at 0.7."""
    segments = torch.arange(100).view(10, 10).apply_(lambda pixel: 0 if pixel < 10 else 1 if pixel < 40 else 2)
    order = superpixel_order(segments, torch.tensor([0.1, 5.0, -3.0]))
    assert [order[segments == label].unique().tolist() for label in range(3)] == [[70], [30], [140]]
    everywhere = classify(MeanOf(torch.ones(10, 10, dtype=torch.bool)), 2)
    found = deletion(everywhere, WHITE, CLASS_1, order[None], steps=20, reference=0.0).probabilities[0]
    # At exactly half of a turn the superpixel is still there.
    gone = [0.3 * (step > 3) + 0.1 * (step > 7) + 0.6 * (step > 14) for step in range(21)]
    np.testing.assert_allclose(found, 1 - np.array(gone), atol=1e-6)


def test_superpixels_of_one_pixel_are_pixels() -> None:
    weights = torch.tensor([[0.5, 2.0, 2.0], [-1.0, 0.0, 2.0]])
    order = superpixel_order(torch.arange(6).view(2, 3), weights.flatten())
    assert torch.equal(order, pixel_order(weights[None])[0])
    assert order.tolist() == [[7, 1, 3], [11, 9, 5]]


@given(arrays.arrays(np.float32, (2, 3, 4), elements=st.integers(-3, 3)))
def test_order_is_a_stable_ranking(values: np.ndarray) -> None:
    maps = torch.from_numpy(values)
    for image, order in zip(values, pixel_order(maps).numpy(), strict=True):
        slow = sorted(range(12), key=lambda pixel: (-image.flat[pixel], pixel))
        assert [order.flat[pixel] for pixel in slow] == list(range(1, 25, 2))
    assert torch.equal(pixel_order(maps), pixel_order(2 * maps + 7)), "only the ranks count"
    assert torch.equal(pixel_order(maps[1:])[0], pixel_order(maps)[1]), "the other map does not"


@pytest.mark.parametrize("steps", [1, 5, 7, 64])
def test_curves_agree_with_a_slow_loop(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, steps: int
) -> None:
    classifier = classify(small_cnn)
    maps = torch.from_numpy(np.random.default_rng(1).integers(0, 9, (5, 8, 8)).astype(np.float32))
    grey = torch.full_like(photographs, 0.25)
    for fast, before, after in ((deletion, photographs, grey), (insertion, grey, photographs)):
        found = fast(classifier, photographs, TARGETS, pixel_order(maps), steps=steps, reference=0.25, batch=7)
        for row, target in enumerate(TARGETS.tolist()):
            ranked = sorted(range(64), key=lambda pixel: (-float(maps[row].flatten()[pixel]), pixel))
            for step in range(steps + 1):
                count = math.ceil(Fraction(64 * step, steps) - Fraction(1, 2))  # the nearest, halves downwards
                mixed = before[row].clone()
                for pixel in ranked[:count]:
                    mixed[:, pixel // 8, pixel % 8] = after[row, :, pixel // 8, pixel % 8]
                with torch.no_grad():
                    slow = classifier(mixed[None]).softmax(1)[0, target]
                assert found.probabilities[row, step] == pytest.approx(float(slow), abs=1e-6)


def test_area_is_the_trapezoids() -> None:
    curves = Curves(np.array([0, 0.5, 1]), np.array([[1, 0.5, 0], [0, 1, 0], [1, np.nan, 0]]))
    np.testing.assert_allclose(curves.auc, [0.5, 0.5, np.nan])


def test_references(photographs: Tensor) -> None:
    means = references(photographs, "mean")
    assert means.shape == photographs.shape
    np.testing.assert_allclose(means[3, 2, 5, 1], photographs[3, 2].mean(), rtol=1e-6)
    assert references(photographs, 0.5).unique().tolist() == [0.5]
    blurred, taps = references(photographs, "blur"), np.arange(-3, 4)  # of 8 pixels a tenth is 0.8
    weights = np.exp(-(taps**2) / (2 * 0.8**2))
    kernel = np.outer(weights, weights) / weights.sum() ** 2
    padded = np.pad(photographs[1, 0].numpy(), 3, mode="reflect")
    np.testing.assert_allclose(blurred[1, 0, 2, 6], (padded[2:9, 6:13] * kernel).sum(), rtol=1e-5)


def test_photographs_do_not_change_each_others_curve(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    classifier, order = classify(small_cnn), pixel_order(photographs.mean(1))
    together = deletion(classifier, photographs, TARGETS, order, steps=9, batch=64).probabilities
    apart = deletion(classifier, photographs, TARGETS, order, steps=9, batch=3).probabilities
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-6)
    alone = deletion(classifier, photographs[2:3], TARGETS[2:3], order[2:3], steps=9).probabilities
    np.testing.assert_allclose(together[2:3], alone, rtol=0, atol=1e-6)


def test_a_map_that_is_not_finite_has_no_curve_and_harms_no_other(
    classify: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    maps = photographs.mean(1)
    maps[1, 3, 3], maps[4, 0, 0] = math.nan, math.inf
    classifier = classify(linear_network)
    found = insertion(classifier, photographs, TARGETS, pixel_order(maps), steps=4)
    assert np.isnan(found.probabilities).all(1).tolist() == [False, True, False, False, True]
    assert np.isnan(found.auc).tolist() == [False, True, False, False, True]
    whole = insertion(classifier, photographs[:1], TARGETS[:1], pixel_order(maps[:1]), steps=4)
    np.testing.assert_allclose(found.probabilities[0], whole.probabilities[0], atol=1e-6)
    assert (superpixel_order(torch.zeros(2, 2, dtype=torch.int32), torch.tensor([math.nan])) == -1).all()


@pytest.mark.parametrize("curve", [deletion, insertion])
def test_network_and_photographs_stay_as_they_are(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable, curve: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before, pixels, order = state_of(classifier), photographs.clone(), pixel_order(photographs.mean(1))
    curve(classifier, photographs, TARGETS, order, steps=3)
    assert state_of(classifier) == before
    assert torch.equal(photographs, pixels)


def test_what_does_not_fit_is_refused(classify: Callable, linear_network: nn.Module, photographs: Tensor) -> None:
    order = pixel_order(photographs.mean(1))
    with pytest.raises(ValueError, match="0 steps"):
        deletion(classify(linear_network), photographs, TARGETS, order, steps=0)
    with pytest.raises(ValueError, match=r"order \(4, 8, 8\)"):
        deletion(classify(linear_network), photographs, TARGETS, order[1:])
