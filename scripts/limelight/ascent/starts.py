"""The initial images of a gradient ascent."""

import torch
from torch import Tensor

from limelight.ascent.canvases import Spectrum
from limelight.study.digests import seed


def noise(size: tuple[int, int], *identity: object) -> Tensor:
    """Grey with a little noise that belongs to `identity`: (3, H, W), 0.5 + 0.05 N(0, 1) clipped to [0, 1]."""
    return (0.5 + 0.05 * torch.randn(3, *size, generator=_generator(identity))).clamp(0, 1)


def soft_noise(canvas: Spectrum, *identity: object) -> Tensor:
    """Grey with a little noise whose spectrum falls off like a photograph's, (3, H, W) in [0, 1]."""
    return canvas.decode(canvas.noise(_generator(identity)))[0]


def _generator(identity: tuple[object, ...]) -> torch.Generator:
    return torch.Generator().manual_seed(seed("noise", *identity))
