"""Do the attribution methods say what their papers say, whatever the network and the batch?"""

import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from captum import attr as captum
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from limelight.attribution.activations import activation_and_gradient
from limelight.attribution.gradient import score_gradients
from limelight.attribution.guided_backpropagation import guided_gradients
from limelight.attribution.integrated_gradients import baselines_of
from limelight.attribution.occlusion import covers
from limelight.attribution.registry import BASELINES, METHODS, find, signed
from limelight.network.last_map import last_map
from limelight.study.errors import LimelightError

TARGETS = torch.tensor([2, 0, 1, 1, 2])
SEEDS = [11, 22, 33, 44, 2**63 - 1]
QUICK = {
    "smoothgrad": {"samples": 3},
    "integrated_gradients": {"steps": 7, "baseline": "blur"},
    "occlusion": {"patch": 3, "stride": 2},
}


def maps(
    name: str, classifier: Any, photographs: Tensor, layer: str | None = None, batch: int = 4, **how: Any
) -> Tensor:
    """The maps of the photographs' `TARGETS`, as numbers of double precision."""
    count = len(photographs)
    found = find(name)(classifier, photographs, TARGETS[:count], seeds=SEEDS[:count], layer=layer, batch=batch, **how)
    return found.maps.double()


def weights(network: nn.Sequential) -> Tensor:
    """What each target's logit multiplies each value with, (5, 3, 8, 8), for the linear network."""
    return network[1].weight.detach().view(3, 3, 8, 8)[TARGETS]


