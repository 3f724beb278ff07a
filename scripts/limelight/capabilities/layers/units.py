"""The units of whole layers: filters from noise, the receptive field, and the largest activations on photographs."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.capabilities.layers import FIELD
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Computation, Unit
from limelight.study.shards import share

FIELDS = Computation("receptive field", "capabilities.layers.receptive:fields")
PEAKS = Computation("peaks", "capabilities.layers.peaks:peaks")


def atlas(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a filter of the job's share; the first share also has the receptive field of the layer."""
    settings, layer = job.settings, job.layer(job.wildcards["layer"])
    section, seed, name = job.ascent("filters.ascent", layer.name), settings["seed"], layer.name
    how = job.with_colours(section)
    job.filters(layer, [0])
    record = [0, settings["noise_iterations"]]
    # As in `filters.units`: what that has computed is not computed again.
    made = [
        ascent(Item(layer=name, filter=number), name, number, record, how, noise=[seed, name, number], seed=seed)
        for number in share(layer.filters or 0, settings["most"], settings["part"], settings["parts"])
    ]
    if settings["part"] == 0:
        made.append(Unit(Item(layer=name, variant=FIELD), FIELDS, {"layer": name}))
    return made, {"layer": name, "ascent": section, **{key: settings[key] for key in ("noise_iterations", "seed")}}


def peaks(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a photograph, of all layers."""
    layers = [layer.name for layer in job.layers(job.settings["layers"])]
    return [Unit(Item(image=image.id), PEAKS, {"layers": layers}, image) for image in job.images], {"layers": layers}
