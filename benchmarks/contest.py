"""A contest: contenders do the same work in turns, so that other work on the machine meets all alike."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from torch import Tensor

from limelight.network.checkpoints import read_checkpoint
from limelight.network.classifier import Classifier
from limelight.network.loading import build, fit
from limelight.network.photographs import photograph
from limelight.network.precision import synchronise
from limelight.study.paths import resolve

REPOSITORY = Path(__file__).parents[1]
SEED = 16
BATCHES = (4, 8, 16, 32, 64, 128, 256)

Contender = Callable[[], object]
Stopwatch = Callable[[Contender], float]
"""Seconds that something takes."""


def parser(description: str) -> argparse.ArgumentParser:
    """What the command line of every contest takes: the network, and how it is timed."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--factory", default="limelight.demo.network:network", help="as models.*.factory of a study")
    made.add_argument("--checkpoint", help="as models.*.checkpoint; untrained without")
    made.add_argument("--size", type=int, default=128, help="height and width of the network's input")
    made.add_argument("--repeats", type=int, default=5)
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--device", default="cpu")
    made.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: on a busy machine, one thread")
    return made


def add_photographs(made: argparse.ArgumentParser) -> None:
    """What a contest on photographs takes more."""
    shipped = [f"skimage:data/{name}" for name in ("coffee.png", "chelsea.png")]
    made.add_argument("--images", nargs="+", default=shipped, help="photographs")


def stopwatch(options: argparse.Namespace, device: torch.device) -> Stopwatch:
    """As the command line says; what a GPU has not finished counts."""
    clock = {"wall": time.perf_counter, "cpu": time.process_time}[options.clock]

    def seconds(work: Contender) -> float:
        synchronise(device)
        start = clock()
        work()
        synchronise(device)
        return clock() - start

    return seconds


def make_classifier(options: argparse.Namespace, device: torch.device) -> Classifier:
    """As a study's models are loaded, but for its classes, which are numbers."""
    torch.manual_seed(SEED)
    network = build(options.factory, {}).eval()
    if options.checkpoint:
        fit(network, read_checkpoint(options.checkpoint))
    with torch.no_grad():
        outputs = network(torch.zeros(1, 3, options.size, options.size)).shape[1]
    preprocessing = {"size": options.size, "resize": "squash", "interpolation": "bicubic", "range": [0, 1]}
    preprocessing |= {"mean": [0, 0, 0], "std": [1, 1, 1], "channels": "RGB"}
    classifier = Classifier(network, [str(k) for k in range(outputs)], preprocessing)
    return classifier.to(memory_format=torch.channels_last).to(device)


def photographs(options: argparse.Namespace, classifier: Classifier) -> list[np.ndarray]:
    """Those of the command line, (H, W, 3) uint8 each, as the network sees them."""
    return [photograph(resolve(path), classifier.resize) for path in options.images]


def passes(classifier: Classifier, count: int, batch: int, *, backward: bool = False) -> None:
    """The network on `count` photographs that are there already, and back to them: the floor of a contest."""
    ready = torch.rand(batch, 3, *classifier.resize.size).contiguous(memory_format=torch.channels_last)
    ready = ready.to(classifier.mean.device)
    for start in range(0, count, batch):
        part = ready[: count - start]
        if backward:
            with torch.enable_grad():
                part = part.detach().requires_grad_()
                torch.autograd.grad(classifier(part)[:, 0].sum(), part)
        else:
            with torch.no_grad():
                classifier(part)


def fastest_batch(classifier: Classifier, seconds: Stopwatch, *, backward: bool = False) -> int:
    """Photographs in a pass with which one takes the least time."""
    taken: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    for _ in range(4):
        for batch in BATCHES:
            taken[batch].append(seconds(partial(passes, classifier, max(BATCHES), batch, backward=backward)))
    return min(BATCHES, key=lambda batch: min(taken[batch]))


def take_turns(contenders: Mapping[str, Contender], repeats: int, seconds: Stopwatch) -> dict[str, list[float]]:
    """Seconds of each contender, once they have all run in: who begins changes with each turn."""
    names = list(contenders)
    for contender in contenders.values():
        contender()  # imports, caches and allocators
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(repeats):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            taken[name].append(seconds(contenders[name]))
    return taken


def table(taken: Mapping[str, Sequence[float]], images: int, floor: str = "the passes alone") -> str:
    """Median times an image, and median ratios to the first two, the floor and limelight: of neighbours in time."""
    first, ours, *_ = taken.values()
    lines = [f"| | seconds an image | times {floor} | times limelight |", "| --- | ---: | ---: | ---: |"]
    for name, seconds in taken.items():
        figures = [statistics.median(seconds) / images]
        figures += [statistics.median(a / b for a, b in zip(seconds, base, strict=True)) for base in (first, ours)]
        lines.append(f"| {name} | {figures[0]:.3f} | {figures[1]:.2f} | {figures[2]:.2f} |")
    return "\n".join(lines)


def as_tensor(images: Sequence[np.ndarray], device: torch.device) -> Tensor:
    """(N, 3, H, W) in [0, 1] of photographs (H, W, 3) uint8."""
    stacked = torch.from_numpy(np.stack(images)).float() / 255
    return stacked.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last).to(device)
