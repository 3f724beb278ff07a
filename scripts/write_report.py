"""The page of a study: every sheet with what made it, accuracies, what was skipped or failed, and its jobs."""

import os
from pathlib import Path

import pandas as pd

from limelight.figures.report import ModelSection, Sheet, preview, report_page
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
            said = read_json(summary_path(file))
            said["failed"] = len(said["failed"])
            rows.append({"file": file, **{key: said[key] for key in JOB_COLUMNS}})
    return pd.DataFrame(rows, columns=["file", *JOB_COLUMNS])


def table(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")


JOB_COLUMNS = [
    *("items", "computed", "reused", "failed", "device", "gpu", "seconds", "startup_seconds"),
    *("items_per_second", "inside_model", "peak_host_bytes", "peak_device_bytes"),
]


def main(source, folder, jobs):
    sections = []
    for name, model, classes in zip(snakemake.params.models, source.models, source.classes, strict=True):
        own = Path(model).parent
        pages = [Path(sheet) for sheet in source.sheets if Path(sheet).is_relative_to(own / "sheets")]
        shown = [
            Sheet(
                os.path.relpath(page, folder),
                page.relative_to(own / "sheets").as_posix().removesuffix(".png"),
                provenance(page),
                preview(page),
            )
            for page in pages
        ]
        sections.append(ModelSection(name, read_json(model), table(classes), shown))
    strips = [Path(file) for file in source.training if file.endswith(".png")]
    training = [
        Sheet(
            os.path.relpath(page, folder),
            str(page.relative_to(Path(folder, "training")).with_suffix("")),
            provenance(page),
            preview(page),
            os.path.relpath(page.with_suffix(".webp"), folder),
        )
        for page in strips
    ]
    failed = [row for row in failures.read(folder) if row["file"] in set(source.arrays)]
    images, skipped = len(table(source.images)), table(source.skipped)
    return report_page(snakemake.params.study, sections, images, skipped, failed, jobs.to_dict("records"), training)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        jobs = job_table(snakemake.input.arrays)
        page = main(snakemake.input, Path(snakemake.output.page).parent, jobs)
        for path, text in ((snakemake.output.page, page), (snakemake.output.jobs, jobs.to_csv(index=False))):
            with atomic(path) as file:
                file.write(text.encode())
