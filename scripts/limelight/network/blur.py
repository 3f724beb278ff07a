"""Photographs without detail."""

import math

from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur


def blurred(photographs: Tensor, deviation: float) -> Tensor:
    """Photographs, (N, 3, H, W), under a Gaussian of a standard deviation in pixels, cut off at three of them."""
    return gaussian_blur(photographs, [2 * math.ceil(3 * deviation) + 1] * 2, [deviation] * 2)
