"""Is the benchmark for GPUs ready, where there is none?"""

import json
import sys
import time
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
MACHINE = {"torch", "torchvision", "numpy", "scipy", "scikit-learn", "matplotlib", "pandas", "safetensors"}
MACHINE |= {"timm", "transformers", "pytest", "hypothesis", "pip"}
"""What a machine with a GPU is expected to have, as docs/gpu.md says."""

PEERS = {"torchcam"}
"""Compared with, and no part of the project."""


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple:
    """The modules `parts` and `report`, which import each other by name."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks/gpu"))
    import parts
    import report

    yield parts, report
    for name in ("parts", "report", "rows"):
        sys.modules.pop(name, None)


def with_dependencies(names: set[str]) -> set[str]:
    """What these packages need on Linux, themselves included, as far as it is installed here."""
    environment = {"python_version": "3.12", "sys_platform": "linux", "platform_system": "Linux", "extra": ""}
    environment |= {"platform_machine": "x86_64", "platform_python_implementation": "CPython", "os_name": "posix"}
    known: set[str] = set()
    left = list(names)
    while left:
        name = canonicalize_name(left.pop())
        if name in known:
            continue
        known.add(name)
        try:
            needed = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:
            continue
        left += [one.name for one in needed if one.marker is None or one.marker.evaluate(environment)]
    return known


def pins(path: str) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in (REPOSITORY / path).read_text().splitlines()]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def test_wheels_are_what_the_project_needs_beyond_the_machine() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    dependencies = {Requirement(line).name for line in project["dependencies"]}
    wheels, pinned = pins("benchmarks/gpu_wheels.txt"), pins("requirements.txt")
    assert set(wheels) - PEERS == with_dependencies(dependencies) - with_dependencies(MACHINE)
    assert {name: pinned[name] for name in set(wheels) - PEERS} == {
        name: version for name, version in wheels.items() if name not in PEERS
    }


PART = """
import subprocess, sys, time
from rows import Rows
rows = Rows.of_command_line({name!r})
rows.write("value", number={number})
{then}
rows.write("end")
"""


def test_a_part_that_fails_or_is_late_leaves_the_others_alone(modules: tuple, tmp_path: Path) -> None:
    """Also what a late part has started is ended with it."""
    parts, _ = modules
    shed, out, alive = tmp_path / "parts", tmp_path / "out", tmp_path / "alive"
    shed.mkdir()
    out.mkdir()
    child = f"import time, pathlib; time.sleep(4); pathlib.Path({str(alive)!r}).touch()"
    for number, (name, then) in enumerate(
        {
            "good": "",
            "failing": "raise ValueError('no such layer')",
            "late": f"subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)",
            "last": "",
        }.items()
    ):
        text = f"import sys; sys.path.insert(0, {str(REPOSITORY / 'benchmarks/gpu')!r})\n"
        (shed / f"{name}.py").write_text(text + PART.format(name=name, number=number, then=then))
    limits = {"good": 30, "failing": 30, "late": 3, "last": 30}
    parts.run_parts(out, limits, 100, folder=shed)
    rows = json.loads((out / "gpu.json").read_text())
    assert [row["number"] for row in rows if row["what"] == "value"] == [0, 1, 2, 3]
    ends = {row["part"]: row.get("failed") for row in rows if row["what"] == "end"}
    assert ends == {
        "good": None,
        "failing": "exit status 1: ValueError: no such layer",
        "late": "ended after 3 s, when its time was over",
        "last": None,
    }
    assert "| 2 |" in (out / "gpu.md").read_text()
    time.sleep(2)
    assert not alive.exists()


def test_parts_for_which_no_time_is_left_say_so(modules: tuple, tmp_path: Path) -> None:
    parts, _ = modules
    (row,) = parts.run_parts(tmp_path, {"never": 5}, 0, folder=tmp_path)
    assert row == {"part": "never", "what": "end", "failed": "no time was left"}


def test_all_parts_are_there_and_keep_within_eight_minutes(modules: tuple) -> None:
    parts, _ = modules
    assert parts.WHOLE < 480
    assert all((REPOSITORY / f"benchmarks/gpu/{name}.py").is_file() for name in parts.PARTS)
    *early, _ = parts.PARTS.values()
    assert sum(early) < parts.WHOLE - 60, "the last part has what the others leave"


def test_the_page_shows_the_newest_numbers(modules: tuple) -> None:
    _, report = modules
    rows = json.loads(report.NEWEST.read_text()) if report.NEWEST.exists() else None
    assert report.PAGE.read_text() == report.page(rows)


def test_numbers_are_told_with_their_date_and_device(modules: tuple) -> None:
    _, report = modules
    machine = {"part": "machine", "what": "machine", "date": "2026-01-02", "device": "Some GPU", "small": False}
    rows = [machine, {"part": "speed", "what": "jobs", "job": "LIME", "seconds": 0.123456}]
    page = report.page(rows)
    assert "Measured on 2026-01-02, on one Some GPU." in page
    assert "| job | seconds |\n| --- | --- |\n| LIME | 0.123 |" in page
    assert "No numbers of a GPU exist" not in page


def test_precisions_stand_beside_each_other(modules: tuple) -> None:
    _, report = modules
    rows = [
        {"part": "exactness", "what": "difference", "job": job, "precision": precision, "largest": 0.5}
        for job in ("LIME", "dream")
        for precision in ("float32", "tf32")
    ]
    page = report.markdown([*rows, {"part": "exactness", "what": "end", "seconds": 1}])
    assert "| job | float32 largest | tf32 largest |\n| --- | --- | --- |\n| LIME | 0.5 | 0.5 |\n| dream |" in page
    assert "| seconds |\n| --- |\n| 1 |" in page


def test_only_one_module_of_the_benchmark_knows_the_package() -> None:
    files = (REPOSITORY / "benchmarks/gpu").glob("*.py")
    assert [file.name for file in files if "from limelight" in file.read_text()] == ["subjects.py"]
