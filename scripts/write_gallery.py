"""The pages of the gallery, over all that its other jobs have drawn."""

import json
import os
from pathlib import Path

from limelight.catalogue import find
from limelight.gallery.pages import ModelFiles, PageFiles
from limelight.gallery.pictures import Colours
from limelight.gallery.site import Gallery, LayerPage, ModelPages, write_site
from limelight.machinery import arrays, failures, tables
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers
from limelight.study.files import read_json


def model_pages(record, predictions, params):
    layers = []
    for name in params["layers"]:
        row = find_layer(read_layers(record), name)
        layers.append(LayerPage(name, row.index, row.name, row.type, row.shape))
    return ModelPages(record, predictions, params["buckets"], layers, params["figures"])


def pages_of(room, models, folder, settings):
    """What a capability adds."""
    named = {
        name: ModelFiles(
            record,
            predictions,
            {what: [folder / name / file for file in files] for what, files in room["files"][name].items()},
        )
        for name, (record, predictions) in models.items()
    }
    return find(room["pages"])(PageFiles(named, [folder / file for file in room["study_files"]], settings))


def versions_of(files):
    """Each distinct set of versions that arrays were computed with."""
    records = [arrays.read_provenance(file).get("versions", []) for file in files]
    texts = dict.fromkeys(json.dumps(one, sort_keys=True) for record in records for one in record)
    return [json.loads(text) for text in texts]


def main(source, params, root):
    folder = root.parent
    models = {
        name: (read_json(folder / name / "model.json"), tables.read_predictions(folder / name / "predictions.csv"))
        for name in params.models
    }
    gallery = Gallery(
        name=params.study["study"],
        models=[model_pages(*models[name], row) for name, row in params.models.items()],
        images=tables.read(source.images),
        thumbnails=params.thumbnails,
        settings=params.study,
        colours=Colours(params.study["figures"]["saliency"], params.study["figures"]["signed"]),
        pages={name: pages_of(room, models, folder, params.study) for name, room in params.pages.items()},
        skipped=tables.read(source.skipped).to_dict("records"),
        failed=[row for row in failures.read(folder) if row["file"] in set(source.arrays)],
        versions=versions_of(source.arrays),
        configfiles=params.configfiles,
        results=os.path.relpath(folder),
    )
    write_site(root, gallery)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params, Path(snakemake.output.index).parent)
