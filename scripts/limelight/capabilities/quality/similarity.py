"""Structural similarity of two maps of one photograph, as figures show them."""

import numpy as np
from skimage.metrics import structural_similarity

from limelight.statistics import BRIGHTEST

_WINDOW = 7  # pixels, scikit-image's own


def ssim(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Structural similarity of the absolute values of maps, as far as a figure shows them.

    Each map is divided by its 99.5th percentile and clipped at 1, so that no single pixel decides.
    Wang, Bovik, Sheikh, Simoncelli: Image Quality Assessment, 2004.

    Parameters
    ----------
    one, two
        (N, H, W) each.

    Returns
    -------
    numpy.ndarray
        (N,) in [-1, 1], 1 for maps that differ in scale alone; NaN where one is not finite.
    """
    side = min(_WINDOW, *np.shape(one)[1:])
    window = side - 1 + side % 2  # scikit-image wants an odd one
    pairs = zip(_as_displayed(one), _as_displayed(two), strict=True)
    return np.array([structural_similarity(a, b, win_size=window, data_range=1.0) for a, b in pairs])


def _as_displayed(maps: np.ndarray) -> np.ndarray:
    sizes = np.abs(np.where(np.isfinite(maps), maps, np.nan))
    brightest = np.percentile(sizes, BRIGHTEST, axis=(1, 2), keepdims=True)
    brightest = np.where(brightest == 0, sizes.max((1, 2), keepdims=True), brightest)
    return np.minimum(sizes / np.where(brightest == 0, 1, brightest), 1)
