"""Accuracy of each class joined with the quality of its explanations, and their rank correlations."""

from collections.abc import Mapping

import pandas as pd

BESIDE_ACCURACY = {
    "relevance_rank": ("relevance rank", "share of the top pixels of {method} that lie on the object"),
    "insertion": ("insertion AUC", "class probability while the top pixels of {method} are inserted"),
    "agreement": ("agreement", "rank agreement of the maps of {method} under noise"),
    "r2": ("R²", "how well LIME's linear model fits"),
    "top_agreement": ("LIME's agreement", "how far LIME's top superpixels agree between samples"),
}
"""Heading and meaning of the columns beside the accuracy of a class, by metric; `method` is the attribution method."""


def join_classes(
    classes: pd.DataFrame, rows: pd.DataFrame, labels: Mapping[str, str], columns: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """What is known of each class, least accurate first.

    Parameters
    ----------
    classes
        A study's `classes.csv`, as `predictions.class_table` makes it.
    rows
        Tidy rows of one model (`table.COLUMNS`).
    labels
        Class of each image by its id; images without one do not count.
    columns
        Method and metric behind each column to be added, such as
        `{"clarity": ("grad_cam", "relevance_rank"), "r2": ("lime", "r2"), "stability": ("grad_cam", "agreement")}`.

    Returns
    -------
    pandas.DataFrame
        The columns of `classes`; then those named, the mean over the images of the class, NaN without any; and
        `explained`, how many images of the class have one of these values. Classes without images come last.
    """
    known = rows.assign(label=rows["image"].map(labels)).dropna(subset=["label", "value"])
    table = classes.set_index("class")
    used = []
    for column, (method, metric) in columns.items():
        chosen = known[(known["method"] == method) & (known["metric"] == metric)]
        table[column] = chosen.groupby("label")["value"].mean()
        used.append(chosen)
    images = pd.concat(used).groupby("label")["image"].nunique()
    table["explained"] = images.reindex(table.index, fill_value=0)
    return table.reset_index().sort_values("accuracy", kind="stable", ignore_index=True)
