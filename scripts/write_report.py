"""The page of a study: every sheet with what made it, the accuracy of each class, what was skipped."""

import os
from pathlib import Path

import pandas as pd

from limelight.arrays import atomic, read_json
from limelight.figures.report import ModelSection, Sheet, report_page
from limelight.figures.style import provenance
from limelight.joblog import job_log


def table(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")


def main(source, folder):
    sections = []
    for name, model, classes in zip(snakemake.params.models, source.models, source.classes, strict=True):
        own = Path(model).parent
        pages = [Path(sheet) for sheet in source.sheets if Path(sheet).is_relative_to(own / "sheets")]
        shown = [
            Sheet(
                os.path.relpath(page, folder), str(page.relative_to(own / "sheets").with_suffix("")), provenance(page)
            )
            for page in pages
        ]
        sections.append(ModelSection(name, read_json(model), table(classes), shown))
    return report_page(snakemake.params.study, sections, len(table(source.images)), table(source.skipped))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        page = main(snakemake.input, Path(snakemake.output[0]).parent)
        with atomic(snakemake.output[0]) as file:
            file.write(page.encode())
