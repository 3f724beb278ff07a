"""The table `checked.csv`: which images the last check has looked at, and which of them can be used.

When the workflow is parsed it decides which jobs wait for another check, and those jobs read it. The standard library
only.
"""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from limelight.study.cells import plain
from limelight.study.errors import LimelightError
from limelight.study.files import file_size
from limelight.study.image_set import Image, range_text

COLUMNS = ("image", "path", "bytes", "times", "range", "reason")


class Checked:
    """The images that have been looked at, by id: path, size, times, range of values, and why they cannot be used."""

    def __init__(self, table: Path, rows: Mapping[str, Mapping[str, str]]) -> None:
        self.table, self.rows = table, rows

    @classmethod
    def of(cls, table: str | Path) -> Self:
        """The table in a file; empty where there is none yet, or one of an earlier version."""
        try:
            with open(table, newline="", encoding="utf-8") as file:
                rows = csv.DictReader(io.StringIO(plain(file.read()), newline=""))
        except FileNotFoundError:
            return cls(Path(table), {})
        same = tuple(rows.fieldnames or ()) == COLUMNS
        return cls(Path(table), {row["image"]: row for row in rows} if same else {})

    def settles(self, image: Image, skip: bool, values: Sequence[float] | None) -> bool:
        """Whether an image need not be checked again.

        A photograph that could be read is checked again only if its path or size changes, because a job that reads it
        notices other changes. One that could not be read may have been repaired meanwhile, and is checked again also if
        the times of its files change.

        Parameters
        ----------
        skip
            Whether the study leaves out images that cannot be used.
        values
            Black and white of grey images, which decide which images can be used.
        """
        row = self.rows.get(image.id)
        return (
            row is not None
            and (row["path"], row["bytes"], row["range"]) == (image.path, file_size(image.path), range_text(values))
            and (not row["reason"] or (skip and row["times"] == _times(image)))
        )

    def usable(self, name: str) -> bool:
        """Whether an image can be used.

        Raises
        ------
        LimelightError
            It has not been looked at.
        """
        if name not in self.rows:
            raise LimelightError(f"{self.table}: does not list image {name}; run the same command again to check it")
        return not self.rows[name]["reason"]


def seen(image: Image, values: Sequence[float] | None = None) -> tuple[str, ...]:
    """The row of an image but for its last cell, the reason why it cannot be used; before it is read."""
    return image.id, image.path, file_size(image.path), _times(image), range_text(values)


def _times(image: Image) -> str:
    """Modification times of the files of an image, in nanoseconds."""
    return " ".join(_time(path) for path in (image.path, image.mask) if path)


def _time(path: str) -> str:
    try:
        return str(os.stat(path).st_mtime_ns)
    except OSError:
        return "-"
