"""How fast are attribution methods and the curves that judge them? Captum, Quantus, a plain loop and limelight.

    python benchmarks/attribution.py
    python benchmarks/attribution.py --factory model.py:build --checkpoint weights.pth --images a.jpg b.jpg

All on one network, as multiples of the bare passes that a method needs at the fastest batch size: back and forth for
gradients, forth for curves.
"""

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from captum.attr import IntegratedGradients, NoiseTunnel, Saliency
from contest import (
    Contender,
    add_photographs,
    as_tensor,
    fastest_batch,
    make_classifier,
    parser,
    passes,
    photographs,
    stopwatch,
    table,
    take_turns,
)
from torch import Tensor

from limelight.attribution.registry import find
from limelight.capabilities.quality.faithfulness import deletion, insertion, pixel_orders, references
from limelight.machinery.device import lease
from limelight.network.classifier import Classifier, explaining

MANY = 16
"""How often the contest of gradients repeats the photographs; one pass for each is over too soon."""


def main() -> None:
    """Measure as the command line says, and print a table a method."""
    options = arguments()
    with lease(options.device, threads=options.threads) as held:
        classifier, seconds = make_classifier(options, held.device), stopwatch(options, held.device)
        images = as_tensor(photographs(options, classifier), held.device)
        with explaining(classifier), torch.no_grad():
            targets = classifier(images).argmax(1)
            there, back = (fastest_batch(classifier, seconds, backward=backward) for backward in (False, True))
            print(
                f"Attribution: {len(images)} photographs of {options.size} x {options.size} pixels, {options.repeats} "
                f"repeats, {options.device}, {options.threads} threads, {options.clock} time; "
                f"fastest batch {there} forth, {back} back and forth"
            )
            steps = options.steps
            for heading, repeated, contenders in (
                ("gradient", MANY, gradient(classifier, images.repeat(MANY, 1, 1, 1), targets.repeat(MANY), back)),
                (f"SmoothGrad, {steps} samples", 1, smoothgrad(classifier, images, targets, back, steps)),
                (f"integrated gradients, {steps} steps", 1, integrated(classifier, images, targets, back, steps)),
                (f"deletion and insertion, {steps} steps", 1, curves(classifier, images, targets, there, steps)),
            ):
                taken = take_turns(contenders, options.repeats, seconds)
                print(f"\n{heading}\n\n{table(taken, repeated * len(images))}")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    made = parser(__doc__.partition("\n")[0])
    add_photographs(made)
    made.add_argument("--steps", type=int, default=50, help="of each method; noisy copies of SmoothGrad")
    return made.parse_args()


def ours(name: str, classifier: Classifier, images: Tensor, targets: Tensor, batch: int, **given: int) -> Contender:
    """A method of limelight on all images."""
    seeds = range(len(images))
    return lambda: find(name)(classifier, images, targets, seeds=seeds, batch=batch, **given)


def one_by_one(attribute: Callable[[Tensor, Tensor], object], images: Tensor, targets: Tensor) -> Contender:
    """An image at a time, as notebooks do."""
    return lambda: [attribute(images[row : row + 1], targets[row : row + 1]) for row in range(len(images))]


def gradient(classifier: Classifier, images: Tensor, targets: Tensor, batch: int) -> dict[str, Contender]:
    """The gradient of the class score."""

    def captum(some: Tensor, classes: Tensor) -> object:
        return Saliency(classifier).attribute(some, target=classes)

    return {
        f"passes alone, batch {batch}": partial(passes, classifier, len(images), batch, backward=True),
        f"limelight, batch {batch}": ours("gradient", classifier, images, targets, batch),
        f"Captum, batch {batch}": lambda: [
            captum(*part) for part in zip(images.split(batch), targets.split(batch), strict=True)
        ],
        "Captum, image by image": one_by_one(captum, images, targets),
    }


