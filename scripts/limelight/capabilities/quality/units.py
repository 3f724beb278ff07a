"""What is computed of the quality section? No torch: a job of which everything is in the store imports no framework."""

from collections.abc import Mapping, Sequence
from typing import Any

from limelight.attribution.registry import BASELINES, source_file
from limelight.machinery.units import Image, Method, Unit
from limelight.study.digests import seed

LIME = Method("quality_of_lime", "capabilities.quality.of_lime:measure")
SANITY_OF_LIME = Method("sanity_of_lime", "capabilities.quality.of_lime:randomise")


def quality_units(
    images: Sequence[Image],
    settings: Mapping[str, Any],
    study_seed: int,
    explanations: Mapping[str, str],
    regions: Mapping[str, str] = {},
) -> list[Unit]:
    """A unit for each image and method, baselines included, named `{image}/{method}`.

    Parameters
    ----------
    settings
        `methods`, each with its parameters, `lime` among them or not; `layer`; `lime`, the settings of explanations
        that are made anew; `steps`, `noise`, `samples`.
    explanations
        Keys of LIME's explanations in the store, by image; an image without one has no unit for LIME.
    regions
        Files of given superpixels, by image.
    """
    wanted = {key: settings[key] for key in ("steps", "noise", "samples")}
    units = []
    for name in (*settings["methods"], *BASELINES):
        for image in images:
            own = {**wanted, "label": image.label}
            if name != "lime":
                units.append(_unit("measure", "quality", name, image, settings, study_seed, own))
            elif image.id in explanations:
                own = {**own, "explanation": explanations[image.id]}
                units.append(_unit_of_lime(LIME, image, settings, study_seed, own, regions))
    return units


def sanity_units(
    images: Sequence[Image], settings: Mapping[str, Any], study_seed: int, regions: Mapping[str, str] = {}
) -> list[Unit]:
    """A unit for each image and method, named `{image}/{method}`; the baselines have nothing to forget.

    Parameters
    ----------
    settings
        `methods`, `layer`, `lime` as for `quality_units`; `cascade`.
    """
    own = {"forgets": seed("sanity", study_seed), "cascade": settings["cascade"]}
    return [
        _unit_of_lime(SANITY_OF_LIME, image, settings, study_seed, own, regions)
        if name == "lime"
        else _unit("randomise", "sanity", name, image, settings, study_seed, own)
        for name in settings["methods"]
        for image in images
    ]


def _unit(
    function: str,
    kind: str,
    name: str,
    image: Image,
    settings: Mapping[str, Any],
    study_seed: int,
    own: Mapping[str, Any],
) -> Unit:
    method = Method(kind, f"capabilities.quality.measure:{function}", (source_file(name),))
    attribution = {
        "attribution": name,
        "parameters": settings["methods"].get(name, {}),
        "layer": settings["layer"],
        "seed": seed("quality", study_seed, image.id),
    }
    return Unit(f"{image.id}/{name}", method, {**attribution, **own}, image)


def _unit_of_lime(
    method: Method,
    image: Image,
    settings: Mapping[str, Any],
    study_seed: int,
    own: Mapping[str, Any],
    regions: Mapping[str, str],
) -> Unit:
    files = {"mask": regions[image.id]} if image.id in regions else {}
    attribution = {"lime": settings["lime"], "seed": seed("quality", study_seed, image.id)}
    return Unit(f"{image.id}/lime", method, {**attribution, **own}, image, files)
