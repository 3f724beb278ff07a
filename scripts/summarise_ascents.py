"""How far does each way to ascend get, compared with what the photographs reach?"""

from pathlib import Path

import numpy as np
import pandas as pd

from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.study.files import atomic


def of_photographs(files):
    """The highest mean activation that any explained photograph reaches, by layer and filter."""
    highest = {}
    for file in files:
        settings = arrays.read_provenance(file)["parameters"]
        for found in arrays.read([file]).values():
            if "maps" in found:
                means = found["maps"].mean((1, 2))
                for number, mean in zip(settings["filters"], means, strict=True):
                    where = settings["layer"], number
                    highest[where] = max(highest.get(where, -np.inf), float(mean))
    return highest


def main(source):
    highest = of_photographs(source.maps)
    rows = []
    for unit, found in arrays.read([source.arrays]).items():
        layer, number, way = unit.rsplit("/", 2)
        rows.append(
            {
                "layer": layer,
                "filter": int(number),
                "setting": way,
                "activation": float(found["scores"][-1]),
                "held_out": float(found["held_out"]),
                "photographs": highest.get((layer, int(number)), np.nan),
            }
        )
    columns = ["layer", "filter", "setting", "activation", "held_out", "photographs"]
    return pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")


if __name__ == "__main__":
    with job_log(snakemake.log[0]), atomic(Path(snakemake.output[0])) as file:
        file.write(main(snakemake.input).encode())
