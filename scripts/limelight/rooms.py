"""Locations of the code of capabilities; not the list of them, so that a new one changes no job of the others.

Read whenever Snakemake parses the workflow: no torch, no numpy.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOMS = Path(__file__).with_name("capabilities")


def find(where: str) -> Callable[..., Any]:
    """The function that `module:function` names below `limelight.capabilities`."""
    module, _, function = where.partition(":")
    return getattr(importlib.import_module(f"limelight.capabilities.{module}"), function)


def file_of(where: str) -> Path:
    """The file that defines such a function."""
    return ROOMS / (where.partition(":")[0].replace(".", "/") + ".py")
