"""The units of saliency maps: each photograph by each attribution method."""

from collections.abc import Mapping
from typing import Any

from limelight.attribution.registry import needs_layer, needs_seed, source_file, unsuited
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit
from limelight.study.digests import seed
from limelight.study.errors import LimelightError


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph and method: maps of the label, of the predicted class and of the classes asked for."""
    settings = job.settings
    classes = [job.class_index(name, "saliency.classes:") for name in settings["classes"]]
    made = []
    for name, parameters in settings["methods"].items():
        if reason := unsuited(name, settings["layer"], job.model_record):
            raise LimelightError(f"saliency.methods: {reason}; expected other methods")  # no default is one of them
        computation = Computation(name, "capabilities.saliency.compute:explain", (source_file(name),))
        for image in job.images:
            decisive = {"parameters": parameters, "label": image.label, "classes": classes}
            if needs_layer(name):
                decisive["layer"] = settings["layer"]
            if needs_seed(name):
                decisive["seed"] = seed(name, settings["seed"], image.id)
            made.append(Unit(Item(image=image.id, method=name), computation, decisive, image))
    return made, settings
