"""The facets of the filters of a layer, beside what each makes of noise alone."""

from limelight.analysis import ascended, facets_of, failures, figure_provenance, in_words
from limelight.capabilities.facets.sheet import FacetRow, facets_sheet
from limelight.figures.sheet import Tile
from limelight.figures.style import Style, save
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, named, read_layers
from limelight.study.files import read_json


def excitement(unit, found, failed, activation):
    image = ascended(unit, found, failed)
    if isinstance(image, str):
        return Tile(None, reason=image)
    return Tile(image, caption=f"{found[unit][activation].flat[-1]:.3g}")


def rows(filters, count, facets, noise):
    """A row a filter; what failed is a gap with its reason."""
    (together, apart_failed), (alone, alone_failed) = facets, noise
    for number in map(str, filters):
        apart = facets_of(number, together)
        failed = {facet: reason for name, reason in apart_failed.items() if name == number for facet in range(count)}
        yield FacetRow(
            int(number),
            excitement(number, alone, alone_failed, "scores"),
            [excitement(facet, apart, failed, "activations") for facet in range(count)],
            float(together[number]["likeness"].mean()) if number in together else None,
        )


def main(source, style):
    facets, noise = ((arrays.read([file]), failures([file])) for file in (source.facets, source.noise))
    made = figure_provenance([source.facets], style)
    made["noise"] = figure_provenance([source.noise], style)["units"]
    settings = made["made_from"][0]["parameters"]
    model = read_json(source.model)
    layer = find_layer(read_layers(model), snakemake.wildcards.layer)
    figure = facets_sheet(
        list(rows(settings["filters"], settings["count"], facets, noise)),
        title=f"{model['model']}: what else excites the filters of layer {named(layer)}?",
        subtitle=f"{in_words(settings)}, {settings['noise_iterations']} iterations from noise; facets ascend together, "
        f"with a weight of {settings['diversity']:g} on being unlike each other.",
        style=Style(**style),
    )
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.style)
