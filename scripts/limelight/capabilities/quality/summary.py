"""All measures in one table, and whether the least accurate classes are also explained least clearly."""

import logging
from dataclasses import asdict

import pandas as pd

from limelight.capabilities.quality.classes import join_classes
from limelight.capabilities.quality.findings import columns_of_classes, measures
from limelight.capabilities.quality.uncertainty import rank_correlation
from limelight.machinery import arrays
from limelight.machinery.rule import RuleContext
from limelight.machinery.tables import read
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
    classes = join_classes(read(summary.files["classes"]), rows, params["labels"], columns)
    correlations = [
        {
            "column": name,
            "method": method,
            **asdict(rank_correlation(classes["accuracy"], classes[name], seed(params["seed"], name))),
        }
        for name, (method, _) in columns.items()
    ]
    log.info("%d images, %d of them with a mask, %d values", len(images), len(masks), len(rows))
    return {
        "quality": rows.to_csv(index=False, float_format="%.8g"),
        "clarity": classes.to_csv(index=False, float_format="%.6g"),
        "correlations": pd.DataFrame(correlations).to_csv(index=False, float_format="%.6g"),
    }
