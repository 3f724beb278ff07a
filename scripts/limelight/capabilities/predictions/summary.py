"""All predictions in one table, the confusion matrix, and what each class is confused with."""

import logging

import numpy as np

from limelight.capabilities.predictions.tables import class_table, confusion, prediction_table
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.machinery.rule import RuleContext
from limelight.study.files import read_json

log = logging.getLogger(__name__)


def tables(summary: RuleContext) -> dict[str, str]:
    """`predictions.csv`, `confusion_matrix.csv` and `classes.csv`."""
    classes = read_json(summary.files["model"])["classes"]
    results = arrays.read(summary.paths("arrays"))
    rows = [(name, label, item) for name, label in summary.params["images"] if (item := Item(image=name)) in results]
    values = np.reshape([results[item]["probabilities"] for *_, item in rows], (len(rows), len(classes)))
    table = prediction_table([name for name, *_ in rows], [label for _, label, _ in rows], classes, values)
    counts = confusion(table)
    labelled = table[table["label"] != ""]
    right = int((labelled["label"] == labelled["predicted"]).sum())
    log.info("%d images, %d of %d labelled ones right", len(table), right, len(labelled))
    return {
        "predictions": table.to_csv(index=False, float_format="%.8g"),
        "confusion_matrix": counts.to_csv(),
        "classes": class_table(counts).to_csv(index=False, float_format="%.6g"),
    }