def close(found: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(
        found.double(), expected.double(), rtol=tolerance, atol=tolerance * float(expected.abs().max())
    )


# --- a linear network, where everything is known ------------------------------------------------------------------


def test_gradient_of_a_linear_network_is_its_weights(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    classifier = classify(linear_network)
    assert torch.equal(score_gradients(classifier, photographs, TARGETS), weights(linear_network))
    close(maps("gradient", classifier, photographs), weights(linear_network).abs().amax(1))
    assert not photographs.requires_grad


def test_gradient_is_that_of_the_photograph_and_not_of_the_networks_input(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    std = [0.5, 2, 4]
    classifier = classify(linear_network, range=[-1, 1], mean=[9, 9, 9], std=std, channels="BGR")
    in_bgr = weights(linear_network) * 2 / torch.tensor(std).view(3, 1, 1)
    close(score_gradients(classifier, photographs, TARGETS), in_bgr.flip(1))


def test_gradient_of_the_loss_in_closed_form(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    """d(-log softmax(y)_k)/dx = (softmax(y) - onehot(k)) W."""
    flat, matrix = photographs.flatten(1).double(), linear_network[1].weight.detach().double()
    logits = flat @ matrix.T + linear_network[1].bias.detach().double()
    expected = ((logits.softmax(1) - torch.eye(3)[TARGETS]) @ matrix).view(5, 3, 8, 8)
    classifier = classify(linear_network)
    close(score_gradients(classifier, photographs, TARGETS, "cross_entropy"), expected)
    close(maps("gradient", classifier, photographs, score="cross_entropy"), expected.abs().amax(1))


def test_smoothgrad_of_a_linear_network_is_its_gradient(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    classifier = classify(linear_network)
    close(maps("smoothgrad", classifier, photographs, samples=7), maps("gradient", classifier, photographs))


@pytest.mark.parametrize("baseline", ["black", "white", "grey", "blur"])
def test_integrated_gradients_of_a_linear_network_are_exact_and_complete(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor, baseline: str
) -> None:
    """w (x - x0), which adds up to y(x) - y(x0), with a single step."""
    classifier = classify(linear_network).double()
    found = find("integrated_gradients")(
        classifier, photographs.double(), TARGETS, seeds=SEEDS, batch=2, baseline=baseline, steps=1
    )
    ends = baselines_of(photographs.double(), baseline)
    close(found.maps, (weights(linear_network) * (photographs.double() - ends)).sum(1), 1e-6)
    assert found.numbers["completeness_error"].shape == (5,)
    assert found.numbers["completeness_error"].max() < 1e-6


def test_baselines_of_integrated_gradients(photographs: Tensor) -> None:
    for name, value in {"black": 0, "grey": 0.5, "white": 1}.items():
        assert torch.equal(baselines_of(photographs, name), torch.full((5, 3, 8, 8), value, dtype=torch.float32))
    blurred = baselines_of(photographs, "blur")
    assert 0 < blurred.var((2, 3)).max() < photographs.var((2, 3)).min() / 2
    close(baselines_of(torch.full((1, 3, 8, 12), 0.3), "blur"), torch.full((1, 3, 8, 12), 0.3))


def slow_occlusion(network: nn.Sequential, photographs: Tensor, patch: int, stride: int, fill: Any) -> Tensor:
    """For y = W x + b a patch takes w (x - fill) of its pixels with it."""
    colours = photographs.mean((2, 3), keepdim=True) if fill == "mean" else fill
    lost = (weights(network) * (photographs - colours)).sum(1).double()
    total, count = torch.zeros_like(lost), torch.zeros_like(lost)
    starts = [start for start in range(0, 8, stride) if start == 0 or start - stride + patch < 8]
    for top, left in product(starts, starts):
        here = (slice(None), slice(top, top + patch), slice(left, left + patch))
        total[here] += lost[here].sum((1, 2), keepdim=True)
        count[here] += 1
    assert count.min() > 0
    return total / count


@pytest.mark.parametrize(("patch", "stride"), [(1, 1), (3, 2), (3, 3), (4, 1), (8, 8), (16, 8)])
@pytest.mark.parametrize("fill", ["mean", 0.25])
def test_occlusion_of_a_linear_network_in_closed_form(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor, patch: int, stride: int, fill: Any
) -> None:
    found = maps("occlusion", classify(linear_network), photographs, batch=7, patch=patch, stride=stride, fill=fill)
    close(found, slow_occlusion(linear_network, photographs, patch, stride, fill))


@given(side=st.integers(1, 40), patch=st.integers(1, 45), stride=st.integers(1, 45))
def test_patches_of_an_occlusion_hide_every_pixel(side: int, patch: int, stride: int) -> None:
    stride = min(stride, patch)
    found = covers(side, patch, stride)
    for position, hidden in enumerate(found):
        assert hidden.nonzero()[:, 0].tolist() == list(range(side))[position * stride : position * stride + patch]
    assert found.any(0).all()
    assert len(found) == 1 or not found[:-1].any(0).all()  # no position more than it takes


def test_occlusion_that_leaves_pixels_out_is_refused(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    with pytest.raises(LimelightError, match=r"^occlusion: the stride, 4, is above the patch, 3; expected"):
        maps("occlusion", classify(linear_network), photographs, patch=3, stride=4)


# --- networks with curves and kinks -------------------------------------------------------------------------------


@pytest.mark.parametrize("score", ["logit", "cross_entropy"])
def test_gradient_agrees_with_finite_differences(classify: Callable, photographs: Tensor, score: Any) -> None:
    classifier, chosen, targets = classify(smooth_network()).double(), photographs[:2].double(), TARGETS[:2]

    def value(photograph: Tensor, target: int) -> float:
        logits = classifier(photograph[None])[0].detach().numpy()
        return logits[target] if score == "logit" else np.log(np.exp(logits).sum()) - logits[target]

    step = 1e-5
    slow = np.empty(chosen.shape)
    for index in np.ndindex(*slow.shape):
        change = torch.zeros_like(chosen[0])
        change[index[1:]] = step
        here, target = chosen[index[0]], int(targets[index[0]])
        slow[index] = (value(here + change, target) - value(here - change, target)) / (2 * step)
    np.testing.assert_allclose(score_gradients(classifier, chosen, targets, score), slow, rtol=1e-6, atol=1e-8)


def smooth_network() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, 2), nn.Tanh(), nn.Conv2d(4, 5, 3), nn.Softplus(), nn.Flatten(), nn.Linear(5, 3)
    )


def test_gradient_x_input_adds_up_to_the_score_of_a_relu_network_without_bias(
    classify: Callable, photographs: Tensor
) -> None:
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 3, bias=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(5, 3, bias=False),
    )
    classifier = classify(network)
    scores = classifier(photographs).detach().gather(1, TARGETS[:, None])[:, 0]
    close(maps("gradient_x_input", classifier, photographs).sum((1, 2)), scores)


def test_integrated_gradients_agree_with_a_slow_sum(classify: Callable, photographs: Tensor) -> None:
    """The midpoint rule with 2000 steps; 20 steps of Gauss-Legendre are complete to a millionth."""
    classifier, chosen = classify(smooth_network()).double(), photographs[:2].double()
    found = find("integrated_gradients")(
        classifier, chosen, TARGETS[:2], seeds=SEEDS[:2], batch=5, baseline="grey", steps=20
    )
    for row in range(2):
        path = 0.5 + ((torch.arange(2000, dtype=torch.float64) + 0.5) / 2000).view(-1, 1, 1, 1) * (chosen[row] - 0.5)
        mean = score_gradients(classifier, path, TARGETS[row].expand(2000)).mean(0)
        close(found.maps[row], ((chosen[row] - 0.5) * mean).sum(0))
    assert found.numbers["completeness_error"].max() < 1e-6


def test_completeness_error_is_measured_and_not_assumed(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    classifier = classify(small_cnn)
    found = find("integrated_gradients")(classifier, photographs, TARGETS, seeds=SEEDS, batch=4, steps=2)
    rows = torch.arange(5)
    with torch.no_grad():
        truth = (classifier(photographs) - classifier(torch.zeros_like(photographs)))[rows, TARGETS]
    expected = (found.maps.sum((1, 2)) - truth).abs() / truth.abs()
    close(found.numbers["completeness_error"], expected, 1e-3)
    assert expected.max() > 1e-3  # two steps miss kinks


def test_smoothgrad_agrees_with_a_slow_loop(classify: Callable, small_cnn: nn.Module, photographs: Tensor) -> None:
    classifier, level = classify(small_cnn), 0.3
    photographs = photographs * torch.tensor([1, 0.5, 0.2, 0.1, 0.8]).view(5, 1, 1, 1)  # contrasts of their own
    for row, seed in enumerate(SEEDS):
        generator = torch.Generator().manual_seed(seed)
        photograph, total = photographs[row], torch.zeros(3, 8, 8)
        deviation = level * (photograph.max() - photograph.min())
        for _ in range(4):
            noisy = photograph + deviation * torch.randn(3, 8, 8, generator=generator)
            total += score_gradients(classifier, noisy[None], TARGETS[row : row + 1])[0]
        found = maps("smoothgrad", classifier, photographs, level=level, samples=4)[row]
        close(found, (total / 4).abs().amax(0))


def test_smoothgrad_without_noise_is_the_gradient(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    classifier = classify(small_cnn)
    close(maps("smoothgrad", classifier, photographs, level=0, samples=2), maps("gradient", classifier, photographs))


# --- guided backpropagation ---------------------------------------------------------------------------------------


class Rectified(nn.Module):
    """Two convolutions and a linear layer; how the two ReLUs (the second may end at 6) run is another matter."""

    def __init__(self, first: Any, second: Any, flat_first: bool = False) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.one, self.two = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
        self.linear = nn.Linear(6 * 8 * 8, 3)
        self.first, self.second, self.flat_first = first, second, flat_first

    def forward(self, values: Tensor) -> Tensor:
        values = self.two(self.first(self.one(values)))
        if self.flat_first:  # a ReLU in place on a view
            return self.linear(self.second(values.flatten(1)))
        return self.linear(self.second(values).flatten(1))


def slow_guided(network: Rectified, photographs: Tensor, top: float = np.inf) -> Tensor:
    """The backward pass by hand: a ReLU passes what is positive where its input was within (0, top)."""
    with torch.no_grad():
        before_first = network.one(photographs)
        before_second = network.two(before_first.relu())
        gradient = network.linear.weight[TARGETS].view(-1, 6, 8, 8)
        gradient = gradient * (before_second > 0) * (before_second < top) * (gradient > 0)
        gradient = F.conv_transpose2d(gradient, network.two.weight, padding=1)
        gradient = gradient * (before_first > 0) * (gradient > 0)
        return F.conv_transpose2d(gradient, network.one.weight, padding=1)


def relu_forms() -> Iterator[Any]:
    yield pytest.param(lambda: Rectified(nn.ReLU(), nn.ReLU()), id="modules")
    yield pytest.param(lambda: Rectified(nn.ReLU(inplace=True), nn.ReLU(inplace=True)), id="in place")
    yield pytest.param(lambda: Rectified(*[nn.ReLU()] * 2), id="one module twice")
    yield pytest.param(lambda: Rectified(*[nn.ReLU(inplace=True)] * 2), id="one module twice in place")
    nested = nn.Sequential(nn.Identity(), nn.Sequential(nn.ReLU(inplace=True)))
    yield pytest.param(lambda: Rectified(nested, nn.Sequential(nn.ReLU())), id="nested")
    yield pytest.param(lambda: Rectified(F.relu, torch.relu), id="functions")
    yield pytest.param(lambda: Rectified(Tensor.relu, Tensor.relu_), id="methods")
    yield pytest.param(lambda: Rectified(torch.relu_, lambda x: F.relu(x, inplace=True)), id="functions in place")
    yield pytest.param(lambda: Rectified(nn.ReLU(), nn.ReLU(inplace=True), flat_first=True), id="in place on a view")


@pytest.mark.parametrize("build", list(relu_forms()))
def test_guided_backpropagation_agrees_with_a_slow_twin(
    classify: Callable, photographs: Tensor, build: Callable[[], Rectified]
) -> None:
    network = build()
    expected = slow_guided(network, photographs)
    close(guided_gradients(classify(network), photographs, TARGETS), expected)
    close(maps("guided_backpropagation", classify(network), photographs), expected.abs().amax(1))
    plain = score_gradients(classify(network), photographs, TARGETS)
    assert (plain - expected).abs().max() > 0.1 * plain.abs().max()  # and afterwards a ReLU is a ReLU again


@pytest.mark.parametrize(
    "relu6",
    [
        nn.ReLU6(),
        nn.ReLU6(inplace=True),
        F.relu6,
        lambda values: F.hardtanh(values, 0, 6),
        lambda values: F.hardtanh_(values, 0, 6),
    ],
)
def test_guided_backpropagation_takes_relu6_for_a_relu(
    classify: Callable, photographs: Tensor, relu6: Callable[[Tensor], Tensor]
) -> None:
    network = Rectified(nn.ReLU(), relu6)
    with torch.no_grad():
        network.two.weight *= 40  # so that some are above 6
        network.two.bias *= 40
        assert (network.two(network.one(photographs).relu()) > 6).any()
    expected = slow_guided(network, photographs, top=6)
    assert expected.abs().max() > 0
    close(guided_gradients(classify(network), photographs, TARGETS), expected)


def test_guided_backpropagation_through_a_sum_in_place(classify: Callable, photographs: Tensor) -> None:
    """The sum overwrites the ReLU6's output; what passes the ReLU6 is guided, what passes by it is not."""

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(6)
            self.one, self.linear = nn.Conv2d(3, 3, 1), nn.Linear(192, 3)

        def forward(self, values: Tensor) -> Tensor:
            output = F.relu6(self.one(values))
            output += values
            return self.linear(output.flatten(1))

    network = Residual()
    weight = network.linear.weight[TARGETS].detach().view(5, 3, 8, 8)
    guided = weight.clamp_min(0) * (network.one(photographs) > 0)
    expected = weight + F.conv_transpose2d(guided, network.one.weight)
    close(guided_gradients(classify(network), photographs, TARGETS), expected.detach())


def test_guided_backpropagation_says_where_there_is_nothing_to_guide(
    classify: Callable, photographs: Tensor, caplog: pytest.LogCaptureFixture
) -> None:
    classifier = classify(smooth_network())
    close(maps("guided_backpropagation", classifier, photographs), maps("gradient", classifier, photographs))
    assert "the network has no ReLU: its guided backpropagation is its gradient" in caplog.text


# --- Grad-CAM -----------------------------------------------------------------------------------------------------


class Pooled(nn.Sequential):
    """A 1 x 1 convolution by the identity, in its own map size, then the mean of each map and a linear layer."""

    def __init__(self, size: int, matrix: Tensor) -> None:
        convolution = nn.Conv2d(3, 3, 1, bias=False)
        linear = nn.Linear(3, 3, bias=False)
        super().__init__(nn.AdaptiveAvgPool2d(size), convolution, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)
        with torch.no_grad():
            convolution.weight.copy_(torch.eye(3)[..., None, None])
            linear.weight.copy_(matrix)


def test_grad_cam_in_closed_form(classify: Callable, photographs: Tensor) -> None:
    """The gradient of y_k over each of the 64 pixels of map c is W_kc / 64, so Grad-CAM is ReLU(W_k x) / 64."""
    matrix = torch.tensor([[1.0, -2, 0.5], [-1, 1, 0.25], [0, 3, -3]])
    network = Pooled(8, matrix)
    expected = F.relu(torch.einsum("nc,nchw->nhw", matrix[TARGETS], photographs) / 64)
    close(maps("grad_cam", classify(network), photographs, "1"), expected)
    gradient = matrix[TARGETS][:, :, None, None] / 64
    close(maps("guided_grad_cam", classify(network), photographs, "1"), gradient.abs().amax(1) * expected)


def test_grad_cam_is_upsampled_bilinearly(classify: Callable) -> None:
    """A map [[0, 4], [8, 12]] over 4 x 4 pixels: the corners are its own values, between them a quarter's steps."""
    photograph = torch.tensor([[0.0, 4], [8, 12]]).repeat_interleave(2, 0).repeat_interleave(2, 1) / 12
    photographs = photograph.expand(1, 3, 4, 4)
    found = find("grad_cam")(
        classify(Pooled(2, torch.eye(3))), photographs, torch.tensor([1]), seeds=[0], layer="1", batch=1
    )
    expected = torch.tensor([0.0, 1, 3, 4]) + 2 * torch.tensor([0.0, 1, 3, 4])[:, None]
    close(found.maps[0], expected / 12 / 4)
    assert found.layer == "1"


@pytest.mark.parametrize("layer", ["0", "4"])
def test_grad_cam_is_not_overwritten_in_place(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, layer: str
) -> None:
    in_place = maps("grad_cam", classify(small_cnn), photographs, layer)
    small_cnn[2].inplace = small_cnn[5].inplace = False
    close(in_place, maps("grad_cam", classify(small_cnn), photographs, layer))


def test_grad_cam_of_a_module_that_runs_twice_is_its_last_run(classify: Callable, photographs: Tensor) -> None:
    torch.manual_seed(5)
    shared, alone = Rectified(*[nn.ReLU(inplace=True)] * 2), Rectified(nn.ReLU(), nn.ReLU())
    close(
        maps("grad_cam", classify(shared), photographs, "first"),
        maps("grad_cam", classify(alone), photographs, "second"),
    )


def test_activation_and_gradient_of_a_layer(classify: Callable, small_cnn: nn.Sequential, photographs: Tensor) -> None:
    classifier = classify(small_cnn)
    activation, gradient = activation_and_gradient(classifier, "3", photographs, TARGETS)
    expected = small_cnn[:4](photographs)
    close(activation, expected.detach())
    leaf = expected.detach().requires_grad_()
    score = small_cnn[4:](leaf).gather(1, TARGETS[:, None]).sum()
    close(gradient, torch.autograd.grad(score, leaf)[0])


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.unused, self.pair = nn.Linear(192, 3), nn.Conv2d(3, 3, 1), Pair()

    def forward(self, values: Tensor) -> Tensor:
        return self.linear(self.pair(values)[0].flatten(1))


class Pair(nn.Module):
    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        return values, values


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        ("nowhere", "layer nowhere: the network has no layer of that name"),
        ("unused", "layer unused: the forward pass does not use it"),
        ("linear", r"layer linear: its output is \(5, 3\); expected a map, \(N, K, h, w\)"),
        ("pair", "layer pair: its output is tuple; expected a map"),
        (None, "no layer of the network has an output larger than 1 x 1"),
    ],
)
@pytest.mark.parametrize("name", ["grad_cam", "guided_grad_cam"])
def test_layer_that_has_no_map_is_refused(
    classify: Callable, photographs: Tensor, state_of: Callable, name: str, layer: str | None, sentence: str
) -> None:
    classifier = classify(Unused()).train()
    before = state_of(classifier)
    with pytest.raises(LimelightError, match=sentence):
        maps(name, classifier, photographs, layer, batch=5)
    assert state_of(classifier) == before


# --- the layer that Grad-CAM chooses itself -----------------------------------------------------------------------


class Joined(nn.Module):
    """The output of two branches, put together by no module of its own."""

    def __init__(self, join: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.left, self.right, self.join = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1), join

    def forward(self, values: Tensor) -> Tensor:
        return self.join(self.left(values), self.right(values))


def block(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True), nn.MaxPool2d(2)]


def head(inputs: int) -> list[nn.Module]:
    return [nn.Flatten(), nn.Linear(inputs, 3)]


def chosen_layers() -> Iterator[Any]:
    blocks = nn.Sequential(*block(3, 4), *block(4, 4))
    yield pytest.param(nn.Sequential(blocks, *head(16)), "0.6", id="VGG-like")
    dropped = nn.Sequential(*block(3, 4), nn.Dropout(), *block(4, 4), nn.Dropout2d())
    yield pytest.param(nn.Sequential(dropped, *head(16)), "0.7", id="dropout behind the pooling")
    pooled_mean = [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3)]
    yield pytest.param(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), *pooled_mean), "1", id="pooled to 2 x 2")
    squeeze = [nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 3, 1), nn.Flatten()]
    yield pytest.param(nn.Sequential(nn.Conv2d(3, 4, 3), *squeeze), "0", id="convolution behind the pooling")
    summed = nn.Sequential(nn.Conv2d(3, 4, 3), Joined(torch.add), nn.Flatten(), nn.Linear(144, 3))
    yield pytest.param(summed, "1", id="sum")
    in_place = nn.Sequential(nn.Conv2d(3, 4, 3), Joined(Tensor.add_), nn.Flatten(), nn.Linear(144, 3))
    yield pytest.param(in_place, "1", id="sum in place")
    joined = nn.Sequential(
        nn.Conv2d(3, 4, 3), Joined(lambda *pair: torch.cat(pair, 1)), nn.Flatten(), nn.Linear(288, 3)
    )
    yield pytest.param(joined, "1", id="concatenation")
    depthwise = nn.Sequential(
        nn.Conv2d(3, 6, 3, groups=3), nn.ReLU6(), nn.Conv2d(6, 4, 1), nn.BatchNorm2d(4), nn.ReLU6()
    )
    yield pytest.param(nn.Sequential(depthwise, nn.AdaptiveAvgPool2d(1), *head(4)), "0.4", id="depthwise")
    strips = nn.Sequential(nn.Conv2d(3, 4, (8, 1)), nn.Flatten(), nn.Linear(32, 3))
    yield pytest.param(strips, "0", id="one pixel high")


