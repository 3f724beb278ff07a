"""The photographs that excite the filters of a layer most, and the patches of them that do, beside their ascents."""

from limelight.analysis import ascended, failures, figure_provenance
from limelight.capabilities.layers.top_sheet import Example, TopRow, top_sheet
from limelight.figures.style import Style, save
from limelight.machinery import arrays, tables
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, named, read_layers
from limelight.network.photographs import Resize, load
from limelight.study.files import read_json


def row(number, table, photographs, found, failed):
    examples = [
        Example(one.image, photographs[one.image], (one.top, one.left, one.bottom, one.right), one.activation)
        for one in table[table["filter"] == number].itertuples()
    ]
    return TopRow(number, ascended(str(number), found, failed), examples)


def main(source, paths, style):
    found, failed, model = arrays.read(source.arrays), failures(source.arrays), read_json(source.model)
    layer = find_layer(read_layers(model), snakemake.wildcards.layer)
    filters = sorted(int(unit) for unit in {*found, *failed} if unit.isdecimal())
    table = tables.read(source.top)
    table = table[(table["layer"] == layer.name) & table["filter"].isin(filters)]
    shown = list(dict.fromkeys(table["image"]))
    resize = Resize.of(model["preprocessing"])
    photographs = dict(zip(shown, load([paths[name] for name in shown], resize, skip=True), strict=True))
    made = figure_provenance(source.arrays, style)
    made["photographs"] = {str(number): list(group["image"]) for number, group in table.groupby("filter")}
    seen = arrays.read(source.arrays, ["receptive field"]).get("receptive field")
    whole = seen is not None and not seen["bounded"]
    size = "the whole photograph" if whole else f"{seen['size'][0]} x {seen['size'][1]} pixels" if seen else "unknown"
    figure = top_sheet(
        [row(number, table, photographs, found, failed) for number in filters],
        title=f"{model['model']}: which photographs excite the filters of layer {named(layer)}?",
        subtitle=(
            f"From left to right: what gradient ascent made of noise; of all photographs the patches that "
            f"excite the filter most, with the largest activation in them; the first one in its photograph. A patch is "
            f"what a unit of the layer can see, its receptive field: {size}, cut off at the border."
        ),
        style=Style(**style),
    )
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.paths, snakemake.params.style)
