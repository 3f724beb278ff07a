"""The table of failures of a study with their reasons, written by its jobs, also by those that fail."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from limelight.study.cells import marked, plain
from limelight.study.files import atomic

COLUMNS = ("file", "unit", "reason")


def record(study: str | Path, output: str, failed: Mapping[str, str]) -> None:
    """Replace what the table of a study says of the job that makes `output`.

    Parameters
    ----------
    study
        Folder of the study, which holds `failed.csv`.
    failed
        Reasons by unit; empty if all is well.
    """
    table = table_path(study)
    if not failed and not table.exists():
        return
    table.parent.mkdir(parents=True, exist_ok=True)
    # Jobs end at the same time, and each reads and writes the whole table.
    with FileLock(table.with_name(".failed.lock")):
        rows = [row for row in read(study) if row["file"] != output]
        rows += [dict(zip(COLUMNS, (output, unit, reason), strict=True)) for unit, reason in failed.items()]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        with atomic(table) as file:
            file.write(marked(text.getvalue()).encode())


def read(study: str | Path) -> list[dict[str, str]]:
    """The rows of a study's table; none if nothing has ever failed."""
    try:
        with table_path(study).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(io.StringIO(plain(file.read()), newline="")))
    except FileNotFoundError:
        return []


def table_path(study: str | Path) -> Path:
    """Where the table of a study lies."""
    return Path(study, "failed.csv")
