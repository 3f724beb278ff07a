"""The units of a comparison: the same filters from the same noise, in several ways."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.capabilities.ascents.ways import ways
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Unit

HELD_OUT = 8
"""Random views on which each picture is tried."""


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a layer, filter and way."""
    settings = job.settings
    seed = settings["seed"]
    compared = []
    for layer_of_study in job.layers(settings["layers"]):
        layer, numbers = layer_of_study.name, job.filters(layer_of_study, settings["filters"][: settings["compare"]])
        compared.append((layer, numbers, ways(job.with_colours(job.ascent("filters.ascent", layer)))))
    made = [
        ascent(
            Item(layer=layer, filter=number, variant=way),
            layer,
            number,
            [0, settings["noise_iterations"]],
            section,
            noise=[seed, layer, number],
            seed=seed,
            held_out=HELD_OUT,
        )
        for layer, numbers, sections in compared
        for way, section in sections.items()
        for number in numbers
    ]
    return made, settings
