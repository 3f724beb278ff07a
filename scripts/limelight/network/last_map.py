"""The last layer of a network with a spatial output, which Grad-CAM uses unless the study names another."""

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier, explaining
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


def default_layer(classifier: Classifier) -> str | None:
    """The last map of a network for an image of its input size; None if it has none."""
    photograph = torch.full((1, 3, *classifier.resize.size), 0.5, device=classifier.mean.device)
    try:
        with explaining(classifier):
            return last_map(classifier, photograph)
    except LimelightError:
        return None
