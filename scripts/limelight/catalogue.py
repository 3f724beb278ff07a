"""Which capabilities are there? All else is derived from this list: targets, report, gallery, analysis, audit, costs.

Read whenever Snakemake parses the workflow: no torch, no numpy.
"""

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

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

ROOMS = Path(__file__).with_name("capabilities")


@cache
def capabilities() -> tuple[Capability, ...]:
    """What each of them declares, in order."""
    return tuple(importlib.import_module(f"limelight.capabilities.{name}.declaration").CAPABILITY for name in NAMES)


def capability(name: str) -> Capability:
    """The capability of that name."""
    return capabilities()[NAMES.index(name)]


def find(where: str) -> Callable[..., Any]:
    """The function that `module:function` names below `limelight.capabilities`."""
    module, _, function = where.partition(":")
    return getattr(importlib.import_module(f"limelight.capabilities.{module}"), function)


def file_of(where: str) -> Path:
    """The file that defines such a function."""
    return ROOMS / (where.partition(":")[0].replace(".", "/") + ".py")


def categories() -> dict[str, str]:
    """Section of each capability in the report of Snakemake: `2 Saliency`; those of one title share a number."""
    titles = list(dict.fromkeys(one.title for one in capabilities()))
    return {one.name: f"{titles.index(one.title) + 1} {one.title}" for one in capabilities()}


def rooms_with(file: str) -> list[str]:
    """The capabilities whose folder has a file of that name, in order."""
    return [name for name in NAMES if (ROOMS / name / file).is_file()]
