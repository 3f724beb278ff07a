"""Which pixels change the score? The gradient of a class score with respect to the photograph.

Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks, 2014 (arXiv 1312.6034).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.model import Classifier, explaining

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.arrays import Arrays
    from limelight.job import Failure, Unit
    from limelight.work import Work

SCORES = ("logit", "cross_entropy")


def explain(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image the saliency map, (H, W) float32, of its `label` (if known) and of the `predicted` class.

    Where label and prediction agree there is one map, under `label`. Parameters of a unit: `score` and `label`.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        labels = [unit.parameters["label"] for unit in part]
        return saliency_of_label_and_prediction(work.classifier, photographs, labels, part[0].parameters["score"])

    return work.steps(units, step)


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
        return classifier.gradient(total, photographs)


def saliency_maps(gradients: Tensor) -> Tensor:
    """Saliency of each pixel, (N, H, W): the largest absolute gradient over its three channels."""
    return gradients.abs().amax(1)


def saliency_of_label_and_prediction(
    classifier: Classifier, photographs: Tensor, labels: Sequence[int | None], score: str = "logit"
) -> list[Arrays]:
    """For each photograph the saliency map, (H, W) float32, of its `label` (if known) and of the `predicted` class.

    Where label and prediction agree there is one map, under `label`.
    """
    with explaining(classifier), torch.no_grad():
        predicted = classifier(photographs).argmax(1)
    known = predicted.clone()
    for row, label in enumerate(labels):
        if label is not None:
            known[row] = label
    # Two passes of the whole batch, not one of mixed rows: passes of one shape give the same bits for every image.
    own = saliency_maps(gradient(classifier, photographs, known, score)).cpu().numpy()
    if bool((known == predicted).all()):
        other = own
    else:
        other = saliency_maps(gradient(classifier, photographs, predicted, score)).cpu().numpy()
    found: list[Arrays] = []
    for row, (label, prediction) in enumerate(zip(labels, predicted.tolist(), strict=True)):
        maps = {} if label is None else {"label": own[row]}
        if label != prediction:
            maps["predicted"] = other[row]
        found.append(maps)
    return found
