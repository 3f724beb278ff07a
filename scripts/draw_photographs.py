"""Draw one split of the embedded data set: `{label}_{index}.png` in one flat folder, and the masks of the food."""

from pathlib import Path

from limelight.demo.data_set import draw_split
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        params, output = snakemake.params, snakemake.output
        folders = Path(output.photographs), Path(output.masks)
        draw_split(*folders, params.split, params.names, params.settings["size"], params.seed)
        log.info("drew %d photographs", len(params.names))
