"""The pages of the gallery, over all that its other jobs have drawn."""

import json
import os
from pathlib import Path

import pandas as pd

from limelight import arrays, failures
from limelight.files import read_json
from limelight.gallery.pictures import Colours
from limelight.gallery.site import Model, Shown, Study, write_site
from limelight.gallery.tables import COLUMNS_OF_CLASSES
from limelight.joblog import job_log
from limelight.layers import find_layer, read_layers
from limelight.predictions import read_table
from limelight.quality.findings import cascades
from limelight.quality.verdict import verdict

TEXT = {"dtype": str, "keep_default_na": False}


def table(path, **texts):
    """A table whose numbers may be missing and whose names stay text whatever they look like."""
    numbers = ("accuracy", "most_confused_share", "value", *COLUMNS_OF_CLASSES, "rho", "low", "high", "p")
    missing = {name: [""] for name in numbers}
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=missing)


def model_of(folder, params):
    record = read_json(folder / "model.json")
    layers = []
    for wanted in params["layers"]:
        row = find_layer(read_layers(record), wanted)
        layers.append(Shown(wanted, row.index, row.name, row.type, row.shape))
    measured = {}
    if params["measured"]:
        measured["quality"] = table(folder / "quality.csv", image=str, model=str, method=str)
        measured["clarity"] = table(folder / "clarity.csv", **{"class": str}, most_confused=str)
        measured["correlations"] = table(folder / "correlations.csv", method=str)
        found = arrays.read([folder / "sanity/all.npz"]) if params["sanity"] else {}
        measured["sanity"] = {name: verdict(cascade) for name, cascade in cascades(found).items()}
    predictions, classes = read_table(folder / "predictions.csv"), table(folder / "classes.csv", **{"class": str})
    return Model(record, predictions, classes, params["buckets"], layers, **measured)


def versions_of(files):
    """Each distinct set of versions that arrays were computed with."""
    records = [arrays.read_provenance(file).get("versions", []) for file in files if file.endswith(".npz")]
    texts = dict.fromkeys(json.dumps(one, sort_keys=True) for record in records for one in record)
    return [json.loads(text) for text in texts]


def main(source, params, root):
    folder = root.parent
    study = Study(
        name=params.study["study"],
        models=[model_of(folder / name, said) for name, said in params.models.items()],
        images=pd.read_csv(source.images, **TEXT),
        thumbnails=params.thumbnails,
        settings=params.study,
        colours=Colours(params.study["figures"]["saliency"], params.study["figures"]["signed"]),
        skipped=pd.read_csv(source.skipped, **TEXT).to_dict("records"),
        failed=[row for row in failures.read(folder) if row["file"] in set(source.arrays)],
        versions=versions_of(source.arrays),
        configfiles=params.configfiles,
        results=os.path.relpath(folder),
    )
    write_site(root, study)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params, Path(snakemake.output.index).parent)
