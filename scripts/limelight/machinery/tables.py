"""Reading of a study's CSV tables."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from limelight.study.cells import plain
from limelight.study.errors import LimelightError

NAMES = frozenset(
    {
        *("image", "label", "predicted", "class", "most_confused", "model", "layer", "name", "method", "metric"),
        *("setting", "given", "path", "mask", "sha256", "file", "reason", "device", "gpu", "left_out"),
    }
)
"""Columns that stay text also where all of it looks like numbers: a class may be called 001, or NA."""


def read(path: str | Path) -> pd.DataFrame:
    """A table; an empty field is an empty name, or a number that is missing (NaN)."""
    text = _text(path)
    columns = pd.read_csv(io.StringIO(text), nrows=0).columns
    texts = NAMES.intersection(columns)
    missing = {column: [""] for column in columns if column not in texts}
    return pd.read_csv(io.StringIO(text), dtype=dict.fromkeys(texts, str), keep_default_na=False, na_values=missing)


def read_texts(path: str | Path) -> pd.DataFrame:
    """A table whose cells are all texts."""
    return pd.read_csv(io.StringIO(_text(path)), dtype=str, keep_default_na=False)


def _text(path: str | Path) -> str:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return plain(file.read())


PREDICTION_COLUMNS = ("image", "label", "predicted")
"""Columns of a prediction table before the probability of each class; without a label, `label` is empty."""


def read_predictions(path: str | Path) -> pd.DataFrame:
    """A prediction table from disk; ids, labels and class names stay text whatever they look like."""
    texts = dict.fromkeys(PREDICTION_COLUMNS, str)
    return pd.read_csv(io.StringIO(_text(path)), dtype=texts, keep_default_na=False, na_filter=False)


def class_names(predictions: pd.DataFrame) -> list[str]:
    """Names of the classes of a prediction table."""
    return list(predictions.columns[len(PREDICTION_COLUMNS) :])


def check_class_names(classes: Sequence[str]) -> None:
    """Raise a one-sentence LimelightError if there is one class alone, or one with the name of a prediction column."""
    if len(classes) < 2:  # the softmax of one logit is 1 whatever the network sees
        raise LimelightError(f"classes: {', '.join(classes)} alone; expected at least two class names")
    for name in PREDICTION_COLUMNS:
        if name in classes:
            raise LimelightError(
                f"classes: {name!r} is already a column of predictions.csv; expected another class name"
            )
