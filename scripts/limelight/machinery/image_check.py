"""Checks once, before any heavy job, which images of a study can be decoded."""

import csv
import io
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from limelight.network.decoding import Values, decoded
from limelight.study.errors import LimelightError
from limelight.study.files import atomic, file_size
from limelight.study.image_set import range_text

log = logging.getLogger(__name__)

CHECKED = ("path", "bytes", "range")
IMAGES = ("image", "path", "label", "mask", "width", "height", "sha256")
SKIPPED = ("image", "path", "reason")


@dataclass(frozen=True)
class Checked:
    """What a look at one file says: its upright size in pixels and digest, or why it cannot be used."""

    width: int = 0
    height: int = 0
    sha256: str = ""
    reason: str = ""


def check(path: str | Path, values: Values | None = None, raw: bool = False) -> Checked:
    """Decode a file to the end and say what it is; see `decoding.decoded`."""
    try:
        with decoded(path, values, raw=raw) as (image, sha256):
            return Checked(image.width, image.height, sha256)
    except LimelightError as error:
        log.debug("", exc_info=error)
        return Checked(reason=str(error))


def check_images(
    images: Sequence[tuple[str, str, str | None, str | None]],
    unreadable: str,
    threads: int,
    checked: str | Path,
    values: Values | None = None,
) -> tuple[str, str]:
    """The tables of the images that can be used, and of those that cannot, as CSV.

    Parameters
    ----------
    images
        Id, path, label and mask of each.
    unreadable
        `stop` or `skip`: what to do where an image or its mask cannot be decoded.
    checked
        A table of the files that have been looked at, which is written also where this fails.
    values
        Black and white of grey images of more than 8 bits.

    Raises
    ------
    LimelightError
        None can be used, or one cannot and `unreadable` is `stop`.
    """
    with ThreadPoolExecutor(threads) as pool:
        looks = list(pool.map(lambda image: check(image[1], values), images))
        masks = list(pool.map(lambda image: check(image[3], raw=True) if image[3] else Checked(), images))
    good: list[tuple[str, str, str, str, int, int, str]] = []
    bad: list[tuple[str, str, str]] = []
    for (name, path, label, mask), look, look_at_mask in zip(images, looks, masks, strict=True):
        reasons = [each.reason for each in (look, look_at_mask) if each.reason]
        if reasons:
            bad.append((name, path, "; ".join(reasons)))
        else:
            good.append((name, path, label or "", mask or "", look.width, look.height, look.sha256))
    known = [path for _, path, *_ in good] + ([] if unreadable == "stop" else [path for _, path, _ in bad])
    with atomic(checked) as file:
        looked = [(path, file_size(path), range_text(values)) for path in known]
        file.write(_table(CHECKED, looked).encode())
    log.info("%d images can be used, %d cannot", len(good), len(bad))
    if not good or (bad and unreadable == "stop"):
        listed = "".join(f"\n  {reason}" for *_, reason in bad)
        raise LimelightError(
            f"{len(bad)} of {len(images)} images cannot be used; fix or remove them, "
            f"or skip them with `images: {{unreadable: skip}}`:{listed}"
        )
    return _table(IMAGES, good), _table(SKIPPED, bad)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    return text.getvalue()
