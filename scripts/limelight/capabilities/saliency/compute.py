"""Saliency maps: the attribution methods, as the workflow runs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from limelight.attribution.sources import find
from limelight.attribution.targets import attribute_classes

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def explain(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image what `attribute_classes` finds with the units' one method.

    Parameters of a unit: `parameters` (the method's own), `label`, `classes`; `layer` and `seed` where it needs them.
    """
    method = find(units[0].computation.name)

    def step(part: Sequence[Unit], photographs: Tensor) -> Sequence[Arrays]:
        shared = part[0].parameters
        return attribute_classes(
            method,
            work.classifier,
            photographs,
            [unit.parameters["label"] for unit in part],
            seeds=[unit.parameters.get("seed", 0) for unit in part],
            classes=shared.get("classes", ()),
            layer=shared.get("layer"),
            batch=len(part),
            **shared["parameters"],
        )

    return work.steps(units, step)
