"""Class probabilities of a bucket of images."""

import numpy as np

from limelight.files import atomic
from limelight.job import Job, Method, Unit
from limelight.joblog import job_log
from limelight.predictions import prediction_table

PREDICT = Method("predict", "scores:predict")
BATCH = 32

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job = Job.of(snakemake)
        classes = job.model_record["classes"]
        results = job.run([Unit(image.id, PREDICT, {}, image) for image in job.images], BATCH)
        predicted = [image for image in job.images if image.id in results.found]
        values = [results.found[image.id].arrays["probabilities"] for image in predicted]
        table = prediction_table(
            [image.id for image in predicted],
            [None if image.label is None else classes[image.label] for image in predicted],
            classes,
            np.reshape(values, (len(predicted), len(classes))),
        )
        with atomic(job.output) as file:
            table.to_csv(file, index=False, float_format="%.8g")
