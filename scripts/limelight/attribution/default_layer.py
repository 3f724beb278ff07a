"""Which layer do methods of layers take, if none is named?"""

import torch

from limelight.attribution.activations import last_map
from limelight.network.classifier import Classifier, explaining
from limelight.study.errors import LimelightError


def default_layer(classifier: Classifier) -> str | None:
    """The last map of the network, as `activations.last_map` has it; None where there is none."""
    photograph = torch.full((1, 3, *classifier.resize.size), 0.5, device=classifier.mean.device)
    try:
        with explaining(classifier):
            return last_map(classifier, photograph)
    except LimelightError:
        return None
