"""The largest activation of every filter on every photograph, and its position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier, explaining
from limelight.network.hooks import forward_hooks
from limelight.study.errors import LimelightError

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def peaks(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image and each of the `layers` of its parameters, whose names begin the names of the arrays,
    `{layer}:values`, (K,) float32, and `{layer}:positions`, (K, 2) int32; see `largest`.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        arrays = {
            f"{layer}:{what}": array.cpu().numpy()
            for layer, both in largest(work.classifier, part[0].parameters["layers"], photographs).items()
            for what, array in zip(("values", "positions"), both, strict=True)
        }
        return [{name: array[row] for name, array in arrays.items()} for row in range(len(part))]

    return work.steps(units, step)


def largest(classifier: Classifier, layers: Sequence[str], photographs: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """The largest activation of each of K filters by layer, (N, K), and its row and column in the map, (N, K, 2) int32.

    All layers are looked at in one forward pass. Of equal activations the first, row by row, counts. A layer whose
    output is no map has its mean at (0, 0).

    Raises
    ------
    LimelightError
        The pass does not reach a layer, or its output is no tensor.
    """
    by_layer: dict[str, tuple[Tensor, Tensor]] = {}

    def watch(layer: str, module: nn.Module, output: Any) -> None:
        if not isinstance(output, Tensor):
            raise LimelightError(f"layer {layer}: its output is not a tensor; expected a layer with a tensor as output")
        # Now, because the next module may work in place; and as `Classifier.activation` does, at the first call.
        by_layer.setdefault(layer, _peak(output))

    modules = {layer: classifier.network.get_submodule(layer) for layer in layers}
    with forward_hooks(modules, watch), explaining(classifier), torch.no_grad():
        classifier(photographs)
    for layer in layers:
        if layer not in by_layer:
            raise LimelightError(f"layer {layer}: the forward pass does not use it; expected a layer that it uses")
    return {layer: by_layer[layer] for layer in layers}


def _peak(activation: Tensor) -> tuple[Tensor, Tensor]:
    if activation.ndim != 4:
        values = activation.float().reshape(*activation.shape[:2], -1).mean(2)
        return values, torch.zeros(*values.shape, 2, dtype=torch.int32, device=values.device)
    values, index = activation.float().flatten(2).max(2)
    width = activation.shape[3]
    return values, torch.stack([index // width, index % width], 2).int()
