"""The GPUs that may be used here, counted without a driver and without torch because parsing imports this."""

import re
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from limelight.study.errors import LimelightError

PRETENDED = "LIMELIGHT_PRETEND_GPUS"
"""Environment variable: how many GPUs to act as if there were, while everything is computed on the CPU."""


def gpu_tokens(environment: Mapping[str, str]) -> list[str] | None:
    """Physical names of the GPUs that CUDA_VISIBLE_DEVICES lists, indices or UUIDs, up to the first that is neither.

    `None` if it is not set; nothing if it names one twice, as CUDA itself has it.
    """
    listed = environment.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        return None
    tokens = list(takewhile(re.compile(r"\d+|(GPU|MIG)-.+").fullmatch, map(str.strip, listed.split(","))))
    names = [str(int(token)) if token.isdecimal() else token for token in tokens]
    return names if len(set(names)) == len(names) else []


def pretended_gpus(environment: Mapping[str, str]) -> int | None:
    """How many GPUs to pretend; `None` if the real ones count.

    Raises
    ------
    LimelightError
        The variable is no number.
    """
    value = environment.get(PRETENDED)
    if value is None or value.isdecimal():
        return None if value is None else int(value)
    raise LimelightError(f"{PRETENDED}: {value!r} is not a whole number from 0")


def visible_gpus(environment: Mapping[str, str], root: Path = Path("/")) -> list[str]:
    """Physical names of the GPUs here that a job may use, counted without asking a driver.

    A guess of what CUDA will find, for the number of jobs to run at once: an old driver may find less. `device.lease`
    asks CUDA itself.
    """
    present = pretended_gpus(environment)
    if present is None:
        # In a container the device files are those of its own GPUs, and /proc may show the host's.
        devices = [*root.glob("dev/nvidia[0-9]*")] or [*root.glob("proc/driver/nvidia/gpus/*")]
        present = len(devices)
    tokens = gpu_tokens(environment)
    if tokens is None:
        return [str(index) for index in range(present)]
    return list(takewhile(lambda name: not name.isdecimal() or int(name) < present, tokens)) if present else []


def gpu_jobs(settings: Mapping[str, Any], environment: Mapping[str, str], root: Path = Path("/")) -> int:
    """How many jobs of a study can hold a GPU of this machine at once; 0 if none is used here, so that none waits."""
    device = settings["device"]
    if device in ("cpu", "mps"):
        return 0
    gpus = len(visible_gpus(environment, root))
    return (min(gpus, 1) if ":" in device else gpus) * settings["gpu"]["jobs_per_gpu"]
