"""How fast is the ascent? All filters of a layer from noise: limelight, a notebook's loop, and torch-lucent.

    python benchmarks/ascent.py
    python benchmarks/ascent.py --factory model.py:build --checkpoint weights.pth --layer features.3 --filters 64

Without arguments the network is the embedded study's, untrained. All do the same number of steps for the same filters
of the same layer at the same size. They take turns, and each ratio is that of two neighbours in time, so that other
work on the machine meets all alike; the table has medians. torch-lucent takes part where it is installed; to try it
without installing it: `uv pip install --target lucent --no-deps torch-lucent kornia==0.4.1 decorator tqdm`, and then
PYTHONPATH=lucent.
"""

import argparse
import copy
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import torch
from torch import Tensor

from limelight.ascent import Channel, Schedule, Transforms, ascend, scorer
from limelight.ascent.canvases import Spectrum
from limelight.ascent.starts import noise, soft_noise
from limelight.device import lease
from limelight.model import Classifier, build, explaining, fit, read_checkpoint
from limelight.precision import synchronise

PIXELS = {"step": 0.02}
LUCENT = "torch-lucent, one filter at a time"
FOURIER = {
    **{"step": 0.1, "optimiser": "adam", "parameterisation": "fourier", "redirect": 16},
    "transforms": Transforms(jitter=4, scale=0.1, rotate=5, pad=4),
}


def main() -> None:
    """Measure as the command line says, and print the table."""
    options = arguments()
    with lease(options.device, threads=options.threads) as held:
        classifier = make_classifier(options).to(held.device)
        taken, shares = measure(classifier, options)
    print(
        f"{options.filters} filters of layer {options.layer}, {options.steps} steps, {options.size} x {options.size} "
        f"pixels, {options.repeats} repeats, {options.device}, {options.threads} threads, {options.clock} time"
    )
    print(table(taken))
    if LUCENT not in taken:
        print(f"{LUCENT}: not installed")
    for name, share in shares.items():
        print(f"share of the time inside the model, {name}: {statistics.median(share):.2f}")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--factory", default="limelight.demo.network:network", help="as models.*.factory of a study")
    parser.add_argument("--checkpoint", help="as models.*.checkpoint; untrained without")
    parser.add_argument("--layer", default="cnn.4")
    parser.add_argument("--filters", type=int, default=32, help="the first ones of the layer")
    parser.add_argument("--size", type=int, default=128, help="height and width of the pictures")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8, help="filters that ascend at once")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall", help="cpu: on a busy machine, one thread")
    return parser.parse_args()


def make_classifier(options: argparse.Namespace) -> Classifier:
    """As a study's models are loaded, but for its classes, which are numbers."""
    torch.manual_seed(16)
    network = build(options.factory, {}).eval()
    if options.checkpoint:
        fit(network, read_checkpoint(options.checkpoint))
    with torch.no_grad():
        outputs = network(torch.zeros(1, 3, options.size, options.size)).shape[1]
    preprocessing = {"size": options.size, "resize": "squash", "interpolation": "bicubic", "range": [0, 1]}
    preprocessing |= {"mean": [0, 0, 0], "std": [1, 1, 1], "channels": "RGB"}
    return Classifier(network, [str(k) for k in range(outputs)], preprocessing).to(memory_format=torch.channels_last)


