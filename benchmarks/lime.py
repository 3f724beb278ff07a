"""How fast is LIME? The package `lime`, Captum and limelight on one network, as multiples of its bare forward passes.

    python benchmarks/lime.py
    python benchmarks/lime.py --factory model.py:build --checkpoint weights.pth --size 128 --images a.jpg b.jpg

Without arguments the network is the embedded study's, untrained, and the photographs are scikit-image's. The floor is
as many forward passes as there are samples, at the fastest batch size, with nothing around them. All of them take
turns, and each ratio is that of two neighbours in time, so that other work on the machine meets all alike; the table
has medians.
"""

import argparse
import copy
import io
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path

# Instead of this folder, in which `lime` would be this file.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np
import torch
from lime.lime_image import LimeImageExplainer
from torch import Tensor

from limelight.device import lease
from limelight.files import resolve
from limelight.images import photograph
from limelight.model import Classifier, build, explaining, fit, read_checkpoint
from limelight.neighbourhood import fill
from limelight.precision import synchronise
from limelight.segmentation import segment
from limelight.settings import complete, load_yaml
from limelight.superpixels import explain

SCHEMA = Path(__file__).parents[1] / "config/config.schema.yaml"
BATCHES = (4, 8, 16, 32, 64, 128, 256)
SEED = 16

Contender = Callable[[np.ndarray], object]
"""Does its work for a photograph, (H, W, 3) uint8."""


def main() -> None:
    """Measure as the command line says, and print the table."""
    options = arguments()
    with lease(options.device, threads=options.threads) as held:
        taken = measure(options, held.device)
    print(
        f"{len(options.images)} photographs of {options.size} x {options.size} pixels, {options.samples} samples, "
        f"{options.repeats} repeats, {options.device}, {options.threads} threads, {options.clock} time"
    )
    print(table(taken))


def measure(options: argparse.Namespace, device: torch.device) -> dict[str, list[float]]:
    """Seconds of each contender, in the order of repeats and photographs."""
    classifier = make_classifier(options.factory, options.checkpoint, options.size).to(device)
    photographs = [photograph(resolve(path), classifier.resize) for path in options.images]
    clock = {"wall": time.perf_counter, "cpu": time.process_time}[options.clock]

    def seconds(work: Callable[[], object]) -> float:
        synchronise(device)
        start = clock()
        work()
        synchronise(device)
        return clock() - start

    with explaining(classifier):
        contenders = make_contenders(classifier, options.samples, fastest_batch(classifier, seconds))
        names = list(contenders)
        taken: dict[str, list[float]] = {name: [] for name in names}
        for contender in contenders.values():
            contender(photographs[0])  # imports, caches and allocators
        for turn in range(options.repeats):
            for image in photographs:
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    taken[name].append(seconds(partial(contenders[name], image)))
    return taken


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--factory", default="limelight.demo.network:network", help="as models.*.factory of a study")
    parser.add_argument("--checkpoint", help="as models.*.checkpoint; untrained without")
    parser.add_argument("--size", type=int, default=128, help="height and width of the network's input")
    shipped = [f"skimage:data/{name}" for name in ("coffee.png", "chelsea.png")]
    parser.add_argument("--images", nargs="+", default=shipped, help="photographs")
    parser.add_argument("--samples", type=int, default=1000, help="perturbed photographs an explanation")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: on a busy machine, one thread")
    return parser.parse_args()


def make_classifier(factory: str, checkpoint: str | None, size: int) -> Classifier:
    """As a study's models are loaded, but for its classes, which are numbers."""
    torch.manual_seed(SEED)
    network = build(factory, {}).eval()
    if checkpoint:
        fit(network, read_checkpoint(checkpoint))
    with torch.no_grad():
        outputs = network(torch.zeros(1, 3, size, size)).shape[1]
    preprocessing = {"size": size, "resize": "squash", "interpolation": "bicubic", "range": [0, 1]}
    preprocessing |= {"mean": [0, 0, 0], "std": [1, 1, 1], "channels": "RGB"}
    return Classifier(network, [str(k) for k in range(outputs)], preprocessing).to(memory_format=torch.channels_last)


def forward_passes(classifier: Classifier, count: int, batch: int) -> None:
    """The network on `count` photographs that are there already."""
    ready = torch.rand(batch, 3, *classifier.resize.size).contiguous(memory_format=torch.channels_last)
    ready = ready.to(classifier.mean.device)
    with torch.no_grad():
        for start in range(0, count, batch):
            classifier(ready[: count - start])