@pytest.mark.parametrize(("network", "layer"), list(chosen_layers()))
def test_last_map_before_pooling_is_chosen(
    classify: Callable, photographs: Tensor, network: nn.Module, layer: str
) -> None:
    classifier = classify(network)
    assert last_map(classifier, photographs[:1]) == layer
    found = find("grad_cam")(classifier, photographs, TARGETS, seeds=SEEDS, batch=2)
    assert found.layer == layer
    assert found.maps.shape == (5, 8, 8)


# --- the library of the field -------------------------------------------------------------------------------------


def captum_maps(name: str, classifier: Any, photograph: Tensor, target: int) -> Tensor:
    """(1, H, W) by Captum, for one photograph."""
    photograph = photograph.clone().requires_grad_()
    layer = classifier.network[4]
    if name == "gradient":
        return captum.Saliency(classifier).attribute(photograph, target).amax(1)
    if name == "gradient_x_input":
        return captum.InputXGradient(classifier).attribute(photograph, target).sum(1)
    if name == "integrated_gradients":
        return captum.IntegratedGradients(classifier).attribute(photograph, 0, target, n_steps=7).sum(1)
    if name == "guided_backpropagation":
        return captum.GuidedBackprop(classifier).attribute(photograph, target).abs().amax(1)
    if name == "grad_cam":
        coarse = captum.LayerGradCam(classifier, layer).attribute(photograph, target, relu_attributions=True)
        return captum.LayerAttribution.interpolate(coarse, (8, 8), "bilinear")[:, 0]
    if name == "guided_grad_cam":
        fine = captum.GuidedGradCam(classifier, layer).attribute(photograph, target, interpolate_mode="bilinear")
        return fine.abs().amax(1)
    mean = photograph.mean((2, 3), keepdim=True).expand_as(photograph)
    return captum.Occlusion(classifier).attribute(photograph, (3, 3, 3), (3, 2, 2), mean, target)[:, 0]


