"""The last layer of a network with a spatial output, and activations with gradients."""

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier
from limelight.network.hooks import forward_hooks
from limelight.study.errors import LimelightError


def last_map(classifier: Classifier, photograph: Tensor) -> str:
    """The module whose output is the last map larger than 1 x 1 pixel and not yet pooled, by its name.

    Containers count, because the sum of a residual block and the concatenation of an inception block are the output
    of no other module. A module that hands on what another made (dropout in evaluation mode, a container its last
    module's) does not: an output is what it is and how often it has been overwritten in place.

    Parameters
    ----------
    photograph
        (1, 3, H, W) in [0, 1].

    Raises
    ------
    LimelightError
        There is none.
    """
    layers: list[str] = []
    seen: dict[tuple[int, int], Tensor] = {}  # holds the outputs, so that no two have one id

    def record(name: str, module: nn.Module, output: object) -> None:
        if not isinstance(output, Tensor) or output.ndim != 4 or output.shape[2] * output.shape[3] == 1:
            return
        made = (id(output), output._version)
        pools = "Pool" in type(module).__name__ and next(module.children(), None) is None
        if made not in seen and not pools:
            layers.append(name)
        seen[made] = output

    modules = {name: module for name, module in classifier.network.named_modules() if name}
    with forward_hooks(modules, record), torch.no_grad():
        classifier(photograph)
    if not layers:
        raise LimelightError("no layer of the network has an output larger than 1 x 1; Grad-CAM requires one")
    return layers[-1]


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
