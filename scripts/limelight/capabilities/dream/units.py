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
    layer = job.layer(settings["layer"]).name
    return _dreams(job, [(layer, settings["filter"])], settings["record"]), {**settings, "layer": layer}


def units_of_sweep(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a filter, or a layer: the last iteration of the dreams of one photograph."""
    settings, record, sweep = job.settings, [0, max(job.settings["record"])], job.wildcards["sweep"]
    if sweep == "filters":
        layer = job.layer(settings["layer"]).name
        points = [(layer, number) for number in settings["filters"]]
        return _dreams(job, points, record, variant(sweep)), {**settings, "layer": layer}
    # One layer may be named twice, by its name and by its index.
    layers = list(dict.fromkeys(job.layer(layer).name for layer in settings["layers"]))
    points = [(layer, settings["filter"]) for layer in layers]
    return _dreams(job, points, record, variant(sweep)), {**settings, "layers": layers}


def _dreams(job: Job, points: list[tuple[str, int]], record: list[int], which: str | None = None) -> list[Unit]:
    """A unit a photograph and filter of a layer."""
    settings = job.settings
    how = job.with_colours(settings["ascent"])
    return [
        ascent(
            Item(image=image.id, layer=layer, filter=number, variant=which),
            layer,
            number,
            record,
            how,
            image,
            seed=settings["seed"],
            size=settings.get("size"),
        )
        for image in job.images
        for layer, number in points
    ]
