"""Class probabilities of a bucket of images."""

import numpy as np

from limelight.bucket import batch, load_items, steps
from limelight.device import choose
from limelight.errors import LimelightError
from limelight.joblog import job_log
from limelight.model import load, probabilities
from limelight.predictions import prediction_table

STEP = 64

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        device = choose(snakemake.params.device, snakemake.threads)
        classifier = load(snakemake.params.model, device)
        items = load_items(snakemake.params.images, classifier, snakemake.params.skip, snakemake.threads)
        values = probabilities(classifier, (batch(step, device) for step in steps(items, STEP)))
        for item, row in zip(items, values, strict=True):
            if not np.isfinite(row).all():
                raise LimelightError(f"image {item.id}: the network's output is not finite; expected probabilities")
        names = [None if item.label is None else classifier.classes[item.label] for item in items]
        table = prediction_table([item.id for item in items], names, classifier.classes, values)
        table.to_csv(snakemake.output[0], index=False, float_format="%.8g")
        log.info("predicted %d images on %s", len(items), device)
