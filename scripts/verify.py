"""Audit the store and the results of a study, and log the result."""

from pathlib import Path

from limelight.machinery.audit import audit, in_sentences
from limelight.machinery.joblog import job_log, log_to_terminal
from limelight.machinery.store import Store
from limelight.study.errors import LimelightError

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        params = snakemake.params
        store = Store(Path(params.store))
        result = audit(store, Path(params.study), params.models, params.files)
        for sentence in in_sentences(result, store):
            log_to_terminal(log, "%s", sentence)
        if result.corrupt or result.missing:
            raise LimelightError(
                f"{params.study}: {len(result.corrupt)} corrupt and {len(result.missing)} missing files; expected none;"
                " delete the corrupt ones and run the study again to compute both"
            )
        log_to_terminal(log, "all files are intact")
