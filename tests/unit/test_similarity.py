"""How much do two maps have in common?"""

import numpy as np
import pytest

from limelight.capabilities.quality.similarity import ssim


def test_ssim_of_one_window_by_the_formula() -> None:
    """With a window as large as the map there is one value: the paper's, with sample variances."""
    rng = np.random.default_rng(0)
    one, two = rng.random((2, 7, 7))
    shown = [np.minimum(values / np.percentile(values, 99.5), 1) for values in (one, two)]
    means, deviations = [values.mean() for values in shown], [values.var(ddof=1) for values in shown]
    covariance = np.cov(shown[0].ravel(), shown[1].ravel())[0, 1]
    c1, c2 = 0.01**2, 0.03**2
    expected = (2 * means[0] * means[1] + c1) * (2 * covariance + c2)
    expected /= (means[0] ** 2 + means[1] ** 2 + c1) * (deviations[0] + deviations[1] + c2)
    assert ssim(one[None], two[None]) == pytest.approx([expected])


def test_ssim_sees_what_a_figure_shows() -> None:
    maps = np.random.default_rng(0).normal(size=(3, 32, 24))
    np.testing.assert_allclose(ssim(maps, -5 * maps), 1)
    bright = maps.copy()
    bright[:, 0, 0] = 1e6  # one pixel of 768 is above the percentile
    assert (ssim(maps, bright) > 0.5).all()
    assert (abs(ssim(maps, maps[[1, 2, 0]])) < 0.3).all()
    zeros = np.zeros((1, 32, 24))
    assert ssim(zeros, zeros).tolist() == [1]
    assert ssim(zeros, maps[:1]) < 0.2
    sparse = zeros.copy()
    sparse[0, 3, 3] = 2  # its percentile is 0
    assert ssim(sparse, 7 * sparse) == pytest.approx([1])


@pytest.mark.parametrize("side", [3, 4, 6])
def test_ssim_of_small_maps(side: int) -> None:
    maps = np.random.default_rng(0).random((2, side, 9))
    np.testing.assert_allclose(ssim(maps, maps), 1)
