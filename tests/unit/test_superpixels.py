"""Which regions speak for and against a class?"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.capabilities.lime.compute import chosen_classes
from limelight.capabilities.lime.explanation import ROUND, Explanation, Sampling, explain
from limelight.capabilities.lime.units import units
from limelight.machinery.job import Job
from limelight.machinery.units import Setup
from limelight.schema import load
from limelight.study.digests import seed as derived_seed
from limelight.study.errors import LimelightError

SIZE = 24


def lime(**different: Any) -> dict[str, Any]:
    """The `lime` section of a study, with differences; those of the segmentation by its own keys."""
    segmentation = {
        "method": "slic",
        "n_segments": 12,
        "compactness": 10,
        "sigma": 1,
        "kernel_size": 2,
        "max_dist": 6,
        "ratio": 0.2,
        "cells": 4,
    }
    section = {"samples": 200, "outputs": "logit", "kernel_width": 0.25, "fill": "mean", "batch": 16}
    for key, value in different.items():
        (segmentation if key in segmentation else section)[key] = value
    return {**section, "segmentation": segmentation}


@pytest.fixture
def picture() -> np.ndarray:
    """Noise, so that no superpixel has the colour of its mean."""
    return np.random.default_rng(5).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture
def linear() -> nn.Sequential:
    """Logits that are linear in the pixels, and so in whether each superpixel is on."""
    torch.manual_seed(4)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 3))


@pytest.fixture
def curved() -> nn.Sequential:
    """Logits that are not."""
    torch.manual_seed(6)
    return nn.Sequential(nn.Conv2d(3, 6, 5, 3), nn.Tanh(), nn.Flatten(), nn.Linear(6 * 7 * 7, 3), nn.Tanh())


class Seen:
    """Remembers what the network is shown, (N, 3, H, W), and what it answers, (N, C), and in which batches."""

    def __init__(self, classifier: Any) -> None:
        self.photographs: list[Tensor] = []
        self.logits: list[Tensor] = []
        classifier.register_forward_hook(self.look)

    def look(self, module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        assert not torch.is_grad_enabled()
        assert not module.training
        self.photographs.append(inputs[0].clone())
        self.logits.append(output.clone())

    def states(self, picture: np.ndarray, segments: np.ndarray) -> np.ndarray:
        """Which superpixels were on, (N, K), by a look at the pixels."""
        original = torch.from_numpy(picture.astype(np.float32) / np.float32(255)).permute(2, 0, 1)
        same = torch.isclose(torch.cat(self.photographs), original, atol=1e-6).all(1).numpy()
        return np.stack([same[:, segments == k].all(1) for k in range(segments.max() + 1)], 1).astype(float)


def ridge(states: np.ndarray, values: np.ndarray, kernel_width: float = 0.25) -> tuple[np.ndarray, float, float]:
    """LIME's surrogate from the paper and by the normal equations: coefficients, intercept, R².

    Weights exp(-d² / (2 w²)) with the cosine distance d to the photograph, a penalty of 1 on the squared coefficients.
    """
    distance = 1 - np.sqrt(states.mean(1))  # cosine between k ones of K and K ones: k / sqrt(k K)
    weight = np.exp(-(distance**2) / (2 * kernel_width**2))
    centre, height = np.average(states, 0, weight), np.average(values, 0, weight)
    x, y = states - centre, values - height
    matrix = x.T @ (weight[:, None] * x)
    coefficients = np.linalg.solve(matrix + np.eye(len(matrix)), x.T @ (weight * y))
    r2 = 1 - (weight * (y - x @ coefficients) ** 2).sum() / (weight * y**2).sum()
    return coefficients, height - centre @ coefficients, r2


# --- against the closed form and the slow twin --------------------------------------------------------------------


@pytest.mark.parametrize("fill", ["mean", 0, 0.25])
@pytest.mark.parametrize("segments", [4, 12], ids=["six or fewer superpixels", "more"])
def test_linear_network_is_recovered_up_to_the_shrinkage_of_the_ridge(
    classify: Callable, linear: nn.Sequential, picture: np.ndarray, fill: Any, segments: int
) -> None:
    """A superpixel weighs sum w (x - fill); the ridge makes of these true weights b (A + 1)^-1 A b."""
    classifier = classify(linear, size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, [0, 1, 2], lime(fill=fill, n_segments=segments, samples=1000), 1)
    count = found.weights.shape[1]
    assert (count <= 6) == (segments == 4), "lime chooses features in another way for up to six"
    pixels, weights = picture / 255, linear[1].weight.detach().double().numpy().reshape(3, 3, SIZE, SIZE)
    true = np.empty((3, count))
    for k in range(count):
        inside = found.segments == k
        off = pixels[inside].mean(0) if fill == "mean" else fill
        true[:, k] = (weights.transpose(0, 2, 3, 1)[:, inside] * (pixels[inside] - off)).sum((1, 2))
    states = seen.states(picture, found.segments)
    for row in range(3):
        expected, _, r2 = ridge(states, states @ true[row])
        np.testing.assert_allclose(found.weights[row], expected, rtol=0, atol=1e-5)
        np.testing.assert_allclose(found.r2[row], r2, atol=1e-4)
        np.testing.assert_allclose(expected, true[row], rtol=0, atol=0.05 * np.abs(true[row]).max())
    assert found.r2.min() > 0.99


@pytest.mark.parametrize("outputs", ["logit", "probability"])
@pytest.mark.parametrize("kernel_width", [0.25, 0.6])
@pytest.mark.parametrize("segments", [4, 12])
def test_surrogate_of_any_network_is_the_slow_twins(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray, outputs: str, kernel_width: float, segments: int
) -> None:
    classifier = classify(curved, size=SIZE, mean=[0.5] * 3, std=[0.2] * 3)
    seen = Seen(classifier)
    settings = lime(outputs=outputs, kernel_width=kernel_width, n_segments=segments, samples=90)
    found = explain(classifier, picture, [2, 0, 1], settings, 1)
    states, values = seen.states(picture, found.segments), torch.cat(seen.logits)
    values = values.softmax(1) if outputs == "probability" else values
    for row, k in enumerate([2, 0, 1]):
        coefficients, intercept, r2 = ridge(states, values[:, k].double().numpy(), kernel_width)
        np.testing.assert_allclose(found.weights[row], coefficients, rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.intercept[row], intercept, rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.r2[row], r2, rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.local_prediction[row], intercept + coefficients.sum(), rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.network_output[row], values[0, k], rtol=0, atol=1e-7)
    assert found.classes.tolist() == [2, 0, 1]
    assert len(set(found.r2.round(5))) == 3, "every class has an R² of its own"


def test_network_output_is_that_of_the_photograph_itself(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray
) -> None:
    classifier = classify(curved, size=SIZE)
    itself = torch.from_numpy(picture / np.float32(255)).permute(2, 0, 1)[None]
    logits = classifier(itself).detach()
    for outputs, expected in (("logit", logits), ("probability", logits.softmax(1))):
        found = explain(classifier, picture, [1, 2], lime(outputs=outputs, samples=20), 1)
        np.testing.assert_allclose(found.network_output, expected[0, 1:], rtol=0, atol=1e-6)


@pytest.mark.parametrize("samples", [500, 4000])
def test_coefficients_approach_weight_times_what_is_taken_away(
    classify: Callable, linear: nn.Sequential, picture: np.ndarray, samples: int
) -> None:
    """Garreau and Mardaoui, 2021 (arXiv 2102.06307): for a linear network the limit is sum w (x - fill).

    What is missing is the ridge's: superpixels, on in half the samples, have the variance 1/4, so that of each
    coefficient A / (A + 1) is left, A = 1/4 of the sum of the weights.
    """
    classifier = classify(linear, size=SIZE).double()
    found = explain(classifier, picture, [0, 1, 2], lime(fill=0.5, method="grid", samples=samples), 1)
    weights = linear[1].weight.detach().numpy().reshape(3, 3, SIZE, SIZE)
    parts = weights * (picture.transpose(2, 0, 1) / 255 - 0.5)
    true = np.stack([parts[..., found.segments == k].sum((1, 2)) for k in range(16)], 1)
    total = samples * found.effective_samples / samples * 0.5
    kept = total / 4 / (total / 4 + 1)
    largest = np.abs(true).max()
    np.testing.assert_allclose(found.weights, kept * true, rtol=0, atol=4 / samples * largest)
    assert np.abs(found.weights - true).max() > 4 / samples * largest, "or nothing was shrunk"


def test_limit_for_any_network_is_the_regression_over_all_states(classify: Callable, picture: np.ndarray) -> None:
    """With few superpixels their 2^K states can be listed, each as probable: the limit of Garreau and Mardaoui."""
    torch.manual_seed(8)
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 5), nn.Tanh(), nn.Linear(5, 3))
    network[1].weight.data *= 6
    classifier = classify(network, size=SIZE).double()
    found = explain(classifier, picture, [0, 1, 2], lime(fill=0, method="grid", cells=2, samples=20_000, batch=2000), 1)
    states = np.array(list(product([0, 1], repeat=4)), float)
    pixels = picture.transpose(2, 0, 1) / 255 * states[:, None, found.segments]
    values = network(torch.from_numpy(pixels)).detach().numpy()
    many = 1000  # of every state, so that the ridge's penalty is as small as it is there
    for row in range(3):
        expected, intercept, r2 = ridge(np.repeat(states, many, 0), np.repeat(values[:, row], many))
        assert 0.5 < r2 < 0.999, "it is not linear"
        np.testing.assert_allclose(found.weights[row], expected, rtol=0, atol=0.03 * np.abs(expected).max())
        np.testing.assert_allclose(found.intercept[row], intercept, rtol=0, atol=0.03 * np.abs(expected).max())
        np.testing.assert_allclose(found.r2[row], r2, rtol=0, atol=0.02)


# --- the perturbed photographs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [[1], [0, 1, 2]])
@pytest.mark.parametrize("batch", [7, 16, 500])
def test_all_classes_come_from_one_set_of_forward_passes(
    classify: Callable, linear: nn.Sequential, picture: np.ndarray, classes: list[int], batch: int
) -> None:
    classifier = classify(linear, size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, classes, lime(samples=50, batch=batch), 1)
    assert [len(step) for step in seen.photographs] == [min(batch, 50 - k) for k in range(0, 50, batch)]
    states = seen.states(picture, found.segments)
    assert states[0].min() == 1, "the photograph itself comes first"
    assert 0.3 < states[1:].mean() < 0.7


@pytest.mark.parametrize("fill", ["mean", 0.75])
def test_superpixel_that_is_off_shows_the_fill(
    classify: Callable, linear: nn.Sequential, picture: np.ndarray, fill: Any
) -> None:
    classifier = classify(linear, size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, [0], lime(samples=10, fill=fill), 1)
    states, shown = seen.states(picture, found.segments), torch.cat(seen.photographs).permute(0, 2, 3, 1).numpy()
    for row, k in np.argwhere(states == 0):
        inside = found.segments == k
        expected = (picture[inside] / 255).mean(0) if fill == "mean" else [fill] * 3
        np.testing.assert_allclose(shown[row][inside], np.tile(expected, (inside.sum(), 1)), atol=1e-6)


def test_batch_does_not_change_the_explanation(classify: Callable, curved: nn.Sequential, picture: np.ndarray) -> None:
    classifier = classify(curved, size=SIZE)
    one, other = (explain(classifier, picture, [0, 1, 2], lime(batch=batch), 1) for batch in (1, 64))
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-6)


def test_steps_may_be_driven_from_outside(classify: Callable, curved: nn.Sequential, picture: np.ndarray) -> None:
    """As by a back-off that halves the step when memory runs out."""
    calls = []

    def halving(rows: Tensor, size: int, compute: Callable[[Tensor], Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        calls.append((len(rows), size))
        while len(rows):
            yield rows[:size], compute(rows[:size])
            rows, size = rows[size:], max(1, size // 2)

    classifier = classify(curved, size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, [0, 2], lime(samples=50, batch=24), 1, steps=halving)
    assert calls == [(50, 24)]
    assert [len(step) for step in seen.photographs] == [24, 12, 6, 3] + [1] * 5
    plain = explain(classifier, picture, [0, 2], lime(samples=50, batch=24), 1)
    np.testing.assert_allclose(found.weights, plain.weights, rtol=0, atol=1e-7)


def test_regions_may_be_given(classify: Callable, linear: nn.Sequential, picture: np.ndarray) -> None:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[4:9, 3:20] = True
    found = explain(classify(linear, size=SIZE), picture, [0], lime(method="mask"), 1, mask=mask)
    assert np.array_equal(found.segments, mask)
    assert found.weights.shape == (1, 2)


class Diverging(nn.Module):
    """Logits that are 1, but not finite for the class `row` in photographs whose first pixel is not white."""

    def __init__(self, row: int, value: float) -> None:
        super().__init__()
        self.row, self.value = row, value

    def forward(self, photographs: Tensor) -> Tensor:
        logits = torch.ones(len(photographs), 3)
        logits[photographs[:, 0, 0, 0] < 1, self.row] = self.value
        return logits


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_output_that_is_not_finite_is_refused(classify: Callable, value: float, shown: str) -> None:
    classifier, white = classify(Diverging(1, value), size=SIZE), np.full((SIZE, SIZE, 3), 255, np.uint8)
    settings = lime(method="grid", fill=0, samples=20)
    with pytest.raises(LimelightError) as error:
        explain(classifier, white, [0, 1], settings, 1)
    assert str(error.value) == (
        f"the network's output for class class 1 is {shown} in a perturbed photograph; expected finite numbers"
    )
    assert explain(classifier, white, [0, 2], settings, 1).r2.tolist() == [1, 1], "it is not asked about class 1"


# --- seeds --------------------------------------------------------------------------------------------------------


def same(one: Explanation, other: Explanation) -> None:
    for field in fields(Explanation):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)


def test_the_seed_decides_and_nothing_else(classify: Callable, curved: nn.Sequential, picture: np.ndarray) -> None:
    classifier = classify(curved, size=SIZE)
    np.random.seed(1)
    first = explain(classifier, picture, [0, 1], lime(), 7)
    explain(classifier, picture[::-1], [2], lime(samples=30), 8)
    np.random.seed(2)
    before = np.random.get_state()[1].copy()
    second = explain(classifier, picture, [0, 1], lime(), 7)
    assert np.array_equal(np.random.get_state()[1], before), "nobody else's random numbers are used up"
    same(first, second)
    other = explain(classifier, picture, [0, 1], lime(), 8)
    assert np.abs(other.weights - first.weights).max() > 1e-5
    # Fewer classes are the same explanation, not another draw.
    fewer = explain(classifier, picture, [1], lime(), 7)
    np.testing.assert_allclose(fewer.weights[0], first.weights[1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**63 - 1])
@pytest.mark.parametrize("method", ["slic", "quickshift"])
def test_every_seed_of_the_plan_is_taken(
    classify: Callable, linear: nn.Sequential, picture: np.ndarray, seed: int, method: str
) -> None:
    found = explain(classify(linear, size=SIZE), picture, [0], lime(samples=20, method=method), seed)
    assert np.isfinite(found.weights).all()


def test_network_comes_back_as_it_was(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray, state_of: Callable
) -> None:
    classifier = classify(nn.Sequential(*curved, nn.Dropout(0.5)), size=SIZE).train()
    before = state_of(classifier)
    one, other = (explain(classifier, picture, [0], lime(), 1) for _ in range(2))
    same(one, other)
    assert state_of(classifier) == before
    with pytest.raises(RuntimeError):
        explain(classifier, picture[:12], [0], lime(), 1)
    assert state_of(classifier) == before


# --- how far to believe it ----------------------------------------------------------------------------------------


def test_fidelity_is_reported(classify: Callable, curved: nn.Sequential, picture: np.ndarray) -> None:
    classifier = classify(curved, size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, [0, 1, 2], lime(samples=90), 1)
    np.testing.assert_array_equal(found.local_error, np.abs(found.local_prediction - found.network_output))
    assert found.local_error.min() > 0
    distance = 1 - np.sqrt(seen.states(picture, found.segments).mean(1))
    weight = np.exp(-(distance**2) / (2 * 0.25**2))
    assert found.effective_samples == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert found.samples == 90


def test_one_repetition_does_not_say_how_stable_it_is(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray
) -> None:
    found = explain(classify(curved, size=SIZE), picture, [0, 1], lime(), 1)
    assert found.agreement is found.weights_std is None


@pytest.mark.parametrize("top", [1, 3])
def test_stability_is_that_of_explanations_with_derived_seeds(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray, top: int
) -> None:
    curved[0].weight.data *= 6
    classifier, settings = classify(curved, size=SIZE), lime(method="grid", samples=40, top=top)
    found = explain(classifier, picture, [0, 1, 2], {**settings, "repetitions": 4}, 5)
    seeds = [5, *(derived_seed("lime repetition", 5, number) for number in (1, 2, 3))]
    alone = [explain(classifier, picture, [0, 1, 2], settings, seed) for seed in seeds]
    for name in ("segments", "weights", "intercept", "r2", "local_prediction", "network_output", "halves"):
        np.testing.assert_array_equal(getattr(found, name), getattr(alone[0], name))
    for row in range(3):
        chosen = [set(np.argsort(-np.abs(one.weights[row]))[:top]) for one in alone]
        jaccard = [len(a & b) / len(a | b) for a, b in combinations(chosen, 2)]
        assert found.agreement[row] == pytest.approx(np.mean(jaccard))
    assert len(set(found.agreement.tolist())) > 1
    spread = np.std([one.weights for one in alone], axis=0, ddof=1)
    np.testing.assert_allclose(found.weights_std, spread, rtol=1e-12)


def test_repetitions_of_a_linear_network_agree(classify: Callable, linear: nn.Sequential, picture: np.ndarray) -> None:
    found = explain(classify(linear, size=SIZE), picture, [0, 1], {**lime(samples=500), "repetitions": 3}, 1)
    assert found.agreement.tolist() == [1, 1]
    assert found.weights_std.max() < 0.01 * np.abs(found.weights).max()


# --- as many samples as it takes ----------------------------------------------------------------------------------


class Noise(nn.Module):
    """Logits between 0 and 1 that depend on every pixel and follow no linear model."""

    def forward(self, photographs: Tensor) -> Tensor:
        places = torch.arange(photographs[0].numel(), dtype=torch.float64).view(1, *photographs.shape[1:])
        mixed = (photographs.double() * (places * 0.7548).frac()).sum((1, 2, 3))
        return torch.stack([(mixed * factor).frac() for factor in (1e4, 2e4, 3e4)], 1)


def automatic(**different: Any) -> dict[str, Any]:
    return lime(**{"method": "grid", "samples": "auto", "max_samples": 600, "agreement": 0.9, **different})


def test_what_is_stable_at_once_takes_one_round(classify: Callable, linear: nn.Sequential, picture: np.ndarray) -> None:
    found = explain(classify(linear, size=SIZE), picture, [0, 1, 2], automatic(), 1)
    assert found.samples == ROUND
    assert found.halves.tolist() == [1, 1, 1]


@pytest.mark.parametrize("most", [2, 100, ROUND, 2 * ROUND, 2 * ROUND + 100])
def test_what_is_never_stable_takes_as_many_as_it_may(classify: Callable, picture: np.ndarray, most: int) -> None:
    classifier = classify(Noise(), size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, [0, 1, 2], automatic(max_samples=most, top=3), 1)
    assert found.samples == most == sum(map(len, seen.photographs))
    assert found.halves.mean() < 0.9 or most == 2


def test_so_many_from_the_start_are_the_same_explanation(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray
) -> None:
    curved[0].weight.data *= 6
    classifier = classify(curved, size=SIZE)
    settings = automatic(max_samples=5000, agreement=0.99, batch=50, top=3, method="grid")
    found = explain(classifier, picture, [0, 1, 2], settings, 3)
    assert ROUND < found.samples < 5000
    assert found.halves.mean() >= 0.99
    same(found, explain(classifier, picture, [0, 1, 2], {**settings, "samples": found.samples}, 3))


def test_repetitions_take_as_many_as_the_first(classify: Callable, picture: np.ndarray) -> None:
    classifier = classify(Noise(), size=SIZE)
    seen = Seen(classifier)
    found = explain(classifier, picture, [0], automatic(repetitions=3, max_samples=300), 1)
    assert found.samples == 300
    assert sum(map(len, seen.photographs)) == 900
    assert found.agreement[0] < 1


def test_settings_that_are_silent_mean_the_schemas_defaults(repository: Path) -> None:
    section = load(repository)["$defs"]["lime"]["properties"]
    for field in fields(Sampling):
        if field.default is not field.default_factory:
            assert field.default == section[field.name]["default"], field.name
        assert field.name in section


# --- classes ------------------------------------------------------------------------------------------------------

PROBABILITIES = np.array([0.1, 0.3, 0.05, 0.3, 0.25])


@pytest.mark.parametrize(
    ("classes", "label", "chosen"),
    [
        ("all", None, [0, 1, 2, 3, 4]),
        (1, None, [1]),  # of two that are as probable, the first
        (2, None, [1, 3]),
        (3, 2, [1, 2, 3, 4]),
        (2, 3, [1, 3]),
        (1, 0, [0, 1]),
        (9, 0, [0, 1, 2, 3, 4]),
    ],
)
def test_chosen_classes(classes: Any, label: int | None, chosen: list[int]) -> None:
    assert chosen_classes({"classes": classes}, PROBABILITIES, label) == chosen


def test_of_classes_that_are_as_probable_the_first_are_chosen() -> None:
    assert chosen_classes({"classes": 3}, np.full(1000, 0.001), None) == [0, 1, 2]


# --- units ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", ["image", 9])
def test_a_unit_has_the_seed_the_label_and_the_mask_of_its_photograph(tmp_path: Path, seed: str | int) -> None:
    (tmp_path / "model.json").write_text('{"classes": ["egg", "soup"]}')
    listed = [("egg_1", "soup", "1.png"), ("egg_2", None, "2.png")]
    setup = Setup("cpu", 1, False, "store", str(tmp_path), 0)
    settings = {"samples": 9, "seed": seed, "study_seed": 3}
    record = str(tmp_path / "model.json")
    job = Job("out.npz", {}, record, listed, None, 1, setup, settings, regions={"egg_2": "m.png"})
    one, two = units(job)[0]
    expected = derived_seed("lime", 3, "egg_1") if seed == "image" else 9
    assert one.parameters == {"samples": 9, "seed": expected, "label": 1}
    assert (one.parameters["seed"] == two.parameters["seed"]) == (seed == 9)
    assert (str(one.item), two.parameters["label"], one.files, two.files) == ("egg_1", None, {}, {"mask": "m.png"})
