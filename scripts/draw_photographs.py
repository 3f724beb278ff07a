"""Draw one split of the embedded data set: `{label}_{index}.png` in one flat folder, and the masks of the food."""

from pathlib import Path

import numpy as np
from PIL import Image

from limelight.demo.still_life import still_life
from limelight.joblog import job_log
from limelight.plan import seed


def folder(paths):
    """The folder that is an output itself or holds the outputs."""
    return Path(paths) if isinstance(paths, str) else Path(paths[0]).parent


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
        # Snakemake keeps the params of each output, so a rule that lists its files does not list them there again.
        names = params.get("names") or [Path(path).name for path in output.photographs]
        main(
            folder(output.photographs),
            folder(output.masks),
            params.split,
            names,
            params.settings["size"],
            params.seed,
        )
        log.info("drew %d photographs", len(names))
