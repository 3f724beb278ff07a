"""Contents of the report of a study: its sheets, tables, failures and jobs, read from the files of its rules."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from limelight.figures.report import ModelSection, Sheet, StudySection, preview, report_page
from limelight.figures.style import provenance
from limelight.machinery import arrays, failures, tables
from limelight.machinery.units import summary_path
from limelight.study.files import read_json

JOB_COLUMNS = [
    *("items", "computed", "reused", "failed", "device", "gpu", "seconds", "startup_seconds"),
    *("items_per_second", "inside_model", "peak_host_bytes", "peak_device_bytes"),
]


def job_table(files: Iterable[str]) -> pd.DataFrame:
    """What each job did, a row a file of arrays; jobs of the arrays of one capability follow each other."""
    rows = []
    for file in files:
        if summary_path(file).exists():
            summary = read_json(summary_path(file))
            summary["failed"] = len(summary["failed"])
            left_out = "; ".join(summary.get("left_out", ()))
            rows.append({"file": file, **{key: summary[key] for key in JOB_COLUMNS}, "left_out": left_out})
    return pd.DataFrame(rows, columns=["file", *JOB_COLUMNS, "left_out"])


def study_page(files: Mapping[str, Any], params: Mapping[str, Any], folder: Path, jobs: pd.DataFrame) -> str:
    """The page as HTML.

    Parameters
    ----------
    files
        Inputs of the rule: `arrays`, `models`, `classes`, `images`, `skipped`.
    params
        `study` (name), `models` (names), `sheets` (headings by model and sheet), `sections` (title, question and files
        of what belongs to no single model, by capability).
    folder
        Of the study, where the page will lie.
    jobs
        See `job_table`.
    """
    models = []
    for name, model, classes in zip(params["models"], files["models"], files["classes"], strict=True):
        below = folder / name / "sheets"
        sheets = [
            _sheet(below / f"{page}.png", folder, below, heading) for page, heading in params["sheets"][name].items()
        ]
        models.append(ModelSection(name, read_json(model), _rows(classes), sheets))
    sections = [
        StudySection(
            name,
            title,
            question,
            [_sheet(folder / file, folder, folder / name, title) for file in pictures if file.endswith(".png")],
        )
        for name, (title, question, pictures) in params["sections"].items()
    ]
    failed = [row for row in failures.read(folder) if row["file"] in set(files["arrays"])]
    left_out = arrays.parts_left_out(files["arrays"])
    images, skipped = len(_rows(files["images"])), _rows(files["skipped"])
    return report_page(params["study"], models, images, skipped, failed, jobs.to_dict("records"), sections, left_out)


def _sheet(path: Path, folder: Path, below: Path, heading: str) -> Sheet:
    """A PNG of the study that stands in the folder `below`, which its name leaves out."""
    animation = path.with_suffix(".webp")
    return Sheet(
        os.path.relpath(path, folder),
        path.relative_to(below).as_posix().removesuffix(".png"),
        heading,
        provenance(path),
        preview(path),
        os.path.relpath(animation, folder) if animation.exists() else "",
    )


def _rows(path: str | Path) -> list[dict[str, Any]]:
    return tables.read_texts(path).to_dict("records")