@pytest.mark.parametrize("name", [name for name in METHODS if name != "smoothgrad"])
@pytest.mark.filterwarnings("ignore:Setting backward hooks", "ignore:Input Tensor")
def test_parity_with_captum_image_by_image(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, name: str
) -> None:
    classifier = classify(small_cnn, mean=[0.4, 0.5, 0.6], std=[0.2, 0.3, 0.4])
    how = {**QUICK.get(name, {}), **({"baseline": "black"} if name == "integrated_gradients" else {})}
    found = maps(name, classifier, photographs, "4", batch=3, **how)
    slow = [captum_maps(name, classifier, photographs[row : row + 1], int(TARGETS[row])) for row in range(5)]
    expected = torch.cat(slow).detach()
    assert expected.abs().max() > 0
    close(found, expected)


# --- promises -----------------------------------------------------------------------------------------------------

ALL = (*METHODS, *BASELINES)


@pytest.mark.parametrize("name", ALL)
def test_batch_and_neighbours_change_nothing(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, name: str
) -> None:
    classifier, how = classify(small_cnn), QUICK.get(name, {})
    together = find(name)(classifier, photographs, TARGETS, seeds=SEEDS, batch=16, **how)
    assert together.maps.dtype == torch.float32
    assert together.maps.flatten(1).any(1).sum() >= 3  # Grad-CAM may be zero everywhere
    for batch in (1, 3):
        stepwise = find(name)(classifier, photographs, TARGETS, seeds=SEEDS, batch=batch, **how)
        close(stepwise.maps, together.maps)
        for number, values in together.numbers.items():
            torch.testing.assert_close(stepwise.numbers[number], values, rtol=0, atol=1e-5)
    for row in (1, 4):
        rows = slice(row, row + 1)
        alone = find(name)(classifier, photographs[rows], TARGETS[rows], seeds=SEEDS[rows], batch=16, **how)
        close(alone.maps, together.maps[rows])


