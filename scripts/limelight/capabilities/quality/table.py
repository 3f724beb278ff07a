"""Tidy tables of the metrics, one value a row, and the comparison of each method with the baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from limelight.attribution.registry import BASELINES
from limelight.capabilities.quality.uncertainty import interval_of_mean
from limelight.study.digests import seed as seed_of

COLUMNS = ("image", "model", "method", "metric", "value")


@dataclass(frozen=True)
class Metric:
    """One measure.

    better: `higher`, `lower`, or empty where neither is. against_baselines: whether a baseline's value is a bar to
    clear; a map that ignores the network is perfectly stable, and how concentrated it is means nothing.
    """

    name: str
    title: str
    question: str
    better: str
    against_baselines: bool


METRICS = {
    metric.name: metric
    for metric in (
        Metric("deletion", "deletion AUC", "faithful", "lower", True),
        Metric("insertion", "insertion AUC", "faithful", "higher", True),
        Metric("pointing", "pointing game", "on the object", "higher", True),
        Metric("relevance_mass", "relevance mass", "on the object", "higher", True),
        Metric("relevance_rank", "relevance rank", "on the object", "higher", True),
        Metric("max_sensitivity", "max-sensitivity", "stable", "lower", False),
        Metric("agreement", "agreement under noise", "stable", "higher", False),
        Metric("gini", "Gini index", "concentrated", "", False),
    )
}


def tidy(images: Sequence[str], model: str, method: str, metrics: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """One row an image and a metric: `COLUMNS`. A value that is not known is an empty cell, not a missing row.

    Parameters
    ----------
    images
        N ids.
    metrics
        (N,) values by metric.
    """
    tables = [
        pd.DataFrame(
            {
                "image": list(images),
                "model": model,
                "method": method,
                "metric": metric,
                "value": np.asarray(values, float),
            }
        )
        for metric, values in metrics.items()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def summary(rows: pd.DataFrame, *, seed: int, baselines: Sequence[str] = BASELINES) -> pd.DataFrame:
    """Means of tidy rows of one model: `method, metric, images, mean, low, high, verdict`.

    low, high: the 95 % bootstrap interval of the mean over images, empty below five images. verdict: where the metric
    has baselines to clear, `better` if the method beats each of them on the images that both have (the interval of
    the mean difference lies on the good side of 0), `worse` if one of them beats it, else `level`; empty for baselines
    and where there are no intervals.

    Parameters
    ----------
    seed
        Decides the resampling.

    Raises
    ------
    ValueError
        The rows are of several models.
    """
    if rows["model"].nunique() > 1:
        raise ValueError(f"rows of {rows['model'].nunique()} models; expected one")
    means = []
    for metric, group in rows.groupby("metric", sort=False):
        values = group.pivot(index="image", columns="method", values="value")
        for method in dict.fromkeys(group["method"]):
            known = values[method].dropna().to_numpy()
            low, high = interval_of_mean(known, seed_of(seed, metric, method))
            others = [values[name] for name in baselines if name in values and method not in baselines]
            means.append(
                {
                    "method": method,
                    "metric": metric,
                    "images": len(known),
                    "mean": known.mean() if len(known) else np.nan,
                    "low": low,
                    "high": high,
                    "verdict": _verdict(METRICS.get(str(metric)), values[method], others, seed_of(seed, metric)),
                }
            )
    return pd.DataFrame(means, columns=["method", "metric", "images", "mean", "low", "high", "verdict"])


def _verdict(metric: Metric | None, values: pd.Series, baselines: Sequence[pd.Series], seed: int) -> str:
    if metric is None or not metric.against_baselines or not baselines:
        return ""
    sign = 1 if metric.better == "higher" else -1
    gains = [sign * (values - baseline).dropna().to_numpy() for baseline in baselines]
    intervals = [interval_of_mean(gain, seed_of(seed, number)) for number, gain in enumerate(gains)]
    if any(np.isnan(low) for low, _ in intervals):
        return ""
    if all(low > 0 for low, _ in intervals):
        return "better"
    return "worse" if any(high < 0 for _, high in intervals) else "level"
