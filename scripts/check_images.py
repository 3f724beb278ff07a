"""Look at every image once, before any heavy job, and name all that cannot be used."""

from limelight.machinery.image_check import check_images
from limelight.machinery.joblog import job_log
from limelight.study.files import atomic

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        params, output = snakemake.params, snakemake.output
        tables = check_images(params.images, params.unreadable, snakemake.threads, params.checked, params.values)
        for path, text in zip((output.images, output.skipped), tables, strict=True):
            with atomic(path) as file:
                file.write(text.encode())
