"""How fast is LIME? The package `lime`, Captum and limelight on one network, as multiples of its bare forward passes.

    python benchmarks/superpixels.py
    python benchmarks/superpixels.py --factory model.py:build --checkpoint weights.pth --images a.jpg b.jpg

Without arguments the network is the embedded study's, untrained, and the photographs are scikit-image's. The floor is
as many forward passes as there are samples, at the fastest batch size, with nothing around them.
"""

import argparse
import copy
import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from functools import partial

import numpy as np
import torch
from contest import (
    REPOSITORY,
    SEED,
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
from lime.lime_image import LimeImageExplainer

from limelight.capabilities.lime.explanation import explain
from limelight.capabilities.lime.neighbourhood import fill
from limelight.capabilities.lime.segmentation import segment
from limelight.machinery.device import lease
from limelight.network.classifier import Classifier, explaining
from limelight.schema import load
from limelight.study.settings import complete

Explainer = Callable[[np.ndarray], object]
"""Explains a photograph, (H, W, 3) uint8."""


def main() -> None:
    """Measure as the command line says, and print the table."""
    options = arguments()
    with lease(options.device, threads=options.threads) as held:
        classifier, seconds = make_classifier(options, held.device), stopwatch(options, held.device)
        images = photographs(options, classifier)
        with explaining(classifier):
            explainers = make_explainers(classifier, options.samples, fastest_batch(classifier, seconds))
            taken = take_turns(over(images, explainers), options.repeats, seconds)
    print(
        f"LIME: {len(images)} photographs of {options.size} x {options.size} pixels, {options.samples} samples, "
        f"{options.repeats} repeats, {options.device}, {options.threads} threads, {options.clock} time\n"
    )
    print(table(taken, len(images), "the forward passes"))


def arguments() -> argparse.Namespace:
    """What the command line says."""
    made = parser(__doc__.partition("\n")[0])
    add_photographs(made)
    made.add_argument("--samples", type=int, default=1000, help="perturbed photographs an explanation")
    return made.parse_args()


def over(images: Sequence[np.ndarray], explainers: dict[str, Explainer]) -> dict[str, Contender]:
    """Each explainer, on all the photographs."""

    def on_all(explain: Explainer) -> None:
        for image in images:
            explain(image)

    return {name: partial(on_all, one) for name, one in explainers.items()}


def make_explainers(
    classifier: Classifier, samples: int, batch: int, classes: int | None = None
) -> dict[str, Explainer]:
    """What is compared: first the floor, then limelight, then the others. All cut superpixels by themselves.

    Parameters
    ----------
    classes
        Explain the first ones; by default all.
    """
    study = {"study": "benchmark", "classes": ["a", "b"], "images": {"path": "."}}
    study["models"] = {"m": {"factory": "a:b", "checkpoint": "c"}}
    settings = {**complete(study, load(REPOSITORY), {})["lime"], "samples": samples}
    explained = range(len(classifier.classes) if classes is None else classes)
    words = "all classes" if classes is None else f"{classes} classes"

    def segments(image: np.ndarray) -> np.ndarray:
        return segment(image, settings["segmentation"], SEED)

    def limelight(size: int) -> Explainer:
        return lambda image: explain(classifier, image, explained, {**settings, "batch": size}, SEED)

    def package(network: Callable[[np.ndarray], np.ndarray], size: int) -> Explainer:
        def work(image: np.ndarray) -> None:
            explainer = LimeImageExplainer(random_state=np.random.RandomState(SEED))
            with redirect_stderr(io.StringIO()):  # its progress bar
                explainer.explain_instance(
                    image / 255,
                    network,
                    labels=explained,
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
        f"forward passes alone, batch {batch}": lambda image: passes(classifier, samples, batch),
        f"limelight, {words}, batch {batch}": limelight(batch),
        **({f"limelight, {words}, batch {default} (the default)": limelight(default)} if batch != default else {}),
        f"lime, {words}, as in its notebook": package(notebook, 10),
        f"lime, {words}, no gradients, channels last, batch {batch}": package(careful, batch),
        **captum(classifier, segments, samples, batch),
    }


def captum(
    classifier: Classifier, segments: Callable[[np.ndarray], np.ndarray], samples: int, batch: int
) -> dict[str, Explainer]:
    """Captum's LIME, where it is installed: one class, each of which takes forward passes of its own."""
    try:
        from captum.attr import Lime
    except ImportError:
        return {}
    device = classifier.mean.device

    def work(photograph: np.ndarray) -> None:
        image = photograph / 255
        regions = segments(image)
        with torch.no_grad():
            Lime(lambda batch: classifier(batch).softmax(1)).attribute(
                as_tensor([photograph], device),
                baselines=as_tensor([255 * fill(image, regions, "mean")], device),
                target=0,
                feature_mask=torch.from_numpy(regions)[None, None].to(device),
                n_samples=samples,
                perturbations_per_eval=batch,
            )

    return {f"Captum's Lime, one class, batch {batch}": work}


if __name__ == "__main__":
    main()
