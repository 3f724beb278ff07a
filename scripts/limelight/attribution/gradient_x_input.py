"""The gradient times the photograph."""

from torch import Tensor

from limelight.attribution.contract import Attribution, Paper, method
from limelight.attribution.gradient import score_gradients
from limelight.network.classifier import Classifier


@method(
    paper=Paper("Shrikumar, Greenside, Shcherbina, Kundaje", 2016, "1605.01713"), signed=True, title="gradient × input"
)
def gradient_x_input(classifier: Classifier, photographs: Tensor, targets: Tensor) -> Attribution:
    """The gradient times the photograph.

    sum_c x_c dy_k/dx_c: what each pixel adds to the score, were the network linear and black its zero.
    """
    return Attribution((photographs * score_gradients(classifier, photographs, targets)).sum(1))
