"""Filters of a layer: the sheet over some photographs, and the figure of one."""

from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.filters.sheet import FilterRow, filters_figure, filters_sheet
from limelight.figures.ascents import ascended, in_words
from limelight.figures.drawing import Drawing
from limelight.figures.inputs import failures, figure_provenance
from limelight.figures.subject import Subject, join
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.network.layers import Layer, described, find_layer, named, read_layers


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The photographs of a sheet, two rows a filter."""
    layer, subjects, rows, words, made = _contents(drawing)
    return filters_sheet(named(layer), layer.type, subjects, rows, **words), made


def image(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """One photograph, a row a filter."""
    layer, subjects, rows, words, made = _contents(drawing)
    return filters_figure(named(layer), layer.type, subjects[0], rows, **words), made


def _contents(drawing: Drawing) -> tuple[Layer, list[Subject], list[FilterRow], dict[str, Any], dict[str, Any]]:
    model, noise = drawing.model, drawing.paths("noise")
    table = read_layers(model)
    layer = find_layer(table, drawing.wildcards["layer"])
    made = drawing.made([name for name, *_ in drawing.images])
    settings = made["made_from"][0]["parameters"]
    from_noise = figure_provenance(noise, drawing.params["style"])
    made["noise"] = from_noise["units"]
    iterations = from_noise["made_from"][0]["parameters"]["noise_iterations"]
    subjects = drawing.subjects()
    words = {
        "title": f"{model['model']}: what do the filters of layer {described(layer, table)} respond to?",
        "subtitle": join(
            f"{in_words(settings)}, {settings['iterations']} iterations; {iterations} from noise.", drawing.left_out
        ),
        "style": drawing.style,
    }
    return layer, subjects, _rows(drawing, layer.name, settings["filters"], subjects), words, made


def _rows(drawing: Drawing, layer: str, filters: list[int], subjects: list[Subject]) -> list[FilterRow]:
    """A row a filter; what failed is a gap with its reason."""
    noise = drawing.paths("noise")
    results = {**drawing.arrays, **arrays.read(noise)}
    reasons = {**drawing.failed, **failures(noise)}
    images = [subject.image for subject in subjects]
    rows = []
    for row, number in enumerate(filters):
        maps = [
            results[item]["maps"][row] if item in results else reasons.get(item, "not computed")
            for item in (Item(image=name, layer=layer) for name in images)
        ]
        ascents = [ascended(Item(image=name, layer=layer, filter=number), results, reasons) for name in images]
        noise_item = Item(layer=layer, filter=number)
        score = float(results[noise_item]["scores"][-1]) if noise_item in results else None
        rows.append(FilterRow(number, maps, ascents, ascended(noise_item, results, reasons), score))
    return rows
