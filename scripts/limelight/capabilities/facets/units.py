"""The units of facets: for each filter several ascents from noise that are kept apart."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.capabilities.facets import VARIANT
from limelight.capabilities.filters.units import of_layer
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Unit


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """One unit per filter, because its facets are optimised together."""
    layer, settings = of_layer(job)
    how, seed = job.with_colours(settings["ascent"]), settings["seed"]
    made = [
        ascent(
            Item(layer=layer, filter=number, variant=VARIANT),
            layer,
            number,
            [0, settings["noise_iterations"]],
            how,
            noise=[seed, layer, number],
            seed=seed,
            facets=settings["facets"],
        )
        for number in settings["filters"]
    ]
    return made, settings
