"""A lock on a study, so that one run at a time makes it: Snakemake deletes what it is about to make.

The standard library only.
"""

import fcntl
import os
import socket
import time
from pathlib import Path

from limelight.study.errors import LimelightError
from limelight.study.files import open_lock_file, refused

RUN = "LIMELIGHT_RUN"
"""Environment variable with the process of the run that a job belongs to."""


def hold(study: str | Path) -> None:
    """Lock the study in this folder for this process until it ends, however it ends.

    The kernel releases the lock, so that a run that is killed leaves none behind. On a file system without locks
    nothing is locked.

    Raises
    ------
    LimelightError
        Another run holds the lock, or the folder cannot be written.
    """
    path = Path(study, ".run.lock")
    lock = open_lock_file(path)  # neither closed here nor inherited by the jobs
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 1000).decode(errors="replace") or "another run"
        os.close(lock)
        raise LimelightError(
            f"{study}: {holder} is making this study; expected one run at a time: wait until that has ended, or end it"
            " (other studies may run beside it, also on the same store)"
        ) from None
    except OSError:
        return
    holder = f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%F %T')},"
    try:
        os.ftruncate(lock, 0)
        os.write(lock, holder.encode())
    except OSError as error:
        raise refused(path, error) from error
