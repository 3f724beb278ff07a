"""Which filters are alike, and where do they stand?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.capabilities.layers.neighbours import beside, columns_of, layout
from limelight.statistics import spearman_matrix


@given(st.integers(1, 60), st.integers(2, 12), st.integers(0, 2**16))
def test_filters_fill_the_page_each_in_a_cell_of_its_own(filters: int, photographs: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 3, (photographs, filters)).astype(float)
    cells = layout(spearman_matrix(values), columns_of(filters))
    assert sorted(cells) == list(range(filters))


def test_a_shuffled_ring_lies_together_again() -> None:
    """48 filters that answer to overlapping stretches of a circle of photographs."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    photographs = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    values = np.cos(photographs[:, None] - angle)[:, np.random.default_rng(0).permutation(48)]
    alike, columns = spearman_matrix(values), columns_of(48)
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
