"""Is an explanation the one of the package `lime` 0.2.0.1, with the same segments, samples and seed?"""

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from lime.lime_base import LimeBase
from lime.lime_image import LimeImageExplainer
from torch import Tensor, nn

from limelight.capabilities.lime.explanation import Explanation, explain
from limelight.capabilities.lime.neighbourhood import States
from limelight.network.photographs import Resize
from limelight.network.photographs import photograph as read_photograph
from limelight.study.paths import resolve

SEGMENTATIONS: dict[str, dict[str, Any]] = {
    "slic": {"method": "slic", "n_segments": 25, "compactness": 10, "sigma": 1},
    "quickshift": {"method": "quickshift", "kernel_size": 2, "max_dist": 6, "ratio": 0.2},
    "felzenszwalb": {"method": "felzenszwalb", "scale": 20, "sigma": 0.5, "min_size": 10},
    "few": {"method": "grid", "cells": 2},
    "more than samples": {"method": "grid", "cells": 12},
    "mask": {"method": "mask"},
}


def lime(segmentation: str = "slic", **different: Any) -> dict[str, Any]:
    section = {"samples": 120, "outputs": "logit", "kernel_width": 0.25, "fill": "mean", "batch": 16}
    return {**section, "segmentation": SEGMENTATIONS[segmentation], **different}


@dataclass
class Reference(LimeBase):
    """What the package does and finds: states (N, K), photographs (N, H, W, 3), and by label its linear model."""

    base: LimeBase
    states: Any = None
    photographs: list[np.ndarray] = field(default_factory=list)
    fits: dict[int, tuple] = field(default_factory=dict)

    def explain_instance_with_data(self, data: Any, outputs: Any, distances: Any, label: int, *a: Any, **k: Any) -> Any:
        self.states = data
        self.fits[label] = self.base.explain_instance_with_data(data, outputs, distances, label, *a, **k)
        return self.fits[label]

    @property
    def coefficients(self) -> np.ndarray:
        rows = np.zeros((len(self.fits), self.states.shape[1]))
        for row, (_, local, _, _) in zip(rows, self.fits.values(), strict=True):
            row[[superpixel for superpixel, _ in local]] = [weight for _, weight in local]
        return rows

    def all(self, part: int) -> np.ndarray:
        """Intercepts (0), R² (2) or local predictions (3)."""
        return np.array([float(np.ravel(fit[part])[0]) for fit in self.fits.values()])


def by_package(
    network: Callable[[np.ndarray], np.ndarray],
    photograph: np.ndarray,
    segments: np.ndarray,
    labels: Sequence[int],
    settings: dict[str, Any],
    seed: int,
    batch_size: int = 10,
) -> Reference:
    explainer = LimeImageExplainer(settings["kernel_width"], random_state=np.random.RandomState(seed))
    explainer.base = reference = Reference(explainer.base)

    def classify(photographs: np.ndarray) -> np.ndarray:
        reference.photographs.extend(photographs)
        return network(photographs)

    with redirect_stderr(io.StringIO()):  # its progress bar
        explainer.explain_instance(
            photograph / 255,
            classify,
            labels=labels,
            hide_color=None if settings["fill"] == "mean" else settings["fill"],
            top_labels=None,
            num_samples=settings["samples"],
            batch_size=batch_size,
            segmentation_fn=lambda image: segments,
        )
    return reference


def assert_same(found: Explanation, reference: Reference, tolerance: float) -> None:
    for name, expected in (
        ("weights", reference.coefficients),
        ("intercept", reference.all(0)),
        ("r2", reference.all(2)),
        ("local_prediction", reference.all(3)),
    ):
        error, largest = np.abs(getattr(found, name) - expected).max(), np.abs(expected).max()
        assert error <= tolerance * largest, f"{name}: {error:.1e} of {largest:.1e}"


@pytest.fixture(params=["noise", "coffee.png", "rocket.jpg"])
def photograph(request: pytest.FixtureRequest) -> np.ndarray:
    """(36, 44, 3) uint8."""
    if request.param == "noise":
        return np.random.default_rng(5).integers(0, 256, (36, 44, 3), dtype=np.uint8)
    return read_photograph(resolve(f"skimage:data/{request.param}"), Resize((36, 44)))


@pytest.fixture
def mask() -> np.ndarray:
    """Three regions with labels that are no positions."""
    labels = np.full((36, 44), 7)
    labels[5:20, 10:30], labels[25:, :9] = 200, 30
    return labels


