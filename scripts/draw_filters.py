"""Filters of a layer: its sheet over some photographs, or the figure of one image."""

from limelight import arrays
from limelight.figures.filters import FilterRow, filters_figure, filters_sheet
from limelight.figures.style import Style, save
from limelight.joblog import job_log
from limelight.layers import find_layer, read_layers
from limelight.results import figure_provenance, in_words, picture, subjects


def filter_rows(filters, shown, noise):
    """A row a filter, over the photographs in `shown`."""
    return [
        FilterRow(
            number,
            [found["activations"][row] for found in shown],
            [picture(found["ascents"][row]) for found in shown],
            picture(noise[str(number)]["ascent"]),
            float(noise[str(number)]["scores"][-1]),
        )
        for row, number in enumerate(filters)
    ]


def main(source, images, style):
    found = arrays.read(source.arrays, [name for name, _ in images])
    pictured = subjects(images, source.model, source.predictions)
    made = figure_provenance([*source.arrays, source.noise], style)
    settings = made["made_from"][0]["parameters"]
    rows = filter_rows(settings["filters"], [found[subject.image] for subject in pictured], arrays.read([source.noise]))
    model = arrays.read_json(source.model)
    layer = find_layer(read_layers(model), snakemake.wildcards.layer)
    named = layer.name if layer.index is None else f"{layer.index}, {layer.name}"
    words = {
        "title": f"{model['model']}: what do the filters of layer {named} answer to?",
        "subtitle": f"{in_words(settings).capitalize()}, {settings['iterations']} iterations.",
        "style": Style(**style),
    }
    if snakemake.wildcards.get("image"):
        figure = filters_figure(named, layer.type, pictured[0], rows, **words)
    else:
        figure = filters_sheet(named, layer.type, pictured, rows, **words)
    save(figure, snakemake.output[0], made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style)
