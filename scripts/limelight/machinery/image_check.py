"""Checks once, before any heavy job, which images of a study can be decoded."""

import csv
import io
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from limelight.network.photographs import check
from limelight.study.errors import LimelightError
from limelight.study.files import atomic, file_size

log = logging.getLogger(__name__)

CHECKED = ("path", "bytes")
IMAGES = ("image", "path", "label", "mask", "width", "height", "sha256")
SKIPPED = ("image", "path", "reason")


def check_images(
    images: Sequence[tuple[str, str, str | None, str | None]], unreadable: str, threads: int, checked: str | Path
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

    Raises
    ------
    LimelightError
        None can be used, or one cannot and `unreadable` is `stop`.
    """
    files = [file for _, path, _, mask in images for file in (path, mask) if file]
    with ThreadPoolExecutor(threads) as pool:
        results = dict(zip(files, pool.map(check, files), strict=True))
    good: list[tuple[str, str, str, str, int, int, str]] = []
    bad: list[tuple[str, str, str]] = []
    for name, path, label, mask in images:
        reasons = [results[file].reason for file in (path, mask) if file and results[file].reason]
        if reasons:
            bad.append((name, path, "; ".join(reasons)))
        else:
            image = results[path]
            good.append((name, path, label or "", mask or "", image.width, image.height, image.sha256))
    known = [path for _, path, *_ in good] + ([] if unreadable == "stop" else [path for _, path, _ in bad])
    with atomic(checked) as file:
        file.write(_table(CHECKED, [(path, file_size(path)) for path in known]).encode())
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
