"""Baselines: maps that do not depend on the network, with which attribution methods are compared."""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.attribution.contract import Attribution, Paper, Range, method
from limelight.network.classifier import Classifier

_XAI_TRIS = Paper("Clark, Wilming, Haufe", 2023, "2306.12816")


@method(paper=_XAI_TRIS, signed=False, title="random values", baseline=True)
def random(classifier: Classifier, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Attribution:
    """Random values, uniform in [0, 1)."""
    shape = photographs.shape[2:]
    maps = [torch.rand(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return Attribution(torch.stack(maps).to(photographs.device))


@method(
    paper=Paper("Zhang, Lin, Brandt, Shen, Sclaroff", 2016, "1608.00507"),
    signed=False,
    title="middle of the picture",
    baseline=True,
)
def centre(
    classifier: Classifier, photographs: Tensor, targets: Tensor, *, width: Annotated[float, Range(0.01, 10)] = 0.25
) -> Attribution:
    """A centred Gaussian with a maximum of 1.

    Parameters
    ----------
    width
        Standard deviation, as a share of the sides.
    """
    down, across = (
        torch.exp(-(((torch.arange(side, device=photographs.device) + 0.5) / side - 0.5) ** 2) / (2 * width**2))
        for side in photographs.shape[2:]
    )
    return Attribution(torch.outer(down, across).expand(len(photographs), -1, -1))


@method(paper=_XAI_TRIS, signed=False, title="edge detector", baseline=True)
def edges(classifier: Classifier, photographs: Tensor, targets: Tensor) -> Attribution:
    """The gradient magnitude of the photograph's brightness, by the Sobel operator.

    In brightness per pixel. Brightness is the mean of the three channels; borders are padded by replication.
    """
    derivative, smooth = torch.tensor([-0.5, 0, 0.5]), torch.tensor([0.25, 0.5, 0.25])
    kernels = torch.stack([torch.outer(derivative, smooth), torch.outer(smooth, derivative)])[:, None]
    brightness = F.pad(photographs.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    return Attribution(F.conv2d(brightness, kernels.to(photographs)).norm(dim=1))