@pytest.fixture
def convolutional() -> nn.Module:
    torch.manual_seed(6)
    return nn.Sequential(
        nn.Conv2d(3, 6, 5, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(54, 3), nn.Tanh()
    )


class Shown:
    """What the network is shown by us, (N, H, W, 3), and its outputs, (N, C)."""

    def __init__(self, classifier: nn.Module) -> None:
        self.steps: list[Tensor] = []
        self.answers: list[Tensor] = []
        classifier.register_forward_hook(self._record)

    def _record(self, module: nn.Module, inputs: tuple[Tensor, ...], outputs: Tensor) -> None:
        self.steps.append(inputs[0].cpu())
        self.answers.append(outputs.detach().cpu())

    @property
    def outputs(self) -> np.ndarray:
        return torch.cat(self.answers).numpy()

    @property
    def photographs(self) -> np.ndarray:
        return torch.cat(self.steps).permute(0, 2, 3, 1).numpy()


def check_in_float32(
    classifier: Any, photograph: np.ndarray, mask: np.ndarray, settings: dict[str, Any], tolerance: float
) -> None:
    """Photographs and masks bit for bit, and in float64 what is fitted to the same outputs.

    The package has other batches, in which a network in float32 rounds otherwise: within `tolerance` of the largest
    output. Coefficients are so much smaller than outputs that this says little of theirs; hence the same outputs.
    """
    shown = Shown(classifier)
    found = explain(classifier, photograph, [0, 1, 2], settings, 9, mask=mask)
    ours, outputs = shown.photographs, shown.outputs
    other_batches: list[np.ndarray] = []

    def network(photographs: np.ndarray) -> np.ndarray:
        start = sum(map(len, other_batches))
        with torch.no_grad():
            batch = torch.from_numpy(photographs.transpose(0, 3, 1, 2).astype(np.float32))
            other_batches.append(classifier(batch.to(classifier.mean.device)).cpu().numpy())
        return outputs[start : start + len(photographs)].astype(np.float64)

    reference = by_package(network, photograph, found.segments, [0, 1, 2], settings, 9)
    assert np.array_equal(States(reference.states.shape[1], 9).draw(settings["samples"]), reference.states)
    assert np.array_equal(ours, np.array(reference.photographs, dtype=np.float32))
    np.testing.assert_allclose(np.concatenate(other_batches), outputs, rtol=0, atol=tolerance * np.abs(outputs).max())
    assert_same(found, reference, 1e-12)


@pytest.mark.parametrize("fill", ["mean", 0, 0.3])
@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_in_float32(
    classify: Callable, convolutional: nn.Module, photograph: np.ndarray, mask: np.ndarray, segmentation: str, fill: Any
) -> None:
    classifier = classify(convolutional, size=(36, 44), mean=[0.5] * 3, std=[0.2] * 3)
    # Sums of 75, 20 and 54 terms: another order costs at most half an epsilon a term.
    terms = 75 + 20 + 54
    check_in_float32(classifier, photograph, mask, lime(segmentation, fill=fill), terms * np.finfo(np.float32).eps / 2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_on_a_gpu(classify: Callable, convolutional: nn.Module, photograph: np.ndarray, mask: np.ndarray) -> None:
    # Convolutions there may be in TF32, with 10 bits of mantissa.
    check_in_float32(classify(convolutional, size=(36, 44)).cuda(), photograph, mask, lime(), 1e-3)


@pytest.mark.parametrize("fill", ["mean", 0.3])
@pytest.mark.parametrize("segmentation", SEGMENTATIONS)
def test_in_float64(classify: Callable, photograph: np.ndarray, mask: np.ndarray, segmentation: str, fill: Any) -> None:
    """The package asks a closed form in numpy, we the same as a network."""
    torch.manual_seed(2)
    network = nn.Sequential(nn.Flatten(), nn.Linear(36 * 44 * 3, 4), nn.Tanh())
    classifier = classify(network, size=(36, 44)).double()
    shown = Shown(classifier)
    settings = lime(segmentation, fill=fill)
    found = explain(classifier, photograph, [3, 0], settings, 4, mask=mask)
    weight, bias = (part.detach().numpy() for part in (network[1].weight, network[1].bias))

    def closed_form(photographs: np.ndarray) -> np.ndarray:
        return np.tanh(photographs.transpose(0, 3, 1, 2).reshape(len(photographs), -1) @ weight.T + bias)

    reference = by_package(closed_form, photograph, found.segments, [3, 0], settings, 4)
    assert np.array_equal(shown.photographs, np.array(reference.photographs))
    assert_same(found, reference, 1e-12)


@pytest.mark.parametrize("labels", [[1], [2, 0], [0, 1, 2]])
@pytest.mark.parametrize("outputs", ["logit", "probability"])
@pytest.mark.parametrize("kernel_width", [0.01, 0.1, 0.25, 3])
@pytest.mark.parametrize("samples", [2, 37, 300])
def test_whatever_is_asked_for(
    classify: Callable,
    convolutional: nn.Module,
    labels: list[int],
    outputs: str,
    kernel_width: float,
    samples: int,
) -> None:
    photograph = np.random.default_rng(1).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    classifier = classify(convolutional, size=24).double()
    settings = lime(outputs=outputs, kernel_width=kernel_width, samples=samples)
    found = explain(classifier, photograph, labels, settings, 2**32 - 1)

    def network(photographs: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            logits = classifier(torch.from_numpy(photographs.transpose(0, 3, 1, 2)))
            return (logits.softmax(1) if outputs == "probability" else logits).numpy()

    assert_same(found, by_package(network, photograph, found.segments, labels, settings, 2**32 - 1), 1e-12)


def test_output_that_does_not_vary(classify: Callable, photograph: np.ndarray) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(36 * 44 * 3, 3))
    nn.init.zeros_(network[1].weight)
    nn.init.zeros_(network[1].bias)
    found = explain(classify(network, size=(36, 44)), photograph, [0, 1], lime(), 4)
    reference = by_package(lambda p: np.zeros((len(p), 3)), photograph, found.segments, [0, 1], lime(), 4)
    assert (found.weights.tolist(), found.r2.tolist()) == (reference.coefficients.tolist(), reference.all(2).tolist())
