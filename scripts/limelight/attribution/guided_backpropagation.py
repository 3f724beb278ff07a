"""The gradient, of which each ReLU passes positive values only."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from limelight.attribution.contract import Attribution, Paper, method
from limelight.attribution.gradient import largest_of_channels, score_gradients
from limelight.network.classifier import Classifier

log = logging.getLogger(__name__)

_RELUS = frozenset({F.relu, F.relu6, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_})


class _Guiding(TorchFunctionMode):
    """While it is active, the gradient at the output of every ReLU or ReLU6 loses what is negative.

    Not Captum's GuidedBackprop, which hooks modules of type ReLU and so leaves out ReLU6 and functions. Here nothing of
    the network is touched, so there is nothing to put back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.relus = 0

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        arguments: Sequence[Any] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = named or {}
        output = function(*arguments, **named)
        # The module ReLU6 runs `hardtanh`.
        if function in _RELUS or (function is F.hardtanh and named.get("min_val") == 0):
            self.relus += 1
            if output.requires_grad:
                output.register_hook(F.relu)
        return output


def guided_gradients(classifier: Classifier, photographs: Tensor, targets: Tensor) -> Tensor:
    """Guided backpropagation of each photograph's class score, (N, 3, H, W).

    A negative gradient stops at the output of each ReLU: module or function, in place, used again, or ReLU6. Other
    activations (swish, GELU) have no rule and keep their gradient.
    """
    with _Guiding() as guiding:
        gradients = score_gradients(classifier, photographs, targets)
    if not guiding.relus:
        log.warning("the network has no ReLU: its guided backpropagation is its gradient")
    return gradients


@method(paper=Paper("Springenberg, Dosovitskiy, Brox, Riedmiller", 2015, "1412.6806"), signed=False)
def guided_backpropagation(classifier: Classifier, photographs: Tensor, targets: Tensor) -> Attribution:
    """The gradient, of which each ReLU passes positive values only.

    max_c |guided gradient of y_k with respect to x_c|.
    """
    return Attribution(largest_of_channels(guided_gradients(classifier, photographs, targets)))
