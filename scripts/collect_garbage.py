"""Remove files that no current study uses, after logging their size."""

from pathlib import Path

from limelight.machinery.audit import remove, size, unreached
from limelight.machinery.joblog import job_log, log_to_terminal
from limelight.machinery.store import Store

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        params = snakemake.params
        store = Store(Path(params.store))
        paths = unreached(store, Path(params.study), params.models, params.files)
        log_to_terminal(log, "removing %d files (%.1f MB) that no study uses", len(paths), size(paths) / 1e6)
        for path in paths:
            log.info("%s", path)
            remove(path)
