"""Part 4: does decoding keep up with the network? JPEGs of 500 x 375 pixels, as large as ImageNet's."""

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch
from contest import passes
from rows import Rows, run
from subjects import (
    EMBEDDED,
    RESNET,
    SMALL_EMBEDDED,
    SMALL_RESNET,
    Subject,
    cuts,
    explaining,
    lease,
    photograph,
    probabilities,
    synchronise,
    through_steps,
    working,
)
from torch import Tensor

BATCH = 64


def measure(rows: Rows) -> None:
    """Decoding alone by number of threads; then the network alone, and both together."""
    cores = len(os.sched_getaffinity(0))
    count, batch = (8, 4) if rows.small else (1024, BATCH)
    subjects = (SMALL_RESNET, SMALL_EMBEDDED) if rows.small else (RESNET, EMBEDDED)
    with tempfile.TemporaryDirectory() as folder, lease("auto", threads=cores) as held:
        files = written(Path(folder), count)
        for threads in sorted({1, 4, 8, cores}):
            if threads <= cores:
                some = files[: max(4, count * threads // cores)]
                rows.write("decoding alone", threads=threads, images_a_second=decoded(some, subjects[0], threads))
        for subject in subjects:
            with rows.trying("to the device", network=subject.name):
                through(rows, subject, files, batch, cores, held.device, Path(folder))


def written(folder: Path, count: int) -> list[Path]:
    """`count` JPEGs; only 64 different ones, because drawing them takes longer than decoding them."""
    files = []
    drawn = list(cuts(min(count, 64), 375, 500))
    for number in range(count):
        files.append(folder / f"{number:04d}.jpg")
        drawn[number % len(drawn)].save(files[-1], quality=90)
    return files


def decoded(files: list[Path], subject: Subject, threads: int) -> float:
    """Images a second, decoded and scaled to what the network takes."""
    resize = subject.classifier(torch.device("cpu")).resize
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(partial(photograph, resize=resize), files))
    return len(files) / (time.perf_counter() - began)


def through(
    rows: Rows, subject: Subject, files: list[Path], batch: int, threads: int, device: torch.device, folder: Path
) -> None:
    """Images a second of predictions: of the network alone, and from files, as a job makes them."""
    for precision in ("float32",) if rows.small else ("float32", "bfloat16"):
        classifier = subject.classifier(device, precision)
        work = working(classifier, folder / "store", batch, threads)

        def explained(photographs: Tensor) -> Tensor:
            return torch.from_numpy(probabilities(classifier, [photographs]))  # noqa: B023 - called at once

        through_steps(work, files[:batch], "predictions", explained)  # the first passes choose algorithms
        rates = {}
        for what, job in {
            "network": lambda: alone(classifier, len(files), batch),  # noqa: B023
            "together": lambda: through_steps(work, files, "predictions", explained),  # noqa: B023
        }.items():
            synchronise(device)
            began = time.perf_counter()
            job()
            synchronise(device)
            rates[what] = len(files) / (time.perf_counter() - began)
        rows.write(
            "to the device",
            network=subject.name,
            precision=precision,
            batch=batch,
            threads=threads,
            network_alone=rates["network"],
            from_files=rates["together"],
            share=rates["together"] / rates["network"],
        )


def alone(classifier: torch.nn.Module, count: int, batch: int) -> None:
    """The bare forward passes."""
    with explaining(classifier):
        passes(classifier, count, batch)


if __name__ == "__main__":
    run("decoding", measure)
