"""Accuracy of each class joined with the quality of its explanations, and their rank correlations."""

from collections.abc import Mapping

import pandas as pd

PROBABILITY = "probability"
"""The column that is held fixed: how probable the network finds the label decides the height of curves and scores."""

BESIDE_ACCURACY = {
    PROBABILITY: ("probability", "mean probability of the label, over the explained images"),
    "relevance_rank": ("relevance rank", "share of the top pixels of {method} that lie on the object"),
    "insertion": ("insertion AUC", "class probability while the top pixels of {method} are inserted"),
    "agreement": ("agreement", "rank agreement of the maps of {method} under noise"),
    "r2": ("R²", "how well LIME's linear model fits"),
    "top_agreement": ("LIME's agreement", "how far LIME's top superpixels agree between samples"),
}
"""Heading and meaning of the columns beside the accuracy of a class, by metric; `method` is the attribution method."""


def join_classes(
    classes: pd.DataFrame,
    rows: pd.DataFrame,
    labels: Mapping[str, str],
    probabilities: Mapping[str, float],
    columns: Mapping[str, tuple[str, str]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is known of each class, least accurate first, and the probability that belongs to each column.

    Parameters
    ----------
    classes
        A study's `classes.csv`, as `predictions.class_table` makes it.
    rows
        Tidy rows of one model (`table.COLUMNS`).
    labels
        Class of each image by its id; images without one do not count.
    probabilities
        That of its label, by image.
    columns
        Method and metric behind each column to be added, such as
        `{"clarity": ("grad_cam", "relevance_rank"), "r2": ("lime", "r2"), "stability": ("grad_cam", "agreement")}`.

    Returns
    -------
    table : pandas.DataFrame
        The columns of `classes`; `probability` of the label; those named, the mean over the images of the class, NaN
        without any; and `explained`, how many images of the class have one of these values. Classes without images
        come last.
    given : pandas.DataFrame
        The same rows and the named columns: mean probability of the label over the images that a mean is of.
    """
    known = rows.assign(label=rows["image"].map(labels), probability=rows["image"].map(probabilities))
    known = known.dropna(subset=["label", "value"])
    table = classes.set_index("class").sort_values("accuracy", kind="stable")
    used, means = [], {}
    for column, (method, metric) in columns.items():
        chosen = known[(known["method"] == method) & (known["metric"] == metric)]
        means[column] = chosen.groupby("label")[["value", "probability"]].mean().reindex(table.index)
        used.append(chosen)
    images = pd.concat(used).drop_duplicates("image").groupby("label")["probability"]
    table[PROBABILITY] = images.mean()
    table = table.assign(**{column: mean["value"] for column, mean in means.items()})
    table["explained"] = images.size().reindex(table.index, fill_value=0)
    given = pd.DataFrame({column: mean["probability"] for column, mean in means.items()})
    return table.reset_index(), given.reset_index(drop=True)
