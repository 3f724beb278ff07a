"""The units of class images: gradient ascents on logits, from noise."""

from collections.abc import Mapping
from typing import Any

from limelight.ascent.unit import ascent
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.units import Unit
from limelight.network.layers import LOGITS
from limelight.study.choices import choose_classes


def units(job: Job) -> tuple[list[Unit], Mapping[str, Any]]:
    """A unit a class: the layer without a name is the network's output."""
    settings, classes = job.settings, job.model_record["classes"]
    section, seed = job.ascent("dream.class_images.ascent", LOGITS), settings["seed"]
    how = job.with_colours(section)
    chosen = choose_classes(classes, settings["classes"], settings["labels"])
    record = [0, settings["iterations"]]
    made = [
        ascent(Item(target=number), LOGITS, number, record, how, noise=[seed, "class", number], seed=seed)
        for number in map(classes.index, chosen)
    ]
    return made, {**settings, "ascent": section}
