"""The gradient, of which each ReLU passes positive values only."""

import logging

from torch import Tensor
from torch.nn import functional as F

from limelight.attribution.contract import Attribution, Paper, method
from limelight.attribution.gradient import largest_of_channels, score_gradients
from limelight.network.classifier import Classifier
from limelight.network.relu import ReLUCall, ReLUMode

log = logging.getLogger(__name__)


class _Guiding(ReLUMode):
    """While it is active, negative gradients are set to zero at the output of every ReLU or ReLU6.

    Captum's GuidedBackprop hooks modules of type ReLU, so it leaves out ReLU6 and functions.
    """

    def __init__(self) -> None:
        super().__init__()
        self.relus = 0

    def relu(self, call: ReLUCall) -> Tensor:
        """The output of the call as it is; its gradient is cut at zero."""
        self.relus += 1
        output = call.plain()
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
