"""Checks once, before any heavy job, which images of a study can be decoded."""

import csv
import io
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from limelight.network.photographs import check
from limelight.study.checked import COLUMNS, seen
from limelight.study.errors import LimelightError
from limelight.study.image_set import Image

log = logging.getLogger(__name__)

IMAGES = ("image", "path", "label", "mask", "width", "height", "sha256")
SKIPPED = ("image", "path", "reason")


def check_images(images: Sequence[Image], unreadable: str, threads: int) -> tuple[str, str, str]:
    """The tables of the images that can be used, of those that cannot, and for the jobs of all, as CSV.

    Parameters
    ----------
    images
    unreadable
        `stop` or `skip`: what to do where an image or its mask cannot be decoded.

    Raises
    ------
    LimelightError
        None can be used, or one cannot and `unreadable` is `stop`.
    """
    rows = [seen(image) for image in images]  # before they are read: one replaced meanwhile is looked at again
    files = [file for image in images for file in (image.path, image.mask) if file]
    with ThreadPoolExecutor(threads) as pool:
        results = dict(zip(files, pool.map(check, files), strict=True))
    good: list[tuple[str, str, str, str, int, int, str]] = []
    bad: list[tuple[str, str, str]] = []
    for image in images:
        reasons = [results[file].reason for file in (image.path, image.mask) if file and results[file].reason]
        if reasons:
            bad.append((image.id, image.path, "; ".join(reasons)))
        else:
            result = results[image.path]
            described = (image.id, image.path, image.label or "", image.mask or "")
            good.append((*described, result.width, result.height, result.sha256))
    log.info("%d images can be used, %d cannot", len(good), len(bad))
    if not good or (bad and unreadable == "stop"):
        listed = "".join(f"\n  {reason}" for *_, reason in bad)
        raise LimelightError(
            f"{len(bad)} of {len(images)} images cannot be used; fix or remove them, "
            f"or skip them with `images: {{unreadable: skip}}`:{listed}"
        )
    why = {name: reason for name, _, reason in bad}
    checked = [(*row, why.get(row[0], "")) for row in rows]
    return _table(IMAGES, good), _table(SKIPPED, bad), _table(COLUMNS, checked)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return text.getvalue()
