"""Which filters are alike, and where do they stand?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from limelight.capabilities.layers.neighbours import beside, columns_of, layout, similarity


def test_similarity_is_spearmans_correlation() -> None:
    values = np.random.default_rng(0).random((40, 6)).round(1)  # with ties
    np.testing.assert_allclose(similarity(values), spearmanr(values)[0], atol=1e-12)


def test_likeness_does_not_depend_on_the_scale_of_a_filter_and_silence_is_like_nothing() -> None:
    values = np.random.default_rng(1).random((20, 3))
    changed = np.stack([values[:, 0], np.exp(9 * values[:, 0]), np.zeros(20)], 1)
    np.testing.assert_allclose(similarity(changed), [[1, 1, 0], [1, 1, 0], [0, 0, 1]], atol=1e-12)


@given(st.integers(1, 60), st.integers(2, 12), st.integers(0, 2**16))
def test_filters_fill_the_page_each_in_a_cell_of_its_own(filters: int, photographs: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 3, (photographs, filters)).astype(float)
    cells = layout(similarity(values), columns_of(filters))
    assert sorted(cells) == list(range(filters))


def test_a_shuffled_ring_lies_together_again() -> None:
    """48 filters that answer to overlapping stretches of a circle of photographs."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    photographs = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    values = np.cos(photographs[:, None] - angle)[:, np.random.default_rng(0).permutation(48)]
    alike, columns = similarity(values), columns_of(48)
    ordered = beside(alike, layout(alike, columns), columns).mean()
    by_number = beside(alike, np.arange(48), columns).mean()
    assert ordered > 0.6
    assert abs(by_number) < 0.2


def test_neighbours_share_a_side() -> None:
    """Three filters in two columns: 0 beside 1 and above 2."""
    alike = np.array([[1, 0.5, 0.2], [0.5, 1, 0.9], [0.2, 0.9, 1]])
    np.testing.assert_allclose(beside(alike, np.arange(3), 2), [0.35, 0.5, 0.2])
    assert np.isnan(beside(np.eye(1), np.arange(1), 1)).all()


@pytest.mark.parametrize(("filters", "columns"), [(1, 2), (32, 8), (128, 15), (512, 24), (1280, 24)])
def test_pages_are_a_little_wider_than_high_as_long_as_tiles_are_large(filters: int, columns: int) -> None:
    assert columns_of(filters) == columns
