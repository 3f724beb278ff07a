"""Small photographs of a bucket of images; number n is the bucket's n-th image."""

import logging

from limelight.gallery.job import GalleryJob
from limelight.gallery.pictures import save_webp, thumbnail
from limelight.study.checked import Checked

log = logging.getLogger(__name__)


def write(job: GalleryJob) -> None:
    """The thumbnails of those images of the bucket that can be read."""
    checked = Checked.of(job.files["checked"])
    usable = [image for image in job.params["images"] if checked.usable(image[0])]
    folder = job.root / job.folder
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(job.params["images"]):
        if image in usable:
            *_, path = image
            save_webp(thumbnail(path, job.params["values"]), folder / f"{number}.webp")
    log.info("%d photographs", len(usable))
