"""The device of a job, its lease, and what happens when its memory is exhausted."""

import gc
import logging
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from filelock import FileLock, Timeout

from limelight.study.errors import LimelightError
from limelight.study.gpus import gpu_tokens, pretended_gpus, visible_gpus

log = logging.getLogger(__name__)


def _named(name: str, gpus: int) -> torch.device:
    """The device that `name` means on a machine with `gpus` GPUs."""
    if name == "auto":
        if gpus:
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= gpus:
        raise LimelightError(f"device: {name} is not available: this machine has {gpus} CUDA devices")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise LimelightError("device: mps is not available on this machine; expected auto, cpu or cuda")
    return device


def _cuda_devices() -> int:
    # Neither question makes a context on a GPU. The second counts by NVML, which also knows GPUs that CUDA cannot use,
    # because their driver is too old for this torch; hence the first.
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


# --- the lease of a GPU ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lease:
    """Where a job runs: its device and, if that is a GPU, the GPU's physical name (index or UUID)."""

    device: torch.device
    gpu: str | None


@contextmanager
def lease(name: str, jobs_per_gpu: int = 1, threads: int = 1) -> Iterator[Lease]:
    """Hold the device that `name` means, a GPU together with at most `jobs_per_gpu` - 1 other jobs.

    A job takes a slot of the least loaded GPU that it may use, or of GPU N if `name` is `cuda:N`, and waits while all
    slots are taken. A slot is a lock of the kernel, so it is free again however the job ends. CPU and MPS have no
    slots. Jobs see each other's slots if they are one user's, on one machine, with one folder for temporary files; jobs
    of a batch system only within their allocation, where GPU 0 need not be the GPU 0 of another allocation. GPUs go by
    what CUDA_VISIBLE_DEVICES calls them, so jobs that say index and UUID for one GPU do not see each other either.

    No CUDA context is made on any other GPU, and the leased one becomes the process's current one.

    With the environment variable LIMELIGHT_PRETEND_GPUS=n there seem to be n GPUs; what is computed is on the CPU.

    Parameters
    ----------
    name
        `auto` (a GPU where there is one), `cpu`, `cuda`, `cuda:N` or `mps`.
    threads
        What torch's number of threads is set to.

    Raises
    ------
    LimelightError
        The device is asked for by name and this machine does not have it, or the locks belong to somebody else.
    """
    torch.set_num_threads(max(1, threads))
    gpus = _gpu_names()
    device = _named(name, len(gpus))
    if device.type != "cuda":
        yield Lease(device, None)
        return
    with _slot(gpus if device.index is None else [gpus[device.index]], jobs_per_gpu) as gpu:
        if pretended_gpus(os.environ) is None:
            device = torch.device("cuda", gpus.index(gpu))
            torch.cuda.set_device(device)
        else:
            device = torch.device("cpu")
        log.info("holding GPU %s", gpu)
        yield Lease(device, gpu)


def _gpu_names() -> list[str]:
    """Physical names of CUDA's devices, in CUDA's order."""
    if pretended_gpus(os.environ) is not None:
        return visible_gpus(os.environ)
    count = _cuda_devices()
    names = gpu_tokens(os.environ)
    # Of several MIG slices CUDA takes the first, so names may be more than devices.
    return [str(index) for index in range(count)] if names is None or len(names) < count else names[:count]


def least_loaded(free: Sequence[int]) -> int | None:
    """Which GPU to take, given the number of `free` slots of each: the first with the most; None without any."""
    most = max(free, default=0)
    return free.index(most) if most > 0 else None


_POLL = 0.2
"""Seconds between two looks for a free slot."""

_ALLOCATIONS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "LSB_JOBINDEX")
"""Environment variables by which batch systems name an allocation."""


