"""The page of a study: every sheet with what made it, accuracies, what was skipped or failed, and its jobs."""

import os
from pathlib import Path

import pandas as pd

from limelight.figures.report import ModelSection, Sheet, StudySection, preview, report_page
from limelight.figures.style import provenance
from limelight.machinery import failures
from limelight.machinery.joblog import job_log
from limelight.machinery.units import summary_path
from limelight.study.files import atomic, read_json


def job_table(files):
    """What each job did, a row a file; jobs of the arrays of one method follow each other."""
    rows = []
    for file in files:
        if summary_path(file).exists():
            summary = read_json(summary_path(file))
            summary["failed"] = len(summary["failed"])
            rows.append({"file": file, **{key: summary[key] for key in JOB_COLUMNS}})
    return pd.DataFrame(rows, columns=["file", *JOB_COLUMNS])


def table(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")


JOB_COLUMNS = [
    *("items", "computed", "reused", "failed", "device", "gpu", "seconds", "startup_seconds"),
    *("items_per_second", "inside_model", "peak_host_bytes", "peak_device_bytes"),
]


def sheet(path, folder, below, heading):
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


def main(source, params, folder, jobs):
    models = []
    for name, model, classes in zip(params.models, source.models, source.classes, strict=True):
        below = folder / name / "sheets"
        sheets = [sheet(below / f"{page}.png", folder, below, heading) for page, heading in params.sheets[name].items()]
        models.append(ModelSection(name, read_json(model), table(classes), sheets))
    sections = [
        StudySection(
            name,
            title,
            question,
            [sheet(folder / file, folder, folder / name, title) for file in files if file.endswith(".png")],
        )
        for name, (title, question, files) in params.sections.items()
    ]
    failed = [row for row in failures.read(folder) if row["file"] in set(source.arrays)]
    images, skipped = len(table(source.images)), table(source.skipped)
    return report_page(params.study, models, images, skipped, failed, jobs.to_dict("records"), sections)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        jobs = job_table(snakemake.input.arrays)
        page = main(snakemake.input, snakemake.params, Path(snakemake.output.page).parent, jobs)
        for path, text in ((snakemake.output.page, page), (snakemake.output.jobs, jobs.to_csv(index=False))):
            with atomic(path) as file:
                file.write(text.encode())
