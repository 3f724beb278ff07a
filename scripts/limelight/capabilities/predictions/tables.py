"""Tables of predictions, and where they are wrong."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from limelight.machinery.tables import class_names


def prediction_table(
    images: Sequence[str], labels: Sequence[str | None], classes: Sequence[str], values: np.ndarray
) -> pd.DataFrame:
    """One row an image: `PREDICTION_COLUMNS`, then the probability of each class, `values` (N, C)."""
    table = pd.DataFrame(
        {
            "image": list(images),
            "label": [label or "" for label in labels],
            "predicted": [classes[k] for k in values.argmax(1)],
        }
    )
    return pd.concat([table, pd.DataFrame(values, columns=list(classes))], axis=1)


def confusion(table: pd.DataFrame) -> pd.DataFrame:
    """Counts, (C, C): the true class in rows, the predicted one in columns; unlabelled images do not count."""
    classes = class_names(table)
    labelled = table[table["label"] != ""]
    counts = pd.crosstab(labelled["label"], labelled["predicted"])
    counts = counts.reindex(index=classes, columns=classes, fill_value=0).astype(int)
    return counts.rename_axis(index="label", columns=None)


def class_table(counts: pd.DataFrame) -> pd.DataFrame:
    """One row a class: images, accuracy, the most frequent wrong prediction, and its share.

    Accuracy and share are of the images of the class; both are empty for a class without images, as is the most
    confused class of one that is always right.
    """
    matrix = counts.to_numpy()
    images = matrix.sum(1)
    wrong = matrix - np.diag(np.diag(matrix))
    most = wrong.argmax(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy, share = np.diag(matrix) / images, wrong.max(1, initial=0) / images
    confused = [counts.columns[k] if wrong[row, k] else "" for row, k in enumerate(most)]
    return pd.DataFrame(
        {
            "class": list(counts.index),
            "images": images,
            "accuracy": accuracy,
            "most_confused": confused,
            "most_confused_share": np.where(wrong.max(1, initial=0) > 0, share, np.nan),
        }
    )
