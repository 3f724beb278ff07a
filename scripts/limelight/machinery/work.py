"""Batches for a network: photographs decoded ahead, steps of one shape, and failures that affect no other unit."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from limelight.machinery.arrays import Arrays
from limelight.machinery.device import free_memory, in_steps, is_out_of_memory, lease, peak_memory
from limelight.machinery.inputs import digest_of
from limelight.machinery.items import Item
from limelight.machinery.progress import age
from limelight.machinery.store import Store
from limelight.machinery.units import Failure, Setup, Summary, Unit
from limelight.network.classifier import Classifier
from limelight.network.loading import load
from limelight.network.photographs import Resize, photograph, regions
from limelight.study.errors import LimelightError, first_line

log = logging.getLogger(__name__)

ComputeBatch = Callable[[Sequence[Unit], Tensor], Sequence[Arrays]]
"""What a method makes of some units and their photographs, (B, 3, H, W) in [0, 1], in the same order."""


@dataclass(frozen=True)
class Work:
    """What a method needs: a trained network on its device, and the store for states on the way."""

    classifier: Classifier
    device: torch.device
    store: Store
    batch: int
    threads: int
    summary: Summary

    def steps(
        self, units: Sequence[Unit], compute: ComputeBatch, size: int | None = None, resize: Resize | None = None
    ) -> Iterator[tuple[Unit, Arrays | Failure]]:
        """Compute units in steps and yield each with its arrays, or with the reason why there are none.

        Every step is filled up to `size` (default: the job's batch) with repetitions of its last unit, so that all
        passes have one shape: what a processor makes of an image then is the same to the bit whatever its neighbours
        are. Only where memory is short are steps halved, and results may differ by 1e-5 of their size. Photographs have
        the size of the network's input, or what `resize` says.

        A unit fails alone: if a step raises, its units are computed one by one.
        """
        size = size or self.batch
        with _Photographs(units, resize or self.classifier.resize, self.threads, 2 * size) as photographs:

            def step(part: Sequence[Unit]) -> list[Arrays | Failure]:
                computed: dict[Item, Arrays | Failure] = {}
                readable = []
                for unit in part:
                    try:
                        photographs.get(unit)
                        readable.append(unit)
                    except LimelightError as error:
                        computed[unit.item] = Failure(str(error))
                computed |= self._computed(readable, compute, photographs, min(size, fitting.size))
                return [computed[unit.item] for unit in part]

            fitting = in_steps(units, size, step)
            for part, results in fitting:
                yield from zip(part, results, strict=True)
                photographs.forget(part)
            if fitting.size < size:
                self.summary.batch[units[0].computation.name] = fitting.size

    def in_steps(self, rows: Tensor, size: int, compute: Callable[[Tensor], Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Call a function on consecutive rows, at most `size` at once and fewer where memory is short."""
        return iter(in_steps(rows, size, compute))

    def regions(self, unit: Unit) -> np.ndarray | None:
        """The regions in the file `mask` of a unit, (H, W) int, in the size of the network's input, if it has one."""
        path = unit.files.get("mask")
        return None if path is None else regions(path, self.classifier.resize, digest_of(path))

    def _computed(
        self, units: Sequence[Unit], compute: ComputeBatch, photographs: "_Photographs", size: int
    ) -> dict[Item, Arrays | Failure]:
        if not units:
            return {}
        filled = [*units, *[units[-1]] * (size - len(units))]
        try:
            results = compute(filled, photographs.batch(filled, self.device))[: len(units)]
            return {unit.item: _finite(result) for unit, result in zip(units, results, strict=True)}
        except Exception as error:  # whatever one image makes a network or a library raise costs that image alone
            crowded = is_out_of_memory(error) and size > 1
            if crowded and len(units) > 1:
                raise  # the step is made smaller
            if len(units) == 1 and not crowded:
                log.info("%s", units[0].item, exc_info=error)
                return {units[0].item: Failure(_reason(error))}
        # Out here, because the exception is gone, and with it the tensors in its frames.
        if crowded:
            free_memory()
            return self._computed(units, compute, photographs, 1)
        return {
            item: result
            for unit in units
            for item, result in self._computed([unit], compute, photographs, size).items()
        }


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, LimelightError) else f"{type(error).__name__}: {first_line(error)}"


@contextmanager
def working(
    model: Mapping[str, Any], setup: Setup, threads: int, store: Store, batch: int, summary: Summary
) -> Iterator[Work]:
    """The network of a job, on a device that is its own meanwhile; the summary then says where and how it went."""
    with lease(setup.device, setup.jobs_per_gpu, threads) as held:
        classifier = load(model, held.device, model["precision"], setup.compile)
        summary.device, summary.gpu = str(held.device), held.gpu or ""
        began, summary.startup_seconds = time.monotonic(), age()
        try:
            yield Work(classifier, held.device, store, batch, threads, summary)
        finally:
            seconds = max(time.monotonic() - began, 1e-9)
            summary.items_per_second = summary.computed / seconds
            summary.inside_model = classifier.seconds / seconds
            summary.peak_device_bytes = peak_memory(held.device)["peak_device_bytes"] or 0


class _Photographs:
    """Decodes the photographs of some units in threads, a little ahead of their use."""

    def __init__(self, units: Sequence[Unit], resize: Resize, threads: int, ahead: int) -> None:
        self.resize = resize
        self.ahead = ahead
        self.waiting = iter([unit for unit in units if unit.image is not None])
        self.decoded: dict[Item, Future[np.ndarray]] = {}
        self.pool = ThreadPoolExecutor(max(1, threads))

    def __enter__(self) -> "_Photographs":
        self._fetch()
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def _fetch(self) -> None:
        while len(self.decoded) < self.ahead and (unit := next(self.waiting, None)) is not None:
            assert unit.image is not None
            path = unit.image.path
            self.decoded[unit.item] = self.pool.submit(photograph, path, self.resize, digest_of(path))

    def get(self, unit: Unit) -> np.ndarray:
        """(H, W, 3) uint8; black where a unit starts from no photograph."""
        if unit.image is None:
            return np.zeros((*self.resize.size, 3), np.uint8)
        return self.decoded[unit.item].result()

    def batch(self, units: Sequence[Unit], device: torch.device) -> Tensor:
        """(N, 3, H, W) float32 in [0, 1]; a quarter of the bytes travel if the division is left to the device."""
        stacked = torch.from_numpy(np.stack([self.get(unit) for unit in units]))
        if device.type == "cuda":
            stacked = stacked.pin_memory()
        return stacked.to(device, non_blocking=True).permute(0, 3, 1, 2).contiguous().float() / 255

    def forget(self, units: Sequence[Unit]) -> None:
        """Make room for the next ones."""
        for unit in units:
            self.decoded.pop(unit.item, None)
        self._fetch()


def _finite(result: Arrays) -> Arrays | Failure:
    for name, array in result.items():
        if not np.isfinite(array).all():
            return Failure(f"{name}: values are not finite")
    return result