@pytest.mark.parametrize("name", ["smoothgrad", "random"])
def test_seed_decides_what_is_random(classify: Callable, small_cnn: nn.Module, photographs: Tensor, name: str) -> None:
    method, classifier = find(name), classify(small_cnn)
    assert "seeds" in method.takes

    def found(seeds: list[int]) -> Tensor:
        torch.manual_seed(seeds[0])  # the global generator has no say
        return method(classifier, photographs[:2], TARGETS[:2], seeds=seeds, batch=2, **QUICK.get(name, {})).maps

    first, second = found([1, 2]), found([3, 2])
    assert torch.equal(first[1], second[1])
    assert not torch.allclose(first[0], second[0])


@pytest.mark.parametrize("name", ALL)
def test_network_and_photographs_stay_as_they_are(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable, name: str
) -> None:
    classifier = classify(small_cnn).train()
    small_cnn[1].eval()
    before, pixels = state_of(classifier), photographs.clone()
    random_state = torch.get_rng_state()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find(name)(classifier, photographs, TARGETS, seeds=SEEDS, batch=2, **QUICK.get(name, {}))
    assert not found.maps.requires_grad
    assert state_of(classifier) == before
    assert torch.equal(photographs, pixels)
    assert not photographs.requires_grad
    assert torch.equal(torch.get_rng_state(), random_state)


