"""Atomic files, a full disk, cells that a spreadsheet would run, and the lock on a study."""

import csv
import errno
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.machinery import failures
from limelight.machinery.joblog import job_log
from limelight.machinery.store import Store
from limelight.study import cells, holding
from limelight.study.errors import LimelightError
from limelight.study.files import DiskFullError, atomic

# --- a full disk ----------------------------------------------------------------------------------------------------


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def library(*_: object) -> None:
    raise OSError("encoder error -2 when writing image file")


@pytest.mark.parametrize(
    ("fails", "error"),
    [("fsync", full), ("write", library), ("write", full)],
)
def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, error: Any) -> None:
    """Also where a library hides the number of the error: then a few more bytes are tried."""
    path = tmp_path / "deep/a.npz"

    def write() -> None:
        with atomic(path, 3_000_000) as file:
            file.write(b"some")
            monkeypatch.setattr(os, fails, full)
            if fails == "write":
                error()

    expected = r"a\.npz: the disk is full: this file needs at least 3 MB, and [\d.e+]+ MB are free; make room and run"
    with pytest.raises(DiskFullError, match=expected):
        write()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("fails", ["mkdir", "open", "write"])
def test_a_disk_that_is_full_at_the_start_is_the_same_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    monkeypatch.setattr(os, fails, full)
    with pytest.raises(DiskFullError, match=r"food/\.run\.lock: the disk is full: "):
        holding.hold(tmp_path / "food")
    if fails != "write":  # claims are locks alone
        with pytest.raises(DiskFullError, match="store/claims: the disk is full: "), Store(tmp_path / "store").claims():
            pass


def test_another_error_of_a_library_is_no_full_disk(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="encoder error"), atomic(tmp_path / "a.png"):
        library()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with (
        pytest.raises(LimelightError, match=r"a\.csv: cannot be written \(Is a directory\)"),
        atomic(tmp_path / "a.csv"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to mount a tmpfs")
def test_a_real_disk_that_is_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        with pytest.raises(DiskFullError, match=r"disk/a\.bin: the disk is full"), atomic(disk / "a.bin") as file:
            file.write(bytes(100_000))
        assert list(disk.iterdir()) == []
        with atomic(disk / "a.bin") as file:
            file.write(bytes(1000))
    finally:
        subprocess.run(["umount", disk], check=True)


JOB = """
import sys, time
from limelight.machinery.joblog import job_log
from limelight.study.files import DiskFullError
with job_log(sys.argv[1]):
    raise DiskFullError("a.npz: the disk is full")
"""


def test_a_job_that_fills_the_disk_stops_the_run(tmp_path: Path, python: Callable) -> None:
    """By SIGTERM, at which Snakemake starts no more jobs; a process that is none of its ancestors is left alone."""
    received = []
    previous = signal.signal(signal.SIGTERM, lambda *_: received.append("stop"))
    try:
        for run, stops in ((os.getpid(), 1), (1 << 30, 1)):
            with pytest.raises(AssertionError, match=r"^limelight: a\.npz: the disk is full\n"):
                python(JOB, str(tmp_path / "log"), **{holding.RUN: str(run)})
            time.sleep(0.1)
            assert len(received) == stops
    finally:
        signal.signal(signal.SIGTERM, previous)


def test_the_system_says_that_a_disk_is_full_and_a_job_says_it_in_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(SystemExit, match=r"^limelight: a\.csv: the disk is full: there is no room"),
        job_log(str(tmp_path / "log")),
    ):
        raise OSError(errno.ENOSPC, "No space left on device", "a.csv")


# --- cells of tables ------------------------------------------------------------------------------------------------

CELLS = st.text(st.sampled_from("=+-@'\t\r\n,\"a1. "), max_size=4)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4))
def test_no_cell_is_a_formula_and_each_comes_back(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    marked = cells.marked(text.getvalue())
    for row in csv.reader(io.StringIO(marked, newline="")):
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r"))
            if cell.startswith(("+", "-")):
                float(cell)
    assert list(csv.reader(io.StringIO(cells.plain(marked), newline=""))) == rows


def test_numbers_and_harmless_tables_stay_as_they_are() -> None:
    text = 'image,score\n"a, =b",-0.5\nc-d,+1e-3\n'
    assert cells.marked(text) == text == cells.plain(text)
    assert cells.marked("a\n=1+1\n") == "a\n'=1+1\n"


def test_reasons_of_failures_come_back_and_are_no_formulas(tmp_path: Path) -> None:
    failures.record(tmp_path, "a.npz", {"one": "=cmd|' /C calc'!A0"})
    assert "\na.npz,one,'=cmd" in (tmp_path / "failed.csv").read_text()
    assert failures.read(tmp_path)[0]["reason"] == "=cmd|' /C calc'!A0"


# --- who makes a study ----------------------------------------------------------------------------------------------

HOLDER = """
import sys, time
from limelight.study.holding import hold
hold(sys.argv[1])
print("held", flush=True)
time.sleep(600)
"""


def test_a_study_has_one_run_at_a_time(tmp_path: Path, repository: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(repository / "scripts")}
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "food")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LimelightError, match=rf"food: process {other.pid} on .+, since .+, is making this study"):
            holding.hold(tmp_path / "food")
        holding.hold(tmp_path / "another")
        other.kill()
    holding.hold(tmp_path / "food")
