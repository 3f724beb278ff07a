"""The upper end of a colour scale."""

import numpy as np

from limelight.statistics import BRIGHTEST


def ceiling(saliency: np.ndarray) -> float:
    """Value drawn as the brightest: the 99.5th percentile; the maximum where that is 0; 1 for a map of zeros."""
    finite = saliency[np.isfinite(saliency)]
    if not finite.size:
        return 1.0
    return float(np.percentile(finite, BRIGHTEST)) or float(finite.max()) or 1.0
