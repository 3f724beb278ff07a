"""Activation maps of the filters of a layer on photographs.

Yosinski et al.: Understanding Neural Networks Through Deep Visualization, 2015 (arXiv 1506.06579).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from limelight.network.classifier import Classifier, explaining

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def activations(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image the activation `maps` of some filters, (F, h, w) float32. Parameters: `layer` and `filters`."""

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        parameters = part[0].parameters
        maps = activation_maps(work.classifier, parameters["layer"], parameters["filters"], photographs)
        return [{"maps": of_one} for of_one in maps.cpu().numpy()]

    return work.steps(units, step)


def activation_maps(classifier: Classifier, layer: str, filters: Sequence[int], photographs: Tensor) -> Tensor:
    """Activation maps of some filters of `layer`, (N, F, h, w) in the layer's own size; 1 x 1 if it is linear."""
    with explaining(classifier), torch.no_grad():
        activation = classifier.activation(layer, photographs)[:, list(filters)]
    if activation.ndim == 4:
        return activation
    return activation.reshape(*activation.shape[:2], -1).mean(2)[..., None, None]
