"""Small photographs of a bucket of images, for the gallery; number n is the bucket's n-th image."""

from pathlib import Path

from limelight.gallery.pictures import save_webp, thumbnail
from limelight.machinery import tables
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        usable = set(tables.read(snakemake.input.checked)["image"])
        for number, (image, path) in enumerate(snakemake.params.images):
            if image in usable:
                save_webp(thumbnail(path), Path(snakemake.output[0], f"{number}.webp"))
        log.info("%d photographs", len(usable & {image for image, _ in snakemake.params.images}))
        Path(snakemake.output[0]).mkdir(exist_ok=True)
