"""Draw one split of the embedded data set: `{label}_{index}.png` in one flat folder, and the masks of the food."""

from pathlib import Path

import numpy as np
from PIL import Image

from limelight.demo.still_life import still_life
from limelight.machinery.joblog import job_log
from limelight.study.digests import seed


def main(photographs, masks, split, names, size, study_seed):
    for path in (photographs, masks):
        path.mkdir(parents=True, exist_ok=True)
    for name in names:
        # Each picture has its own seed, so that more pictures a class leave the others as they are.
        generator = np.random.default_rng(seed("still life", study_seed, split, name))
        photograph, mask = still_life(int(name.split("_")[0]), generator, size)
        Image.fromarray(photograph).save(photographs / name)
        Image.fromarray(mask).save(masks / name)


if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        params, output = snakemake.params, snakemake.output
        main(
            Path(output.photographs),
            Path(output.masks),
            params.split,
            params.names,
            params.settings["size"],
            params.seed,
        )
        log.info("drew %d photographs", len(params.names))
