"""All measures in one table, and whether the classes that the network knows worst are also explained least clearly."""

from dataclasses import asdict

import pandas as pd

from limelight.capabilities.quality.classes import join_classes
from limelight.capabilities.quality.findings import columns_of_classes, measures
from limelight.capabilities.quality.uncertainty import rank_correlation
from limelight.machinery import arrays, tables
from limelight.machinery.joblog import job_log
from limelight.network.photographs import Resize, mask
from limelight.study.digests import seed
from limelight.study.files import read_json

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        settings = snakemake.params.settings
        found = arrays.read(snakemake.input.arrays)
        resize = Resize.of(read_json(snakemake.input.model)["preprocessing"])
        used = {unit.partition("/")[0] for unit in found}
        masks = {image: mask(path, resize) for image, path in snakemake.params.masks.items() if image in used}
        rows = measures(found, masks, snakemake.wildcards.model, settings["tolerance"])
        rows.to_csv(snakemake.output.quality, index=False, float_format="%.8g")
        classes = tables.read(snakemake.input.classes)
        columns = columns_of_classes(rows, settings["methods"][0])
        table = join_classes(classes, rows, snakemake.params.labels, columns)
        table.to_csv(snakemake.output.clarity, index=False, float_format="%.6g")
        correlations = [
            {
                "column": name,
                "method": method,
                **asdict(rank_correlation(table["accuracy"], table[name], seed(snakemake.params.seed, name))),
            }
            for name, (method, _) in columns.items()
        ]
        pd.DataFrame(correlations).to_csv(snakemake.output.correlations, index=False, float_format="%.6g")
        log.info("%d images, %d of them with a mask, %d values", len(used), len(masks), len(rows))
