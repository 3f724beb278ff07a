"""What is put to the test: a way to make maps."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from limelight.network.classifier import Classifier


class Attribute(Protocol):
    """An attribution method whose layer, batch and parameters are settled, for example with `functools.partial`."""

    def __call__(self, classifier: Classifier, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        """Maps, (N, H, W), of photographs (N, 3, H, W) in [0, 1] for `targets` (N,), each by its own seed alone."""
