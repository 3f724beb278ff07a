"""Whole layers: the page of all filters, their top photographs, and their tuning."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from limelight.capabilities.layers import FIELD
from limelight.capabilities.layers.atlas_sheet import AtlasTile, atlas_page
from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.top_sheet import Example, TopRow, top_sheet
from limelight.capabilities.layers.tuning import trend
from limelight.capabilities.layers.tuning_sheet import LayerTuning, tuning_sheet
from limelight.figures.ascents import ascended, in_words
from limelight.figures.drawing import Drawing
from limelight.figures.subject import join
from limelight.machinery import tables
from limelight.machinery.items import Item
from limelight.network.layers import Layer, described, find_layer, read_layers
from limelight.network.photographs import Resize, load


def atlas(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """What excites each filter of a layer, from noise; filters that respond to the same photographs are neighbours."""
    layer, made = _layer(drawing), drawing.made()
    places = tables.read(drawing.files["atlas"])
    places = places[places["layer"] == layer.name]
    settings = made["made_from"][0]["parameters"]
    which = "all" if len(places) == layer.filters else f"the first {len(places)}"
    likeness = f"those beside each other correlate by {places['similarity'].mean():.2f} on the mean"
    figure = atlas_page(
        [
            AtlasTile(place.filter, place.row, place.column, _ascended(drawing, layer, place.filter))
            for place in places.itertuples()
        ],
        title=f"{drawing.model['model']}: {which} of the {layer.filters} filters of layer {_described(drawing, layer)}",
        subtitle=join(
            f"{in_words(settings)}, {settings['noise_iterations']} iterations from noise. Filters that answer "
            f"to the same photographs stand together{'' if places['similarity'].isna().all() else f': {likeness}'}.",
            drawing.left_out,
        ),
        style=drawing.style,
    )
    return figure, made


def top(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The photographs that excite the filters of a layer most, and the patches of them that do."""
    layer, model = _layer(drawing), drawing.model
    filters = sorted(item.filter for item in {*drawing.arrays, *drawing.failed} if item.filter is not None)
    table = tables.read(drawing.files["top"])
    table = table[(table["layer"] == layer.name) & table["filter"].isin(filters)]
    images, paths = list(dict.fromkeys(table["image"])), drawing.params["paths"]
    resize = Resize.of(model["preprocessing"])
    photographs = dict(zip(images, load([paths[name] for name in images], resize, skip=True), strict=True))
    rows = []
    for number in filters:
        examples = [
            Example(one.image, photographs[one.image], (one.top, one.left, one.bottom, one.right), one.activation)
            for one in table[table["filter"] == number].itertuples()
        ]
        rows.append(TopRow(number, _ascended(drawing, layer, number), examples))
    made = drawing.made()
    made["photographs"] = {str(number): list(group["image"]) for number, group in table.groupby("filter")}
    figure = top_sheet(
        rows,
        title=f"{model['model']}: which photographs excite the filters of layer {_described(drawing, layer)}?",
        subtitle=join(
            f"From left to right: what gradient ascent made of noise; of all photographs the patches that "
            f"excite the filter most, with the largest activation in them; the first one in its photograph. A patch is "
            f"what a unit of the layer can see, its receptive field: {_size(drawing, layer)}, cut off at the border.",
            drawing.left_out,
        ),
        style=drawing.style,
    )
    return figure, made


def tuning(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The preferred orientations and frequencies of the filters of some layers, and how they change with depth."""
    table = tables.read(drawing.files["tuning"]).sort_values(["depth", "filter"])
    change = trend(table["depth"].to_numpy(), table["frequency"].to_numpy())
    verdict = "" if change is None else f" {change.verdict[0].upper()}{change.verdict[1:]}, {change.filters} filters."
    figure = tuning_sheet(
        [_tuning(str(name), rows) for name, rows in table.groupby("layer", sort=False)],
        title=f"{drawing.model['model']}: which orientations and frequencies do the filters prefer?",
        subtitle=join(
            "From the spectra of what gradient ascent made of noise. A bar is a filter: its direction is that of the "
            "stripes, its distance from the centre their frequency in cycles a pixel, in octaves. Below each half "
            f"circle, as rings, filters without an orientation beyond chance.{verdict}",
            drawing.left_out,
        ),
        style=drawing.style,
    )
    return figure, drawing.made()


def _layer(drawing: Drawing) -> Layer:
    return find_layer(read_layers(drawing.model), drawing.wildcards["layer"])


def _ascended(drawing: Drawing, layer: Layer, number: int) -> np.ndarray | str:
    return ascended(Item(layer=layer.name, filter=number), drawing.arrays, drawing.failed)


def _size(drawing: Drawing, layer: Layer) -> str:
    """The receptive field of a layer, in words."""
    item = Item(layer=layer.name, variant=FIELD)
    if item not in drawing.arrays:
        return "unknown"
    field = Field.of(drawing.arrays[item])
    return f"{field.size[0]} x {field.size[1]} pixels" if field.bounded else "the whole photograph"


def _tuning(layer: str, rows: pd.DataFrame) -> LayerTuning:
    height, width = rows["field_height"].iloc[0], rows["field_width"].iloc[0]
    field = "sees everything" if np.isnan(height) else f"sees {height:.0f} x {width:.0f} pixels"
    frequency, orientation, selectivity = (rows[key].to_numpy() for key in ("frequency", "orientation", "selectivity"))
    return LayerTuning(layer, frequency, orientation, selectivity, field)


def _described(drawing: Drawing, layer: Layer) -> str:
    return described(layer, read_layers(drawing.model))
