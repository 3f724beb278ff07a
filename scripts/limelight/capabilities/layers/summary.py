"""The photographs that excite each filter most, which filters stand beside each other, and what each prefers."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from limelight.capabilities.layers import FIELD
from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.ranking import ATLAS, TOP, atlas_table, top_table
from limelight.capabilities.layers.tuning import TUNING, tuning_row
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.machinery.rule import RuleContext
from limelight.network.layers import read_layers
from limelight.network.photographs import Resize
from limelight.study.errors import LimelightError
from limelight.study.files import read_json


def ranking(summary: RuleContext) -> dict[str, str]:
    """`top.csv` and `atlas.csv`."""
    model, params = read_json(summary.files["model"]), summary.params
    settings = params["settings"]
    size = Resize.of(model["preprocessing"]).size
    peaks = arrays.read(summary.paths("peaks"))
    images = [name for name in params["images"] if Item(image=name) in peaks]
    fields, reasons = _fields(summary.paths("fields"))
    if not images and (fields or reasons):
        raise LimelightError(f"{summary.paths('peaks')[0]}: contains no photograph; expected at least one")
    tops, pages = [], []
    for layer in {**fields, **reasons}:
        if layer not in fields:
            raise LimelightError(
                f"layer {layer}: its receptive field is unknown ({reasons[layer]}); expected another layer"
            )
        values, positions = (
            np.stack([peaks[Item(image=name)][f"{layer}:{what}"] for name in images])
            for what in ("values", "positions")
        )
        tops.append(top_table(layer, images, values, positions, fields[layer], size, settings["photographs"]))
        pages.append(atlas_table(layer, values[:, : settings["most"]]))
    if not tops:  # the network has none of the layers
        tops, pages = [pd.DataFrame(columns=list(TOP))], [pd.DataFrame(columns=list(ATLAS))]
    return {"top": _csv(pd.concat(tops)), "atlas": _csv(pd.concat(pages))}


def tuning(summary: RuleContext) -> dict[str, str]:
    """`tuning.csv`."""
    depths = [layer.name for layer in read_layers(read_json(summary.files["model"]))]
    fields, _ = _fields(summary.paths("arrays"))
    rows = {}
    for path in summary.paths("arrays"):
        for item, ascent in arrays.read([path]).items():
            if item.layer is not None and item.filter is not None:
                rows[item] = {
                    "layer": item.layer,
                    "depth": depths.index(item.layer),
                    "filter": item.filter,
                    **tuning_row(ascent["frames"][0], ascent["frames"][-1], fields.get(item.layer)),
                }
    return {"tuning": _csv(pd.DataFrame(rows.values(), columns=["layer", "depth", "filter", *TUNING]))}


def _fields(paths: Iterable[str]) -> tuple[dict[str, Field], dict[str, str]]:
    """The receptive fields in some files, and why others are missing, by layer."""
    fields: dict[str, Field] = {}
    reasons: dict[str, str] = {}
    for path in paths:
        index = arrays.read_index(path)
        items = {item for item in index.items if item.variant == FIELD}
        fields |= {str(item.layer): Field.of(field) for item, field in arrays.read([path], items).items()}
        reasons |= {str(item.layer): reason for item, reason in index.failed.items() if item.variant == FIELD}
    return fields, reasons


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.6g")
