"""All measures in one table, and whether the least accurate classes are also explained least clearly."""

import logging
from dataclasses import asdict, replace

import pandas as pd

from limelight.capabilities.quality.classes import PROBABILITY, join_classes
from limelight.capabilities.quality.findings import columns_of_classes, measures
from limelight.capabilities.quality.uncertainty import RankCorrelation, holm, rank_correlation
from limelight.machinery import arrays
from limelight.machinery.rule import RuleContext
from limelight.machinery.tables import read, read_predictions
from limelight.network.photographs import Resize, mask
from limelight.study.digests import seed
from limelight.study.files import read_json

log = logging.getLogger(__name__)


def tables(summary: RuleContext) -> dict[str, str]:
    """`quality.csv`, `clarity.csv` and `correlations.csv`."""
    params = summary.params
    measured = arrays.read(summary.paths("arrays"))
    images = {item.image for item in measured}
    resize = Resize.of(read_json(summary.files["model"])["preprocessing"])
    masks = {image: mask(path, resize) for image, path in params["masks"].items() if image in images}
    rows = measures(measured, masks, summary.wildcards["model"], params["tolerance"])
    made = {name for path in summary.paths() for name in arrays.read_provenance(path)["parameters"]["methods"]}
    first = next((name for name in params["methods"] if name in made), params["methods"][0])
    columns = columns_of_classes(rows, first)
    probabilities = probability_of_label(read_predictions(summary.files["predictions"]))
    classes, given = join_classes(read(summary.files["classes"]), rows, params["labels"], probabilities, columns)
    correlations = _correlations(classes, given, params["seed"])
    methods = {name: method for name, (method, _) in columns.items()}
    log.info("%d images, %d of them with a mask, %d values", len(images), len(masks), len(rows))
    return {
        "quality": rows.to_csv(index=False, float_format="%.8g"),
        "clarity": classes.to_csv(index=False, float_format="%.6g"),
        "correlations": pd.DataFrame(
            {"column": name, "method": methods.get(name, ""), **asdict(one)} for name, one in correlations.items()
        ).to_csv(index=False, float_format="%.6g"),
    }


def probability_of_label(predictions: pd.DataFrame) -> dict[str, float]:
    """By image; those without a label are left out."""
    labelled = predictions[predictions["label"] != ""]
    return {row["image"]: float(row[row["label"]]) for row in labelled.to_dict("records")}


def _correlations(classes: pd.DataFrame, given: pd.DataFrame, study_seed: int) -> dict[str, RankCorrelation]:
    """Of the accuracy with the probability of the label, and with each column while that probability is held fixed.

    The p of the columns are adjusted for their number.
    """
    accuracy = classes["accuracy"].to_numpy(float)
    alone = rank_correlation(accuracy, classes[PROBABILITY].to_numpy(float), seed(study_seed, PROBABILITY))
    columns = {
        name: rank_correlation(
            accuracy,
            classes[name].to_numpy(float),
            seed(study_seed, name),
            held.to_numpy(float),
            "the probability of the label",
        )
        for name, held in given.items()
    }
    adjusted = holm([one.p for one in columns.values()])
    return {PROBABILITY: alone} | {
        str(name): replace(one, p=p, questions=len(columns))
        for (name, one), p in zip(columns.items(), adjusted, strict=True)
    }
