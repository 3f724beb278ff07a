"""Ways to ascend side by side: pictures, and how much each excites its filter."""

from limelight.analysis import ascended, failures, figure_provenance
from limelight.capabilities.ascents.sheet import Reached, ascents_sheet
from limelight.figures.style import Style, save
from limelight.machinery import arrays, tables
from limelight.machinery.joblog import job_log
from limelight.study.files import read_json


def reached(row, found, failed):
    unit = f"{row.layer}/{row.filter}/{row.setting}"
    image = ascended(unit, found, failed)
    if isinstance(image, str):
        return Reached(None, row.activation, row.held_out, image)
    return Reached(image, row.activation, row.held_out)


def main(source, style):
    found, failed = arrays.read([source.arrays]), failures([source.arrays])
    table = tables.read(source.table)
    rows = {}
    for row in table.itertuples():
        rows.setdefault((row.layer, row.filter, row.photographs), {})[row.setting] = reached(row, found, failed)
    made = figure_provenance([source.arrays], style)
    steps = made["made_from"][0]["parameters"]["noise_iterations"]
    figure = ascents_sheet(
        rows,
        title=f"{read_json(source.model)['model']}: how far does each way to ascend get?",
        subtitle=f"The same noise, {steps} steps each.",
        style=Style(**style),
    )
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.style)
