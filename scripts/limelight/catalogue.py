"""The list of capabilities, from which all else is derived: targets, report, gallery, analysis, audit, costs.

Read whenever Snakemake parses the workflow: no torch, no numpy.
"""

import importlib
from functools import cache

from limelight.rooms import ROOMS
from limelight.study.declaration import Capability

NAMES = (
    "predictions",
    "saliency",
    "filters",
    "facets",
    "ascents",
    "layers",
    "lime",
    "dream",
    "class_images",
    "quality",
    "training",
)
"""The capabilities, each a folder of `limelight/capabilities`, in the order of the report."""


@cache
def capabilities() -> tuple[Capability, ...]:
    """What each of them declares, in order."""
    return tuple(importlib.import_module(f"limelight.capabilities.{name}.declaration").CAPABILITY for name in NAMES)


def capability(name: str) -> Capability:
    """The capability of that name."""
    return capabilities()[NAMES.index(name)]


def categories() -> dict[str, str]:
    """Section of each capability in the report of Snakemake: `2 Saliency`; those of one title share a number."""
    titles = list(dict.fromkeys(one.title for one in capabilities()))
    return {one.name: f"{titles.index(one.title) + 1} {one.title}" for one in capabilities()}


def rooms_with(file: str) -> list[str]:
    """The capabilities whose folder has a file of that name, in order."""
    return [name for name in NAMES if (ROOMS / name / file).is_file()]
