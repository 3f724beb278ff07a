"""The mean gradient of noisy copies of the photograph."""

from collections.abc import Sequence
from itertools import product
from typing import Annotated

import torch
from torch import Tensor

from limelight.attribution.contract import Attribution, Count, Paper, Range, method
from limelight.attribution.gradient import largest_of_channels, score_gradients
from limelight.network.classifier import Classifier


@method(paper=Paper("Smilkov, Thorat, Kim, Viégas, Wattenberg", 2017, "1706.03825"), signed=False, title="SmoothGrad")
def smoothgrad(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    seeds: Sequence[int],
    batch: int,
    level: Annotated[float, Range(0)] = 0.15,
    samples: Count = 25,
) -> Attribution:
    """The mean gradient of noisy copies of the photograph.

    max_c |mean of dy_k/dx_c over x + noise|, the noise's standard deviation `level` (max x - min x). Not Captum's
    NoiseTunnel, whose noise comes from torch's global generator and so depends on the rest of the batch.

    Parameters
    ----------
    level
        Standard deviation of the noise, as a share of the photograph's range.
    samples
        Number of noisy copies.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    deviations = level * (photographs.amax((1, 2, 3)) - photographs.amin((1, 2, 3)))
    sums = torch.zeros_like(photographs)
    copies = list(product(range(len(photographs)), range(samples)))
    for start in range(0, len(copies), batch):
        rows = [row for row, _ in copies[start : start + batch]]
        # Drawn on the CPU and one copy at a time: the same numbers on every device and for every batch.
        noise = torch.stack([torch.randn(photographs.shape[1:], generator=generators[row]) for row in rows])
        noisy = photographs[rows] + deviations[rows, None, None, None] * noise.to(photographs)
        for row, gradient in zip(rows, score_gradients(classifier, noisy, targets[rows]), strict=True):
            sums[row] += gradient
    return Attribution(largest_of_channels(sums / samples))
