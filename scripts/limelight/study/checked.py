"""Which images has the last check of a study looked at, and which of them can be used?

One table, which appears whole and is written only by a check that succeeds. It is no output of a rule, for Snakemake
deletes those of a job that fails or is about to run, and jobs beside it read the table. The standard library only:
parse time reads it too.
"""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from limelight.study.errors import LimelightError
from limelight.study.files import atomic, file_size
from limelight.study.image_set import Image

COLUMNS = ("image", "path", "bytes", "times", "reason")


class Checked:
    """The images that have been looked at: their path, size, times, and why they cannot be used, by id."""

    def __init__(self, table: Path, rows: Mapping[str, Mapping[str, str]]) -> None:
        self.table, self.rows = table, rows

    @classmethod
    def of(cls, study: str | Path) -> Self:
        """The table in the folder of a study; empty where no check has succeeded yet."""
        table = table_path(study)
        try:
            with table.open(newline="", encoding="utf-8") as file:
                rows = csv.DictReader(file)
                # Of an earlier version, with other columns: as if there were none.
                known = {row["image"]: row for row in rows} if tuple(rows.fieldnames or ()) == COLUMNS else {}
        except FileNotFoundError:
            known = {}
        return cls(table, known)

    @classmethod
    def looking(cls, study: str | Path, images: Iterable[Image]) -> Self:
        """What a table says of images that are about to be looked at: all of them can be used."""
        return cls(table_path(study), {image.id: dict(zip(COLUMNS, _state(image), strict=True)) for image in images})

    def write(self, reasons: Mapping[str, str]) -> None:
        """Write the table, with the reason of each image that cannot be used, by id."""
        text = io.StringIO(newline="")
        rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        rows.writeheader()
        rows.writerows({**row, "reason": reasons.get(name, "")} for name, row in self.rows.items())
        with atomic(self.table) as file:
            file.write(text.getvalue().encode())

    def settles(self, image: Image, skip: bool) -> bool:
        """Whether nothing new is to be expected of another look at an image; `skip`: it may be one that is left out.

        A photograph that could be read is known by its size, for whoever reads it sees that it has changed; one that
        could not may have been repaired.
        """
        row = self.rows.get(image.id)
        return (
            row is not None
            and (row["path"], row["bytes"]) == (image.path, file_size(image.path))
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


def table_path(study: str | Path) -> Path:
    """Where the table of a study lies."""
    return Path(study, "checked.csv")


def _state(image: Image) -> tuple[str, ...]:
    return image.id, image.path, file_size(image.path), _times(image), ""


def _times(image: Image) -> str:
    """When the files of an image were changed, in nanoseconds."""
    return " ".join(_time(path) for path in (image.path, image.mask) if path)


def _time(path: str) -> str:
    try:
        return str(os.stat(path).st_mtime_ns)
    except OSError:
        return "-"
