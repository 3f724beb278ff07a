"""The log of a job."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from limelight.machinery.decoder_log import name_decoded_files
from limelight.study.errors import LimelightError
from limelight.study.files import DiskFullError, no_room
from limelight.study.holding import RUN


@contextmanager
def job_log(path: str) -> Iterator[logging.Logger]:
    """Log to `path`; end the process with one sentence on stderr and in the log if the user made a mistake.

    Any other exception is logged with its traceback and passes through.
    """
    logging.basicConfig(
        filename=path,
        filemode="w",
        encoding="utf-8",
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        force=True,
    )
    logging.captureWarnings(True)
    name_decoded_files()
    logging.raiseExceptions = False  # where the disk is full, no traceback for each line of the log
    log = logging.getLogger("limelight")
    try:
        with no_room():
            yield log
    except LimelightError as error:
        log.error("%s", error)
        log.debug("", exc_info=error)
        if isinstance(error, DiskFullError):
            _stop_run()
        sys.exit(f"limelight: {error}")
    except Exception:
        log.exception("unexpected error")
        raise


def _stop_run() -> None:
    """Ask the run that this job belongs to for no more jobs: they would all fail alike, whatever `keep-going` says.

    On a cluster the run is no ancestor of its jobs, and goes on.
    """
    run = os.environ.get(RUN, "")
    if run in {str(process.pid) for process in psutil.Process().parents()}:
        os.kill(int(run), signal.SIGTERM)


def log_to_terminal(log: logging.Logger, message: str, *values: object) -> None:
    """Log a message and also print it on the terminal."""
    log.info(message, *values)
    sys.stderr.write(f"{message % values}\n")
