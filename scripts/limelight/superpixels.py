"""Which regions speak for and against a class? LIME on superpixels, by the `lime` package.

Ribeiro, Singh, Guestrin: "Why Should I Trust You?": Explaining the Predictions of Any Classifier,
2016 (arXiv 1602.04938).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from lime.lime_base import LimeBase
from lime.lime_image import LimeImageExplainer
from skimage.segmentation import quickshift, slic
from torch import Tensor

from limelight.errors import LimelightError
from limelight.images import to_uint8
from limelight.model import Classifier, explaining, probabilities

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.arrays import Arrays
    from limelight.job import Failure, Unit
    from limelight.work import Work


@dataclass(frozen=True)
class Explanation:
    """A local linear model of the network for each of C classes over K superpixels.

    segments: (H, W) int, labels 0..K-1. classes: (C,) class indices. weights: (C, K). intercept, r2: (C,).
    local_prediction, network_output: (C,), what surrogate and network say of the unperturbed photograph.
    """

    segments: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    r2: np.ndarray
    local_prediction: np.ndarray
    network_output: np.ndarray


def segment(photograph: np.ndarray, settings: Mapping[str, Any], seed: int) -> np.ndarray:
    """Superpixels of a photograph, (H, W, 3) float in [0, 1], as (H, W) labels 0..K-1 without gaps.

    scikit-image's `slic` counts from 1 and may leave numbers out, while `lime` takes labels for positions: unless they
    are made contiguous, the last superpixel is never switched off and every weight belongs to its neighbour.

    Raises
    ------
    LimelightError
        The photograph is one single superpixel, so that there is nothing to compare.
    """
    if settings["method"] == "slic":
        labels = slic(
            photograph,
            n_segments=settings["n_segments"],
            compactness=settings["compactness"],
            sigma=settings["sigma"],
            start_label=0,
            channel_axis=-1,
        )
    else:
        labels = quickshift(
            photograph,
            kernel_size=settings["kernel_size"],
            max_dist=settings["max_dist"],
            ratio=settings["ratio"],
            rng=seed % 2**31,  # it takes a C int
        )
    _, contiguous = np.unique(labels, return_inverse=True)
    contiguous = contiguous.reshape(labels.shape)
    if contiguous.max() == 0:
        raise LimelightError(
            f"{settings['method']} finds one single superpixel; expected at least two: use smaller ones"
        )
    return contiguous


def explain(
    classifier: Classifier, photograph: np.ndarray, classes: Sequence[int], settings: Mapping[str, Any], seed: int
) -> Explanation:
    """Explain some classes for one photograph, (H, W, 3) uint8, all from one set of perturbed photographs.

    Parameters
    ----------
    settings
        The `lime` section of a study.
    seed
        Decides the perturbations, whatever has been explained before.
    """
    image = photograph.astype(np.float64) / 255
    segments = segment(image, settings["segmentation"], seed % 2**32)
    count = int(segments.max()) + 1
    if not np.array_equal(np.unique(segments), np.arange(count)):
        raise AssertionError("superpixel labels must be 0..K-1: lime takes them for positions")
    outputs: list[np.ndarray] = []

    def network(photographs: np.ndarray) -> np.ndarray:
        """Outputs (N, C) for (N, H, W, 3) floats in [0, 1]."""
        batch = torch.from_numpy(np.asarray(photographs, np.float32).transpose(0, 3, 1, 2).copy())
        logits = classifier(batch.to(classifier.mean.device))
        answer = (logits.softmax(1) if settings["outputs"] == "probability" else logits).cpu().numpy()
        outputs.append(answer[:1])  # the first row of the first batch is the photograph itself
        return answer

    explainer = LimeImageExplainer(
        kernel_width=settings["kernel_width"], random_state=np.random.RandomState(seed % 2**32)
    )
    explainer.base = surrogates = _Surrogates(explainer.base)
    # The package draws a progress bar on stderr and has no switch for it.
    with explaining(classifier), torch.no_grad(), redirect_stderr(io.StringIO()):
        explainer.explain_instance(
            image,
            network,
            labels=tuple(classes),
            hide_color=None if settings["fill"] == "mean" else float(settings["fill"]),
            top_labels=None,
            num_features=count,
            num_samples=settings["samples"],
            batch_size=settings["batch"],
            segmentation_fn=lambda _: segments,
        )
    fitted = [surrogates.fitted[label] for label in classes]
    weights = np.zeros((len(classes), count))
    for row, (_, local_weights, _, _) in zip(weights, fitted, strict=True):
        for superpixel, weight in local_weights:
            row[superpixel] = weight
    return Explanation(
        segments.astype(np.int32),
        np.asarray(classes, dtype=np.int32),
        weights,
        np.array([float(intercept) for intercept, _, _, _ in fitted]),
        np.array([float(r2) for _, _, r2, _ in fitted]),
        np.array([float(np.ravel(prediction)[0]) for _, _, _, prediction in fitted]),
        outputs[0][0, list(classes)].astype(np.float64),
    )


class _Surrogates(LimeBase):
    """Keeps the linear model of every class: the package itself forgets the R² of all but the last."""

    def __init__(self, base: LimeBase) -> None:
        super().__init__(base.kernel_fn, base.verbose, base.random_state)
        self.fitted: dict[int, tuple[float, list[tuple[int, float]], float, Any]] = {}

    def explain_instance_with_data(
        self, neighborhood_data: Any, neighborhood_labels: Any, distances: Any, label: int, *rest: Any, **named: Any
    ) -> Any:
        fit = super().explain_instance_with_data(
            neighborhood_data, neighborhood_labels, distances, label, *rest, **named
        )
        self.fitted[label] = fit
        return fit


def chosen_classes(settings: Mapping[str, Any], probabilities: np.ndarray, label: int | None) -> list[int]:
    """The classes to explain: all, or the label and the `settings["classes"]` most probable ones, in index order."""
    if settings["classes"] == "all":
        return list(range(len(probabilities)))
    most_probable = np.argsort(-probabilities, kind="stable")[: settings["classes"]].tolist()
    return sorted({*most_probable, *([] if label is None else [label])})


def explain_images(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image the arrays of an `Explanation`, and the `probabilities` of its classes, (C,) float32.

    Parameters of a unit: the `lime` section of a study, with the `seed` and the `label` of the image.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = {**part[0].parameters, "batch": work.batch}
        (answer,) = probabilities(work.classifier, [photographs])
        classes = chosen_classes(settings, answer, settings["label"])
        (photograph,) = to_uint8(photographs.cpu().numpy())
        explanation = explain(work.classifier, photograph, classes, settings, settings["seed"])
        return [{**asdict(explanation), "probabilities": answer[classes]}]

    return work.steps(units, step, size=1)
