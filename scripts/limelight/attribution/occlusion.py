"""The decrease of the class score when a patch of the photograph is occluded."""

import math
from itertools import product
from typing import Annotated, Literal

import torch
from torch import Tensor

from limelight.attribution.contract import Attribution, Count, Paper, Range, method
from limelight.network.classifier import Classifier
from limelight.study.errors import LimelightError


def covers(side: int, patch: int, stride: int) -> Tensor:
    """Which of the `side` pixels each position of the patch hides, (positions, side) bool; the last is cut off."""
    positions = math.ceil(max(side - patch, 0) / stride) + 1
    offset = torch.arange(side) - stride * torch.arange(positions)[:, None]
    return (offset >= 0) & (offset < patch)


@method(paper=Paper("Zeiler, Fergus", 2014, "1311.2901"), signed=True)
def occlusion(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    batch: int,
    patch: Count = 16,
    stride: Annotated[int, Range(1, "patch")] = 8,
    fill: Literal["mean"] | Annotated[float, Range(0, 1)] = "mean",
) -> Attribution:
    """The decrease of the class score when a square patch is occluded.

    y_k(x) - y_k(x with a square of `patch` pixels hidden), of each pixel the mean over the squares that hide it.

    Parameters
    ----------
    patch
        Side length of the patch in pixels.
    stride
        Pixels from one patch to the next.
    fill
        Value that the patch is filled with: the photograph's mean colour, or a grey value.
    """
    if stride > patch:
        raise LimelightError(
            f"occlusion: the stride, {stride}, is above the patch, {patch}; expected at most the patch, so that every "
            "pixel is occluded"
        )
    rows, columns = (covers(side, patch, stride).to(photographs.device) for side in photographs.shape[2:])
    colours = (
        photographs.mean((2, 3), keepdim=True) if fill == "mean" else torch.full_like(photographs[:, :, :1, :1], fill)
    )
    # Captum's Occlusion gives the same, but its batches end with each photograph and its masks take twice the time.
    hidden = list(product(range(len(photographs)), range(len(rows)), range(len(columns))))
    with torch.no_grad():
        scores = classifier(photographs).gather(1, targets[:, None])[:, 0]
        without = []
        for start in range(0, len(hidden), batch):
            which, down, across = torch.tensor(hidden[start : start + batch], device=photographs.device).T
            square = (rows[down, :, None] & columns[across, None, :])[:, None]
            occluded = torch.where(square, colours[which], photographs[which])
            without.append(classifier(occluded).gather(1, targets[which, None])[:, 0])
    drops = scores[:, None, None] - torch.cat(without).view(-1, len(rows), len(columns))
    down, across = rows.to(drops.dtype), columns.to(drops.dtype)
    return Attribution(down.T @ drops @ across / torch.outer(down.sum(0), across.sum(0)))
