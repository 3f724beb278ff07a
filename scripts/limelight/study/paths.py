"""Paths of a configuration. Separate from code that writes files because the loading of a network imports it."""

import importlib.util
import os
import re

from limelight.study.errors import LimelightError


def resolve(path: str) -> str:
    """The file that `path` names; `package:path/in/package` is a file of an installed Python package."""
    match = re.fullmatch(r"([A-Za-z_]\w+):(?![\\/])(.+)", path)
    if match is None:
        return path
    spec = importlib.util.find_spec(match[1])
    if spec is None or not spec.submodule_search_locations:
        raise LimelightError(f"{path}: no Python package {match[1]!r} is installed; expected package:path/in/package")
    return os.path.join(spec.submodule_search_locations[0], match[2])
