"""The gradient of a class score with respect to the photograph."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.attribution.contract import Attribution, Paper, method
from limelight.network.classifier import Classifier

Score = Literal["logit", "cross_entropy"]


def score_gradients(classifier: Classifier, photographs: Tensor, targets: Tensor, score: Score = "logit") -> Tensor:
    """Gradient of each photograph's score, (N, 3, H, W), in score units per unit of photograph value.

    In evaluation mode photographs do not interact, so the gradient of the sum is each one's own.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1].
    targets
        (N,) class indices.
    score
        `logit`: y_k, the class score; `cross_entropy`: -log softmax(y)_k, the loss.
    """
    with torch.enable_grad():
        photographs = photographs.detach().requires_grad_()
        logits = classifier(photographs)
        if score == "logit":
            total = logits.gather(1, targets[:, None]).sum()
        else:
            total = F.cross_entropy(logits, targets, reduction="sum")
        return classifier.gradient(total, photographs)


def largest_of_channels(values: Tensor) -> Tensor:
    """(N, 3, H, W) to (N, H, W): the largest absolute value of a pixel's three channels."""
    return values.abs().amax(1)


@method(paper=Paper("Simonyan, Vedaldi, Zisserman", 2014, "1312.6034"), signed=False)
def gradient(classifier: Classifier, photographs: Tensor, targets: Tensor, *, score: Score = "logit") -> Attribution:
    """The gradient of the class score with respect to the photograph, the largest of a pixel's three channels.

    max_c |dS/dx_c|, where the score S is the logit y_k or the loss -log softmax(y)_k.

    Parameters
    ----------
    score
        What is differentiated: the class score (`logit`), or the loss (`cross_entropy`), as in the report's code.
    """
    return Attribution(largest_of_channels(score_gradients(classifier, photographs, targets, score)))