@contextmanager
def _slot(gpus: Sequence[str], jobs_per_gpu: int) -> Iterator[str]:
    folder, scope = _lock_folder(), _scope()
    # Whoever takes or gives back a slot holds the door. So nobody mistakes slots that another one only tries for taken,
    # and a lock's file can go together with the lock.
    door = FileLock(folder / "door.lock")

    def take() -> tuple[str, FileLock] | None:
        with door:
            slots = [[folder / f"{scope}{gpu}.{slot}.lock" for slot in range(jobs_per_gpu)] for gpu in gpus]
            free = [[lock for lock in map(_locked, paths) if lock is not None] for paths in slots]
            chosen = least_loaded([len(locks) for locks in free])
            taken = None if chosen is None else (gpus[chosen], free[chosen].pop(0))
            for lock in chain.from_iterable(free):
                _give_back(lock)
            return taken

    taken = take()
    if taken is None:
        log.info("waiting for a GPU")
    while taken is None:
        time.sleep(_POLL)
        taken = take()
    gpu, lock = taken
    try:
        yield gpu
    finally:
        with door:
            _give_back(lock)


def _locked(path: Path) -> FileLock | None:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def _give_back(lock: FileLock) -> None:
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


def _lock_folder() -> Path:
    folder = Path(tempfile.gettempdir(), f"limelight-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise LimelightError(f"{folder} belongs to another user; expected a folder of this user for the locks of jobs")
    return folder


def _scope() -> str:
    names = [f"{variable}={os.environ[variable]}," for variable in _ALLOCATIONS if os.environ.get(variable)]
    return re.sub(r"[^\w.=,-]", "_", "".join(names))


# --- memory ---------------------------------------------------------------------------------------------------------


class Sliceable(Protocol):
    """A list, an array, a tensor."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Any: ...


S = TypeVar("S", bound=Sliceable)
R = TypeVar("R")


class AdaptiveBatches(Generic[S, R]):
    """Batches of items, halved when memory runs out; see `in_steps`. `size` is the current batch size."""

    def __init__(self, items: S, size: int, compute: Callable[[S], R]) -> None:
        self.items = items
        self.size = size
        self.compute = compute

    def __iter__(self) -> Iterator[tuple[S, R]]:
        done = 0
        while done < len(self.items):
            step = self.items[done : done + self.size]
            try:
                result = self.compute(step)
            except (RuntimeError, MemoryError) as error:
                if len(step) == 1 or not is_out_of_memory(error):
                    raise
                self.size = len(step) // 2
            else:
                yield step, result
                done += len(step)
                del result  # the next step needs the memory
                continue
            # Only out here, without the exception, are the tensors of its frames gone.
            free_memory()
            log.warning("out of memory with a batch of %d; continuing with %d", len(step), self.size)


def in_steps(items: S, size: int, compute: Callable[[S], R]) -> AdaptiveBatches[S, R]:
    """`compute` on at most `size` items at a time, on fewer where memory is short.

        steps = in_steps(photographs, 16, classifier)
        for step, logits in steps:
            ...
        steps.size  # what the next loop may start with

    A step that runs out of memory is tried again in halves, and later steps stay that small. Each item is in one step,
    in order, and `compute` sees none of them again once it has returned. So that the step does not matter, what it
    computes of an item must not depend on the others; then results agree within a relative 1e-5 (float32): not bit for
    bit, since another batch size may be another algorithm that adds up in another order.

    Parameters
    ----------
    items
        A list, an array or a tensor, of which `compute` gets slices.

    Raises
    ------
    torch.OutOfMemoryError, RuntimeError, MemoryError
        The memory does not hold a single item; any other exception of `compute` passes at once.
    """
    return AdaptiveBatches(items, size, compute)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory cannot be had, on whatever device."""
    message = str(error)
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        words in message for words in ("can't allocate memory", "out of memory", "ALLOC_FAILED")
    )


def free_memory() -> None:
    """Give back what no tensor uses any more."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def peak_memory(device: torch.device) -> dict[str, int | None]:
    """The most memory that this process has held so far, in bytes.

    `peak_host_bytes` is resident memory. `peak_device_bytes` is what PyTorch has taken of a CUDA device, its cache
    included, on top of which come some hundred MB of CUDA's own; `None` where PyTorch keeps no such account.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "peak_host_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        "peak_device_bytes": torch.cuda.max_memory_reserved(device) if device.type == "cuda" else None,
    }
