"""Part 6: jobs that share a GPU, and the embedded demo from its photographs to its gallery."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from rows import Rows, run
from subjects import REPOSITORY

SHARED = (1, 2, 4)
"""Jobs at once on a GPU."""

COPIED = ("Snakefile", "workflow", "rules", "scripts", "config", "profiles", "report", "environment.yml")


def measure(rows: Rows) -> None:
    """Shared jobs first, because the whole demo takes the remaining time."""
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in COPIED:
            source = REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, folder / part)
        configure(folder, rows.small, 1)
        with rows.trying("prepared"):
            rows.write("prepared", **snakemake(folder, cores, rows.left - 5, "compute", "--until", "predict"))
        for jobs in SHARED[:2] if rows.small else SHARED:
            with rows.trying("shared", jobs_per_gpu=jobs):
                for made in ("vgg/saliency", "store"):
                    shutil.rmtree(folder / "results/demo" / made, ignore_errors=True)
                configure(folder, rows.small, jobs)
                done = snakemake(folder, cores, rows.left - 5, "compute", "--until", "compute_saliency")
                rows.write("shared", jobs_per_gpu=jobs, **done)
        with rows.trying("demo"):
            targets = ["predictions", "saliency"] if rows.small else []
            rows.write("demo", jobs_per_gpu=jobs, cores=cores, **snakemake(folder, cores, rows.left - 5, *targets))


def configure(folder: Path, small: bool, jobs: int) -> None:
    """The demo with a network that is hardly trained: to draw and train takes minutes, and no GPU."""
    config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    config["demo"] |= {"training": 2, "validation": 1, "epochs": 1, "evaluation": 1 if small else 12}
    config["buckets"] = {"explain": 6 if small else 3}
    config["gpu"] = {"jobs_per_gpu": jobs}
    if small:
        config["saliency"] = {"methods": {"gradient": {}}}
        config["figures"] = {"images": ["egg_00"]}
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))


def snakemake(folder: Path, cores: int, seconds: float, *arguments: str) -> dict[str, object]:
    """The wall time of a run, how many of its jobs were done, and whether it ended within `seconds`.

    Raises
    ------
    RuntimeError
        It failed, or there is no time for it.
    """
    if seconds <= 0:
        raise RuntimeError("no time was left")
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]
    log, began, status = folder / "log", time.perf_counter(), None
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
        try:
            status = process.wait(min(seconds, 3600))
        except subprocess.TimeoutExpired:
            process.kill()  # its jobs are ended with this part
            process.wait()
    taken, output = time.perf_counter() - began, log.read_text(errors="replace")
    if status:
        print(output)
        raise RuntimeError(f"snakemake ended with status {status}; the log of this part says why")
    steps = re.findall(r"^(\d+ of \d+) steps", output, re.MULTILINE)
    return {"seconds": taken, "jobs": steps[-1] if steps else "none", "finished": status == 0}


if __name__ == "__main__":
    run("demo", measure)
