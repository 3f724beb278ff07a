"""Decorrelated colours: the matrix from independent values to red, green and blue."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

LUCID = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
"""The square root of the covariance of the colours of ImageNet, as Lucid has published it (Olah et al., 2017)."""


def matrix(colours: str | Sequence[Sequence[float]]) -> Tensor:
    """(3, 3) float64 whose longest column has length 1.

    Parameters
    ----------
    colours
        `lucid`, `rgb` (red, green and blue by themselves), or a matrix.
    """
    named: dict[Any, Any] = {"lucid": LUCID, "rgb": torch.eye(3).tolist()}
    values = torch.tensor(named[colours] if isinstance(colours, str) else colours, dtype=torch.float64)
    return values / values.norm(dim=0).max()


def learned(photographs: Tensor) -> Tensor:
    """A square root of the covariance of the colours of photographs, (N, 3, H, W) in [0, 1], as `matrix` gives it.

    Its columns are the principal axes of the colours, the longest (nearly always light and dark) first. Where
    photographs have a single colour only, the others are a thousandth of the longest, so that it has an inverse.
    """
    values = photographs.double().movedim(1, 0).flatten(1)
    spread, axes = torch.linalg.eigh(torch.cov(values))
    lengths = spread.clamp_min(0).sqrt()
    lengths = torch.maximum(lengths, lengths.max().clamp_min(1e-12) / 1000)
    root = (axes * lengths).flip(1)
    root = root * torch.where(root.sum(0) < 0, -1.0, 1.0)  # the sign of an axis is arbitrary
    return matrix(root.tolist())
