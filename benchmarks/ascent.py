"""How fast is the ascent? All filters of a layer from noise: limelight, a notebook's loop, and torch-lucent.

    python benchmarks/ascent.py
    python benchmarks/ascent.py --factory model.py:build --checkpoint weights.pth --layer features.3 --filters 64

Without arguments the network is the embedded study's, untrained. All do the same number of steps for the same filters
of the same layer at the same size. torch-lucent takes part where it is installed; to try it without installing it:
`uv pip install --target lucent --no-deps torch-lucent kornia==0.4.1 decorator tqdm`, and then PYTHONPATH=lucent.
"""

import argparse
import copy
import statistics
from collections.abc import Callable
from typing import Any

import torch
from contest import Contender, Stopwatch, make_classifier, parser, stopwatch, take_turns
from torch import Tensor

from limelight.ascent import Channel, Schedule, Transforms, ascend, scorer
from limelight.ascent.canvases import Spectrum
from limelight.ascent.starts import noise, soft_noise
from limelight.machinery.device import lease
from limelight.network.classifier import Classifier, explaining
from limelight.network.inspection import layer_table
from limelight.network.layers import find_layer

PIXELS = {"step": 0.02}
LUCENT = "torch-lucent, one filter at a time"
FOURIER = {
    **{"step": 0.3, "optimiser": "adam", "parameterisation": "fourier", "redirect": 16},
    "transforms": Transforms(jitter=4, scale=0.1, rotate=5, pad=4),
}


def main() -> None:
    """Measure as the command line says, and print the table."""
    options = arguments()
    shares: dict[str, list[float]] = {}
    with lease(options.device, threads=options.threads) as held:
        classifier, seconds = make_classifier(options, held.device), stopwatch(options, held.device)
        options.filters = options.filters or find_layer(layer_table(classifier), options.layer).filters
        taken = take_turns(make_contenders(classifier, options, seconds, shares), options.repeats, seconds)
    print(
        f"Ascent: {options.filters} filters of layer {options.layer}, {options.steps} steps, {options.size} x "
        f"{options.size} pixels, {options.repeats} repeats, {options.device}, {options.threads} threads, "
        f"{options.clock} time\n"
    )
    print(table(taken))
    if LUCENT not in taken:
        print(f"\n{LUCENT}: not installed")
    for name, share in shares.items():
        print(f"share of the time inside the model, {name}: {statistics.median(share):.2f}")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    made = parser(__doc__.partition("\n")[0])
    made.add_argument("--layer", default="cnn.0")
    made.add_argument("--filters", type=int, help="the first ones of the layer; by default all")
    made.add_argument("--steps", type=int, default=20)
    made.add_argument("--batch", type=int, default=8, help="filters that ascend at once")
    return made.parse_args()


def make_contenders(
    classifier: Classifier, options: argparse.Namespace, seconds: Stopwatch, shares: dict[str, list[float]]
) -> dict[str, Contender]:
    """What is compared: first the notebook's loop, then limelight, then torch-lucent.

    Parameters
    ----------
    shares
        Is filled with those of limelight's times that are inside the model, by contender.
    """
    filters, size = range(options.filters), (options.size, options.size)
    device = classifier.mean.device

    def limelight(name: str, batch: int, whole: bool = False, **how: Any) -> dict[str, Contender]:
        schedule = Schedule((0, options.steps), **how)
        inside: list[float] = []

        def timed(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
            def wrapped(*given: Any) -> Tensor:
                results: list[Tensor] = []
                inside.append(seconds(lambda: results.append(function(*given))))
                return results[0]

            return wrapped

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

        def shared() -> None:
            inside.clear()
            whole = seconds(work)
            shares.setdefault(name, []).append(sum(inside) / whole)

        return {name: shared}

    batch = options.batch
    return {
        "a notebook's loop, one filter at a time": notebook(classifier, options),
        **limelight(f"limelight, pixels, {batch} at a time", batch, **PIXELS),
        **limelight("limelight, pixels, one at a time", 1, **PIXELS),
        **limelight(f"limelight, pixels, {batch} at a time, forward pass to the end", batch, True, **PIXELS),
        **limelight(f"limelight, Fourier and views, {batch} at a time", batch, **FOURIER),
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


def notebook(classifier: Classifier, options: argparse.Namespace) -> Contender:
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


def lucent(classifier: Classifier, options: argparse.Namespace) -> dict[str, Contender]:
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
