"""The atlas of a layer: what excites each of its filters, from noise, filters of like answers side by side."""

from limelight.analysis import ascended, failures, figure_provenance, in_words
from limelight.capabilities.layers.atlas_sheet import AtlasTile, atlas_page
from limelight.figures.style import Style, save
from limelight.machinery import arrays, tables
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, named, read_layers
from limelight.study.files import read_json


def tile(place, found, failed):
    return AtlasTile(place.filter, place.row, place.column, ascended(str(place.filter), found, failed))


def main(source, style):
    found, failed, model = arrays.read(source.arrays), failures(source.arrays), read_json(source.model)
    layer = find_layer(read_layers(model), snakemake.wildcards.layer)
    places = tables.read(source.atlas)
    places = places[places["layer"] == layer.name]
    made = figure_provenance(source.arrays, style)
    settings = made["made_from"][0]["parameters"]
    shown = "all" if len(places) == layer.filters else f"the first {len(places)}"
    likeness = f"those beside each other correlate by {places['similarity'].mean():.2f} on the mean"
    figure = atlas_page(
        [tile(place, found, failed) for place in places.itertuples()],
        title=f"{model['model']}: {shown} of the {layer.filters} filters of layer {named(layer)}",
        subtitle=(
            f"{in_words(settings)}, {settings['noise_iterations']} iterations from noise. Filters that answer "
            f"to the same photographs stand together{'' if places['similarity'].isna().all() else f': {likeness}'}."
        ),
        style=Style(**style),
    )
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.style)
