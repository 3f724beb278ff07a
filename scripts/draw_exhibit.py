"""Make pictures and data for the gallery, by the function of `limelight.gallery` that the rule names."""

import importlib

from limelight.gallery.job import GalleryJob
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        module, _, function = snakemake.params.write.partition(":")
        getattr(importlib.import_module(f"limelight.gallery.{module}"), function)(GalleryJob.of(snakemake))
