"""The depth of each layer: the number of convolutions on the longest path from the photograph to it."""

from typing import Any

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier, explaining
from limelight.network.hooks import forward_hooks


def convolution_depths(classifier: Classifier) -> dict[str, int]:
    """By the name of each module whose output is differentiable: convolutions on the longest path to its first output.

    The order of the modules does not tell: the convolution of a shortcut is defined after those that it bypasses. So
    the graph that autograd records is followed, in which a shortcut is a path with fewer convolutions. Empty if the
    network does not run with gradients.
    """
    heads: dict[str, Any] = {}

    def record(name: str, module: nn.Module, output: Any) -> None:
        if isinstance(output, Tensor) and output.grad_fn is not None:
            heads.setdefault(name, output.grad_fn)

    modules = {name: module for name, module in classifier.network.named_modules() if name}
    photographs = torch.full((1, 3, *classifier.resize.size), 0.5, device=classifier.mean.device, requires_grad=True)
    try:
        with forward_hooks(modules, record), torch.enable_grad(), explaining(classifier):
            classifier(photographs)
    except Exception:  # what runs without gradients alone, such as code that leaves for numpy, raises whatever it likes
        return {}
    depths: dict[Any, int] = {}
    return {name: _depth(head, depths) for name, head in heads.items()}


def _depth(head: Any, depths: dict[Any, int]) -> int:
    """Convolutions behind a node of the graph, itself among them; `depths` of nodes are kept from call to call."""
    waiting = [head]
    while waiting:
        node = waiting[-1]
        before = [one for one, _ in node.next_functions if one is not None]
        unknown = [one for one in before if one not in depths]
        if unknown:
            waiting += unknown
            continue
        waiting.pop()
        depths[node] = max((depths[one] for one in before), default=0) + ("Convolution" in node.name())
    return depths[head]
