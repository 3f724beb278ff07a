"""The engine of gradient ascent on real networks."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from limelight.ascent import Channel, Logit, Octaves, Schedule, Transforms, ascend, scorer
from limelight.ascent.canvases import Spectrum
from limelight.ascent.compute import HELD_OUT
from limelight.ascent.rectifiers import redirected
from limelight.ascent.starts import noise, soft_noise
from limelight.demo.network import network
from limelight.demo.still_life import still_life
from limelight.demo.training import train
from limelight.network.classifier import explaining

WHOLE = Schedule((0, 2), 0.1, "adam", parameterisation="fourier", transforms=Transforms(2, 0.1, 5, 2), redirect=16)


# --- batches --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameterisation", ["pixels", "fourier"])
def test_batches_of_one_three_and_sixteen_give_the_same_images(
    classify: Callable, small_cnn: nn.Module, parameterisation: str
) -> None:
    classifier = classify(small_cnn).double()
    kind = {"parameterisation": parameterisation, "octaves": Octaves(2, 1.5, 3, smallest=4)}
    schedule = Schedule((0, 8), 0.02, transforms=Transforms(2, 0.1, 10, 1), redirect=2, **kind)
    starts = torch.stack([noise((8, 8), number) for number in range(16)]).double()

    def climb(rows: list[int]) -> Tensor:
        score = scorer(classifier, [Channel("4", row % 6) for row in rows])
        return ascend(score, starts[rows], schedule, seeds=rows).photographs[-1]

    together = climb(list(range(16)))
    for size in (1, 3):
        for first in (0, 5, 12):
            rows = list(range(first, first + size))
            torch.testing.assert_close(climb(rows), together[rows], rtol=0, atol=1e-9)


# --- ReLUs that let nothing through ---------------------------------------------------------------------------------


class Sleepy(nn.Module):
    """One ReLU module used twice, a functional one and one in place; all its activations are 0 at grey."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)
        self.relu = nn.ReLU(inplace=True)
        with torch.no_grad():
            for convolution in (self.first, self.second):
                convolution.weight.abs_()
                convolution.weight[:, :, 1, 1] *= -0.5
                convolution.bias.fill_(-2.0)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.first(x))
        x = torch.relu_(self.second(F.relu(x) + 0))
        return self.relu(x * 1).flatten(2).mean(2)


def test_redirected_gradient_wakes_a_silent_filter_up(
    classify: Callable, photographs: Tensor, state_of: Callable
) -> None:
    torch.manual_seed(0)
    classifier = classify(Sleepy(), 2)
    before = state_of(classifier)
    start = photographs[:2]
    asleep = ascend(scorer(classifier, [Logit("", 0)] * 2), start, Schedule((30,), 0.05))
    assert torch.equal(asleep.photographs[0], start)
    assert asleep.blocked.tolist() == [30, 30]
    awake = ascend(scorer(classifier, [Logit("", 0)] * 2), start, Schedule((30,), 0.05, redirect=30, clip="end"))
    assert (awake.scores[0] > 0).all()
    assert (awake.blocked < 30).all()
    assert state_of(classifier) == before


def test_redirected_values_are_the_same_and_open_relus_keep_their_gradient(small_cnn: nn.Module) -> None:
    values = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()
    network = small_cnn.eval()
    plain = network(values)
    with redirected():
        other = network(values)
    assert torch.equal(plain, other)
    gradients = [torch.autograd.grad(output.square().sum(), values)[0] for output in (plain, other)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize(("module", "high"), [(nn.ReLU, float("inf")), (nn.ReLU6, 6.0)])
def test_redirection_in_closed_form(module: type[nn.Module], high: float, inplace: bool) -> None:
    """A blocked picture gets what pushes towards the open range; one with an open neuron gets what is usual."""
    values = torch.tensor([[-1.0, -2, 8 if high == 6 else -3], [-1, 2, -3]]).requires_grad_()
    weights = torch.tensor([1.0, -1, -1])
    with redirected():
        output = module(inplace=inplace)(values * 1)
    (gradient,) = torch.autograd.grad((output * weights).sum(), values)
    blocked = [1, 0, -1] if high == 6 else [1, 0, 0]
    assert gradient.tolist() == [blocked, [0, -1, 0]]


def test_dead_filter_stays_dead_without_a_nan(classify: Callable, photographs: Tensor) -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True))
    with torch.no_grad():
        network[0].weight[0] = 0
        network[0].bias[0] = -1
    for parameterisation in ("pixels", "fourier"):
        schedule = Schedule((0, 5), 0.1, "adam", parameterisation=parameterisation, redirect=16)
        found = ascend(scorer(classify(network), [Channel("1", 0), Channel("1", 1)]), photographs[:2], schedule)
        assert found.photographs.isfinite().all()
        assert found.blocked.tolist() == [5, 0]
        np.testing.assert_allclose(found.photographs[1, 0], found.photographs[0, 0])


