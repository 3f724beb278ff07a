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
    pixel_orders,
    references,
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
    order = pixel_orders(region.float()[None], [0])
    removed = deletion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    np.testing.assert_allclose(removed.fractions, np.arange(11) / 10, rtol=1e-15)
    np.testing.assert_allclose(removed.probabilities[0], np.maximum(0, 1 - np.arange(11) / 8), atol=1e-6)
    np.testing.assert_allclose(removed.auc, [0.4], atol=1e-6)
    added = insertion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    np.testing.assert_allclose(added.probabilities[0], np.minimum(1, np.arange(11) / 8), atol=1e-6)
    np.testing.assert_allclose(added.auc, [0.6], atol=1e-6)


def test_areas_of_the_worst_order_by_hand(mean_of_region: nn.Module, region: Tensor) -> None:
    """The 20 pixels that do not count come first: a fifth of nothing, then the triangle."""
    order = pixel_orders(-region.float()[None], [0])
    removed = deletion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    added = insertion(mean_of_region, WHITE, CLASS_1, order, steps=10, reference=0.0)
    np.testing.assert_allclose([removed.auc[0], added.auc[0]], [0.2 + 0.4, 0.4], atol=1e-6)


@given(arrays.arrays(np.float32, (2, 3, 4), elements=st.integers(-3, 3)))
def test_orders_are_rankings_and_equal_values_are_in_any_order(values: np.ndarray) -> None:
    maps = torch.from_numpy(values)
    orders = pixel_orders(maps, [1, 2], 3).numpy()
    assert orders.shape == (2, 3, 3, 4)
    for image, of_image in zip(values, orders, strict=True):
        for order in of_image:
            assert sorted(order.flat) == list(range(12))
            ranked = image.flat[order.flatten().argsort()]
            assert (np.diff(ranked) <= 0).all(), "the largest first"
    assert np.array_equal(orders, pixel_orders(2 * maps + 7, [1, 2], 3).numpy()), "only the ranks count"
    assert np.array_equal(orders[1:], pixel_orders(maps[1:], [2], 3).numpy()), "the other map does not"


def test_each_of_two_equal_values_is_first_half_of_the_time() -> None:
    """Of 1000 orders a fair coin has between 430 and 570 on one side, but for one in 100,000 cases."""
    orders = pixel_orders(torch.tensor([[[5.0, 1.0, 5.0]]]), [0], 1000)[0, :, 0]
    assert (orders[:, 1] == 2).all()
    assert 430 < int((orders[:, 0] == 0).sum()) < 570
    assert len({tuple(order.tolist()) for order in pixel_orders(torch.zeros(1, 1, 4), [0], 1000)[0, :, 0]}) == 24


def test_a_constant_map_is_as_good_as_random_values(classify: Callable, region: Tensor) -> None:
    """Of pixels in random order a step of a tenth takes a tenth off the region, in the mean over some photographs."""
    classifier = classify(MeanOf(region), 2)
    many = 60
    white, ones = torch.ones(many, 3, 10, 10), torch.ones(many, 10, 10)
    orders = pixel_orders(ones, range(many))
    for curve, expected in ((deletion, 1 - np.arange(11) / 10), (insertion, np.arange(11) / 10)):
        found = curve(classifier, white, torch.ones(many, dtype=torch.int64), orders, steps=10, reference=0.0)
        # A draw of 10 k of 100 pixels has a standard deviation of at most 0.025 of the 80; 240 of them one of 0.0016.
        np.testing.assert_allclose(found.probabilities.mean(0), expected, atol=0.008)
        assert found.auc.mean() == pytest.approx(0.5, abs=0.004)
        assert found.auc.std() < 0.02


def test_only_steps_that_split_equal_values_take_more_passes(classify: Callable) -> None:
    """The 40 brightest pixels are told apart; the other 60 are equal, and steps of 20 split them twice."""
    passes = []

    class Counting(MeanOf):
        def forward(self, photographs: Tensor) -> Tensor:
            passes.append(len(photographs))
            return super().forward(photographs)

    everywhere = Counting(torch.ones(10, 10, dtype=torch.bool))
    maps = (40 - torch.arange(100.0)).clamp(min=0).view(1, 10, 10)
    orders = pixel_orders(maps, [0], 5)
    found = deletion(classify(everywhere, 2), WHITE, CLASS_1, orders, steps=5, reference=0.0)
    assert sum(passes) == 6 + 2 * (5 - 1)
    np.testing.assert_allclose(found.probabilities[0], 1 - np.arange(6) / 5, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 5, 7, 64])
def test_curves_agree_with_a_slow_loop(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, steps: int
) -> None:
    classifier = classify(small_cnn)
    maps = torch.from_numpy(np.random.default_rng(1).integers(0, 9, (5, 8, 8)).astype(np.float32))
    grey = torch.full_like(photographs, 0.25)
    for fast, before, after in ((deletion, photographs, grey), (insertion, grey, photographs)):
        orders = pixel_orders(maps, range(5), 3)
        found = fast(classifier, photographs, TARGETS, orders, steps=steps, reference=0.25, batch=7)
        for row, target in enumerate(TARGETS.tolist()):
            for step in range(steps + 1):
                count = math.ceil(Fraction(64 * step, steps) - Fraction(1, 2))  # the nearest, halves downwards
                slow = []
                for order in orders[row]:
                    mixed = before[row].clone()
                    for pixel in order.flatten().argsort()[:count].tolist():
                        mixed[:, pixel // 8, pixel % 8] = after[row, :, pixel // 8, pixel % 8]
                    with torch.no_grad():
                        slow.append(float(classifier(mixed[None]).softmax(1)[0, target]))
                assert found.probabilities[row, step] == pytest.approx(np.mean(slow), abs=1e-6)


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
    classifier, order = classify(small_cnn), pixel_orders(photographs.mean(1), range(5))
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
    found = insertion(classifier, photographs, TARGETS, pixel_orders(maps, range(5)), steps=4)
    assert np.isnan(found.probabilities).all(1).tolist() == [False, True, False, False, True]
    assert np.isnan(found.auc).tolist() == [False, True, False, False, True]
    whole = insertion(classifier, photographs[:1], TARGETS[:1], pixel_orders(maps[:1], [0]), steps=4)
    np.testing.assert_allclose(found.probabilities[0], whole.probabilities[0], atol=1e-6)


@pytest.mark.parametrize("curve", [deletion, insertion])
def test_network_and_photographs_stay_as_they_are(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable, curve: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before, pixels, order = state_of(classifier), photographs.clone(), pixel_orders(photographs.mean(1), range(5))
    curve(classifier, photographs, TARGETS, order, steps=3)
    assert state_of(classifier) == before
    assert torch.equal(photographs, pixels)


def test_what_does_not_fit_is_refused(classify: Callable, linear_network: nn.Module, photographs: Tensor) -> None:
    order = pixel_orders(photographs.mean(1), range(5))
    with pytest.raises(ValueError, match="0 steps"):
        deletion(classify(linear_network), photographs, TARGETS, order, steps=0)
    with pytest.raises(ValueError, match=r"orders \(4, 4, 8, 8\); expected 1 or more of \(5, K, 8, 8\)"):
        deletion(classify(linear_network), photographs, TARGETS, order[1:])
