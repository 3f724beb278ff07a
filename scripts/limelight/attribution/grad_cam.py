"""The activation of a late layer, weighted by the mean gradient of each channel."""

from torch import Tensor
from torch.nn import functional as F

from limelight.attribution.activations import activation_and_gradient
from limelight.attribution.contract import Attribution, Paper, method
from limelight.network.classifier import Classifier


def class_activation(classifier: Classifier, photographs: Tensor, targets: Tensor, layer: str) -> Tensor:
    """ReLU(sum_k a_k A_k), a_k the mean gradient of the class score over the map A_k, upsampled to (N, H, W)."""
    # Captum's LayerGradCam gives the same, but ends in an assertion where a layer does not run or has no map.
    activation, gradient = activation_and_gradient(classifier, layer, photographs, targets)
    weights = gradient.mean((2, 3), keepdim=True)
    maps = F.relu((weights * activation).sum(1, keepdim=True))
    return F.interpolate(maps, photographs.shape[2:], mode="bilinear", align_corners=False)[:, 0]


@method(
    paper=Paper("Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra", 2017, "1610.02391"), signed=False, title="Grad-CAM"
)
def grad_cam(classifier: Classifier, photographs: Tensor, targets: Tensor, *, layer: str) -> Attribution:
    """The activation of a late layer, weighted by the mean gradient of each channel.

    Bilinearly upsampled to the photograph.
    """
    return Attribution(class_activation(classifier, photographs, targets, layer))
