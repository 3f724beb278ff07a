"""The facets of the filters of a layer, beside what each makes of noise alone."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from limelight.capabilities.facets import VARIANT
from limelight.capabilities.facets.sheet import FacetRow, facets_sheet
from limelight.figures.ascents import facets_of, in_words, outcome
from limelight.figures.drawing import Drawing
from limelight.figures.inputs import failures, figure_provenance
from limelight.figures.sheet import Tile
from limelight.figures.subject import join
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.network.layers import described, find_layer, read_layers


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """A row a filter."""
    model = drawing.model
    table = read_layers(model)
    layer = find_layer(table, drawing.wildcards["layer"])
    made = drawing.made()
    made["noise"] = figure_provenance(drawing.paths("noise"), drawing.params["style"])["units"]
    settings = made["made_from"][0]["parameters"]
    figure = facets_sheet(
        list(_rows(drawing, layer.name, settings["filters"], settings["facets"]["count"])),
        title=f"{model['model']}: which different inputs excite the filters of layer {described(layer, table)}?",
        subtitle=join(
            f"{in_words(settings)}, {settings['noise_iterations']} iterations from noise; facets ascend together, "
            f"with a weight of {settings['facets']['diversity']:g} on being unlike each other.",
            drawing.left_out,
        ),
        style=drawing.style,
    )
    return figure, made


def _rows(drawing: Drawing, layer: str, filters: list[int], count: int) -> Iterator[FacetRow]:
    """A row a filter; what failed is a gap with its reason."""
    noise = drawing.paths("noise")
    alone, reasons = arrays.read(noise), failures(noise)
    for number in filters:
        item, item_alone = Item(layer=layer, filter=number, variant=VARIANT), Item(layer=layer, filter=number)
        together, reason = drawing.arrays.get(item), drawing.failed.get(item, "")
        facets = facets_of(item, drawing.arrays)
        yield FacetRow(
            number,
            _tile(alone.get(item_alone), reasons.get(item_alone, ""), "scores"),
            [_tile(facets.get(facet), reason, "activations") for facet in range(count)],
            None if together is None else float(together["likeness"].mean()),
        )


def _tile(ascent: Mapping[str, np.ndarray] | None, reason: str, activation: str) -> Tile:
    image = outcome(ascent, reason)
    if ascent is None or isinstance(image, str):
        return Tile(None, reason=str(image))
    return Tile(image, caption=f"{ascent[activation].flat[-1]:.3g}")
