"""Gradients tile by tile, of images that do not fit into memory at once."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from limelight.ascent.objectives import Score

Gradient = Callable[[Tensor, Tensor], Tensor]
"""Of a total score with respect to photographs."""


def corners(length: int, tile: int) -> list[int]:
    """Where tiles begin that cover a length; the last one ends with it, and may overlap the one before."""
    return [*range(0, length - tile, tile), max(length - tile, 0)]


def cut(height: int, width: int, tile: int) -> Iterator[tuple[slice, slice]]:
    """Tiles of one shape that cover a picture."""
    for top in corners(height, tile):
        for left in corners(width, tile):
            yield slice(top, top + min(tile, height)), slice(left, left + min(tile, width))


def scored(score: Score, views: Tensor, tile: int) -> Tensor:
    """Mean score over the tiles of each view, (B,); `tile` 0 is the whole."""
    parts = list(cut(views.shape[2], views.shape[3], tile or max(views.shape[2:])))
    return torch.stack([score(views[:, :, rows, columns]) for rows, columns in parts]).mean(0)


def scores_and_gradient(score: Score, gradient: Gradient, views: Tensor, tile: int) -> tuple[Tensor, Tensor]:
    """Mean score over the tiles of each view, (B,), and its gradient, (B, 3, H, W), of one tile at a time.

    Where tiles overlap, the last one decides. Nothing looks across their borders, which random views move.
    """

    def differentiate(part: Tensor) -> tuple[Tensor, Tensor]:
        part = part.detach().requires_grad_()
        with torch.enable_grad():
            scores = score(part)
            return scores.detach(), gradient(scores.sum(), part)

    parts = list(cut(views.shape[2], views.shape[3], tile or max(views.shape[2:])))
    if len(parts) == 1:
        return differentiate(views)
    scores, gradients = [], torch.empty_like(views)
    for rows, columns in parts:
        scores_of_tile, gradients[:, :, rows, columns] = differentiate(views[:, :, rows, columns])
        scores.append(scores_of_tile)
    return torch.stack(scores).mean(0), gradients / len(parts)
