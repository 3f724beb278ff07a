"""What orientation and spatial frequency each filter of some layers prefers, and how much of the picture it sees."""

import pandas as pd

from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.tuning import tuning_row
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers
from limelight.study.files import atomic, read_json


def main(source, output, layers, parts):
    table = read_layers(read_json(source.model))
    names = [layer.name for layer in table]
    files = iter(source.arrays)
    rows = {}
    for named in layers:
        layer = find_layer(table, named).name
        found = arrays.read([next(files) for _ in parts])
        field = found.pop("receptive field", None)
        for number in sorted(map(int, found)):
            frames = found[str(number)]["frames"]
            rows[layer, number] = {
                "layer": layer,
                "depth": names.index(layer),
                "filter": number,
                **tuning_row(frames[0], frames[-1], None if field is None else Field.of(field)),
            }
    with atomic(output) as file:
        pd.DataFrame(rows.values()).to_csv(file, index=False, float_format="%.6g")


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.output[0], snakemake.params.layers, snakemake.params.parts)
