"""Saliency maps of a bucket of images: of the label, and of the predicted class where it differs."""

from limelight.job import Job, Method, Unit
from limelight.joblog import job_log

SALIENCY = Method("saliency", "saliency:explain")

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings = Job.of(snakemake), snakemake.params.settings
        units = [Unit(image.id, SALIENCY, {**settings, "label": image.label}, image) for image in job.images]
        job.write(job.run(units, snakemake.params.batch), "saliency", settings)
