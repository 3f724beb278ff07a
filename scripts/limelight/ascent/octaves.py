"""Octaves: image sizes from small to large, with detail upscaled from each to the next (Mordvintsev et al., 2015)."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Octaves:
    """Sizes of a picture on the way of its ascent.

    Parameters
    ----------
    count
        How many; 1 is the full size alone.
    scale
        How much larger each is than the one before.
    iterations
        Steps on each but the last, which takes the rest of the run.
    smallest
        Pixels that the shorter side must have; smaller ones are left out.
    """

    count: int = 1
    scale: float = 1.4
    iterations: int = 10
    smallest: int = 32

    def sizes(self, full: tuple[int, int]) -> list[tuple[int, int]]:
        """Heights and widths, the full size last."""
        factors = [self.scale**-step for step in range(self.count - 1, 0, -1)]
        smaller = [(round(full[0] * factor), round(full[1] * factor)) for factor in factors]
        return [*(size for size in smaller if min(size) >= self.smallest), full]

    def at(self, iteration: int, sizes: int) -> tuple[int, int]:
        """The octave, from 0 to `sizes` - 1, to which an iteration belongs, and the first iteration of that octave."""
        octave = min(iteration // self.iterations, sizes - 1)
        return octave, octave * self.iterations


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, 3, *size), bilinear, smoothed where it gets smaller; the same images if they have that size."""
    if tuple(images.shape[2:]) == size:
        return images
    smaller = size[0] < images.shape[2] or size[1] < images.shape[3]
    return F.interpolate(images, size, mode="bilinear", align_corners=False, antialias=smaller)
