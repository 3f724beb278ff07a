"""All predictions in one table, the confusion matrix, and what each class is confused with."""

import pandas as pd

from limelight.capabilities.predictions.tables import class_table, confusion, read_table
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        table = pd.concat([read_table(path) for path in snakemake.input], ignore_index=True)
        position = {name: number for number, name in enumerate(snakemake.params.order)}
        table = table.sort_values("image", key=lambda names: names.map(position), ignore_index=True)
        counts = confusion(table)
        table.to_csv(snakemake.output.predictions, index=False, float_format="%.8g")
        counts.to_csv(snakemake.output.confusion_matrix)
        class_table(counts).to_csv(snakemake.output.classes, index=False, float_format="%.6g")
        labelled = table[table["label"] != ""]
        right = int((labelled["label"] == labelled["predicted"]).sum())
        log.info("%d images, %d of %d labelled ones right", len(table), right, len(labelled))
