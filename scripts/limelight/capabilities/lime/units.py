"""The units of LIME: an explanation of each photograph."""

from collections.abc import Mapping
from typing import Any

from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit
from limelight.study.digests import seed

LIME = Computation("lime", "capabilities.lime.compute:explain_images")


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph. With `seed: image` each has a seed that derives from the study's and from its id."""
    settings, study_seed = dict(job.settings), job.settings["study_seed"]
    del settings["study_seed"]
    made = []
    for image in job.images:
        image_seed = seed("lime", study_seed, image.id) if settings["seed"] == "image" else settings["seed"]
        files = {"mask": job.regions[image.id]} if image.id in job.regions else {}
        parameters = {**settings, "seed": image_seed, "label": image.label}
        made.append(Unit(Item(image=image.id), LIME, parameters, image, files))
    return made, job.settings
