"""Class probabilities of photographs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from limelight.network.classifier import probabilities

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def predict(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image `probabilities`, (C,) float32."""
    return work.steps(
        units,
        lambda part, photographs: [{"probabilities": row} for row in probabilities(work.classifier, [photographs])],
    )
