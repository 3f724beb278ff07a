"""The log of a job."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from limelight.study.errors import LimelightError


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
    log = logging.getLogger("limelight")
    try:
        yield log
    except LimelightError as error:
        log.error("%s", error)
        log.debug("", exc_info=error)
        sys.exit(f"limelight: {error}")
    except Exception:
        log.exception("unexpected error")
        raise


def log_to_terminal(log: logging.Logger, message: str, *values: object) -> None:
    """Log a message and also print it on the terminal."""
    log.info(message, *values)
    sys.stderr.write(f"{message % values}\n")
