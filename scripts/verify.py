"""Audit the store and the results of a study, and say what was found."""

from pathlib import Path

from limelight.machinery.audit import audit, size
from limelight.machinery.joblog import job_log, said
from limelight.machinery.store import Store
from limelight.study.errors import LimelightError


def main(store, study, models, files, log):
    found = audit(store, study, models, files)
    said(log, "store %s: %d units", store.root, found.entries)
    for path, reason in found.corrupt:
        said(log, "corrupt: %s: %s", path, reason)
    for path in found.missing:
        said(log, "missing: %s", path)
    said(log, "%d finished units are not in the store; a job that asks computes them again", len(found.absent))
    unwanted = found.unreached
    said(log, "%d files (%.1f MB) are reached by no study; `gc` removes them", len(unwanted), size(unwanted) / 1e6)
    if found.corrupt or found.missing:
        raise LimelightError(
            f"{study}: {len(found.corrupt)} corrupt and {len(found.missing)} missing files; expected none: delete the "
            "corrupt ones and run again, which makes both"
        )
    said(log, "everything is as it was written")


if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        params = snakemake.params
        main(Store(Path(params.store)), Path(params.study), params.models, params.files, log)
