"""The page of a study: every sheet with what made it, accuracies, what was skipped or failed, and its jobs."""

from pathlib import Path

from limelight.figures.study_page import job_table, study_page
from limelight.machinery.joblog import job_log
from limelight.study.cells import marked
from limelight.study.files import atomic

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        source, params, output = snakemake.input, snakemake.params, snakemake.output
        jobs = job_table(source.arrays)
        page = study_page(dict(source.items()), dict(params.items()), Path(output.page).parent, jobs)
        for path, text in ((output.page, page), (output.jobs, marked(jobs.to_csv(index=False)))):
            with atomic(path) as file:
                file.write(text.encode())
