"""Do the benchmarks run?"""

import re
import subprocess
import sys
from pathlib import Path


def test_lime_benchmark_compares_all_with_the_forward_passes(repository: Path) -> None:
    options = ["--size=32", "--samples=20", "--repeats=1", "--threads=1"]
    command = [sys.executable, "benchmarks/lime.py", *options]
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", run.stdout, re.MULTILINE)
    assert [row[0].partition(",")[0] for row in rows][:2] == ["forward passes alone", "limelight"]
    assert (rows[0][2], rows[1][3]) == ("1.00", "1.00")
    assert {row[0] for row in rows if row[0].startswith("lime, ")}


def test_ascent_benchmark_compares_all_with_the_notebook(repository: Path) -> None:
    options = ["--size=32", "--filters=3", "--batch=2", "--steps=2", "--repeats=1", "--threads=1"]
    command = [sys.executable, "benchmarks/ascent.py", *options]
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \|$", run.stdout, re.MULTILINE)
    assert [row[0].partition(",")[0] for row in rows][:2] == ["a notebook's loop", "limelight"]
    assert rows[0][2] == "1.00"
    shares = [float(share) for share in re.findall(r"inside the model, .+: ([\d.]+)$", run.stdout, re.MULTILINE)]
    assert len(shares) == 4
    assert all(0 < share <= 1 for share in shares)
