"""Random transformations of the image before each step, which suppress high-frequency patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.study.digests import seed

GREY = 0.5

BLOCK = 64
"""Iterations whose random views are drawn at once."""


@dataclass(frozen=True)
class Transforms:
    """Random views of photographs.

    Parameters
    ----------
    jitter
        Maximum shift of a view in pixels, down and across, in either direction. Alone it wraps around
        (Mordvintsev et al., 2015).
    scale
        Maximum relative zoom of a view: 0.1 for factors from 0.9 to 1.1.
    rotate
        Maximum rotation in degrees.
    pad
        Pixels of grey that a view has around the photograph; so much larger it is.
    """

    jitter: int = 0
    scale: float = 0.0
    rotate: float = 0.0
    pad: int = 0

    @property
    def random(self) -> bool:
        """Whether any two views differ."""
        return bool(self.jitter or self.scale or self.rotate)

    @property
    def any(self) -> bool:
        """Whether a view is something else than the photograph."""
        return self.random or bool(self.pad)

    def views(self, photographs: Tensor, seeds: Sequence[int], iteration: int) -> Tensor:
        """One view of each photograph, (B, 3, H + 2 pad, W + 2 pad), by its own seed and the iteration alone."""
        if not self.any:
            return photographs
        block, row = divmod(iteration, BLOCK)
        drawn = torch.stack([draws(self, view_seed, block)[row] for view_seed in seeds])
        if self.scale or self.rotate:
            return _sampled(photographs, drawn, self.pad)
        padded = F.pad(photographs, [self.pad] * 4, value=GREY)
        rolled = [
            torch.roll(one, (int(down), int(across)), (1, 2))
            for one, (down, across, *_) in zip(padded, drawn.tolist(), strict=True)
        ]
        return torch.stack(rolled)


@lru_cache(maxsize=4096)
def draws(transforms: Transforms, view_seed: int, block: int) -> Tensor:
    """Shifts down and across, factors and angles in degrees of a block of views, (BLOCK, 4) float64."""
    generator = torch.Generator().manual_seed(seed("view", view_seed, block))
    reach = transforms.jitter
    shift = torch.randint(-reach, reach + 1, (BLOCK, 2), generator=generator).double()
    spread = 2 * torch.rand(BLOCK, 2, generator=generator, dtype=torch.float64) - 1
    return torch.cat([shift, 1 + spread[:, :1] * transforms.scale, spread[:, 1:] * transforms.rotate], 1)


def _sampled(photographs: Tensor, draws: Tensor, pad: int) -> Tensor:
    """Shifted, enlarged and turned anticlockwise about the centre, bilinearly; grey where there is no photograph."""
    height, width = photographs.shape[2:]
    tall, wide = height + 2 * pad, width + 2 * pad
    down, across, factor, angle = draws.unbind(1)
    cosine, sine = torch.cos(torch.deg2rad(angle)) / factor, torch.sin(torch.deg2rad(angle)) / factor
    # `grid_sample` wants, for a place in the view, the place in the photograph, both from -1 to 1. `affine_grid` gives
    # the same with a matrix product for each pixel, which takes ten times as long.
    moves = torch.stack(
        [
            torch.stack([cosine * wide / width, -sine * tall / width, -2 * across / width], 1),
            torch.stack([sine * wide / height, cosine * tall / height, -2 * down / height], 1),
        ],
        1,
    ).to(photographs)
    by_column = moves[:, None, :, 0] * _centres(wide, moves)
    by_row = moves[:, None, :, 1] * _centres(tall, moves) + moves[:, None, :, 2]
    grid = by_column[:, None] + by_row[:, :, None]
    # Outside of the photograph it gives 0.
    return F.grid_sample(photographs - GREY, grid, "bilinear", "zeros", align_corners=False) + GREY


def _centres(length: int, like: Tensor) -> Tensor:
    """Coordinates of `length` pixels side by side, from -1 to 1, (length, 1)."""
    return ((2 * torch.arange(length, dtype=like.dtype, device=like.device) + 1) / length - 1)[:, None]
