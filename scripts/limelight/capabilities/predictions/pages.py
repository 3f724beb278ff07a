"""Predictions on the first page of the gallery: where a model is wrong, and how well each class is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from limelight.gallery.pages import ModelFiles, PageFiles, Pages
from limelight.gallery.tables import records
from limelight.machinery import tables
from limelight.machinery.tables import PREDICTION_COLUMNS, class_names

MOST_CLASSES = 30
"""Rows and columns of a confusion matrix that a page shows at most."""

MOST_PAIRS = 12
"""Frequent mistakes that are listed."""

MOST_MISTAKES = 8
"""Surest mistakes that are shown."""


def pages(files: PageFiles) -> Pages:
    """A section on the first page for each model."""
    return Pages(sections={name: _section(model) for name, model in files.models.items()})


def _section(model: ModelFiles) -> dict[str, Any]:
    (classes,) = model.files["classes"]
    return {
        "confusion": confusion_of(model.predictions),
        "predicted": counts_of(model.predictions, "predicted"),
        "surest": surest_mistakes(model.predictions, MOST_MISTAKES),
        "classes": class_rows(tables.read(classes)),
    }


@dataclass(frozen=True)
class Cell:
    """A cell of a confusion matrix: images, and their share of the row's class."""

    label: str
    predicted: str
    count: int
    share: float


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix as a page shows it: `rows` of cells; `left_out`, classes that had no room."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, int, Sequence[Cell]]]
    left_out: int
    pairs: Sequence[Cell]


def confusion_of(predictions: pd.DataFrame) -> Confusion | None:
    """The confusion matrix of a prediction table; None where no image has a label.

    Of many classes those with the most mistakes are shown; the most frequent mistakes are listed in any case.
    """
    labelled = predictions[predictions["label"] != ""]
    if labelled.empty:
        return None
    counts = labelled.groupby(["label", "predicted"], sort=False).size()
    totals = labelled["label"].value_counts()
    wrong = counts[[label != predicted for label, predicted in counts.index]]
    order = [name for name in class_names(predictions) if name in totals.index or name in set(labelled["predicted"])]
    order += sorted(set(totals.index) - set(order))
    listed = order
    if len(order) > MOST_CLASSES:
        involved = wrong.groupby(level=0).sum().add(wrong.groupby(level=1).sum(), fill_value=0)
        most = set(
            involved.reindex(order, fill_value=0).sort_values(ascending=False, kind="stable").index[:MOST_CLASSES]
        )
        listed = [name for name in order if name in most]
    known = counts.to_dict()

    def cell(label: str, predicted: str) -> Cell:
        count = int(known.get((label, predicted), 0))
        return Cell(label, predicted, count, count / totals[label] if label in totals else 0.0)

    return Confusion(
        listed,
        [(label, int(totals[label]), [cell(label, name) for name in listed]) for label in listed if label in totals],
        len(order) - len(listed),
        [cell(*pair) for pair in wrong.sort_values(ascending=False, kind="stable").index[:MOST_PAIRS]],
    )


@dataclass(frozen=True)
class ClassRow:
    """One class of a model."""

    name: str
    images: int
    accuracy: float
    confused: str
    confused_share: float


def class_rows(classes: pd.DataFrame) -> list[ClassRow]:
    """Classes that have images, the least accurate first."""
    table = classes[classes["images"] > 0].sort_values("accuracy", kind="stable")
    return [
        ClassRow(
            row["class"],
            int(row["images"]),
            float(row["accuracy"]),
            row["most_confused"] if isinstance(row["most_confused"], str) else "",
            float(row["most_confused_share"]),
        )
        for row in table.to_dict("records")
    ]


def surest_mistakes(predictions: pd.DataFrame, count: int) -> list[dict[str, Any]]:
    """Wrong images whose prediction has the highest probability: `image, label, predicted, probability`."""
    wrong = predictions[(predictions["label"] != "") & (predictions["label"] != predictions["predicted"])]
    probability = wrong.iloc[:, len(PREDICTION_COLUMNS) :].to_numpy(float).max(1, initial=0)
    table = wrong[["image", "label", "predicted"]].assign(probability=probability)
    return records(table.sort_values("probability", ascending=False, kind="stable").head(count))


def counts_of(predictions: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """How many images each class has in a column, the most frequent first."""
    return [(str(name), int(count)) for name, count in predictions[column].value_counts().items() if name != ""]
