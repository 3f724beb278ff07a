"""The photographs that excite each filter most, and which filters stand beside each other on the atlas of a layer."""

import numpy as np
import pandas as pd

from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.ranking import atlas_table, top_table
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers
from limelight.network.photographs import Resize
from limelight.study.errors import LimelightError
from limelight.study.files import atomic, read_json


def receptive_field(path):
    """The one that the first share of an atlas holds."""
    found = arrays.read([path], ["receptive field"])
    if not found:
        reason = arrays.read_index(path).failed["receptive field"]
        raise LimelightError(f"{path}: no receptive field ({reason}); expected one")
    return Field.of(found["receptive field"])


def main(source, output, order, layers, settings):
    model = read_json(source.model)
    table, size = read_layers(model), Resize.of(model["preprocessing"]).size
    found = arrays.read(source.peaks)
    images = [name for name in order if name in found]
    if not images:
        raise LimelightError(f"{source.peaks[0]}: no photograph has been looked at; expected one at least")
    tops, pages = [], []
    for named, file in zip(layers, source.fields, strict=True):
        layer = find_layer(table, named).name
        values, positions = (np.stack([found[name][f"{layer}:{what}"] for name in images]) for what in WHAT)
        top = top_table(layer, images, values, positions, receptive_field(file), size, settings["photographs"])
        tops.append(top)
        pages.append(atlas_table(layer, values[:, : settings["most"]]))
    for path, parts in ((output.top, tops), (output.atlas, pages)):
        with atomic(path) as file:
            pd.concat(parts).drop_duplicates().to_csv(file, index=False, float_format="%.6g")


WHAT = ("values", "positions")

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        params = snakemake.params
        main(snakemake.input, snakemake.output, params.order, params.layers, params.settings)
