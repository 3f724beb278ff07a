"""How well do two rankings agree?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import spearmanr

from limelight.statistics import spearman, spearman_matrix


@given(arrays.arrays(np.float64, (2, 3, 2, 4), elements=st.integers(-3, 3)))
def test_rank_correlation_of_rows_is_that_of_each(pair: np.ndarray) -> None:
    one, two = pair
    found = spearman(one, two)
    for row in range(3):
        if np.ptp(one[row]) == 0 or np.ptp(two[row]) == 0:
            assert np.isnan(found[row])
        else:
            assert found[row] == pytest.approx(spearmanr(one[row].ravel(), two[row].ravel()).statistic, abs=1e-12)
    np.testing.assert_allclose(spearman(two, one), found)
    np.testing.assert_allclose(spearman(one**3, two), found, err_msg="only ranks count")
    np.testing.assert_allclose(spearman(-one, two), -found)


def test_rank_correlation_by_hand() -> None:
    """1 - 6 * (sum of squared rank differences 2) / (4 * 15)."""
    assert spearman(np.array([[1, 2, 3, 4]]), np.array([[10, 30, 20, 40]])) == pytest.approx([0.8])
    assert np.isnan(spearman(np.array([[1.0, np.nan, 3]]), np.array([[1.0, 2, 3]])))


def test_matrix_has_the_correlation_of_each_pair_of_columns() -> None:
    values = np.random.default_rng(0).random((40, 6)).round(1)  # with ties
    matrix = spearman_matrix(values)
    np.testing.assert_allclose(matrix, spearmanr(values)[0], atol=1e-12)
    for number, column in enumerate(values.T):
        np.testing.assert_allclose(matrix[number], spearman(np.tile(column, (6, 1)), values.T), atol=1e-12)


def test_matrix_does_not_depend_on_the_scale_and_a_constant_column_correlates_with_no_other() -> None:
    values = np.random.default_rng(1).random((20, 3))
    changed = np.stack([values[:, 0], np.exp(9 * values[:, 0]), np.zeros(20)], 1)
    np.testing.assert_allclose(spearman_matrix(changed), [[1, 1, 0], [1, 1, 0], [0, 0, 1]], atol=1e-12)
