"""LIME explanations of a bucket of images."""

from limelight.digests import seed
from limelight.job import Job, Method, Unit
from limelight.joblog import job_log

LIME = Method("lime", "superpixels:explain_images")

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, study_seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        units = []
        for image in job.images:
            own = seed("lime", study_seed, image.id) if settings["seed"] == "image" else settings["seed"]
            units.append(Unit(image.id, LIME, {**settings, "seed": own, "label": image.label}, image))
        job.write(job.run(units, snakemake.params.batch), "lime", {**settings, "study_seed": study_seed})
