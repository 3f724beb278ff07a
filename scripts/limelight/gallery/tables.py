"""What do the tables of a study say, as its pages show them?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from limelight.attribution.registry import BASELINES
from limelight.capabilities.predictions.tables import COLUMNS, class_names
from limelight.capabilities.quality.classes import BESIDE_ACCURACY
from limelight.capabilities.quality.table import METRICS, Metric, summary
from limelight.capabilities.quality.verdict import Verdict

MOST_CLASSES = 30
"""Rows and columns of a confusion matrix that a page shows at the most."""

MOST_PAIRS = 12
"""Frequent mistakes that are listed."""

SAID = {
    "better": ("▲", "better than each baseline"),
    "level": ("◇", "not told apart from a baseline"),
    "worse": ("▼", "worse than a baseline"),
}
"""Mark and meaning of a verdict."""

COLUMNS_OF_CLASSES = {
    name: (heading, meaning.format(method="the explanation")) for name, (heading, meaning) in BESIDE_ACCURACY.items()
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
    shown = order
    if len(order) > MOST_CLASSES:
        involved = wrong.groupby(level=0).sum().add(wrong.groupby(level=1).sum(), fill_value=0)
        most = set(
            involved.reindex(order, fill_value=0).sort_values(ascending=False, kind="stable").index[:MOST_CLASSES]
        )
        shown = [name for name in order if name in most]
    known = counts.to_dict()

    def cell(label: str, predicted: str) -> Cell:
        count = int(known.get((label, predicted), 0))
        return Cell(label, predicted, count, count / totals[label] if label in totals else 0.0)

    return Confusion(
        shown,
        [(label, int(totals[label]), [cell(label, name) for name in shown]) for label in shown if label in totals],
        len(order) - len(shown),
        [cell(*pair) for pair in wrong.sort_values(ascending=False, kind="stable").index[:MOST_PAIRS]],
    )


@dataclass(frozen=True)
class ClassRow:
    """One class of a model, and what its explanations are worth, by column."""

    name: str
    images: int
    accuracy: float
    confused: str
    confused_share: float
    clarity: Mapping[str, float]


def class_rows(classes: pd.DataFrame, clarity: pd.DataFrame | None) -> list[ClassRow]:
    """Classes that have images, the least accurate first."""
    table = classes[classes["images"] > 0].sort_values("accuracy", kind="stable")
    columns = clarity_columns(clarity)
    known = {} if clarity is None else clarity.set_index("class")[columns].to_dict("index")
    return [
        ClassRow(
            row["class"],
            int(row["images"]),
            float(row["accuracy"]),
            row["most_confused"] if isinstance(row["most_confused"], str) else "",
            float(row["most_confused_share"]),
            {name: float(value) for name, value in known.get(row["class"], {}).items()},
        )
        for row in table.to_dict("records")
    ]


def clarity_columns(clarity: pd.DataFrame | None) -> list[str]:
    """Those columns of a `clarity.csv` that hold a value."""
    return [] if clarity is None else [name for name in COLUMNS_OF_CLASSES if name in clarity and clarity[name].any()]


@dataclass(frozen=True)
class Score:
    """A mean with its 95 % interval, NaN where unknown; `verdict` as in `SAID`, or empty."""

    mean: float
    low: float
    high: float
    images: int
    verdict: str

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.mean)


@dataclass(frozen=True)
class Belief:
    """The quality of the methods of one model.

    rows: method, whether it is a baseline, a score or None for each metric, and the verdict of the sanity check.
    scales: the lowest and the highest value of each metric, for its bars. bars: the best baseline's value, or None.
    """

    metrics: Sequence[Metric]
    rows: Sequence[tuple[str, bool, Sequence[Score | None], Verdict | None]]
    scales: Sequence[tuple[float, float]]
    bars: Sequence[float | None]
    images: int


def belief_of(quality: pd.DataFrame, sanity: Mapping[str, Verdict], seed: int) -> Belief | None:
    """What the rows of a `quality.csv` amount to; None where there are none."""
    if quality.empty:
        return None
    table = summary(quality, seed=seed).set_index(["method", "metric"])
    extra = [name for name in dict.fromkeys(quality["metric"]) if name not in METRICS]
    metrics = [metric for name, metric in METRICS.items() if name in set(quality["metric"])]
    metrics += [Metric(name, name.replace("_", " "), "", "", False) for name in extra]
    order = [name for name in dict.fromkeys(quality["method"]) if name not in BASELINES]
    order += [name for name in BASELINES if name in set(quality["method"])]
    rows = []
    for method in order:
        scores: list[Score | None] = []
        for metric in metrics:
            if (method, metric.name) in table.index:
                row = table.loc[(method, metric.name)]
                scores.append(Score(row["mean"], row["low"], row["high"], int(row["images"]), row["verdict"]))
            else:
                scores.append(None)
        rows.append((method, method in BASELINES, scores, sanity.get(method)))
    scales, bars = [], []
    for column, metric in enumerate(metrics):
        found = [scores[column] for _, _, scores, _ in rows]
        values = [v for score in found if score for v in (score.mean, score.low, score.high) if math.isfinite(v)]
        scales.append((min([0.0, *values]), max([1.0, *values])))
        known = [scores[column].mean for _, base, scores, _ in rows if base and scores[column] and scores[column].known]  # type: ignore[union-attr]
        best = (max if metric.better == "higher" else min)(known) if known and metric.against_baselines else None
        bars.append(best)
    return Belief(metrics, rows, scales, bars, quality["image"].nunique())


def numbers_by_image(quality: pd.DataFrame | None) -> dict[str, dict[str, dict[str, float]]]:
    """Values of a `quality.csv` by image, method and metric."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    if quality is not None:
        known = quality.dropna(subset="value")
        columns = (known[name] for name in ("image", "method", "metric", "value"))
        for image, method, metric, value in zip(*columns, strict=True):
            found.setdefault(image, {}).setdefault(method, {})[metric] = value
    return found


def most_probable(predictions: pd.DataFrame, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices, (N, count), and probabilities of the most probable classes of each image, the first ones first."""
    values = predictions.iloc[:, len(COLUMNS) :].to_numpy(np.float32)
    count = min(count, values.shape[1])
    top = np.argpartition(-values, count - 1, axis=1)[:, :count]
    chosen = np.take_along_axis(values, top, 1)
    order = np.argsort(-chosen, axis=1, kind="stable")
    return np.take_along_axis(top, order, 1), np.take_along_axis(chosen, order, 1)


def surest_mistakes(predictions: pd.DataFrame, count: int) -> list[dict[str, Any]]:
    """Wrong images whose prediction has the highest probability: `image, label, predicted, probability`."""
    wrong = predictions[(predictions["label"] != "") & (predictions["label"] != predictions["predicted"])]
    probability = wrong.iloc[:, len(COLUMNS) :].to_numpy(float).max(1, initial=0)
    table = wrong[["image", "label", "predicted"]].assign(probability=probability)
    return records(table.sort_values("probability", ascending=False, kind="stable").head(count))


def accuracy_of(predictions: pd.DataFrame) -> tuple[float, int]:
    """Share of the labelled images that are right, NaN without any, and how many there are."""
    labelled = predictions[predictions["label"] != ""]
    return float((labelled["label"] == labelled["predicted"]).mean()), len(labelled)


def counts_of(predictions: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """How many images each class has in a column, the most frequent first."""
    return [(str(name), int(count)) for name, count in predictions[column].value_counts().items() if name != ""]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by column."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
