"""The units of brightness: each photograph."""

from collections.abc import Mapping
from typing import Any

from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit

MEASURE = Computation("brightness", "capabilities.brightness.compute:measure")


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph."""
    return [Unit(Item(image=image.id), MEASURE, job.settings, image) for image in job.images], job.settings
