"""Do the benchmarks run?"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_study import make_study

from limelight.machinery import arrays
from limelight.machinery.items import Item


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


def compare(repository: Path, before: Path, after: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "benchmarks/compare_results.py", str(before), str(after)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)


def test_results_are_compared_to_the_bit(repository: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    for folder in (before, after):
        arrays.write(
            folder / "net/maps/b.npz", {Item(image="egg"): {"map": values}}, {}, failed={Item(image="pie"): "x"}
        )
        (folder / "net/classes.csv").write_text("class,accuracy\negg,0.5\n")
    assert "1 arrays and 1 tables compared, 0 differences" in compare(repository, before, after).stdout
    nearly = np.nextafter(values, np.float32(9))
    arrays.write(
        after / "net/maps/b.npz", {Item(image="egg", layer="0"): {"map": nearly}}, {}, failed={Item("pie"): "x"}
    )
    (after / "net/classes.csv").write_text("class,accuracy\negg,0.6\n")
    (after / "net/new.csv").write_text("a\n")
    compared = compare(repository, before, after)
    assert compared.returncode == 1
    assert compared.stdout.splitlines() == [
        "net/maps/b.npz: 1 items have another name, such as egg -> egg/0",
        "DIFFERS net/maps/b.npz: map of egg differs by up to 4.77e-07",
        "DIFFERS net/new.csv: is missing before",
        "DIFFERS net/classes.csv: line 2 is 'egg,0.5' before, 'egg,0.6' after",
        "1 arrays and 1 tables compared, 3 differences",
    ]


def test_the_campaign_of_kills_counts_units_where_jobs_finish_them(repository: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("campaign", repository / "benchmarks/break.py")
    assert spec is not None
    assert spec.loader is not None
    campaign = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(campaign)
    campaign.count_units(make_study(tmp_path / "study"))
    assert (tmp_path / "study/scripts/limelight/machinery/job.py").read_text().count(campaign.COUNTED) == 1
