"""Which regions speak for and against a class?"""

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.errors import LimelightError
from limelight.files import resolve
from limelight.images import Resize
from limelight.images import photograph as read_photograph
from limelight.superpixels import Explanation, chosen_classes, explain, segment

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


def test_the_seed_decides_and_nothing_else(classify: Callable, curved: nn.Sequential, picture: np.ndarray) -> None:
    classifier = classify(curved, size=SIZE)
    np.random.seed(1)
    first = explain(classifier, picture, [0, 1], lime(), 7)
    explain(classifier, picture[::-1], [2], lime(samples=30), 8)
    np.random.seed(2)
    before = np.random.get_state()[1].copy()
    second = explain(classifier, picture, [0, 1], lime(), 7)
    assert np.array_equal(np.random.get_state()[1], before), "nobody else's random numbers are used up"
    for field in fields(Explanation):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))
    other = explain(classifier, picture, [0, 1], lime(), 8)
    assert np.abs(other.weights - first.weights).max() > 1e-5
    # Fewer classes are the same explanation, not another draw.
    np.testing.assert_array_equal(explain(classifier, picture, [1], lime(), 7).weights[0], first.weights[1])


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**63 - 1])
@pytest.mark.parametrize("method", ["slic", "quickshift"])
def test_every_seed_of_the_plan_is_taken(
    classify: Callable, linear: nn.Sequential, picture: np.ndarray, seed: int, method: str
) -> None:
    found = explain(classify(linear, size=SIZE), picture, [0], lime(samples=20, method=method), seed)
    assert np.isfinite(found.weights).all()


def test_network_comes_back_as_it_was_and_stderr_stays_silent(
    classify: Callable, curved: nn.Sequential, picture: np.ndarray, state_of: Callable
) -> None:
    classifier = classify(nn.Sequential(*curved, nn.Dropout(0.5)), size=SIZE).train()
    before = state_of(classifier)
    with redirect_stderr(io.StringIO()) as stderr:
        one, other = (explain(classifier, picture, [0], lime(), 1) for _ in range(2))
    assert stderr.getvalue() == ""
    assert np.array_equal(one.weights, other.weights)
    assert state_of(classifier) == before
    with pytest.raises(RuntimeError):
        explain(classifier, picture[:12], [0], lime(), 1)
    assert state_of(classifier) == before


# --- superpixels --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["slic", "quickshift"])
@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png"])
def test_labels_are_positions(name: str, method: str) -> None:
    pixels = read_photograph(resolve(f"skimage:data/{name}"), Resize((72, 80))) / 255
    settings = lime(method=method, n_segments=60)["segmentation"]
    labels = segment(pixels, settings, 3)
    assert labels.shape == (72, 80)
    assert sorted(set(labels.ravel().tolist())) == list(range(labels.max() + 1))
    assert 10 < labels.max() < 1000
    assert np.array_equal(labels, segment(pixels, settings, 3))


def test_superpixels_follow_the_edges() -> None:
    """Two halves, black and white: no superpixel lies in both."""
    halves = np.zeros((20, 20, 3))
    halves[:, 10:] = 1
    labels = segment(halves, lime(n_segments=4, compactness=0.1, sigma=0)["segmentation"], 0)
    assert not set(labels[:, :10].ravel()) & set(labels[:, 10:].ravel())


@pytest.mark.parametrize(("method", "different"), [("slic", {"n_segments": 1}), ("quickshift", {"max_dist": 1000})])
def test_one_single_superpixel_is_refused(method: str, different: dict[str, int]) -> None:
    with pytest.raises(LimelightError, match=rf"^{method} finds one single superpixel; expected at least two: use sm"):
        segment(np.full((16, 16, 3), 0.5), lime(method=method, **different)["segmentation"], 0)


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
