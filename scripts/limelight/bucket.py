"""What does a job explain? The images of its bucket, as the network sees them, and a record of what it did."""

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from limelight import __version__
from limelight.images import load, to_float
from limelight.model import Classifier
from limelight.predictions import class_index


@dataclass(frozen=True)
class Item:
    """One image: its id, its label among the model's classes, and (H, W, 3) uint8 as the network sees it."""

    id: str
    label: int | None
    photograph: np.ndarray


def load_items(
    images: Sequence[tuple[str, str | None, str]], classifier: Classifier, skip: bool = False, threads: int = 1
) -> list[Item]:
    """The images (id, label, path) of a bucket; with `skip` those that cannot be decoded are left out."""
    photographs = load([path for _, _, path in images], classifier.resize, skip, threads)
    return [
        Item(name, None if label is None else class_index(label, classifier.classes, name), photograph)
        for (name, label, _), photograph in zip(images, photographs, strict=True)
        if photograph is not None
    ]


def steps(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """`items` in steps of at most `size`."""
    remaining = iter(items)
    while step := list(islice(remaining, size)):
        yield step


def batch(items: Sequence[Item], device: torch.device) -> Tensor:
    """Photographs of some items, (N, 3, H, W) float32 in [0, 1]."""
    return torch.from_numpy(to_float(np.stack([item.photograph for item in items]))).to(device)


def provenance(model: Mapping[str, Any], method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a result: model and checkpoint (from `model.json`), method, its parameters, versions."""
    return {
        "model": {key: model[key] for key in ("model", "factory", "checkpoint", "checkpoint_sha256")},
        "method": method,
        "parameters": dict(parameters),
        "versions": {
            "limelight": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in ("torch", "torchvision", "numpy", "pillow")},
        },
    }
