"""Maps of a bucket of images by several methods, and how they stand up."""

from limelight.capabilities.quality.units import quality_units
from limelight.machinery.arrays import read_index
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, study_seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        # A file also names the keys of what failed, and it may hold other images.
        indices = [read_index(path) for path in snakemake.input.lime]
        explanations = {name: key for index in indices for name, key in index.keys.items() if name in index.digests}
        units = quality_units(job.images, settings, study_seed, explanations, snakemake.params.regions)
        job.write(job.run(units, snakemake.params.batch), "quality", {**settings, "study_seed": study_seed})
