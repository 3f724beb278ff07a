"""The units of quality: maps of each photograph by each method, baselines included, and what they are worth."""

from collections.abc import Mapping
from typing import Any

from limelight.attribution.registry import BASELINES, source_file, unsuited
from limelight.capabilities.saliency.units import item_of, of_method, with_layer
from limelight.machinery.arrays import read_index
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Photograph, Unit
from limelight.study.digests import seed
from limelight.study.errors import LimelightError

LIME = Computation("quality_of_lime", "capabilities.quality.of_lime:measure")
SANITY_OF_LIME = Computation("sanity_of_lime", "capabilities.quality.of_lime:randomise")


def quality(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph and method; for LIME, of each photograph of which the job's files hold an explanation."""
    explanations = {
        item.image: key for path in job.files.get("lime", ()) for item, key in read_index(path).keys.items()
    }
    settings = _settings(job)
    measured = {key: settings[key] for key in ("steps", "noise", "samples")}
    units: list[Unit] = []
    for method in (*settings["methods"], *BASELINES):
        for image in job.images:
            measuring_seed = seed("quality", settings["seed"], image.id)
            parameters = {**measured, "label": image.label, "measuring_seed": measuring_seed}
            if method != "lime":
                units.append(_unit(settings, "quality", "measure", method, image, parameters))
            elif image.id in explanations:
                parameters["explanation"] = explanations[image.id]
                units.append(_unit_of_lime(job, LIME, image, parameters))
    return units, settings


def sanity(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph and method; the baselines do not depend on the parameters of the network."""
    settings = _settings(job)
    parameters = {"randomisation_seed": seed("sanity", settings["seed"]), "cascade": settings["cascade"]}
    units = [
        _unit_of_lime(job, SANITY_OF_LIME, image, parameters)
        if method == "lime"
        else _unit(settings, "sanity", "randomise", method, image, parameters)
        for method in settings["methods"]
        for image in job.images
    ]
    return units, settings


def _settings(job: Job) -> dict[str, Any]:
    """The section with the methods that can run on the network, and the name of the layer that they look at."""
    settings, methods = dict(job.settings), {}
    chosen = settings.pop("chosen", "")  # the key by which the user asks for the methods: no part of what makes a map
    for name, parameters in settings["methods"].items():
        reason = "" if name == "lime" else unsuited(name, settings["layer"], job.model_record)
        if reason and chosen:
            raise LimelightError(f"{chosen}: {reason}; expected other methods")
        if reason:
            job.leave_out(reason)
        else:
            methods[name] = parameters
    return with_layer(job, {**settings, "methods": methods}, [name for name in methods if name != "lime"])


def _unit(
    settings: Mapping[str, Any],
    kind: str,
    function: str,
    method: str,
    image: Photograph,
    parameters: Mapping[str, Any],
) -> Unit:
    """What is measured of a method is the map that the study shows: with the same parameters, layer and seed."""
    computation = Computation(kind, f"capabilities.quality.measure:{function}", (source_file(method),))
    decisive = {"attribution": method, **of_method(method, image.id, settings), **parameters}
    return Unit(item_of(image.id, method, settings["layer"]), computation, decisive, image)


def _unit_of_lime(job: Job, computation: Computation, image: Photograph, parameters: Mapping[str, Any]) -> Unit:
    files = {"mask": job.regions[image.id]} if image.id in job.regions else {}
    attribution = {"lime": job.settings["lime"], "seed": seed("quality", job.settings["seed"], image.id)}
    return Unit(Item(image=image.id, method="lime"), computation, {**attribution, **parameters}, image, files)
