"""Contents of the gallery of a study, from the files of the study and what its capabilities add."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from limelight.gallery.pages import ModelFiles, PageFiles
from limelight.gallery.pictures import Colours
from limelight.gallery.site import Gallery, LayerPage, ModelPages
from limelight.machinery import arrays, failures, tables
from limelight.network.layers import UnsuitedError, find_layer, note_on, read_layers
from limelight.rooms import find
from limelight.study.files import read_json


def gallery_of(files: Mapping[str, Any], params: Mapping[str, Any], folder: Path) -> Gallery:
    """All that the pages show.

    Parameters
    ----------
    files
        Inputs of the rule: `arrays`, `images`, `skipped`.
    params
        `study` (the complete configuration), `models`, `pages`, `thumbnails`, `configfiles`.
    folder
        Of the study.
    """
    models = {
        name: (read_json(folder / name / "model.json"), tables.read_predictions(folder / name / "predictions.csv"))
        for name in params["models"]
    }
    return Gallery(
        name=params["study"]["study"],
        models=[_model_pages(*models[name], row) for name, row in params["models"].items()],
        images=tables.read(files["images"]),
        thumbnails=params["thumbnails"],
        settings=params["study"],
        colours=Colours(params["study"]["figures"]["saliency"], params["study"]["figures"]["signed"]),
        pages={name: _pages_of(room, models, folder, params["study"]) for name, room in params["pages"].items()},
        skipped=tables.read(files["skipped"]).to_dict("records"),
        failed=[row for row in failures.read(folder) if row["file"] in set(files["arrays"])],
        left_out=arrays.parts_left_out(files["arrays"]),
        versions=_versions_of(files["arrays"]),
        configfiles=params["configfiles"],
        results=os.path.relpath(folder),
    )


def _model_pages(record: Mapping[str, Any], predictions: pd.DataFrame, params: Mapping[str, Any]) -> ModelPages:
    layers = []
    for name in params["layers"]:
        table = read_layers(record)
        try:
            row = find_layer(table, name)
        except UnsuitedError:
            continue  # the provenance says why
        layers.append(LayerPage(name, row.index, row.name, row.type, row.shape, note_on(row, table)))
    return ModelPages(record, predictions, params["buckets"], layers, params["figures"])


def _pages_of(
    room: Mapping[str, Any],
    models: Mapping[str, tuple[dict[str, Any], pd.DataFrame]],
    folder: Path,
    settings: Mapping[str, Any],
) -> Any:
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


def _versions_of(files: Iterable[str]) -> list[dict[str, str]]:
    """Each distinct set of versions that arrays were computed with."""
    records = [arrays.read_provenance(file).get("versions", []) for file in files]
    texts = dict.fromkeys(json.dumps(one, sort_keys=True) for record in records for one in record)
    return [json.loads(text) for text in texts]
