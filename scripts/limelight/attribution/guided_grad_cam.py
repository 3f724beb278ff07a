"""Guided backpropagation, multiplied by Grad-CAM."""

from torch import Tensor

from limelight.attribution.contract import Attribution, Paper, method
from limelight.attribution.grad_cam import class_activation
from limelight.attribution.gradient import largest_of_channels
from limelight.attribution.guided_backpropagation import guided_gradients
from limelight.network.classifier import Classifier


@method(
    paper=Paper("Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra", 2017, "1610.02391"),
    signed=False,
    title="guided Grad-CAM",
)
def guided_grad_cam(classifier: Classifier, photographs: Tensor, targets: Tensor, *, layer: str) -> Attribution:
    """Guided backpropagation times Grad-CAM."""
    fine = largest_of_channels(guided_gradients(classifier, photographs, targets))
    return Attribution(fine * class_activation(classifier, photographs, targets, layer))
