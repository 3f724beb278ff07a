"""Part 5: the most memory by method and batch, and the same result when it is too short."""

import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from rows import Rows, run
from subjects import (
    FULL,
    JOBS,
    RESNET,
    SMALL,
    SMALL_RESNET,
    Classifier,
    Subject,
    cuts,
    find,
    free_memory,
    lease,
    pictures,
    synchronise,
    through_steps,
    working,
)
from torch import Tensor


def measure(rows: Rows) -> None:
    """The shortage first: it is the promise."""
    subject = SMALL_RESNET if rows.small else RESNET
    with lease("auto", threads=torch.get_num_threads()) as held:
        with rows.trying("shortage", network=subject.name):
            shortage(rows, subject, held.device)
        classifier = subject.classifier(held.device)
        for batch in (1, 2) if rows.small else (1, 16, 64):
            for name in JOBS:
                with rows.trying("peak", network=subject.name, job=name, batch=batch):
                    peak(rows, subject, classifier, name, batch)


def peak(rows: Rows, subject: Subject, classifier: Classifier, name: str, batch: int) -> None:
    """A row; as many images at once as the batch, and few samples, for these come one batch after another."""
    device, count = classifier.mean.device, 1 if name == "LIME" else batch
    sizes = replace(SMALL if rows.small else FULL, batch=batch, samples=2, lime=max(8, batch), steps=4, iterations=3)
    sizes = replace(sizes, images=count, filters=min(batch, 64))
    images = pictures(subject.size, count).to(device)
    free_memory()
    before = 0
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    JOBS[name](classifier, subject, images, sizes)
    synchronise(device)
    taken: dict[str, float | None] = {"allocated_mib": None, "reserved_mib": None}
    if device.type == "cuda":
        taken["allocated_mib"] = (torch.cuda.max_memory_allocated(device) - before) / 2**20
        taken["reserved_mib"] = torch.cuda.max_memory_reserved(device) / 2**20
    rows.write("peak", network=subject.name, job=name, batch=batch, **taken)


def shortage(rows: Rows, subject: Subject, device: torch.device) -> None:
    """A job with more memory than it needs, and then with too little for its batch."""
    batch = 8 if rows.small else 64
    classifier = subject.classifier(device)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [folder / f"{number}.png" for number in range(batch)]
        for file, cut in zip(files, cuts(batch, subject.size, subject.size), strict=True):
            cut.save(file)
        work = working(classifier, folder / "store", batch, 4)
        limited = False

        def gradients(photographs: Tensor) -> Tensor:
            if limited and device.type != "cuda" and len(photographs) > batch // 4:
                raise torch.OutOfMemoryError("CUDA out of memory. (rehearsed)")
            targets = torch.zeros(len(photographs), dtype=torch.int64, device=device)
            return find("gradient")(classifier, photographs, targets, seeds=range(len(photographs)), batch=batch).maps

        expected = through_steps(work, files, "gradient", gradients)
        if device.type == "cuda":
            # Three eighths of what the whole batch took: enough for a quarter of it.
            torch.cuda.reset_peak_memory_stats(device)
            through_steps(work, files, "gradient", gradients)
            share = (
                0.375 * torch.cuda.max_memory_allocated(device) / torch.cuda.get_device_properties(device).total_memory
            )
            free_memory()
            torch.cuda.set_per_process_memory_fraction(share, device)
        limited = True
        try:
            computed = through_steps(work, files, "gradient", gradients)
        finally:
            if device.type == "cuda":
                torch.cuda.set_per_process_memory_fraction(1.0, device)
        rows.write(
            "shortage",
            network=subject.name,
            job="gradient",
            batch=batch,
            went_on_with=work.summary.batch.get("gradient", batch),
            equal=torch.equal(expected, computed),
            largest_difference=float((computed - expected).abs().max() / expected.abs().max()),
        )


if __name__ == "__main__":
    run("memory", measure)
