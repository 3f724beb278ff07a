"""The pages of the gallery, over all that its other jobs have drawn."""

import json
import os
from pathlib import Path

from limelight.capabilities.predictions.tables import read_table
from limelight.capabilities.quality.findings import cascades
from limelight.capabilities.quality.verdict import verdict
from limelight.gallery.pictures import Colours
from limelight.gallery.site import Model, Shown, Study, write_site
from limelight.machinery import arrays, failures, tables
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers
from limelight.study.files import read_json


def model_of(folder, params):
    record = read_json(folder / "model.json")
    layers = []
    for wanted in params["layers"]:
        row = find_layer(read_layers(record), wanted)
        layers.append(Shown(wanted, row.index, row.name, row.type, row.shape))
    measured = {}
    if params["measured"]:
        measured = {name: tables.read(folder / f"{name}.csv") for name in ("quality", "clarity", "correlations")}
        found = arrays.read([folder / "sanity/all.npz"]) if params["sanity"] else {}
        measured["sanity"] = {name: verdict(cascade) for name, cascade in cascades(found).items()}
    predictions, classes = read_table(folder / "predictions.csv"), tables.read(folder / "classes.csv")
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
        images=tables.read(source.images),
        thumbnails=params.thumbnails,
        settings=params.study,
        colours=Colours(params.study["figures"]["saliency"], params.study["figures"]["signed"]),
        skipped=tables.read(source.skipped).to_dict("records"),
        failed=[row for row in failures.read(folder) if row["file"] in set(source.arrays)],
        versions=versions_of(source.arrays),
        configfiles=params.configfiles,
        results=os.path.relpath(folder),
        training=[Path(file) for file in source.training if file.endswith(".png")],
    )
    write_site(root, study)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params, Path(snakemake.output.index).parent)
