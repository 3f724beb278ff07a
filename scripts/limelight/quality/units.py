"""What is computed of the quality section? No torch: a job of which everything is in the store imports no framework."""

from collections.abc import Mapping, Sequence
from typing import Any

from limelight.attribution.registry import BASELINES
from limelight.digests import seed, source_digest
from limelight.job import Image, Method, Unit
from limelight.quality.sources import source_file

QUALITY = Method("quality", "quality.measure:measure")
LIME = Method("quality_of_lime", "quality.measure:measure_lime")
SANITY = Method("sanity", "quality.measure:randomise")


def quality_units(
    images: Sequence[Image], settings: Mapping[str, Any], study_seed: int, explanations: Mapping[str, str]
) -> list[Unit]:
    """A unit for each image and method, baselines included, named `{image}/{method}`.

    Parameters
    ----------
    settings
        A `quality` section: `methods`, `steps`, `noise`, `samples`.
    explanations
        Keys of LIME's explanations in the store, by image; an image without one has no unit for LIME.
    """
    units = []
    for name in (*settings["methods"], *BASELINES):
        for image in images:
            common = {"label": image.label, "steps": settings["steps"]}
            if name != "lime":
                own = {
                    **_attribution(name, image, study_seed),
                    "noise": settings["noise"],
                    "samples": settings["samples"],
                }
                units.append(Unit(f"{image.id}/{name}", QUALITY, {**own, **common}, image))
            elif image.id in explanations:
                given = {"explanation": explanations[image.id], **common}
                units.append(Unit(f"{image.id}/{name}", LIME, given, image))
    return units


def sanity_units(images: Sequence[Image], settings: Mapping[str, Any], study_seed: int) -> list[Unit]:
    """A unit for each image and method, named `{image}/{method}`; LIME and the baselines are not put to this test.

    Parameters
    ----------
    settings
        A `quality` section: `methods`, `cascade`.
    """
    forgets = seed("sanity", study_seed)
    return [
        Unit(
            f"{image.id}/{name}",
            SANITY,
            {**_attribution(name, image, study_seed), "forgets": forgets, "cascade": settings["cascade"]},
            image,
        )
        for name in settings["methods"]
        if name != "lime"
        for image in images
    ]


def _attribution(name: str, image: Image, study_seed: int) -> dict[str, Any]:
    return {
        "attribution": name,
        "source": source_digest(source_file(name)),
        "seed": seed("quality", study_seed, image.id),
    }
