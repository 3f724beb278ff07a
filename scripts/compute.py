"""Compute what is missing of the units of a job, by the capability that the rule names."""

from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.rooms import find

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job = Job.of(snakemake)
        units, parameters = job.units(find(snakemake.params.units))
        job.write(job.run(units, snakemake.params.batch), snakemake.params.capability, parameters)
