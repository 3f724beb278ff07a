"""What is measured on a GPU: networks, photographs, and a job of each kind. All that the parts use of limelight."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contest import SEED, as_tensor
from PIL import Image
from torch import Tensor, nn
from torchvision.models import resnet18, resnet50

from limelight.ascent import Channel, DeepDream, Octaves, Schedule, Transforms, ascend, scorer
from limelight.ascent.starts import noise
from limelight.attribution.registry import METHODS, find
from limelight.capabilities.lime.explanation import explain
from limelight.capabilities.lime.neighbourhood import fill
from limelight.capabilities.lime.segmentation import segment
from limelight.capabilities.quality.faithfulness import deletion, insertion, pixel_orders
from limelight.capabilities.quality.stability import stability
from limelight.demo.network import network as small_vgg
from limelight.machinery.device import free_memory, lease
from limelight.machinery.items import Item
from limelight.machinery.store import Store
from limelight.machinery.units import Computation, Failure, Photograph, Summary, Unit
from limelight.machinery.work import Work
from limelight.network.classifier import Classifier, explaining, probabilities
from limelight.network.last_map import last_map
from limelight.network.photographs import photograph, to_uint8
from limelight.network.precision import check_precision, synchronise
from limelight.schema import load as schema
from limelight.study.errors import LimelightError
from limelight.study.paths import resolve
from limelight.study.settings import complete

REPOSITORY = Path(__file__).parents[2]

__all__ = [
    "METHODS",
    "Classifier",
    "LimelightError",
    "Work",
    "check_precision",
    "explaining",
    "fill",
    "find",
    "free_memory",
    "last_map",
    "lease",
    "photograph",
    "probabilities",
    "segment",
    "synchronise",
    "to_uint8",
]


@dataclass(frozen=True)
class Sizes:
    """How large the jobs are; `small` is for a rehearsal on a CPU.

    `images` photographs are explained at once, in passes of at most `batch`.
    """

    images: int
    batch: int
    samples: int
    patch: int
    lime: int
    steps: int
    filters: int
    iterations: int


FULL = Sizes(images=8, batch=64, samples=50, patch=32, lime=1000, steps=50, filters=16, iterations=40)
EXACT = Sizes(images=2, batch=8, samples=8, patch=56, lime=64, steps=8, filters=4, iterations=5)
SMALL = Sizes(images=2, batch=4, samples=2, patch=32, lime=8, steps=2, filters=2, iterations=2)


# --- networks and photographs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """A network to explain: how it is built, its input's pixels a side, and layers for ascents and dreams."""

    name: str
    build: Callable[[], nn.Module]
    size: int
    layer: str
    deep: str

    @property
    def preprocessing(self) -> dict[str, Any]:
        """As in a study."""
        values = {"size": self.size, "resize": "squash", "interpolation": "bicubic", "range": [0, 1]}
        return {**values, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "channels": "RGB"}

    def classifier(self, device: torch.device, precision: str = "float32", compiled: bool = False) -> Classifier:
        """The network on a device, as a study's model is loaded."""
        network = settled(self)
        classes = [str(k) for k in range(network(torch.zeros(1, 3, self.size, self.size)).shape[1])]
        classifier = Classifier(network, classes, self.preprocessing, precision, compiled)
        return classifier.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)


EMBEDDED = Subject("embedded, 128 px", small_vgg, 128, "cnn.4", "cnn.16")
RESNET = Subject("ResNet-50, 224 px", resnet50, 224, "layer2.0.conv1", "layer3.5")
SMALL_RESNET = replace(
    RESNET, name="ResNet-18, 32 px", build=resnet18, size=32, layer="layer2.0.conv1", deep="layer3.1"
)
SMALL_EMBEDDED = replace(EMBEDDED, name="embedded, 64 px", size=64)


def settled(subject: Subject) -> nn.Module:
    """An untrained network whose batch norm knows photographs, so that its activations are of the size of trained ones.

    Weights are random: none can be had without a network, and neither speed nor rounding asks for trained ones.
    """
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(SEED)
        network = subject.build()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # the mean over all batches, of which there is one
        mean, std = (torch.tensor(subject.preprocessing[name]).view(1, 3, 1, 1) for name in ("mean", "std"))
        network.train()((pictures(subject.size, 8) - mean) / std)
    return network.eval().requires_grad_(False)


@cache
def _shipped() -> list[np.ndarray]:
    return [
        np.asarray(Image.open(resolve(f"skimage:data/{name}")).convert("RGB")) for name in ("coffee.png", "chelsea.png")
    ]


def cuts(count: int, height: int, width: int) -> Iterator[Image.Image]:
    """`count` different crops of scikit-image's photographs, scaled to a size."""
    generator = np.random.default_rng(SEED)
    for number in range(count):
        whole = _shipped()[number % 2]
        share = generator.uniform(0.6, 1)
        tall, wide = (round(share * side) for side in whole.shape[:2])
        top, left = (
            generator.integers(0, side - cut + 1) for side, cut in zip(whole.shape, (tall, wide), strict=False)
        )
        yield Image.fromarray(whole[top : top + tall, left : left + wide]).resize(
            (width, height), Image.Resampling.BICUBIC
        )


def pictures(size: int, count: int) -> Tensor:
    """(N, 3, size, size) in [0, 1]."""
    return as_tensor([np.asarray(cut) for cut in cuts(count, size, size)], torch.device("cpu"))


# --- jobs ---------------------------------------------------------------------------------------------------------

