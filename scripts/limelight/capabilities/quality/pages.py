"""Quality in the gallery: a page about the methods, numbers beside the maps of an image, and clarity of the classes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from limelight.attribution.registry import BASELINES
from limelight.capabilities.quality.classes import BESIDE_ACCURACY
from limelight.capabilities.quality.findings import cascades
from limelight.capabilities.quality.table import METRICS, VERDICTS, Metric, summary
from limelight.capabilities.quality.verdict import RULE, Verdict, verdict
from limelight.figures.methods import layers_in_words, spoken
from limelight.gallery.pages import ClassColumns, ModelFiles, PageFiles, Pages
from limelight.gallery.tables import records
from limelight.machinery import arrays, tables

MARKED = {name: (mark, VERDICTS[name]) for name, mark in {"better": "▲", "level": "◇", "worse": "▼"}.items()}
"""Mark and meaning of a verdict."""

COLUMNS_OF_CLASSES = {
    name: (heading, meaning.format(method="the explanation")) for name, (heading, meaning) in BESIDE_ACCURACY.items()
}


def pages(files: PageFiles) -> Pages:
    """What was measured of the models whose explanations were."""
    measured = {name: model for name, model in files.models.items() if model.files.get("quality")}
    quality = {name: tables.read(model.files["quality"][0]) for name, model in measured.items()}
    seed = files.settings.get("seed", 0)
    sections = [_section(name, model, quality[name], seed) for name, model in measured.items()]
    known = any(section["table"] for section in sections)
    return Pages(
        data={
            "metrics": {
                metric.name: {"title": metric.title, "better": metric.better, "question": metric.question}
                for metric in METRICS.values()
            },
            "methods": {method: spoken(method) for rows in quality.values() for method in rows["method"].unique()},
            "baselines": list(BASELINES),
        },
        images={name: numbers_by_image(rows) for name, rows in quality.items()},
        classes={name: class_columns(tables.read(model.files["clarity"][0])) for name, model in measured.items()},
        page={
            "sections": sections,
            "verdicts": MARKED,
            "rule": RULE,
        }
        if known
        else None,
    )


def _section(name: str, model: ModelFiles, quality: pd.DataFrame, seed: int) -> dict[str, Any]:
    """What the page says of one model."""
    cascade = cascades(arrays.read(model.files.get("sanity", ())))
    sanity = {method: verdict(randomisation) for method, randomisation in cascade.items()}
    correlations = tables.read(model.files["correlations"][0])
    return {
        "name": name,
        "table": method_table(quality, sanity, seed),
        "correlations": records(correlations),
        "layer": layers_in_words(model.files.get("arrays", ())),
    }


def class_columns(clarity: pd.DataFrame) -> ClassColumns:
    """Those columns of a `clarity.csv` that hold a value."""
    columns = [name for name in COLUMNS_OF_CLASSES if name in clarity and clarity[name].notna().any()]
    values = clarity.set_index("class")[columns].astype(float).to_dict("index")
    return ClassColumns({name: COLUMNS_OF_CLASSES[name] for name in columns}, values)


@dataclass(frozen=True)
class Score:
    """A mean with its 95 % interval, NaN where unknown; `verdict` as in `VERDICTS`, or empty."""

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
class MethodTable:
    """The quality of the methods of one model.

    rows: method, whether it is a baseline, a score or None for each metric, and the verdict of the sanity check.
    scales: the lowest and the highest value of each metric, for its bars. bars: the best baseline's value, or None.
    """

    metrics: Sequence[Metric]
    rows: Sequence[tuple[str, bool, Sequence[Score | None], Verdict | None]]
    scales: Sequence[tuple[float, float]]
    bars: Sequence[float | None]
    images: int


def method_table(quality: pd.DataFrame, sanity: Mapping[str, Verdict], seed: int) -> MethodTable | None:
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
        of_metric = [scores[column] for _, _, scores, _ in rows]
        values = [v for score in of_metric if score for v in (score.mean, score.low, score.high) if math.isfinite(v)]
        scales.append((min([0.0, *values]), max([1.0, *values])))
        known = [scores[column].mean for _, base, scores, _ in rows if base and scores[column] and scores[column].known]  # type: ignore[union-attr]
        best = (max if metric.better == "higher" else min)(known) if known and metric.against_baselines else None
        bars.append(best)
    return MethodTable(metrics, rows, scales, bars, quality["image"].nunique())


def numbers_by_image(quality: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Values of a `quality.csv` by image, method and metric."""
    numbers: dict[str, dict[str, dict[str, float]]] = {}
    known = quality.dropna(subset="value")
    columns = (known[name] for name in ("image", "method", "metric", "value"))
    for image, method, metric, value in zip(*columns, strict=True):
        numbers.setdefault(image, {}).setdefault(method, {})[metric] = value
    return numbers
