"""Do the benchmarks run?"""

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("benchmark", "options", "tables"),
    [
        ("superpixels", ["--samples=20"], [{"lime", "Captum's Lime"}]),
        ("attribution", ["--steps=4"], [{"Captum"}, {"Captum"}, {"Captum"}, {"a plain loop"}]),
    ],
)
def test_a_benchmark_compares_all_with_the_bare_passes(
    repository: Path, benchmark: str, options: list[str], tables: list[set[str]]
) -> None:
    command = [sys.executable, f"benchmarks/{benchmark}.py", "--size=32", "--repeats=1", "--threads=1", *options]
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", run.stdout, re.MULTILINE)
    floors = [number for number, row in enumerate(rows) if "passes alone" in row[0]]
    assert len(floors) == len(tables)
    for start, end, others in zip(floors, [*floors[1:], len(rows)], tables, strict=True):
        floor, ours, *rest = rows[start:end]
        assert (floor[2], ours[3]) == ("1.00", "1.00")
        assert ours[0].startswith("limelight")
        assert others <= {row[0].partition(",")[0] for row in rest}


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
