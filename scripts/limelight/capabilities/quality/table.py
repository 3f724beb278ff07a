"""Tidy tables of the metrics, one value a row, and the comparison of each method with the baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from limelight.attribution.registry import BASELINES
from limelight.capabilities.quality.uncertainty import FEWEST_COMPARED, LEVEL, adjusted_p, interval_of_mean

COLUMNS = ("image", "model", "method", "metric", "value")


@dataclass(frozen=True)
class Metric:
    """One measure.

    better: `higher`, `lower`, or empty where neither is. against_baselines: whether a baseline's value is a bar to
    clear; a map that ignores the network is perfectly stable, and how concentrated it is means nothing. least, most:
    between which its values lie, and so every interval of their mean.
    """

    name: str
    title: str
    question: str
    better: str
    against_baselines: bool
    least: float = -np.inf
    most: float = np.inf


METRICS = {
    metric.name: metric
    for metric in (
        Metric("deletion", "deletion AUC", "faithful", "lower", True, 0, 1),
        Metric("insertion", "insertion AUC", "faithful", "higher", True, 0, 1),
        Metric("pointing", "pointing game", "on the object", "higher", True, 0, 1),
        Metric("relevance_mass", "relevance mass", "on the object", "higher", True, 0, 1),
        Metric("relevance_rank", "relevance rank", "on the object", "higher", True, 0, 1),
        Metric("max_sensitivity", "max-sensitivity", "stable", "lower", False, 0),
        Metric("agreement", "agreement under noise", "stable", "higher", False, -1, 1),
        Metric("gini", "Gini index", "concentrated", "", False, 0, 1),
    )
}

VERDICTS = {
    "better": "better than each baseline",
    "level": "not distinguishable from a baseline",
    "worse": "worse than a baseline",
}
"""What the verdicts of `summary` mean."""


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


def summary(rows: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Means of tidy rows of one model: `method, metric, images, mean, low, high, verdict`.

    low, high: the 95 % interval of the mean over images, empty below five images. verdict: where the metric has
    baselines to clear, `better` if the method is ahead of each of them on the images that both have, `worse` if one of
    them is ahead of it, else `level`; empty for baselines and where a comparison has fewer than six images. Where
    all methods are as good as the baselines, at most 5 % of tables have any verdict but `level`: see
    `uncertainty.adjusted_p`.

    Parameters
    ----------
    seed
        Decides the random signs of the comparisons.

    Raises
    ------
    ValueError
        The rows are of several models.
    """
    if rows["model"].nunique() > 1:
        raise ValueError(f"rows of {rows['model'].nunique()} models; expected one")
    values = {
        str(metric): group.pivot(index="image", columns="method", values="value")
        for metric, group in rows.groupby("metric", sort=False)
    }
    verdicts = _verdicts(values, BASELINES, seed)
    means = []
    for metric, table in values.items():
        bounds = METRICS.get(metric, Metric(metric, metric, "", "", False))
        for method in dict.fromkeys(rows.loc[rows["metric"] == metric, "method"]):
            known = table[method].dropna().to_numpy()
            low, high = np.clip(interval_of_mean(known), bounds.least, bounds.most)
            means.append(
                {
                    "method": method,
                    "metric": metric,
                    "images": len(known),
                    "mean": known.mean() if len(known) else np.nan,
                    "low": low,
                    "high": high,
                    "verdict": verdicts.get((metric, method), ""),
                }
            )
    return pd.DataFrame(means, columns=["method", "metric", "images", "mean", "low", "high", "verdict"])


def _verdicts(values: Mapping[str, pd.DataFrame], baselines: Sequence[str], seed: int) -> dict[tuple[str, str], str]:
    """By metric and method; all comparisons are judged together."""
    leads: dict[tuple[str, str], dict[str, pd.Series]] = {}
    for metric, table in values.items():
        if metric not in METRICS or not METRICS[metric].against_baselines:
            continue
        sign = 1 if METRICS[metric].better == "higher" else -1
        for method in table.columns.difference(baselines):
            over = {name: sign * (table[method] - table[name]) for name in baselines if name in table}
            if over and min(lead.count() for lead in over.values()) >= FEWEST_COMPARED:
                leads[metric, method] = over
    if not leads:
        return {}
    every = pd.concat([lead for over in leads.values() for lead in over.values()], axis=1)
    p = iter(adjusted_p(every.to_numpy(float), seed))
    return {of: _verdict([(next(p), lead.sum()) for lead in over.values()]) for of, over in leads.items()}


def _verdict(comparisons: Sequence[tuple[float, float]]) -> str:
    """What the p and the sum of the leads over each baseline say."""
    ahead = [lead > 0 for p, lead in comparisons if p <= 1 - LEVEL]
    if not all(ahead):
        return "worse"
    return "better" if len(ahead) == len(comparisons) else "level"
