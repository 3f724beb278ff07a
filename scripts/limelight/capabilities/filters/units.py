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
    layer, settings = of_layer(job)
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
    return made, settings


def of_layer(job: Job) -> tuple[str, dict[str, Any]]:
    """The layer of a job, and its settings as far as the layer has the filters and takes the pictures."""
    layer = job.layer(job.wildcards["layer"])
    filters, ascent = job.filters(layer, job.settings["filters"]), job.ascent("filters.ascent", layer.name)
    return layer.name, {"layer": layer.name, **job.settings, "filters": filters, "ascent": ascent}


def units_from_noise(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a filter: an ascent from the noise that belongs to it."""
    layer, settings = of_layer(job)
    how, seed = job.with_colours(settings["ascent"]), settings["seed"]
    record = [0, settings["noise_iterations"]]
    made = [
        ascent(Item(layer=layer, filter=number), layer, number, record, how, noise=[seed, layer, number], seed=seed)
        for number in settings["filters"]
    ]
    return made, settings