Job = Callable[[Classifier, Subject, Tensor, Sizes], Tensor]
"""Explains photographs, (N, 3, H, W) on the classifier's device, and gives what is kept of them, (N, ...)."""


def _targets(classifier: Classifier, images: Tensor) -> Tensor:
    """Fixed, so that rounding cannot change which class is explained."""
    return torch.arange(len(images), device=images.device) % len(classifier.classes)


def _predictions(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
    return torch.from_numpy(probabilities(classifier, images.split(sizes.batch)))


def parameters(name: str, sizes: Sizes) -> dict[str, Any]:
    """What an attribution method is given here."""
    named = {
        "smoothgrad": {"samples": sizes.samples},
        "integrated_gradients": {"steps": sizes.samples},
        "occlusion": {"patch": sizes.patch, "stride": sizes.patch},
    }
    return named.get(name, {})


def _attribution(name: str) -> Job:
    def job(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
        targets, seeds = _targets(classifier, images), range(len(images))
        given = {"batch": sizes.batch, "layer": None, **parameters(name, sizes)}
        return find(name)(classifier, images, targets, seeds=seeds, **given).maps.cpu()

    return job


@cache
def lime_settings() -> Mapping[str, Any]:
    """The `lime` section of a study that says nothing of it."""
    study = {"study": "benchmark", "classes": ["a", "b"], "images": {"path": "."}}
    study["models"] = {"m": {"factory": "a:b", "checkpoint": "c"}}
    return complete(study, schema(REPOSITORY), {})["lime"]


def _lime(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
    settings = {**lime_settings(), "samples": sizes.lime, "batch": sizes.batch}
    classes = range(min(5, len(classifier.classes)))
    maps = []
    with explaining(classifier):
        for image in to_uint8(images.cpu().numpy()):
            explanation = explain(classifier, image, classes, settings, SEED)
            maps.append(torch.from_numpy(explanation.weights[:, explanation.segments].astype(np.float32)))
    return torch.stack(maps)


def _climb(classifier: Classifier, score: Any, starts: Tensor, schedule: Schedule) -> Tensor:
    with explaining(classifier):
        recording = ascend(score, starts, schedule, seeds=range(len(starts)), gradient=classifier.gradient)
    return recording.photographs[-1].cpu()


def _ascent(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
    filters = range(sizes.filters)
    score = scorer(classifier, [Channel(subject.layer, number) for number in filters])
    starts = torch.stack([noise((subject.size, subject.size), number) for number in filters]).to(images.device)
    return _climb(classifier, score, starts, Schedule((0, sizes.iterations), step=0.02))


def _dream(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
    score = scorer(classifier, [DeepDream(subject.deep)] * len(images))
    octaves = Octaves(count=3, iterations=max(1, sizes.iterations // 3))
    schedule = Schedule((0, sizes.iterations), step=0.01, octaves=octaves, transforms=Transforms(jitter=8))
    return _climb(classifier, score, images, schedule)


def _faithfulness(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
    targets, orders = _targets(classifier, images), pixel_orders(images.mean(1), range(len(images)))
    curves = [
        curve(classifier, images, targets, orders, steps=sizes.steps, batch=sizes.batch).probabilities
        for curve in (deletion, insertion)
    ]
    return torch.from_numpy(np.stack(curves, 1))


def _stability(classifier: Classifier, subject: Subject, images: Tensor, sizes: Sizes) -> Tensor:
    def attribute(classifier: Classifier, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        return find("gradient")(classifier, photographs, targets, seeds=seeds, batch=sizes.batch).maps

    targets, seeds = _targets(classifier, images), range(len(images))
    given = {"samples": max(2, sizes.steps // 5), "batch": sizes.batch}
    measured = stability(attribute, classifier, images, targets, seeds=seeds, noise_seeds=seeds, **given)
    return torch.from_numpy(np.stack([measured.max_sensitivity, measured.agreement], 1))


JOBS: dict[str, Job] = {
    "predictions": _predictions,
    **{name: _attribution(name) for name in METHODS},
    "LIME": _lime,
    "ascent of a layer's filters": _ascent,
    "dream with octaves": _dream,
    "deletion and insertion": _faithfulness,
    "stability": _stability,
}
"""A job of each kind."""


# --- the machinery ------------------------------------------------------------------------------------------------


def working(classifier: Classifier, folder: Path, batch: int, threads: int) -> Work:
    """What a job of the workflow gives its computation."""
    summary = Summary("running", {}, {}, 0)
    return Work(classifier, classifier.mean.device, Store(folder), batch, threads, summary)


def units_of(files: Sequence[Path], name: str) -> list[Unit]:
    """A unit a photograph, as of a job of the workflow."""
    computation = Computation(name, "capabilities.predictions.compute:predict")
    return [Unit(Item(image=file.stem), computation, {}, Photograph(file.stem, None, str(file))) for file in files]


def through_steps(work: Work, files: Sequence[Path], name: str, explained: Callable[[Tensor], Tensor]) -> Tensor:
    """What the machinery of a job makes of files, (N, ...), decoding ahead in steps of one shape.

    Raises
    ------
    RuntimeError
        A photograph failed.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[dict[str, np.ndarray]]:
        return [{"values": row} for row in explained(photographs).cpu().numpy()]

    rows = []
    for unit, result in work.steps(units_of(files, name), step):
        if isinstance(result, Failure):
            raise RuntimeError(f"{unit.item}: {result.reason}")
        rows.append(torch.from_numpy(result["values"]))
    return torch.stack(rows)
