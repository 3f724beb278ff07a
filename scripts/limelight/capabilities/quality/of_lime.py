"""The computations of `measure` for LIME, whose maps consist of superpixels.

What is measured is the explanation that the study has. What needs LIME again and again, for noisy copies of the
photograph and for randomised networks, takes fewer samples for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from limelight.capabilities.lime.explanation import explain
from limelight.capabilities.quality.attribute import Attribute
from limelight.capabilities.quality.measure import curves, explained, under_noise, under_randomisation
from limelight.network.classifier import Classifier
from limelight.network.photographs import to_uint8
from limelight.study.errors import LimelightError

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def measure(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """As `quality.measure.measure`, and of the explanation itself its `r2`, () and its `top_agreement`, ().

    The latter is how far its strongest superpixels agree between repetitions, or between the halves of its samples
    where it has no repetitions.

    Parameters of a unit: `explanation` (its key in the store), `lime` (settings of the explanations that are made
    anew) and their `seed`, `label`, `steps`, `noise`, `samples`, `measuring_seed`; its files: for the segmentation
    `mask` that.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        (unit,) = part
        settings = unit.parameters
        entry = work.store.get(settings["explanation"])
        if entry is None:
            raise LimelightError(
                f"{unit.item}: its LIME explanation is missing from the store; expected the rule lime to run first"
            )
        lime = entry.arrays
        targets, predicted = explained(work.classifier, photographs, settings["label"])
        # LIME explains the label and at least the most probable class, whatever `lime.classes` is.
        row, other = (lime["classes"].tolist().index(int(target)) for target in (targets, predicted))
        segments, weights = lime["segments"], lime["weights"]
        values = weights[row][segments].astype(np.float32)
        arrays = {
            "map": values,
            "r2": lime["r2"][row],
            "top_agreement": lime.get("agreement", lime["halves"])[row],
        }
        if row != other:
            arrays["predicted"] = weights[other][segments].astype(np.float32)
        arrays |= curves(work, photographs, targets, torch.from_numpy(values)[None], settings)
        return [arrays | under_noise(work, photographs, targets, _attribute(work, unit), settings)]

    return work.steps(units, step, size=1)


def randomise(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """As `quality.measure.randomise`.

    Parameters of a unit: `lime`, `seed`, `randomisation_seed`, `cascade`; files as above.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        return [under_randomisation(work, photographs, _attribute(work, part[0]), part[0].parameters)]

    return work.steps(units, step, size=1)


def _attribute(work: Work, unit: Unit) -> Attribute:
    """LIME as a method that makes maps: each pixel has the weight of its superpixel."""
    settings: Mapping[str, Any] = {**unit.parameters["lime"], "batch": work.batch}
    mask = work.regions(unit)

    def maps(classifier: Classifier, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        made = []
        for picture, target, seed in zip(to_uint8(photographs.cpu().numpy()), targets.tolist(), seeds, strict=True):
            explanation = explain(classifier, picture, [target], settings, seed, mask=mask)
            made.append(torch.from_numpy(explanation.weights[0][explanation.segments]))
        return torch.stack(made).float()

    return maps
