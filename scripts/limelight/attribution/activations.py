"""Activations with gradients."""

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier
from limelight.network.hooks import forward_hooks
from limelight.study.errors import LimelightError


def activation_and_gradient(
    classifier: Classifier, layer: str, photographs: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """The activation of `layer`, (N, K, h, w), and the gradient of each photograph's class score with respect to it.

    Of a module that runs several times it is the last time.

    Raises
    ------
    LimelightError
        There is no such layer, the forward pass does not reach it, or its output is no map.
    """
    try:
        module = classifier.network.get_submodule(layer)
    except AttributeError:
        raise LimelightError(
            f"layer {layer}: the network has no layer of that name; expected one listed in layers.csv"
        ) from None
    taken: list[Tensor] = []

    def take(name: str, module: nn.Module, output: object) -> Tensor:
        if not isinstance(output, Tensor) or output.ndim != 4:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise LimelightError(f"layer {layer}: its output is {shape}; expected a map, (N, K, h, w)")
        taken.append(output.detach().requires_grad_())
        # The network goes on with a copy, so that nothing behind the layer can overwrite the activation in place.
        return taken[-1].clone()

    with forward_hooks({layer: module}, take), torch.enable_grad():
        score = classifier(photographs).gather(1, targets[:, None]).sum()
    if not taken:
        raise LimelightError(f"layer {layer}: the forward pass does not use it; expected a layer that it uses")
    return taken[-1].detach(), torch.autograd.grad(score, taken[-1])[0]
