"""The units of saliency maps: each photograph by each attribution method."""

from collections.abc import Iterable, Mapping
from typing import Any

from limelight.attribution.registry import needs_layer, needs_seed, source_file, unsuited
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit
from limelight.study.digests import seed
from limelight.study.errors import LimelightError


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph and method: maps of the label, of the predicted class and of the classes asked for."""
    settings = with_layer(job, job.settings, job.settings["methods"])
    classes = [job.class_index(name, "saliency.classes:") for name in settings["classes"]]
    made = []
    for name in settings["methods"]:
        if reason := unsuited(name, job.settings["layer"], job.model_record):
            raise LimelightError(f"saliency.methods: {reason}; expected other methods")  # no default is one of them
        computation = Computation(name, "capabilities.saliency.compute:explain", (source_file(name),))
        for image in job.images:
            decisive = {**of_method(name, image.id, settings), "label": image.label, "classes": classes}
            made.append(Unit(item_of(image.id, name, settings["layer"]), computation, decisive, image))
    return made, settings


# --- what a map is, in whatever section it is made ----------------------------------------------------------------


def with_layer(job: Job, settings: Mapping[str, Any], methods: Iterable[str]) -> dict[str, Any]:
    """Settings whose `layer` is the name of the layer that methods of layers look at; None if there are none."""
    return {**settings, "layer": job.layer_of_maps(settings["layer"]) if any(map(needs_layer, methods)) else None}


def item_of(image: str, method: str, layer: str | None) -> Item:
    """The coordinates of a map; a method that looks at no layer has none, whatever `layer` is."""
    return Item(image=image, layer=layer if needs_layer(method) else None, method=method)


def of_method(method: str, image: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What decides a map beside its class: `parameters` of the method and, where it needs them, `layer` and `seed`.

    Parameters
    ----------
    settings
        `methods` by name with their parameters, `layer`, and the study's `seed`.
    """
    decisive: dict[str, Any] = {"parameters": settings["methods"].get(method, {})}
    if needs_layer(method):
        decisive["layer"] = settings["layer"]
    if needs_seed(method):
        decisive["seed"] = seed(method, settings["seed"], image)
    return decisive
