"""How do the costs of the workflow itself grow? Budgets of a generated study of many images, all explained.

Everything is real but small: photographs of 32 x 32 pixels, a network of two convolutions, few samples and iterations,
so that what is measured is the workflow and not the network. Run it by `make bench-scale`.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image

REPOSITORY = Path(__file__).parents[1]
CLASSES = ["red", "green", "blue"]

NETWORK = """
from torch import nn

def build():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
    )
"""

STUDY = {
    "study": "scale",
    "classes": CLASSES,
    "device": "cpu",
    "models": {"net": {"factory": "network.py:build", "checkpoint": "net.pth", "preprocessing": {"size": 32}}},
    "images": {"path": "photographs"},
    "explain": "all",
    "filters": {
        "layers": [0],
        "filters": [0],
        "iterations": 1,
        "ascent": {"batch": 64},
        "noise_iterations": 1,
        "atlas": {"layers": []},
        "compare": 0,
    },
    "saliency": {"batch": 64},
    "lime": {"samples": 8, "batch": 8, "segmentation": {"method": "slic", "n_segments": 6, "compactness": 10}},
    "dream": {
        "layer": 3,
        "filters": [0],
        "layers": [3],
        "record": [0, 1],
        "class_images": {"iterations": 1},
        "ascent": {"batch": 64},
    },
    "quality": {"explain": []},
    "figures": {"per_sheet": 11},
}


@dataclass(frozen=True)
class Measured:
    """A run of Snakemake: its wall time, its peak memory in bytes, and what it printed."""

    seconds: float
    peak: int
    output: str


def generate(folder: Path, images: int) -> None:
    """A study whose photographs are noise in a colour."""
    (folder / "photographs").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for number in range(images):
        photograph(folder, generator, number)
    (folder / "network.py").write_text(NETWORK)
    namespace: dict = {}
    exec(NETWORK, namespace)
    torch.manual_seed(0)
    torch.save(namespace["build"]().state_dict(), folder / "net.pth")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY))


def photograph(folder: Path, generator: np.random.Generator, number: int) -> None:
    """One photograph more."""
    pixels = generator.integers(0, 90, (32, 32, 3), dtype=np.uint8)
    pixels[..., number % 3] += 120
    Image.fromarray(pixels).save(folder / f"photographs/{number % 3}_{number}.png")


def snakemake(folder: Path, *arguments: str) -> Measured:
    """Run the workflow of this repository on the study in `folder`."""
    command = [sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile"), "-d", str(folder), *arguments]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--configfile", str(folder / "study.yaml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stdout)
    return Measured(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, done.stdout)


def summaries(folder: Path) -> dict[Path, dict]:
    """What the jobs of the study say that they did, by file, and when it was written."""
    paths = (folder / "results/scale/net").rglob("*.summary.json")
    return {path: {**json.loads(path.read_text()), "written": path.stat().st_mtime_ns} for path in paths}


def computed(before: dict[Path, dict], after: dict[Path, dict]) -> dict[str, int]:
    """Units computed between two looks, by method."""
    counts: dict[str, int] = {}
    for path, summary in after.items():
        if before.get(path, {}).get("written") != summary["written"]:
            method = path.relative_to(path.parents[-1]).parts
            name = method[method.index("net") + 1]
            counts[name] = counts.get(name, 0) + summary["computed"]
    return counts


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--cores", default="all")
    parser.add_argument("--keep", type=Path, help="folder to work in and to keep")
    options = parser.parse_args(arguments)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="limelight-scale-"))
    try:
        generate(folder, options.images)
        rows = list(measure(folder, options.images, options.cores))
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    sys.stdout.write(
        f"\n{options.images} images x 4 methods, {date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"torch {torch.__version__}\n\n| what | measured | budget for 10,000 images |\n| --- | --- | --- |\n"
    )
    for row in rows:
        sys.stdout.write(f"| {' | '.join(row)} |\n")


def measure(folder: Path, images: int, cores: str):
    """Rows of the table: what, measured, budget."""
    dry = snakemake(folder, "compute", "-n", "--quiet", "rules")
    jobs = re.search(r"^total +(\d+)$", dry.output, re.M)
    yield f"parse and `-n` of {jobs[1] if jobs else '?'} jobs", f"{dry.seconds:.1f} s", "10 s"
    yield "memory of `-n`", f"{dry.peak / 1e6:.0f} MB", ""
    # A job of so little work takes more images than the default: it is to be the images that cost.
    (folder / "study.yaml").write_text(yaml.safe_dump({**STUDY, "buckets": {"explain": 1024}}))
    full = snakemake(folder, "compute", "--quiet", "all", "--cores", cores)
    before = summaries(folder)
    yield f"full run in buckets of 1024, {cores} cores", f"{full.seconds / 60:.1f} min", ""
    units = sum(summary["computed"] for summary in before.values())
    yield "units computed, and a second of the run", f"{units}, {units / full.seconds:.0f}", ""
    starts = sorted(summary["startup_seconds"] for summary in before.values() if summary["computed"])
    yield "start of a job, process to first batch (median)", f"{starts[len(starts) // 2]:.1f} s", ""
    second = snakemake(folder, "compute", "--cores", cores)
    assert "Nothing to be done" in second.output, second.output
    yield "second run of the finished study", f"{second.seconds:.1f} s", "15 s"
    photograph(folder, np.random.default_rng(1), images)
    more = snakemake(folder, "compute", "--quiet", "all", "--cores", cores)
    counted = ", ".join(f"{method} {number}" for method, number in sorted(computed(before, summaries(folder)).items()))
    yield "one image more: units computed", counted, "1 image a method"
    yield "one image more: time", f"{more.seconds:.1f} s", ""


if __name__ == "__main__":
    main()
