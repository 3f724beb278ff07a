"""The sanity check: what maps keep while the network forgets what it has learnt."""

from limelight.capabilities.quality.units import sanity_units
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, study_seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        units = sanity_units(job.images, settings, study_seed, snakemake.params.regions)
        job.write(job.run(units, snakemake.params.batch), "sanity", {**settings, "study_seed": study_seed})
