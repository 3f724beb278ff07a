"""Which pixels change the score? The gradient of a class score with respect to the photograph.

Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks, 2014 (arXiv 1312.6034).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.model import Classifier, explaining

SCORES = ("logit", "cross_entropy")


def gradient(classifier: Classifier, photographs: Tensor, targets: Tensor, score: str = "logit") -> Tensor:
    """Gradient of each photograph's score.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1].
    targets
        (N,) class indices.
    score
        `logit`: y_k, the class score; `cross_entropy`: -log softmax(y)_k, the loss.

    Returns
    -------
    Tensor
        (N, 3, H, W), score units per unit of photograph value. In evaluation mode photographs do not interact, so the
        gradient of the sum is each one's own.
    """
    with explaining(classifier), torch.enable_grad():
        photographs = photographs.detach().requires_grad_()
        logits = classifier(photographs)
        if score == "logit":
            total = logits.gather(1, targets[:, None]).sum()
        else:
            total = F.cross_entropy(logits, targets, reduction="sum")
        return torch.autograd.grad(total, photographs)[0]


def saliency_maps(gradients: Tensor) -> Tensor:
    """Saliency of each pixel, (N, H, W): the largest absolute gradient over its three channels."""
    return gradients.abs().amax(1)


def saliency_of_label_and_prediction(
    classifier: Classifier, photographs: Tensor, labels: Sequence[int | None], score: str = "logit"
) -> list[dict[str, np.ndarray]]:
    """For each photograph the saliency map, (H, W) float32, of its `label` (if known) and of the `predicted` class.

    Where label and prediction agree there is one map, under `label`.
    """
    with explaining(classifier), torch.no_grad():
        predicted = classifier(photographs).argmax(1).tolist()
    pairs = [
        (row, name, target)
        for row, (label, prediction) in enumerate(zip(labels, predicted, strict=True))
        for name, target in (("label", label), ("predicted", prediction if prediction != label else None))
        if target is not None
    ]
    rows, names, targets = zip(*pairs, strict=True)
    wanted = torch.tensor(targets, device=photographs.device)
    maps = saliency_maps(gradient(classifier, photographs[list(rows)], wanted, score)).cpu().numpy()
    found: list[dict[str, np.ndarray]] = [{} for _ in labels]
    for row, name, saliency in zip(rows, names, maps, strict=True):
        found[row][name] = saliency
    return found
