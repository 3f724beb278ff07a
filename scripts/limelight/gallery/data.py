"""Values for a page, as scripts: a page that is opened from disk may fetch nothing else."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from limelight.study.files import atomic

DIGITS = 5
"""Significant digits of a number on a page."""


def write_data(root: Path, name: str, value: Any) -> None:
    """`value` as the script `root/name`, which tells the page its name and the value.

    Numbers that are not finite become null. No character of a string can end the script or start another.
    """
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    with atomic(root / name) as file:
        file.write(f"limelight.take({json.dumps(name)},{text});\n".encode())


def plain(value: Any) -> Any:
    """`value` of mappings, sequences, arrays and scalars as JSON knows them, rounded to `DIGITS`."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
