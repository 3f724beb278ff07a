"""Which machine is this? The first row of all."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import torch
from rows import Rows, run
from subjects import REPOSITORY

PACKAGES = ("torch", "torchvision", "numpy", "snakemake", "captum", "lime", "torchcam")


def measure(rows: Rows) -> None:
    """Names and versions."""
    cuda = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if cuda else f"none; rehearsed on a CPU ({platform.machine()})"
    memory = torch.cuda.get_device_properties(0).total_memory if cuda else None
    driver = output_of("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader") if cuda else ""
    rows.write(
        "machine",
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        device=device,
        cuda=torch.version.cuda if cuda else None,
        memory_bytes=memory,
        driver=driver,
        cores=len(os.sched_getaffinity(0)),
        python=platform.python_version(),
        versions={name: version for name in PACKAGES if (version := installed(name))},
        commit=output_of("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"),
        small=rows.small,
    )


def output_of(*command: str) -> str:
    """What a command prints first; nothing where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return next(iter(done.stdout.splitlines()), "").strip()


def installed(name: str) -> str:
    """The version of a package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    run("machine", measure)
