"""The preferred orientations and spatial frequencies of the filters of some layers, and how they change with depth."""

import numpy as np

from limelight.analysis import figure_provenance
from limelight.capabilities.layers.tuning import trend
from limelight.capabilities.layers.tuning_sheet import LayerTuning, tuning_sheet
from limelight.figures.style import Style, save
from limelight.machinery import tables
from limelight.machinery.joblog import job_log
from limelight.study.files import read_json


def layer_tuning(name, rows):
    height, width = rows["field_height"].iloc[0], rows["field_width"].iloc[0]
    field = "sees everything" if np.isnan(height) else f"sees {height:.0f} x {width:.0f} pixels"
    return LayerTuning(name, *(rows[key].to_numpy() for key in ("frequency", "orientation", "selectivity")), field)


def main(source, style):
    table = tables.read(source.tuning).sort_values(["depth", "filter"])
    model = read_json(source.model)["model"]
    found = trend(table["depth"].to_numpy(), table["frequency"].to_numpy())
    said = "" if found is None else f" {found.verdict[0].upper()}{found.verdict[1:]}, {found.filters} filters."
    figure = tuning_sheet(
        [layer_tuning(name, rows) for name, rows in table.groupby("layer", sort=False)],
        title=f"{model}: which orientations and frequencies do the filters prefer?",
        subtitle=(
            "From the spectra of what gradient ascent made of noise. A bar is a filter: its direction is that of the "
            "stripes, its distance from the centre their frequency in cycles a pixel, in octaves. Below each half "
            f"circle, as rings, filters without an orientation beyond chance.{said}"
        ),
        style=Style(**style),
    )
    save(figure, snakemake.output, figure_provenance(source.arrays, style))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.style)
