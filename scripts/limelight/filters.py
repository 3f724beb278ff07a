"""What do the filters of a layer answer to? Activation maps, and the inputs that excite them most.

Yosinski et al.: Understanding Neural Networks Through Deep Visualization, 2015 (arXiv 1506.06579).
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from limelight.ascent import Schedule, ascend, filter_mean
from limelight.model import Classifier, explaining
from limelight.plan import seed


def activation_maps(classifier: Classifier, layer: str, filters: Sequence[int], photographs: Tensor) -> Tensor:
    """Activation maps of some filters of `layer`, (N, F, h, w) in the layer's own size; 1 x 1 if it is linear."""
    with explaining(classifier), torch.no_grad():
        activation = classifier.activation(layer, photographs)[:, list(filters)]
    if activation.ndim == 4:
        return activation
    return activation.reshape(*activation.shape[:2], -1).mean(2)[..., None, None]


def noise(shape: tuple[int, int], *identity: object) -> Tensor:
    """Grey with a little noise that belongs to `identity`: (3, H, W), 0.5 + 0.05 N(0, 1) clipped to [0, 1]."""
    generator = torch.Generator().manual_seed(seed("noise", *identity))
    return (0.5 + 0.05 * torch.randn(3, *shape, generator=generator)).clamp(0, 1)


def exciting_inputs(
    classifier: Classifier, layer: str, starts: Sequence[tuple[Tensor, int]], schedule: Schedule, batch: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each (photograph (3, H, W), filter): what gradient ascent makes of it, and the filter's mean activation.

    Yields
    ------
    tuple
        Photographs (R, 3, H, W) float32 in [0, 1] and scores (R,) at the R recorded iterations of the schedule.
    """
    remaining = iter(starts)
    while step := list(islice(remaining, batch)):
        photographs = torch.stack([photograph for photograph, _ in step])
        with explaining(classifier):
            recording = ascend(filter_mean(classifier, layer, [number for _, number in step]), photographs, schedule)
        yield from zip(
            recording.photographs.transpose(0, 1).cpu().numpy(), recording.scores.T.cpu().numpy(), strict=True
        )
