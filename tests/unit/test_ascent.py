"""Which input excites this unit most?"""

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.ascent import Channel, Octaves, Schedule, Transforms, ascend, filter_mean, scorer
from limelight.network.classifier import Classifier
from limelight.schema import load
from limelight.study.settings import complete

OPTIMISERS = ("normalised", "plain", "adam")


@pytest.fixture
def start(photographs: Tensor) -> Tensor:
    """Photographs well inside [0, 1], so that a short ascent is not clipped, in double precision."""
    return 0.4 + 0.2 * photographs.double()


@pytest.fixture
def direction() -> Tensor:
    """Weights of a linear objective, (3, 8, 8), of both signs."""
    return torch.from_numpy(np.random.default_rng(3).normal(size=(3, 8, 8)))


def linear(direction: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda photographs: (photographs * direction).sum((1, 2, 3))


def hill(top: Tensor) -> Callable[[Tensor], Tensor]:
    """-(x - a)^2, highest at a."""
    return lambda photographs: -((photographs - top) ** 2).sum((1, 2, 3))


# --- closed forms -------------------------------------------------------------------------------------------------


def test_plain_ascent_of_a_quadratic_in_closed_form(start: Tensor, photographs: Tensor) -> None:
    """x_t = a + (1 - 2 step)^t (x_0 - a)."""
    top = photographs.flip(0).double()
    found = ascend(hill(top), start, Schedule((0, 1, 5, 60), 0.1, "plain"))
    for iteration, recorded, scores in zip(found.iterations, found.photographs, found.scores, strict=True):
        expected = top + 0.8**iteration * (start - top)
        torch.testing.assert_close(recorded, expected, rtol=0, atol=1e-12)
        torch.testing.assert_close(scores, hill(top)(expected), rtol=1e-9, atol=1e-12)
    assert (found.photographs[-1] - top).abs().max() < 1e-5


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("parameterisation", ["pixels", "fourier"])
def test_memory_format_of_the_network_decides_nothing(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, optimiser: str, parameterisation: str
) -> None:
    """Networks are loaded in channels_last, whose gradients have other strides than photographs."""

    def climb(classifier: Classifier) -> Tensor:
        score = scorer(classifier, [Channel("4", number) for number in range(len(photographs))])
        schedule = Schedule((6,), 0.02, optimiser, parameterisation=parameterisation)
        return ascend(score, photographs.double(), schedule).photographs[-1]

    plain = climb(classify(copy.deepcopy(small_cnn)).double())
    last = climb(classify(small_cnn).double().to(memory_format=torch.channels_last))
    assert (plain - photographs).abs().max() > 1e-4
    torch.testing.assert_close(last, plain, rtol=0, atol=1e-9)


def test_adam_reaches_the_top_of_a_quadratic(start: Tensor, photographs: Tensor) -> None:
    top = photographs.flip(0).double()
    found = ascend(hill(top), start, Schedule((400,), 0.02, "adam"))
    assert (found.photographs[-1] - top).abs().max() < 1e-3


def test_linear_objective_in_closed_form(start: Tensor, direction: Tensor) -> None:
    """The gradient is w everywhere: x_t = x_0 + t step w, w / mean |w| or, for Adam, sign w."""
    steps = {"plain": direction, "normalised": direction / direction.abs().mean(), "adam": direction.sign()}
    for optimiser, step in steps.items():
        found = ascend(linear(direction), start, Schedule((0, 1, 4), 0.002, optimiser))
        for iteration, recorded in zip(found.iterations, found.photographs, strict=True):
            torch.testing.assert_close(recorded, start + iteration * 0.002 * step, rtol=0, atol=1e-7)


def test_normalised_step_has_the_same_length_for_every_photograph(start: Tensor, direction: Tensor) -> None:
    """However steep the objective is for it."""
    steepness = torch.tensor([1e-12, 1e-3, 1.0, 1e3, 1e12], dtype=torch.float64)
    found = ascend(lambda x: steepness * linear(direction)(x), start, Schedule((0, 1, 2), 0.003))
    changes = found.photographs.diff(dim=0).abs().mean((2, 3, 4))
    torch.testing.assert_close(changes, torch.full((2, 5), 0.003, dtype=torch.float64))


# --- clipping -----------------------------------------------------------------------------------------------------


def test_clip_each_stops_at_the_border_and_clip_end_passes_it(start: Tensor) -> None:
    """Towards 2 everywhere: the photograph is white either way; what the objective saw is 1, or almost 2."""
    objective = hill(torch.full((3, 8, 8), 2.0, dtype=torch.float64))
    each = ascend(objective, start, Schedule((0, 50), 0.25, "plain", "each"))
    end = ascend(objective, start, Schedule((0, 50), 0.25, "plain", "end"))
    assert torch.equal(each.photographs, end.photographs)
    assert (each.photographs[1] == 1).all()
    np.testing.assert_allclose(each.scores[1], -192.0)
    np.testing.assert_allclose(end.scores[1], 0, atol=1e-12)


@pytest.mark.parametrize("clip", ["each", "end"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_recorded_photographs_are_photographs(start: Tensor, direction: Tensor, optimiser: str, clip: str) -> None:
    found = ascend(linear(direction), start, Schedule((0, 3, 9), 0.5, optimiser, clip))
    assert found.photographs.min() == 0
    assert found.photographs.max() == 1


def test_clipped_photograph_can_come_back(start: Tensor) -> None:
    """Up for three steps, then down: clipped at each step, it starts down from the border at once."""
    calls = 0

    def up_then_down(photographs: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return photographs.sum((1, 2, 3)) * (1 if calls <= 3 else -1)

    found = ascend(up_then_down, start, Schedule((3, 4), 0.5, "plain", "each"))
    assert (found.photographs[0] == 1).all()
    assert (found.photographs[1] == 0.5).all()


# --- one run, photograph by photograph ----------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_shorter_run_is_the_beginning_of_the_longer(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, optimiser: str
) -> None:
    objective = filter_mean(classify(small_cnn), "4", [0, 1, 2, 3, 4])
    long = ascend(objective, photographs, Schedule((12, 0, 3, 7), 0.02, optimiser))
    short = ascend(objective, photographs, Schedule((3, 0, 7), 0.02, optimiser))
    assert (long.iterations, short.iterations) == ((0, 3, 7, 12), (0, 3, 7))
    assert torch.equal(long.photographs[:3], short.photographs)
    assert torch.equal(long.scores[:3], short.scores)
    assert torch.equal(long.photographs[0], photographs)


@pytest.mark.parametrize(("record", "calls"), [((0,), 1), ((5,), 6), ((2, 9, 4), 10)])
def test_every_iteration_is_computed_once(
    start: Tensor, direction: Tensor, record: tuple[int, ...], calls: int
) -> None:
    counted: list[Tensor] = []

    def objective(photographs: Tensor) -> Tensor:
        counted.append(photographs)
        return linear(direction)(photographs)

    found = ascend(objective, start, Schedule(record, 0.01))
    assert len(counted) == calls
    assert found.photographs.shape == (len(record), 5, 3, 8, 8)
    assert found.scores.shape == (len(record), 5)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_photographs_ascend_independently(
    classify: Callable, small_cnn: nn.Module, start: Tensor, optimiser: str
) -> None:
    classifier, filters = classify(small_cnn).double(), [3, 0, 5, 0, 1]
    schedule = Schedule((0, 4, 8), 0.02, optimiser)
    together = ascend(filter_mean(classifier, "4", filters), start, schedule)
    assert (together.photographs[-1] - start).abs().flatten(1).mean(1).min() > 1e-4
    for row in range(5):
        alone = ascend(filter_mean(classifier, "4", filters[row : row + 1]), start[row : row + 1], schedule)
        np.testing.assert_allclose(together.photographs[:, row], alone.photographs[:, 0], rtol=0, atol=1e-9)
        np.testing.assert_allclose(together.scores[:, row], alone.scores[:, 0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_dead_filter_leaves_its_photograph_alone(classify: Callable, photographs: Tensor, optimiser: str) -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())
    with torch.no_grad():
        network[0].bias.copy_(torch.tensor([-100.0, 100.0]))
    objective = filter_mean(classify(network), "1", [0, 1, 0, 1, 0])
    found = ascend(objective, photographs, Schedule((6,), 0.02, optimiser))
    assert found.photographs.isfinite().all()
    assert torch.equal(found.photographs[0, ::2], photographs[::2])
    assert (found.photographs[0, 1::2] != photographs[1::2]).flatten(1).any(1).all()
    assert found.scores[0, ::2].tolist() == [0, 0, 0]
    assert found.blocked.tolist() == [6, 0, 6, 0, 6]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_gradient_that_is_no_number_costs_that_photograph_alone(
    start: Tensor, direction: Tensor, optimiser: str
) -> None:
    broken = torch.tensor([1, float("nan"), 1, 1, 1], dtype=torch.float64)
    schedule = Schedule((3,), 0.01, optimiser)
    found = ascend(lambda x: broken * linear(direction)(x), start, schedule).photographs[0]
    whole = ascend(linear(direction), start, schedule).photographs[0]
    rest = [0, 2, 3, 4]
    torch.testing.assert_close(found[rest], whole[rest])


def test_start_is_not_changed_and_the_callers_gradient_mode_does_not_matter(start: Tensor, direction: Tensor) -> None:
    before = start.clone()
    with torch.no_grad():
        found = ascend(linear(direction), start, Schedule((2,), 0.01))
    assert torch.equal(start, before)
    assert not start.requires_grad
    assert not found.photographs.requires_grad
    assert torch.equal(found.photographs, ascend(linear(direction), start, Schedule((2,), 0.01)).photographs)


# --- the objective ------------------------------------------------------------------------------------------------


def test_every_photograph_has_a_filter_of_its_own(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor
) -> None:
    classifier, filters = classify(small_cnn), [5, 0, 0, 3, 5]
    maps = small_cnn[:5](photographs).detach()
    slow = [float(maps[row, number].mean()) for row, number in enumerate(filters)]
    np.testing.assert_allclose(filter_mean(classifier, "4", filters)(photographs).tolist(), slow, rtol=1e-5)


def test_unit_of_a_linear_layer_is_its_own_mean(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    found = filter_mean(classify(linear_network), "1", [0, 1, 2, 1, 0])(photographs)
    assert torch.equal(found, linear_network(photographs)[range(5), [0, 1, 2, 1, 0]])


def test_schedule_of_a_section() -> None:
    section = {"step": 0.5, "optimiser": "adam", "clip": "end", "batch": 3}
    assert Schedule.of([7, 0], section) == Schedule((7, 0), 0.5, "adam", "end")


def test_schedule_of_every_default_of_a_study(repository: Path) -> None:
    """Whatever the schema lets a study say is taken."""
    study = {"study": "s", "classes": ["a", "b"], "images": {"path": "."}}
    study["models"] = {"m": {"factory": "a:b", "checkpoint": "c"}}
    done = complete(study, load(repository), {})
    filters = Schedule.of([0, 40], done["filters"]["ascent"])
    assert (filters.parameterisation, filters.optimiser, filters.step, filters.redirect) == ("fourier", "adam", 0.3, 16)
    assert filters.transforms == Transforms(4, 0.1, 5, 4)
    dream = Schedule.of([60], done["dream"]["ascent"])
    assert (dream.parameterisation, dream.octaves, dream.transforms) == ("pixels", Octaves(4), Transforms(16))
