"""The units of deep dream: gradient ascents from photographs."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.capabilities.dream.declaration import variant
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Unit


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph: a dream on one filter of one layer, recorded on the way."""
    settings = job.settings
    layer = job.layer(settings["layer"])
    points = [(layer.name, number) for number in job.filters(layer, [settings["filter"]])]
    return _dreams(job, points, settings["record"]), _shared(job, layer.name)


def units_of_sweep(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a filter, or a layer: the last iteration of the dreams of one photograph."""
    settings, record, sweep = job.settings, [0, max(job.settings["record"])], job.wildcards["sweep"]
    if sweep == "filters":
        layer = job.layer(settings["layer"])
        numbers = job.filters(layer, settings["filters"])
        points = [(layer.name, number) for number in numbers]
        return _dreams(job, points, record, variant(sweep)), {**_shared(job, layer.name), "filters": numbers}
    layers = job.layers(settings["layers"])
    points = [(layer.name, number) for layer in layers for number in job.filters(layer, [settings["filter"]])]
    return _dreams(job, points, record, variant(sweep)), {**settings, "layers": [layer for layer, _ in points]}


def _shared(job: Job, layer: str) -> dict[str, Any]:
    """The settings of dreams on one layer, as far as it takes the pictures."""
    return {**job.settings, "layer": layer, "ascent": job.ascent("dream.ascent", layer)}


def _dreams(job: Job, points: list[tuple[str, int]], record: list[int], which: str | None = None) -> list[Unit]:
    """A unit a photograph and filter of a layer."""
    settings = job.settings
    how = {layer: job.with_colours(job.ascent("dream.ascent", layer)) for layer, _ in points}
    return [
        ascent(
            Item(image=image.id, layer=layer, filter=number, variant=which),
            layer,
            number,
            record,
            how[layer],
            image,
            seed=settings["seed"],
            size=settings.get("size"),
        )
        for image in job.images
        for layer, number in points
    ]
