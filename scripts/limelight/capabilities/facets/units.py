"""The units of facets: for each filter several ascents from noise that are kept apart."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.capabilities.facets import VARIANT
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Unit


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """One unit per filter, because its facets are optimised together."""
    settings, layer = job.settings, job.layer(job.wildcards["layer"]).name
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
    return made, {"layer": layer, **settings}
