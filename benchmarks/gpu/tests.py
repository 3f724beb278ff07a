"""Part 1: the tests marked `gpu`, the tiny study among them. A row a test."""

import os
import sys
import time

import pytest
from rows import Rows, run
from subjects import REPOSITORY


class Keeper:
    """A plugin of pytest that writes how each test went, as soon as it has."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.began = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A row for the call, or for a setup that did not come to it."""
        if report.when == "call" or not report.passed:
            reason = ""
            if report.failed:
                reason = report.longreprtext.strip().splitlines()[-1][:300]
            elif report.skipped and isinstance(report.longrepr, tuple):
                reason = report.longrepr[2]
            name = report.nodeid.rpartition("::")[2]
            self.rows.write("test", test=name, outcome=report.outcome, seconds=round(report.duration, 2), reason=reason)


def measure(rows: Rows) -> None:
    """Run them in this process."""
    os.chdir(REPOSITORY)
    sys.path[:0] = [str(REPOSITORY / "scripts"), str(REPOSITORY / "tests")]
    options = ["-m", "gpu", "-p", "no:cacheprovider", "-q", "--durations=5", "tests/gpu"]
    status = pytest.main(options, plugins=[Keeper(rows)])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with {status!r}; expected it to run tests/gpu")


if __name__ == "__main__":
    run("tests", measure)
