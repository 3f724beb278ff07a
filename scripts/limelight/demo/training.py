"""Training of the small classifier: short, on the processor, and the same each time for the same seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils import deterministic

_BATCH = 32
_PEAK_RATE = 5e-3
_DECAY = 0.02


@dataclass(frozen=True)
class _Stage:
    """Part of the training: the share of the epochs by which it ends, and the least and largest width of its pictures
    as shares of the full one."""

    end: float
    low: float
    high: float


# Reduced pictures teach the same shapes in a fraction of the time. They come in several sizes, for a network used to
# one size has to learn its textures again when the last epochs bring whole pictures.
_STAGES = (_Stage(0.75, 0.5, 0.8), _Stage(1.0, 1.0, 1.0))


@dataclass(frozen=True)
class Epoch:
    """What one epoch reached: mean training loss, accuracies in 0..1, and its wall time in seconds."""

    epoch: int
    loss: float
    training_accuracy: float
    validation_accuracy: float
    seconds: float


def train(
    network: nn.Module,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    *,
    seed: int,
    epochs: int,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> list[Epoch]:
    """Train a network in place and leave it in eval mode.

    Parameters
    ----------
    network : torch.nn.Module
        Takes (N, 3, height, width) images in 0..1 and returns logits. Its weights at the start are drawn anew from
        the seed.
    training, validation : tuple[numpy.ndarray, numpy.ndarray]
        Images (N, 128, 128, 3) uint8 and labels (N,) int.
    seed : int
        Settles weights, order, augmentation and drop-out. The same seed gives the same bits again for the same number
        of threads.
    epochs : int
        Passes over the training images.
    on_epoch : callable, optional
        Called with each epoch as it ends.

    Returns
    -------
    list[Epoch]
        One record an epoch.
    """
    (images, labels), (held_images, held_labels) = _tensors(training), _tensors(validation)
    history: list[Epoch] = []
    with _reproducible(seed):
        generator = torch.Generator().manual_seed(seed)
        network.apply(_renewed)
        network.to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(_groups(network), lr=_PEAK_RATE)
        steps = epochs * -(-len(labels) // _BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _PEAK_RATE, total_steps=steps, pct_start=0.3)
        for number in range(1, epochs + 1):
            start = time.perf_counter()
            stage = next(stage for stage in _STAGES if number <= stage.end * epochs or stage is _STAGES[-1])
            loss, right = _pass(network, images, labels, optimiser, schedule, generator, stage)
            held_right = accuracy(network, held_images, held_labels, stage.high)
            history.append(Epoch(number, loss, right, held_right, time.perf_counter() - start))
            if on_epoch is not None:
                on_epoch(history[-1])
        network.to(memory_format=torch.contiguous_format)
    network.eval()
    return history


def accuracy(network: nn.Module, images: torch.Tensor, labels: torch.Tensor, scale: float = 1.0) -> float:
    """Share of (N, 3, height, width) uint8 images, reduced by `scale`, whose largest logit is at their label."""
    network.eval()
    with torch.inference_mode():
        right = [
            (network(_reduced(part, scale)).argmax(1) == truth).sum().item()
            for part, truth in zip(images.split(64), labels.split(64), strict=True)
        ]
    return sum(right) / max(len(labels), 1)


def _tensors(data: tuple[np.ndarray, np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.from_numpy(np.ascontiguousarray(data[0])).permute(0, 3, 1, 2)
    return images, torch.from_numpy(np.asarray(data[1], dtype=np.int64))


def _reduced(images: torch.Tensor, scale: float) -> torch.Tensor:
    """Images in 0..1 at `scale` of their size, rounded to whole eighths of a hundred-odd pixels."""
    ready = images.float() / 255
    size = [max(32, 8 * round(width * scale / 8)) for width in images.shape[2:]]
    if size != list(images.shape[2:]):
        ready = functional.interpolate(ready, size=size, mode="bilinear", antialias=True)
    return ready.contiguous(memory_format=torch.channels_last)


def _renewed(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
        module.reset_parameters()
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")


def _groups(network: nn.Module) -> list[dict[str, object]]:
    """Parameters with decay (weights) and without (offsets and norms)."""
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}]


def _pass(
    network: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    generator: torch.Generator,
    stage: _Stage,
) -> tuple[float, float]:
    network.train()
    loss_sum, right = 0.0, 0
    # A last batch of one would leave batch norm without a spread, so parts are as even as can be.
    parts = torch.randperm(len(labels), generator=generator).tensor_split(-(-len(labels) // _BATCH))
    for part in parts:
        scale = stage.low + (stage.high - stage.low) * torch.rand((), generator=generator).item()
        with torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16()):
            logits = network(_relit(_reduced(_moved(images[part], generator), scale), generator))
        loss = functional.cross_entropy(logits.float(), labels[part])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        loss_sum += loss.item() * len(part)
        right += int((logits.argmax(1) == labels[part]).sum())
    return loss_sum / len(labels), right / len(labels)


def _has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 by itself, which halves the time; emulated it would be slower."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def _moved(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Small shifts, quarter turns and flips, drawn for each image by itself."""
    count, _, height, width = images.shape
    edge = max(1, height // 16)
    images = functional.pad(images.float(), (edge,) * 4, mode="reflect")
    turns = torch.randint(4, (count,), generator=generator).tolist()
    flips = torch.randint(2, (count,), generator=generator).tolist()
    tops = torch.randint(images.shape[2] - height + 1, (count,), generator=generator).tolist()
    lefts = torch.randint(images.shape[3] - width + 1, (count,), generator=generator).tolist()
    # Quarter turns keep every pixel as it is; other angles would blur the textures the classes differ by.
    parts = [
        torch.rot90(image[:, top : top + height, left : left + width], turn, (1, 2)).flip(2 if flip else ())
        for image, turn, flip, top, left in zip(images, turns, flips, tops, lefts, strict=True)
    ]
    return torch.stack(parts)


def _relit(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A little more or less light, and another tint, drawn for each image by itself."""
    strength = torch.rand(len(images), 1, 1, 1, generator=generator) * 0.14 + 0.93
    tint = 1 + 0.03 * torch.randn(len(images), 3, 1, 1, generator=generator)
    return (images * strength * tint).clamp_(0, 1)


@contextmanager
def _reproducible(seed: int) -> Iterator[None]:
    """Deterministic algorithms and a seeded generator inside; torch's global state as before afterwards."""
    strict = torch.are_deterministic_algorithms_enabled()
    lenient = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        # Nothing here reads memory it has not written; filling it first would cost an eighth of the time.
        deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(strict, warn_only=lenient)
            deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
