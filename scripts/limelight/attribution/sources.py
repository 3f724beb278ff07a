"""Loading of attribution methods: the file of a method by its name, and the method that the file defines.

A method is the function of its name in the file of its name; the baselines, which share a file, are in `baselines`.
Code that computes imports this, so what a method declares is read elsewhere (`registry`). No torch until one is found.
"""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from limelight.study.errors import LimelightError

if TYPE_CHECKING:
    from limelight.attribution.contract import Method

FOLDER = Path(__file__).parent


def source_file(name: str) -> Path:
    """The Python file that makes a method: one of this folder, or the user's."""
    if ":" in name:
        return Path(name.rpartition(":")[0])
    file = FOLDER / f"{name}.py"
    return file if file.exists() else FOLDER / "baselines.py"


def find(name: str) -> "Method":
    """The method of that name, or the one that `path/to/file.py:name` makes.

    Raises
    ------
    LimelightError
        There is no such method, or the file does not make one.
    """
    from limelight.attribution.contract import Method
    from limelight.network.loading import attribute_of, import_source

    try:
        if ":" in name:
            source, _, attribute = name.rpartition(":")
            method = attribute_of(import_source(source), attribute)
        else:
            method = getattr(importlib.import_module(f"{__package__}.{source_file(name).stem}"), name)
    except Exception as error:
        raise LimelightError(
            f"{name}: {type(error).__name__}: {error}; expected a file that defines an attribution method"
        ) from error
    if not isinstance(method, Method):
        raise LimelightError(
            f"{name}: is {type(method).__name__}; expected a function decorated with limelight's @method"
        )
    return replace(method, name=name)
