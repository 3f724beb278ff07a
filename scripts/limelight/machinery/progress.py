"""Progress of a job: units done, rate, and estimated remaining time."""

import logging
import sys
import time

import psutil

log = logging.getLogger(__name__)


class Progress:
    """Says so now and then: in the log, and on the terminal where a person watches one.

    Parameters
    ----------
    name
        Of the job.
    total
        Units to compute.
    every
        Seconds between two reports.
    """

    def __init__(self, name: str, total: int, every: float = 10.0) -> None:
        self.name, self.total, self.every = name, total, every
        self.done = 0
        self.began = self.reported = time.monotonic()

    def advance(self) -> None:
        """One more unit is done."""
        self.done += 1
        now = time.monotonic()
        if now - self.reported >= self.every:
            self.reported = now
            log.info("%s", self)
            if sys.stderr.isatty():
                print(f"{self.name}: {self}", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        """`12 of 64, 3.1/s, 17 s left`."""
        rate = self.done / max(time.monotonic() - self.began, 1e-9)
        left = (self.total - self.done) / rate if rate else float("inf")
        return f"{self.done} of {self.total}, {rate:.2g}/s, {duration(left)} left"


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> duration(7.6), duration(100), duration(7300)
    ('8 s', '1 min 40 s', '2 h 1 min')
    """
    if seconds == float("inf"):
        return "?"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age() -> float:
    """Seconds since this process began."""
    return time.time() - psutil.Process().create_time()