# --- networks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small"])
def test_networks_of_torchvision(classify: Callable, state_of: Callable, name: str) -> None:
    """Untrained; a shallow layer, a deep one, one of 1 x 1 pixels and the classes."""
    from torchvision.models import get_model

    torch.manual_seed(0)
    network = get_model(name, weights=None, num_classes=5)
    layers = {"resnet18": ["conv1", "layer3", "avgpool"], "mobilenet_v3_small": ["features.0", "features.6", "avgpool"]}
    classifier = classify(network, 5, size=64)
    before = state_of(classifier)
    starts = torch.stack([soft_noise(Spectrum((64, 64)), number) for number in range(2)])
    objectives = [[Channel(layer, 1), Channel(layer, 3, "centre")] for layer in layers[name]]
    for both in [*objectives, [Logit("", 4), Logit("", 0) - Channel(layers[name][1], 2)]]:
        with explaining(classifier):
            found = ascend(scorer(classifier, both), starts, WHOLE, seeds=[1, 2], gradient=classifier.gradient)
        assert found.photographs.isfinite().all()
        assert found.scores.isfinite().all()
        assert found.blocked[0] == 0  # a single neuron may be silent
        assert not torch.equal(found.photographs[0], found.photographs[1])
    assert state_of(classifier) == before


# --- quality --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    """The embedded study's network, trained for a fiftieth of its time."""
    labels = np.repeat(np.arange(11), 24)
    pictures = np.stack([still_life(label, np.random.default_rng(k), 128)[0] for k, label in enumerate(labels)])
    torch.manual_seed(0)
    made = network()
    history = train(made, (pictures, labels), (pictures[::4], labels[::4]), seed=0, epochs=6)
    assert history[-1].training_accuracy > 0.35
    return made.eval()


def test_fourier_with_views_excites_more_under_held_out_views_than_plain_pixels(
    classify: Callable, trained: nn.Module
) -> None:
    """And on the very picture it is the other way round, which is what adversarial means."""
    classifier = classify(trained, 11, size=128)
    filters = list(range(8))
    score = scorer(classifier, [Channel("cnn.16", number) for number in filters])
    ways = {
        "plain": Schedule((0, 80), 0.02),
        "robust": Schedule(
            (0, 80), 0.3, "adam", parameterisation="fourier", transforms=Transforms(4, 0.1, 5, 4), redirect=16
        ),
    }
    own, held_out = {}, {}
    for way, schedule in ways.items():
        made = [noise((128, 128), k) if way == "plain" else soft_noise(Spectrum((128, 128)), k) for k in filters]
        with explaining(classifier):
            found = ascend(score, torch.stack(made), schedule, seeds=filters)
            with torch.no_grad():
                views = [HELD_OUT.views(found.photographs[-1], [99] * len(filters), view) for view in range(8)]
                held_out[way] = torch.stack([score(view) for view in views]).mean(0)
        own[way] = found.scores[-1]
    assert (held_out["robust"] > held_out["plain"]).float().mean() > 0.7
    assert held_out["robust"].mean() > held_out["plain"].mean()
    assert own["robust"].mean() < own["plain"].mean()
