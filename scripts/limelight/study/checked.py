"""Which images has the last check of a study looked at, and which of them can be used?

One table, by which parse time decides what a job waits for, and which the job reads then. The standard library only.
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
        """Whether nothing new is to be expected of another look at an image; `skip`: it may be one that is left out.

        `values` are black and white of grey images, which decide what can be used. A photograph that could be read is
        known by its size, for whoever reads it sees that it has changed; one that could not may have been repaired.
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
    """When the files of an image were changed, in nanoseconds."""
    return " ".join(_time(path) for path in (image.path, image.mask) if path)


def _time(path: str) -> str:
    try:
        return str(os.stat(path).st_mtime_ns)
    except OSError:
        return "-"
