"""How does a table of a study come back from disk?"""

from pathlib import Path

import pandas as pd

NAMES = frozenset(
    {
        *("image", "label", "predicted", "class", "most_confused", "model", "layer", "name", "method", "metric"),
        *("setting", "path", "mask", "sha256", "file", "reason"),
    }
)
"""Columns that stay text also where all of it looks like numbers: a class may be called 001, or NA."""


def read(path: str | Path) -> pd.DataFrame:
    """A table; an empty field is an empty name, or a number that is missing (NaN)."""
    columns = pd.read_csv(path, nrows=0).columns
    texts = NAMES.intersection(columns)
    missing = {column: [""] for column in columns if column not in texts}
    return pd.read_csv(path, dtype=dict.fromkeys(texts, str), keep_default_na=False, na_values=missing)