def smoothgrad(classifier: Classifier, images: Tensor, targets: Tensor, batch: int, steps: int) -> dict[str, Contender]:
    """The mean gradient of noisy copies."""

    def captum(size: int, some: Tensor, classes: Tensor) -> object:
        tunnel = NoiseTunnel(Saliency(classifier))
        given = {"nt_type": "smoothgrad", "nt_samples": steps, "nt_samples_batch_size": size, "stdevs": 0.15}
        return tunnel.attribute(some, target=classes, abs=False, **given)

    return {
        f"passes alone, batch {batch}": partial(passes, classifier, steps * len(images), batch, backward=True),
        f"limelight, batch {batch}": ours("smoothgrad", classifier, images, targets, batch, samples=steps),
        f"Captum, batch {batch}": partial(captum, max(1, batch // len(images)), images, targets),
        "Captum, image by image, copies at once": one_by_one(partial(captum, steps), images, targets),
        "Captum, image by image, copy by copy": one_by_one(partial(captum, 1), images, targets),
    }


def integrated(classifier: Classifier, images: Tensor, targets: Tensor, batch: int, steps: int) -> dict[str, Contender]:
    """The gradient integrated from black to the photograph."""

    def captum(size: int | None, some: Tensor, classes: Tensor) -> object:
        black = torch.zeros_like(some)
        return IntegratedGradients(classifier).attribute(
            some, black, target=classes, n_steps=steps, internal_batch_size=size
        )

    return {
        f"passes alone, batch {batch}": partial(passes, classifier, steps * len(images), batch, backward=True),
        f"limelight, batch {batch}": ours("integrated_gradients", classifier, images, targets, batch, steps=steps),
        f"Captum, batch {batch}": partial(captum, batch, images, targets),
        "Captum, image by image, steps at once": one_by_one(partial(captum, None), images, targets),
    }


def curves(classifier: Classifier, images: Tensor, targets: Tensor, batch: int, steps: int) -> dict[str, Contender]:
    """The probability of the class while pixels go and come, in the order of a map."""
    maps = find("gradient")(classifier, images, targets, seeds=range(len(images)), batch=batch).maps
    orders = pixel_orders(maps, range(len(images)))

    def limelight() -> None:
        for curve in (deletion, insertion):
            curve(classifier, images, targets, orders, steps=steps, batch=batch)

    def loop() -> None:
        """As one would write it: a picture at a time, the probability taken out of each."""
        for image, target, turns in zip(images, targets, maps.flatten(1).argsort(1, descending=True), strict=True):
            plain, blurred = (references(image[None], kind)[0] for kind in ("mean", "blur"))
            for before, after in ((image, plain), (blurred, image)):
                picture = before.clone()
                for part in [turns[:0], *turns.chunk(steps)]:
                    picture.flatten(1)[:, part] = after.flatten(1)[:, part]
                    classifier(picture[None]).softmax(1)[0, target].item()

    return {
        f"passes alone, batch {batch}": partial(passes, classifier, 2 * (steps + 1) * len(images), batch),
        f"limelight, batch {batch}": limelight,
        "a plain loop": loop,
        **quantus(classifier, images, targets, maps, steps),
    }


def quantus(classifier: Classifier, images: Tensor, targets: Tensor, maps: Tensor, steps: int) -> dict[str, Contender]:
    """Quantus, where it is installed: deletion alone, of the channels of pixels, as many a step as it takes."""
    try:
        from quantus import PixelFlipping
    except ImportError:
        return {}
    given = [values.cpu().numpy() for values in (images, targets, maps[:, None])]
    pixels = int(np.prod(images.shape[2:]))
    size = next(size for size in range(3 * pixels // steps, 0, -1) if pixels % size == 0)

    def work() -> None:
        metric = PixelFlipping(
            features_in_step=size,
            perturb_baseline="mean",
            normalise=False,
            disable_warnings=True,
            display_progressbar=False,
        )
        metric(model=classifier, x_batch=given[0], y_batch=given[1], a_batch=given[2], device=str(images.device))

    return {f"Quantus, deletion alone, {3 * pixels // size} steps": work}


if __name__ == "__main__":
    main()
