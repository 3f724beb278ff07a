"""Look at every image once, before any heavy job, and name all that cannot be used."""

from limelight.machinery.image_check import check_images
from limelight.machinery.joblog import job_log
from limelight.study.cells import marked
from limelight.study.files import atomic
from limelight.study.image_set import Image

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        params, output = snakemake.params, snakemake.output
        images = [Image(name, path, label, mask) for name, path, label, mask, _ in params.images]
        tables = check_images(images, params.unreadable, snakemake.threads, params.values)
        for path, text in zip((output.images, output.skipped, output.checked), tables, strict=True):
            with atomic(path) as file:
                file.write(marked(text).encode())
