"""The units of filters: activation maps, and gradient ascents from photographs and from noise."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit

ACTIVATION = Computation("activation", "capabilities.filters.compute:activations")


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph with its maps of all filters, and one a photograph and filter with an ascent from it."""
    settings, layer = job.settings, job.layer(job.wildcards["layer"]).name
    how, numbers = job.with_colours(settings["ascent"]), settings["filters"]
    maps = {"layer": layer, "filters": numbers}
    made = [Unit(Item(image=image.id, layer=layer), ACTIVATION, maps, image) for image in job.images]
    made += [
        ascent(
            Item(image=image.id, layer=layer, filter=number),
            layer,
            number,
            [0, settings["iterations"]],
            how,
            image,
            seed=settings["seed"],
        )
        for image in job.images
        for number in numbers
    ]
    return made, {"layer": layer, **settings}


def units_from_noise(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a filter: an ascent from the noise that belongs to it."""
    settings, layer = job.settings, job.layer(job.wildcards["layer"]).name
    how, seed = job.with_colours(settings["ascent"]), settings["seed"]
    record = [0, settings["noise_iterations"]]
    made = [
        ascent(Item(layer=layer, filter=number), layer, number, record, how, noise=[seed, layer, number], seed=seed)
        for number in settings["filters"]
    ]
    return made, {"layer": layer, **settings}
