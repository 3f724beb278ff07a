"""Which method is meant? Names of the methods and baselines, and how a user's own is found. No torch until one is."""

import importlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from limelight.study.errors import LimelightError, nearest

if TYPE_CHECKING:
    from limelight.attribution.contract import Method

METHODS = (
    "gradient",
    "gradient_x_input",
    "smoothgrad",
    "integrated_gradients",
    "guided_backpropagation",
    "grad_cam",
    "guided_grad_cam",
    "occlusion",
)
"""The attribution methods; each is in the module of its name."""

BASELINES = ("random", "centre", "edges")
"""Maps that know nothing of the network, all in `baselines`."""

SEEDED = frozenset({"smoothgrad", "random"})
"""Methods that draw random numbers; stated here so that a unit's key is known without torch."""

LAYERED = frozenset({"grad_cam", "guided_grad_cam"})
"""Methods that look at a layer."""

SIGNED = frozenset({"gradient_x_input", "integrated_gradients", "occlusion"})
"""Methods whose maps have a sign."""


def source_file(name: str) -> Path:
    """The Python file that makes a method: a module of this package, or one's own."""
    if ":" in name:
        return Path(name.rpartition(":")[0])
    return Path(__file__).with_name(f"{'baselines' if name in BASELINES else name}.py")


def source_files(names: Iterable[str]) -> list[Path]:
    """The Python files that make some methods."""
    return [source_file(name).absolute() for name in names]


def needs_seed(name: str) -> bool:
    """Whether the method may draw random numbers; one's own, not imported to ask it, may."""
    return name in SEEDED or ":" in name


def needs_layer(name: str) -> bool:
    """Whether the method may look at a layer; one's own may."""
    return name in LAYERED or ":" in name


def find(name: str) -> "Method":
    """The method of that name, or the one that `path/to/file.py:name` makes.

    Raises
    ------
    LimelightError
        There is no such method, or the file does not make one.
    """
    if name in METHODS:
        return getattr(importlib.import_module(f"limelight.attribution.{name}"), name)
    if name in BASELINES:
        return getattr(importlib.import_module("limelight.attribution.baselines"), name)
    if ":" in name:
        return _own(name)
    raise LimelightError(
        f"{name}: unknown attribution method; expected path/to/file.py:name or one of "
        f"{nearest(name, (*METHODS, *BASELINES), len(METHODS) + len(BASELINES))}"
    )


def _own(name: str) -> "Method":
    from limelight.attribution.contract import Method
    from limelight.network.loading import attribute_of, import_source

    source, _, attribute = name.rpartition(":")
    try:
        found = attribute_of(import_source(source), attribute)
    except Exception as error:
        raise LimelightError(
            f"{name}: {type(error).__name__}: {error}; expected it to make an attribution method"
        ) from error
    if not isinstance(found, Method):
        raise LimelightError(f"{name}: is {type(found).__name__}; expected a function under limelight's @method")
    return replace(found, name=name)
