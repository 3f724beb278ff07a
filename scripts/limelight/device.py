"""Where does it run, how exactly, and what if memory does not suffice?"""

import gc
import getpass
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from filelock import FileLock, Timeout

from limelight.errors import LimelightError

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

PRETEND = "LIMELIGHT_PRETEND_GPUS"
"""Environment variable: so many GPUs are leased as if they were there, and the processor computes."""

ALLOCATIONS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
"""Environment variables in which batch systems name the allocation that a process runs in."""

POLL = 0.2


@dataclass(frozen=True)
class Lease:
    """The device of a job, and the name of the GPU that it holds meanwhile; empty if it needs none."""

    device: torch.device
    gpu: str = ""


@contextmanager
def lease(name: str, jobs_per_gpu: int = 1, threads: int = 1) -> Iterator[Lease]:
    """The device that `name` (auto, cpu, cuda, cuda:N, mps) means on this machine, with torch set to `threads`.

    A job that computes on a GPU holds a slot of it: no more than `jobs_per_gpu` do at once, those of other runs of
    Snakemake on the machine included. The kernel gives the slot back however the job ends. If all are taken, it waits.

    Raises
    ------
    LimelightError
        The device is asked for by name and this machine does not have it.
    """
    torch.set_num_threads(max(1, threads))
    gpus = visible_gpus()
    kind, _, number = name.partition(":")
    if kind == "cuda" and int(number or 0) >= len(gpus):
        raise LimelightError(f"device: {name} is not on this machine, which has {len(gpus)} CUDA devices")
    mps = torch.backends.mps.is_available()
    if kind == "mps" and not mps:
        raise LimelightError("device: mps is not on this machine; expected auto, cpu or cuda")
    if kind == "cpu" or (kind == "auto" and not gpus):
        yield Lease(torch.device("mps" if kind == "auto" and mps else "cpu"))
    elif kind == "mps":
        yield Lease(torch.device("mps"))
    else:
        wanted = [int(number)] if number else list(range(len(gpus)))
        with ExitStack() as stack:
            index = stack.enter_context(_slot(lock_folder(), gpus, wanted, jobs_per_gpu))
            if PRETEND in os.environ:
                yield Lease(torch.device("cpu"), gpus[index])
            else:
                # Before anything else touches CUDA, so that no other GPU gets a context.
                torch.cuda.set_device(index)
                yield Lease(torch.device("cuda", index), gpus[index])


def visible_gpus() -> list[str]:
    """Names of the GPUs that this process may use, in torch's order, without a context on any of them.

    A name is the entry of CUDA_VISIBLE_DEVICES (a number or a UUID), or the number where that is not set.
    """
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = None if listed is None else [name.strip() for name in listed.split(",") if name.strip()]
    if PRETEND in os.environ:
        count = int(os.environ[PRETEND])
        return [str(index) for index in range(count)] if names is None else names[:count]
    count = torch.cuda.device_count()
    return [str(index) for index in range(count)] if names is None else names[:count]


def lock_folder() -> Path:
    """Where the locks of this user's GPUs lie: on the node itself.

    A batch system shows every allocation its GPUs as 0, 1, ..., and lets nobody else use them, so there an allocation
    has locks of its own.
    """
    allocation = next((os.environ[name] for name in ALLOCATIONS if name in os.environ), "node")
    return Path(tempfile.gettempdir(), f"limelight-{getpass.getuser()}", allocation)


def slots(indices: Sequence[int], jobs_per_gpu: int) -> list[tuple[int, int]]:
    """(GPU, slot) in the order in which they are tried: every GPU gets a first job before one gets a second."""
    return [(index, slot) for slot in range(jobs_per_gpu) for index in indices]


@contextmanager
def _slot(folder: Path, gpus: Sequence[str], indices: Sequence[int], jobs_per_gpu: int) -> Iterator[int]:
    folder.mkdir(parents=True, exist_ok=True)
    tried = slots(indices, jobs_per_gpu)
    waiting = False
    while True:
        for index, slot in tried:
            lock = FileLock(folder / f"{gpus[index]}.{slot}")
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            try:
                yield index
            finally:
                lock.release()
            return
        if not waiting:
            log.info("waiting for a GPU: all %d slots are taken", len(tried))
            waiting = True
        time.sleep(POLL)


# --- memory -----------------------------------------------------------------------------------------------------------


class Steps(Generic[Item, Result]):
    """Work in steps of at most `size` items, smaller ones where memory does not suffice.

    Iterating gives each step with what `compute` makes of it. Where that runs out of memory, `size` is halved for good,
    and the work goes on with the items that are not done yet. In exact arithmetic the size of a step decides nothing;
    in float32 results then differ by 1e-5 of their size.

    Raises
    ------
    torch.OutOfMemoryError
        One item alone does not fit.
    """

    def __init__(self, items: Sequence[Item], size: int, compute: Callable[[Sequence[Item]], Result]) -> None:
        self.items = items
        self.size = size
        self.compute = compute

    def __iter__(self) -> Iterator[tuple[Sequence[Item], Result]]:
        done = 0
        while done < len(self.items):
            part = self.items[done : done + self.size]
            try:
                result = self.compute(part)
            except Exception as error:
                if not out_of_memory(error) or len(part) == 1:
                    raise
                self.size = max(1, len(part) // 2)
                log.warning("out of memory with %d at once; going on with %d", len(part), self.size)
            else:
                yield part, result
                done += len(part)
                continue
            # Only here, when the exception and with it the tensors in its frames are gone, is there memory to free.
            free()


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory did not suffice, of the device or of the host."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def free() -> None:
    """Give back what is no longer used."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def peak_device_bytes(device: torch.device) -> int:
    """The most memory that tensors of this process have taken on a GPU; 0 elsewhere."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
