"""LIME's explanations of photographs, as the workflow computes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from limelight.capabilities.lime.explanation import explain
from limelight.network.classifier import probabilities
from limelight.network.photographs import to_uint8

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def chosen_classes(settings: Mapping[str, Any], probabilities: np.ndarray, label: int | None) -> list[int]:
    """The classes to explain: all, or the label and the `settings["classes"]` most probable ones, in index order."""
    if settings["classes"] == "all":
        return list(range(len(probabilities)))
    most_probable = np.argsort(-probabilities, kind="stable")[: settings["classes"]].tolist()
    return sorted({*most_probable, *([] if label is None else [label])})


def explain_images(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image what an `Explanation` has, and the `probabilities` of its classes, (C,) float32.

    Parameters of a unit: the `lime` section of a study, with the `seed` and the `label` of the image; its files: for
    the segmentation `mask` that.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = {**part[0].parameters, "batch": work.batch}
        (answer,) = probabilities(work.classifier, [photographs])
        classes = chosen_classes(settings, answer, settings["label"])
        (photograph,) = to_uint8(photographs.cpu().numpy())
        explanation = explain(
            work.classifier,
            photograph,
            classes,
            settings,
            settings["seed"],
            mask=work.regions(part[0]),
            steps=work.in_steps,
        )
        arrays = {name: value for name, value in asdict(explanation).items() if value is not None}
        return [{**arrays, "probabilities": answer[classes]}]

    return work.steps(units, step, size=1)