class Failing(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        return values.clone()

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        raise ZeroDivisionError("backward")


class FailsIn(nn.Module):
    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def forward(self, values: Tensor) -> Tensor:
        if self.where == "forward":
            raise ZeroDivisionError("forward")
        return Failing.apply(values)


@pytest.mark.parametrize(
    ("name", "where"),
    [pair for pair in product(METHODS, ["forward", "backward"]) if pair != ("occlusion", "backward")],
)
def test_network_is_restored_after_an_exception(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable, name: str, where: str
) -> None:
    network = nn.Sequential(*small_cnn[:6], FailsIn(where), *small_cnn[6:])
    classifier = classify(network).train()
    before = state_of(classifier)
    with pytest.raises(ZeroDivisionError, match=where):
        find(name)(classifier, photographs, TARGETS, seeds=SEEDS, layer="4", batch=2)
    assert state_of(classifier) == before
    values = torch.tensor([1.0], requires_grad=True)
    assert torch.autograd.grad(-F.relu(values), values)[0] == -1  # nothing goes on guiding


def networks() -> Iterator[Any]:
    from torchvision.models import mobilenet_v3_small, resnet18

    torch.manual_seed(7)
    yield pytest.param(lambda: resnet18(num_classes=3), "layer4.1.relu", id="resnet18")
    yield pytest.param(lambda: mobilenet_v3_small(num_classes=3), "features.12.2", id="mobilenet_v3_small")
    yield pytest.param(lite0, "_swish", id="efficientnet_lite0")


def lite0() -> nn.Module:
    package = pytest.importorskip("efficientnet_lite_pytorch")
    return package.EfficientNet.from_name("efficientnet-lite0", num_classes=3)


@pytest.mark.parametrize(("build", "layer"), list(networks()))
def test_every_method_on_the_networks_people_use(
    classify: Callable, state_of: Callable, build: Callable[[], nn.Module], layer: str
) -> None:
    torch.manual_seed(8)
    classifier = classify(build(), size=64)
    photographs = torch.rand(2, 3, 64, 64)
    before = state_of(classifier)
    quick = {**QUICK, "occlusion": {"patch": 32, "stride": 32}, "smoothgrad": {"samples": 2}}
    for name in METHODS:
        method = find(name)
        found = method(classifier, photographs, TARGETS[:2], seeds=SEEDS[:2], batch=4, **quick.get(name, {}))
        assert found.maps.shape == (2, 64, 64)
        assert found.maps.isfinite().all()
        assert (found.maps.amin() < 0) == signed(name), name
        assert found.layer == (layer if method.needs_layer else None)
    assert state_of(classifier) == before


def test_grad_cam_of_a_residual_network_is_that_of_its_last_block(classify: Callable) -> None:
    from torchvision.models import resnet18

    torch.manual_seed(8)
    classifier, photographs = classify(resnet18(num_classes=3), size=64), torch.rand(2, 3, 64, 64)
    close(maps("grad_cam", classifier, photographs), maps("grad_cam", classifier, photographs, "layer4"))
