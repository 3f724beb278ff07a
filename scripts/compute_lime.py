"""LIME explanations of a bucket of images."""

from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.machinery.units import Method, Unit
from limelight.study.digests import seed

LIME = Method("lime", "capabilities.lime.explanation:explain_images")

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, study_seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        masks, units = snakemake.params.masks, []
        for image in job.images:
            own = seed("lime", study_seed, image.id) if settings["seed"] == "image" else settings["seed"]
            files = {"mask": masks[image.id]} if image.id in masks else {}
            units.append(Unit(image.id, LIME, {**settings, "seed": own, "label": image.label}, image, files))
        job.write(job.run(units, snakemake.params.batch), "lime", {**settings, "study_seed": study_seed})
