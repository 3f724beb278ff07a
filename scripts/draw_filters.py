"""Filters of a layer: its sheet over some photographs, or the figure of one image."""

from limelight.analysis import ascended, failures, figure_provenance, in_words, subjects
from limelight.capabilities.filters.sheet import FilterRow, filters_figure, filters_sheet
from limelight.figures.style import Style, save
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, named, read_layers
from limelight.study.files import read_json


def filter_rows(filters, names, found, failed):
    """A row a filter, over some images; what failed is a gap with its reason."""

    rows = []
    for row, number in enumerate(filters):
        maps = [found[name]["maps"][row] if name in found else failed.get(name, "not computed") for name in names]
        ascents = [ascended(f"{name}/{number}", found, failed) for name in names]
        noise = str(number)
        score = float(found[noise]["scores"][-1]) if noise in found else None
        rows.append(FilterRow(number, maps, ascents, ascended(noise, found, failed), score))
    return rows


def main(source, images, style):
    names, files = [name for name, *_ in images], [*source.arrays, source.noise]
    found, failed = arrays.read(files), failures(files)
    pictured = subjects(images, source.model, source.predictions, {*found, *failed})
    made = figure_provenance(source.arrays, style, names)
    settings = made["made_from"][0]["parameters"]
    made["noise"] = figure_provenance([source.noise], style)["units"]
    noise = arrays.read_provenance(source.noise)["parameters"]["noise_iterations"]
    rows = filter_rows(settings["filters"], [subject.image for subject in pictured], found, failed)
    model = read_json(source.model)
    layer = find_layer(read_layers(model), snakemake.wildcards.layer)
    words = {
        "title": f"{model['model']}: what do the filters of layer {named(layer)} answer to?",
        "subtitle": f"{in_words(settings)}, {settings['iterations']} iterations; {noise} from noise.",
        "style": Style(**style),
    }
    if snakemake.wildcards.get("image"):
        figure = filters_figure(named(layer), layer.type, pictured[0], rows, **words)
    else:
        figure = filters_sheet(named(layer), layer.type, pictured, rows, **words)
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style)