def measure(
    classifier: Classifier, options: argparse.Namespace
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds of each contender, repeat by repeat, and the shares of limelight's that are inside the model."""
    clock = {"wall": time.perf_counter, "cpu": time.process_time}[options.clock]
    device = classifier.mean.device
    inside: list[float] = []

    def timed(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def wrapped(*given: Any) -> Tensor:
            synchronise(device)
            start = clock()
            found = function(*given)
            synchronise(device)
            inside.append(clock() - start)
            return found

        return wrapped

    contenders = make_contenders(classifier, options, timed)
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    shares: dict[str, list[float]] = {}
    names = list(contenders)
    warm = copy.copy(options)
    warm.steps = 1
    for work in make_contenders(classifier, warm, timed).values():
        work()
    for turn in range(options.repeats):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            inside.clear()
            synchronise(device)
            start = clock()
            contenders[name]()
            synchronise(device)
            taken[name].append(clock() - start)
            if inside:
                shares.setdefault(name, []).append(sum(inside) / taken[name][-1])
    return taken, shares


def make_contenders(
    classifier: Classifier, options: argparse.Namespace, timed: Callable[..., Callable[..., Tensor]]
) -> dict[str, Callable[[], object]]:
    """What is compared: first the notebook's loop, then limelight, then torch-lucent."""
    filters, size = range(options.filters), (options.size, options.size)
    device = classifier.mean.device

    def limelight(batch: int, whole: bool = False, **how: Any) -> Callable[[], None]:
        schedule = Schedule((0, options.steps), **how)

        def start(number: int) -> Tensor:
            return soft_noise(Spectrum(size), number) if "parameterisation" in how else noise(size, number)

        def work() -> None:
            for first in range(0, len(filters), batch):
                part = filters[first : first + batch]
                score = scorer(classifier, [Channel(options.layer, number) for number in part])
                if whole:
                    score = to_the_end(classifier, options.layer, part)
                starts = torch.stack([start(number) for number in part]).to(device)
                with explaining(classifier):
                    ascend(timed(score), starts, schedule, seeds=list(part), gradient=timed(classifier.gradient))

        return work

    batch = options.batch
    return {
        "a notebook's loop, one filter at a time": notebook(classifier, options),
        f"limelight, pixels, {batch} at a time": limelight(batch, **PIXELS),
        "limelight, pixels, one at a time": limelight(1, **PIXELS),
        f"limelight, pixels, {batch} at a time, forward pass to the end": limelight(batch, True, **PIXELS),
        f"limelight, Fourier and views, {batch} at a time": limelight(batch, **FOURIER),
        **lucent(classifier, options),
    }


def to_the_end(classifier: Classifier, layer: str, filters: range) -> Callable[[Tensor], Tensor]:
    """The same objective, for which the network runs beyond the layer."""

    def score(photographs: Tensor) -> Tensor:
        taken: list[Tensor] = []
        hook = classifier.network.get_submodule(layer).register_forward_hook(
            lambda *call: taken.append(call[2].clone())
        )
        classifier(photographs)
        hook.remove()
        return taken[0][range(len(filters)), list(filters)].flatten(1).mean(1)

    return score


def notebook(classifier: Classifier, options: argparse.Namespace) -> Callable[[], None]:
    """As in tutorials: the network as it comes, a hook, the whole forward pass, gradients of the weights too."""
    network = copy.deepcopy(classifier.network).to(memory_format=torch.contiguous_format).requires_grad_(True).eval()
    device = classifier.mean.device

    def work() -> None:
        taken: list[Tensor] = []
        hook = network.get_submodule(options.layer).register_forward_hook(lambda *call: taken.append(call[2]))
        for number in range(options.filters):
            picture = noise((options.size, options.size), number)[None].to(device).requires_grad_()
            optimiser = torch.optim.Adam([picture], lr=0.02)
            for _ in range(options.steps):
                taken.clear()
                optimiser.zero_grad()
                network(picture)
                (-taken[0][0, number].mean()).backward()
                optimiser.step()
        hook.remove()

    return work


def lucent(classifier: Classifier, options: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """torch-lucent, where it is installed: Fourier coefficients and its own transforms, one picture a call."""
    try:
        from lucent.optvis import param, render
    except ImportError:
        return {}
    network = copy.deepcopy(classifier.network).to(memory_format=torch.contiguous_format).eval()
    layer = options.layer.replace(".", "_")

    def work() -> None:
        for number in range(options.filters):
            render.render_vis(
                network,
                f"{layer}:{number}",
                lambda: param.image(options.size),
                thresholds=(options.steps,),
                progress=False,
                show_image=False,
                fixed_image_size=options.size,
            )

    return {LUCENT: work}


def table(taken: dict[str, list[float]]) -> str:
    """Median times, filters a second, and how many times as fast as the first one."""
    base = next(iter(taken.values()))
    lines = ["| | seconds | times as fast as the notebook |", "| --- | ---: | ---: |"]
    for name, seconds in taken.items():
        faster = statistics.median(a / b for a, b in zip(base, seconds, strict=True))
        lines.append(f"| {name} | {statistics.median(seconds):.2f} | {faster:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
