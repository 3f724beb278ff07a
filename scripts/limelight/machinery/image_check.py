"""Checks once, before any heavy job, which images of a study can be decoded."""

import csv
import io
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from limelight.network.decoding import Values, decoded
from limelight.study.checked import COLUMNS, seen
from limelight.study.errors import LimelightError
from limelight.study.image_set import Image

log = logging.getLogger(__name__)

IMAGES = ("image", "path", "label", "mask", "width", "height", "sha256")
SKIPPED = ("image", "path", "reason")


@dataclass(frozen=True)
class Look:
    """What a look at one file says: its upright size in pixels and digest, or why it cannot be used."""

    width: int = 0
    height: int = 0
    sha256: str = ""
    reason: str = ""


def look_at(path: str | Path, values: Values | None = None, raw: bool = False) -> Look:
    """Decode a file to the end and say what it is; see `decoding.decoded`."""
    try:
        with decoded(path, values, raw=raw) as (image, sha256):
            return Look(image.width, image.height, sha256)
    except LimelightError as error:
        log.debug("", exc_info=error)
        return Look(reason=str(error))


def check_images(
    images: Sequence[Image], unreadable: str, threads: int, values: Values | None = None
) -> tuple[str, str, str]:
    """The tables of the images that can be used, of those that cannot, and for the jobs of all, as CSV.

    Parameters
    ----------
    images
    unreadable
        `stop` or `skip`: what to do where an image or its mask cannot be decoded.
    values
        Black and white of grey images of more than 8 bits.

    Raises
    ------
    LimelightError
        None can be used, or one cannot and `unreadable` is `stop`.
    """
    rows = [seen(image, values) for image in images]  # before they are read: one replaced meanwhile is looked at again
    with ThreadPoolExecutor(threads) as pool:
        looks = list(pool.map(lambda image: look_at(image.path, values), images))
        masks = list(pool.map(lambda image: look_at(image.mask, raw=True) if image.mask else Look(), images))
    good: list[tuple[str, str, str, str, int, int, str]] = []
    bad: dict[str, tuple[str, str, str]] = {}
    for image, look, look_at_mask in zip(images, looks, masks, strict=True):
        if reasons := [each.reason for each in (look, look_at_mask) if each.reason]:
            bad[image.id] = (image.id, image.path, "; ".join(reasons))
        else:
            described = (image.id, image.path, image.label or "", image.mask or "")
            good.append((*described, look.width, look.height, look.sha256))
    log.info("%d images can be used, %d cannot", len(good), len(bad))
    if not good or (bad and unreadable == "stop"):
        listed = "".join(f"\n  {reason}" for *_, reason in bad.values())
        raise LimelightError(
            f"{len(bad)} of {len(images)} images cannot be used; fix or remove them, "
            f"or skip them with `images: {{unreadable: skip}}`:{listed}"
        )
    checked = [(*row, bad[row[0]][-1] if row[0] in bad else "") for row in rows]
    return _table(IMAGES, good), _table(SKIPPED, bad.values()), _table(COLUMNS, checked)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return text.getvalue()
