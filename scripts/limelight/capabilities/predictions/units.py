"""The units of predictions: class probabilities of each photograph."""

from collections.abc import Mapping
from typing import Any

from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit

PREDICT = Computation("predict", "capabilities.predictions.compute:predict")


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph."""
    return [Unit(Item(image=image.id), PREDICT, {}, image) for image in job.images], {}
