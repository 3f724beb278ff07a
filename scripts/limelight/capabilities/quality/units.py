"""The units of quality: maps of each photograph by each method, baselines included, and what they are worth."""

from collections.abc import Mapping
from typing import Any

from limelight.attribution.registry import BASELINES, source_file, unsuited
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
    measured = {key: job.settings[key] for key in ("steps", "noise", "samples")}
    units: list[Unit] = []
    methods = _methods(job)
    for method in (*methods, *BASELINES):
        for image in job.images:
            parameters = {**measured, "label": image.label}
            if method != "lime":
                units.append(_unit(job, "quality", "measure", method, image, parameters))
            elif image.id in explanations:
                parameters["explanation"] = explanations[image.id]
                units.append(_unit_of_lime(job, LIME, image, parameters))
    return units, {**job.settings, "methods": methods}


def sanity(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph and method; the baselines do not depend on the parameters of the network."""
    parameters = {"randomisation_seed": seed("sanity", job.settings["seed"]), "cascade": job.settings["cascade"]}
    methods = _methods(job)
    units = [
        _unit_of_lime(job, SANITY_OF_LIME, image, parameters)
        if method == "lime"
        else _unit(job, "sanity", "randomise", method, image, parameters)
        for method in methods
        for image in job.images
    ]
    return units, {**job.settings, "methods": methods}


def _methods(job: Job) -> dict[str, Any]:
    """The methods that can run on the network, with their parameters."""
    methods = {}
    for name, parameters in job.settings["methods"].items():
        reason = "" if name == "lime" else unsuited(name, job.settings["layer"], job.model_record)
        if reason and job.settings.get("chosen"):
            raise LimelightError(f"{job.settings['chosen']}: {reason}; expected other methods")
        if reason:
            job.leave_out(reason)
        else:
            methods[name] = parameters
    return methods


def _unit(job: Job, kind: str, function: str, method: str, image: Photograph, parameters: Mapping[str, Any]) -> Unit:
    computation = Computation(kind, f"capabilities.quality.measure:{function}", (source_file(method),))
    attribution = {
        "attribution": method,
        "parameters": job.settings["methods"].get(method, {}),
        "layer": job.settings["layer"],
        "seed": seed("quality", job.settings["seed"], image.id),
    }
    return Unit(Item(image=image.id, method=method), computation, {**attribution, **parameters}, image)


def _unit_of_lime(job: Job, computation: Computation, image: Photograph, parameters: Mapping[str, Any]) -> Unit:
    files = {"mask": job.regions[image.id]} if image.id in job.regions else {}
    attribution = {"lime": job.settings["lime"], "seed": seed("quality", job.settings["seed"], image.id)}
    return Unit(Item(image=image.id, method="lime"), computation, {**attribution, **parameters}, image, files)
