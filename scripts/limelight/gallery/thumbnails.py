"""Small photographs of a bucket of images; number n is the bucket's n-th image."""

import logging

from limelight.gallery.job import GalleryJob
from limelight.gallery.pictures import save_webp, thumbnail
from limelight.machinery import tables

log = logging.getLogger(__name__)


def write(job: GalleryJob) -> None:
    """The thumbnails of those images of the bucket that can be read."""
    usable = set(tables.read(job.files["checked"])["image"])
    folder = job.root / job.folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, (image, _, path) in enumerate(job.params["images"]):
        if image in usable:
            save_webp(thumbnail(path, job.params["values"]), folder / f"{number}.webp")
    log.info("%d photographs", len(usable & {image for image, *_ in job.params["images"]}))
