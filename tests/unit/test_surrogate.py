"""What does the linear model say, and how far can it be believed?"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.linear_model import Ridge
from sklearn.metrics import pairwise_distances

from limelight.capabilities.lime.surrogate import (
    agreement,
    effective_sample_size,
    halves_agreement,
    kernel_weights,
    ridge,
    strongest,
)


def drawn(samples: int, superpixels: int, seed: int = 0) -> np.ndarray:
    states = np.random.default_rng(seed).integers(0, 2, (samples, superpixels)).astype(bool)
    states[0] = True
    return states


# --- weights of the samples ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [0.1, 0.25, 2])
def test_kernel_weights_are_those_of_the_cosine_distance(width: float) -> None:
    states = drawn(50, 7)
    states[1] = False
    distances = pairwise_distances(states.astype(float), states[:1].astype(float), metric="cosine").ravel()
    np.testing.assert_allclose(kernel_weights(states, width), np.exp(-(distances**2) / (2 * width**2)), rtol=1e-13)
    assert kernel_weights(states, width)[0] == 1


def test_default_kernel_hardly_tells_near_from_far() -> None:
    """Half of many superpixels off is a distance of 1 - sqrt(1/2), with a weight of 0.50, for nearly every sample."""
    weights = kernel_weights(drawn(1000, 144), 0.25)
    assert np.median(weights) == pytest.approx(np.exp(-((1 - np.sqrt(0.5)) ** 2) * 8), rel=0.02)
    assert 0.97 < effective_sample_size(weights) / 1000 < 0.99


def test_effective_sample_size_counts_samples_of_equal_weight() -> None:
    assert effective_sample_size(np.full(8, 0.3)) == pytest.approx(8)
    assert effective_sample_size(np.array([1, 0, 0, 0])) == 1
    assert effective_sample_size(np.array([1, 1, 1, 0])) == pytest.approx(3)
    assert effective_sample_size(np.array([2.0, 1])) == pytest.approx(9 / 5)


# --- the regression -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("samples", "superpixels"), [(60, 8), (30, 30), (12, 40), (2, 3), (1, 2)])
def test_ridge_is_scikit_learns_for_each_output_alone(samples: int, superpixels: int) -> None:
    states, random = drawn(samples, superpixels), np.random.default_rng(1)
    values, weights = random.normal(3, 1, (samples, 5)), random.uniform(0.1, 1, samples)
    found = ridge(states, values, weights)
    for output in range(5):
        model = Ridge(alpha=1).fit(states, values[:, output], sample_weight=weights)
        score = model.score(states, values[:, output], sample_weight=weights) if samples > 1 else 1
        np.testing.assert_allclose(found.coefficients[output], model.coef_, rtol=0, atol=1e-13)
        np.testing.assert_allclose(found.intercept[output], model.intercept_, rtol=1e-13)
        np.testing.assert_allclose(found.r2[output], score, rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.local_prediction[output], model.predict(states[:1])[0], rtol=1e-13)


def test_linear_outputs_are_recovered_without_a_penalty() -> None:
    states, true = drawn(200, 9), np.random.default_rng(2).normal(size=(3, 9))
    base = np.array([1, -2, 0.5])
    found = ridge(states, states @ true.T + base, kernel_weights(states, 0.25), alpha=0)
    np.testing.assert_allclose(found.coefficients, true, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.intercept, base, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.r2, 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.local_prediction, true.sum(1) + base, rtol=0, atol=1e-12)


@pytest.mark.parametrize("alpha", [0, 1, 7])
@pytest.mark.parametrize("weight", [1, 0.3])
def test_shrinkage_of_the_penalty_is_known_where_every_state_occurs_once(alpha: float, weight: float) -> None:
    """Then superpixels are uncorrelated, each of variance 1/4: coefficients shrink to A / (A + alpha), A = w N / 4."""
    states = np.array(list(product([1, 0], repeat=5)), dtype=bool)
    true = np.array([[3.0, -2, 1, 0.5, 0]])
    found = ridge(states, states @ true.T, np.full(32, weight), alpha)
    kept = weight * 8 / (weight * 8 + alpha)
    np.testing.assert_allclose(found.coefficients, kept * true, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.intercept, (1 - kept) * true.sum() / 2, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.r2, 1 - (1 - kept) ** 2, rtol=0, atol=1e-14)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e9])
def test_output_that_does_not_vary_has_a_perfect_model_of_nothing(value: float) -> None:
    states = drawn(50, 6)
    found = ridge(states, np.full((50, 1), value), kernel_weights(states, 0.25))
    assert not found.coefficients.any()
    assert (found.intercept[0], found.r2[0], found.local_prediction[0]) == (value, 1, value)


# --- stability ----------------------------------------------------------------------------------------------------


def test_strongest_are_the_largest_absolute_coefficients_that_are_not_zero() -> None:
    assert strongest(np.array([0.1, -3, 2, 0]), 2).tolist() == [False, True, True, False]
    assert strongest(np.array([0.1, -3, 2, 0]), 9).tolist() == [True, True, True, False]
    assert strongest(np.array([1.0, -1, 1]), 2).tolist() == [True, True, False], "of equals, the first"
    assert strongest(np.array([[0.0, 1], [2, 1]]), 1).tolist() == [[False, True], [True, False]]


def test_agreement_is_shared_over_all() -> None:
    one, other, third = [9, 8, 7, 0, 0, 0], [0, -8, -7, 6, 0, 0], [0, 0, 0, 6, 5, -4]
    assert agreement(np.array([[one], [one]]), 3) == 1
    assert agreement(np.array([[one], [other]]), 3) == 2 / 4
    assert agreement(np.array([[one], [third]]), 3) == 0
    assert agreement(np.array([[one], [other], [third]]), 3) == pytest.approx((2 / 4 + 0 + 1 / 5) / 3)
    assert agreement(np.array([[one], [other]]), 1) == 0, "9 at the first, 8 at the second"
    assert agreement(np.zeros((2, 1, 4)), 3) == 1, "none and none"


@given(arrays.arrays(float, (3, 2, 6), elements=st.integers(-4, 4)), st.integers(1, 7))
def test_agreement_is_the_slow_twins(repetitions: np.ndarray, count: int) -> None:
    def chosen(coefficients: np.ndarray) -> set[int]:
        ranked = sorted(range(6), key=lambda k: (-abs(coefficients[k]), k))
        return {k for k in ranked[:count] if coefficients[k] != 0}

    for row in range(2):
        sets = [chosen(repetition[row]) for repetition in repetitions]
        pairs = [(sets[0], sets[1]), (sets[0], sets[2]), (sets[1], sets[2])]
        jaccard = [len(a & b) / len(a | b) if a | b else 1 for a, b in pairs]
        assert agreement(repetitions, count)[row] == pytest.approx(np.mean(jaccard))


def test_halves_are_every_other_sample() -> None:
    """Output 0 is of superpixels 0, 1 in both halves; output 1 of superpixels 0, 1 in the one and 2, 3 in the other."""
    states = drawn(400, 6)
    one, other = states @ [2, -1, 0, 0, 0, 0], states @ [0, 0, 2, -1, 0, 0]
    values = np.stack([one, np.where(np.arange(400) % 2, one, other)], 1).astype(float)
    assert halves_agreement(states, values, np.ones(400), 2).tolist() == [1, 0]


@pytest.mark.parametrize(("samples", "width"), [(1, 0.25), (100, 1e-3)], ids=["one sample", "too narrow a kernel"])
def test_halves_share_nothing_where_one_has_no_weight(samples: int, width: float) -> None:
    states = drawn(samples, 4)
    states[1:, 0] = False
    assert halves_agreement(states, states[:, :3] * 1.0, kernel_weights(states, width), 2).tolist() == [0, 0, 0]
