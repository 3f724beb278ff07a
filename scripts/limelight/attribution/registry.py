"""Registry of the attribution methods and their declarations, read from their files without torch.

A method is a function under `@method` in a file of this folder, or in one of the user's, `path/to/file.py:name`.
Nothing that computes imports this: it takes `find` from `sources`.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from limelight.attribution.reader import Declaration, method_names, read
from limelight.attribution.sources import FOLDER, find, source_file
from limelight.network.layers import NO_MAP
from limelight.study.errors import LimelightError, nearest

__all__ = [
    "BASELINES",
    "METHODS",
    "declaration",
    "find",
    "needs_layer",
    "needs_seed",
    "signed",
    "source_file",
    "source_files",
    "title",
    "unsuited",
]


@cache
def _declarations() -> dict[str, Declaration]:
    """What the methods of this folder declare, by name."""
    files = [file for file in sorted(FOLDER.glob("*.py")) if b"\n@method(" in file.read_bytes()]
    return {name: read(file, name, name) for file in files for name in method_names(file)}


METHODS = tuple(name for name, declared in _declarations().items() if not declared.baseline)
"""The attribution methods."""

BASELINES = tuple(name for name, declared in _declarations().items() if declared.baseline)
"""Baselines, which do not depend on the network and which methods are compared with."""


def declaration(name: str) -> Declaration:
    """What a method declares.

    Raises
    ------
    LimelightError
        There is no such method, or its declaration can't be read.
    """
    if ":" in name:
        return read(source_file(name), name.rpartition(":")[2], name)
    if name not in _declarations():
        expected = nearest(name, _declarations(), len(_declarations()))
        raise LimelightError(f"{name}: unknown attribution method; expected path/to/file.py:name or one of {expected}")
    return _declarations()[name]


def source_files(names: Iterable[str]) -> list[Path]:
    """The Python files that make some methods."""
    return [source_file(name).absolute() for name in names]


def needs_seed(name: str) -> bool:
    """Whether the method draws random numbers."""
    return declaration(name).needs_seed


def needs_layer(name: str) -> bool:
    """Whether the method looks at a layer."""
    return declaration(name).needs_layer


def unsuited(name: str, layer: str | None, model: Mapping[str, Any]) -> str:
    """Why a method, with a layer or its default, cannot run on the network of a `model.json`; empty where it can."""
    if layer is None and needs_layer(name) and model["last_map"] is None:
        return f"{title(name)} looks at a layer, and {NO_MAP}"
    return ""


# Figures ask about whatever stands in a table: LIME, and methods of files that are gone.


def signed(name: str) -> bool:
    """Whether the method declares that its maps have a sign; what can't be read declares nothing."""
    try:
        return declaration(name).signed
    except LimelightError:
        return False


def title(name: str) -> str:
    """The name of the method in words; of what can't be read, from its name."""
    try:
        return declaration(name).title
    except LimelightError:
        return name.rpartition(":")[2].replace("_", " ")