def fastest_batch(classifier: Classifier, seconds: Callable[[Callable[[], object]], float]) -> int:
    """Photographs in a forward pass with which one takes the least time."""
    taken: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    for _ in range(4):
        for batch in BATCHES:
            taken[batch].append(seconds(partial(forward_passes, classifier, max(BATCHES), batch)))
    return min(BATCHES, key=lambda batch: min(taken[batch]))


def make_contenders(classifier: Classifier, samples: int, batch: int) -> dict[str, Contender]:
    """What is compared: first the floor, then limelight, then the others. All cut superpixels by themselves."""
    study = {"study": "benchmark", "classes": ["a", "b"], "images": {"path": "."}}
    study["models"] = {"m": {"factory": "a:b", "checkpoint": "c"}}
    settings = {**complete(study, load_yaml(SCHEMA), {})["lime"], "samples": samples}
    classes = range(len(classifier.classes))

    def segments(image: np.ndarray) -> np.ndarray:
        return segment(image, settings["segmentation"], SEED)

    def limelight(size: int) -> Contender:
        return lambda image: explain(classifier, image, classes, {**settings, "batch": size}, SEED)

    def package(network: Callable[[np.ndarray], np.ndarray], size: int) -> Contender:
        def work(image: np.ndarray) -> None:
            explainer = LimeImageExplainer(random_state=np.random.RandomState(SEED))
            with redirect_stderr(io.StringIO()):  # its progress bar
                explainer.explain_instance(
                    image / 255,
                    network,
                    labels=classes,
                    top_labels=None,
                    num_samples=samples,
                    batch_size=size,
                    segmentation_fn=segments,
                )

        return work

    plain = copy.deepcopy(classifier).to(memory_format=torch.contiguous_format).requires_grad_(True)

    def notebook(images: np.ndarray) -> np.ndarray:
        """As in the package's PyTorch notebook: image by image to a tensor, gradients on, the network as it comes."""
        stacked = torch.stack([torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32)) for image in images])
        return plain(stacked.to(plain.mean.device)).softmax(1).detach().cpu().numpy()

    def careful(images: np.ndarray) -> np.ndarray:
        """As fast as the package can be made from outside."""
        with torch.no_grad():
            stacked = torch.from_numpy(images.astype(np.float32).transpose(0, 3, 1, 2))
            return classifier(stacked.to(classifier.mean.device)).softmax(1).cpu().numpy()

    default = settings["batch"]
    return {
        f"forward passes alone, batch {batch}": lambda image: forward_passes(classifier, samples, batch),
        f"limelight, all classes, batch {batch}": limelight(batch),
        **({f"limelight, all classes, batch {default} (the default)": limelight(default)} if batch != default else {}),
        "lime, all classes, as in its notebook": package(notebook, 10),
        f"lime, all classes, no gradients, channels last, batch {batch}": package(careful, batch),
        **captum(classifier, segments, samples, batch),
    }


def captum(
    classifier: Classifier, segments: Callable[[np.ndarray], np.ndarray], samples: int, batch: int
) -> dict[str, Contender]:
    """Captum's LIME, where it is installed: one class, each of which takes forward passes of its own."""
    try:
        from captum.attr import Lime
    except ImportError:
        return {}
    device = classifier.mean.device

    def tensor(image: np.ndarray) -> Tensor:
        return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32))[None].to(device)

    def work(photograph: np.ndarray) -> None:
        image = photograph / 255
        regions = segments(image)
        with torch.no_grad():
            Lime(lambda batch: classifier(batch).softmax(1)).attribute(
                tensor(image),
                baselines=tensor(fill(image, regions, "mean")),
                target=0,
                feature_mask=torch.from_numpy(regions)[None, None].to(device),
                n_samples=samples,
                perturbations_per_eval=batch,
            )

    return {f"Captum's Lime, one class, batch {batch}": work}


def table(taken: dict[str, list[float]]) -> str:
    """Median times, and median ratios to the first two."""
    floor, ours, *_ = taken.values()
    lines = ["| | seconds an image | times the forward passes | times limelight |", "| --- | ---: | ---: | ---: |"]
    for name, seconds in taken.items():
        figures = [statistics.median(seconds)]
        figures += [statistics.median(a / b for a, b in zip(seconds, base, strict=True)) for base in (floor, ours)]
        lines.append(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
