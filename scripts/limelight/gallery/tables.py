"""Summaries of a prediction table for the pages."""

from typing import Any

import numpy as np
import pandas as pd

from limelight.machinery.tables import PREDICTION_COLUMNS


def most_probable(predictions: pd.DataFrame, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices, (N, count), and probabilities of the most probable classes of each image, the first ones first."""
    values = predictions.iloc[:, len(PREDICTION_COLUMNS) :].to_numpy(np.float32)
    count = min(count, values.shape[1])
    top = np.argpartition(-values, count - 1, axis=1)[:, :count]
    chosen = np.take_along_axis(values, top, 1)
    order = np.argsort(-chosen, axis=1, kind="stable")
    return np.take_along_axis(top, order, 1), np.take_along_axis(chosen, order, 1)


def accuracy_of(predictions: pd.DataFrame) -> tuple[float, int]:
    """Share of the labelled images that are right, NaN without any, and how many there are."""
    labelled = predictions[predictions["label"] != ""]
    return float((labelled["label"] == labelled["predicted"]).mean()), len(labelled)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by column."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
