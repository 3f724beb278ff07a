"""Does a method do what its contract says, is it found, and what is its answer? And the maps it must beat."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.attribution.contract import Attribution, Method, Paper, method
from limelight.attribution.registry import declaration, find
from limelight.attribution.targets import attribute_classes
from limelight.study.errors import LimelightError

PAPER = Paper("Somebody", 2020, "2001.00001")
TARGETS = torch.tensor([2, 0, 1, 1, 2])
SEEDS = [1, 2, 3, 4, 5]


# --- the decorator ------------------------------------------------------------------------------------------------


def test_a_method_knows_what_it_is_given() -> None:
    @method(paper=PAPER, signed=True, title="All of it", baseline=True)
    def everything(classifier: Any, photographs: Tensor, targets: Tensor, *, batch: int, whole: int = 3) -> Attribution:
        return Attribution(photographs.sum(1))

    assert isinstance(everything, Method)
    assert (everything.name, everything.takes, everything.needs_layer) == ("everything", {"batch"}, False)
    with pytest.raises(FrozenInstanceError):
        everything.name = "other"


# --- calls --------------------------------------------------------------------------------------------------------


def test_a_method_is_given_what_it_names_in_steps_of_the_batch(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    seen: list[Any] = []

    @method(paper=PAPER, signed=False)
    def spy(
        classifier: Any, photographs: Tensor, targets: Tensor, *, seeds: Any, layer: str, batch: int, power: int = 2
    ) -> Attribution:
        assert not classifier.training
        assert not any(parameter.requires_grad for parameter in classifier.parameters())
        seen.append((targets.tolist(), list(seeds), layer, batch, power))
        return Attribution(photographs.sum(1).double(), {"target": targets})

    classifier = classify(small_cnn).train()
    found = spy(classifier, photographs, TARGETS, seeds=SEEDS, layer="4", batch=2, power=3)
    assert seen == [
        ([2, 0], [1, 2], "4", 2, 3),
        ([1, 1], [3, 4], "4", 2, 3),
        ([2], [5], "4", 2, 3),
    ]
    assert found.maps.dtype == torch.float32
    assert found.numbers["target"].tolist() == [2, 0, 1, 1, 2]
    assert found.layer == "4"
    seen.clear()
    spy(classifier, photographs, TARGETS, seeds=SEEDS, batch=5)
    assert seen == [(TARGETS.tolist(), SEEDS, "5", 5, 2)]  # the layer that it chose itself


def test_a_layer_is_ignored_by_a_method_without(classify: Callable, small_cnn: nn.Module, photographs: Tensor) -> None:
    found = find("gradient")(classify(small_cnn), photographs, TARGETS, seeds=SEEDS, layer="nowhere", batch=5)
    assert found.layer is None


def test_lengths_must_agree(classify: Callable, small_cnn: nn.Module, photographs: Tensor) -> None:
    with pytest.raises(ValueError, match="5 photographs, 5 targets and 4 seeds"):
        find("gradient")(classify(small_cnn), photographs, TARGETS, seeds=SEEDS[:4], batch=2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda photographs: photographs.sum(1), "returned Tensor; expected an Attribution"),
        (lambda photographs: Attribution(photographs), r"returned maps of shape \(5, 3, 8, 8\); expected \(5, 8, 8\)"),
        (
            lambda photographs: Attribution(photographs.sum(1), {"error": torch.zeros(())}),
            r"returned the number 'error' of shape \(\); expected \(5,\)",
        ),
    ],
)
def test_an_answer_of_another_form_is_refused(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, answer: Callable[[Tensor], Any], sentence: str
) -> None:
    @method(paper=PAPER, signed=False)
    def odd(classifier: Any, photographs: Tensor, targets: Tensor) -> Attribution:
        return answer(photographs)

    with pytest.raises(LimelightError, match=rf"^odd: {sentence}$"):
        odd(classify(small_cnn), photographs, TARGETS, seeds=SEEDS, batch=5)


# --- the registry -------------------------------------------------------------------------------------------------


def test_unknown_method_is_answered_with_those_there_are() -> None:
    with pytest.raises(LimelightError) as error:
        declaration("smooth_grad")
    assert str(error.value).startswith(
        "smooth_grad: unknown attribution method; expected path/to/file.py:name or one of smoothgrad, "
    )
    for name in ("smooth_grad", "contract"):
        with pytest.raises(LimelightError, match=f"^{name}: AttributeError: .*; expected a file that defines"):
            find(name)


OWN = """
from typing import Annotated
from limelight.attribution.contract import Attribution, Paper, Range, method

@method(paper=Paper("Me", 2026, "2601.00001"), signed=False)
def brightness(classifier, photographs, targets, *, power: Annotated[float, Range(0, 4)] = 1.0):
    return Attribution(photographs.mean(1) ** power)

def plain(classifier, photographs, targets):
    return photographs.mean(1)
"""


def test_a_method_of_ones_own_is_one_file(
    tmp_path: Path, classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    own = find(f"{file}:brightness")
    assert own.name == f"{file}:brightness"
    found = own(classify(small_cnn), photographs, TARGETS, seeds=SEEDS, batch=2, power=2)
    torch.testing.assert_close(found.maps, photographs.mean(1) ** 2)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mine.py:plain", "is function; expected a function decorated with limelight's @method"),
        ("mine.py:nothing", "AttributeError: module "),
        ("none.py:brightness", "FileNotFoundError: "),
        ("broken.py:brightness", "SyntaxError: "),
    ],
)
def test_a_file_that_makes_no_method_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(OWN)
    Path("broken.py").write_text("def brightness(:")
    with pytest.raises(LimelightError) as error:
        find(name)
    assert str(error.value).startswith(f"{name}: {sentence}")
    assert "\n" not in str(error.value)


# --- label and prediction -----------------------------------------------------------------------------------------


def test_label_and_prediction_share_a_map_where_they_agree(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    with torch.no_grad():
        linear_network[1].bias.copy_(torch.tensor([0, 50.0, 0]))  # class 1 always
    expected = linear_network[1].weight.detach().view(3, 3, 8, 8).abs().amax(1).numpy()
    found = attribute_classes(
        find("gradient"), classify(linear_network), photographs, [0, 1, None, 2, 1], seeds=SEEDS, batch=2
    )
    assert [list(pair) for pair in found] == [
        ["label", "predicted"],
        ["label"],
        ["predicted"],
        ["label", "predicted"],
        ["label"],
    ]
    for pair, label in zip(found, (0, 1, None, 2, 1), strict=True):
        if label is not None:
            np.testing.assert_array_equal(pair["label"], expected[label])
        if label != 1:
            np.testing.assert_array_equal(pair["predicted"], expected[1])
        assert all(array.dtype == np.float32 for array in pair.values())


def test_any_class_may_be_asked_for_and_is_attributed_once(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    with torch.no_grad():
        linear_network[1].bias.copy_(torch.tensor([0, 50.0, 0]))  # class 1 always
    attributed: list[int] = []

    @method(paper=PAPER, signed=False)
    def number(classifier: Any, photographs: Tensor, targets: Tensor) -> Attribution:
        attributed.extend(targets.tolist())
        return Attribution(targets[:, None, None].expand(len(targets), 8, 8).float())

    found = attribute_classes(
        number, classify(linear_network), photographs, [0, 1, None, 2, 1], seeds=SEEDS, classes=[2, 0], batch=1
    )
    assert [list(pair) for pair in found][1] == ["label", "class_2", "class_0"]
    assert all((pair["class_2"] == 2).all() and (pair["class_0"] == 0).all() for pair in found)
    assert attributed == [0, 1, 2, 1, 2, 0, 1, 2, 0, 2, 1, 0, 1, 2, 0]


def test_numbers_stand_beside_their_map_and_seeds_belong_to_the_photograph(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    classifier = classify(small_cnn)
    with torch.no_grad():
        predicted = classifier(photographs).argmax(1).tolist()
    wrong = [(top + 1) % 3 for top in predicted]
    found = attribute_classes(
        find("integrated_gradients"), classifier, photographs, wrong, seeds=SEEDS, batch=3, steps=3
    )
    assert list(found[0]) == ["label", "label.completeness_error", "predicted", "predicted.completeness_error"]
    assert found[0]["label"].shape == (8, 8)
    assert found[0]["label.completeness_error"].shape == ()
    noisy = attribute_classes(find("random"), classifier, photographs, wrong, seeds=SEEDS, layer=None, batch=3)
    for pair in noisy:
        np.testing.assert_array_equal(pair["label"], pair["predicted"])


# --- what a method must beat --------------------------------------------------------------------------------------


def baseline(name: str, classify: Callable, photographs: Tensor, **how: Any) -> Tensor:
    count = len(photographs)
    zeros = torch.zeros(count, dtype=torch.long)
    return find(name)(classify(nn.Identity()), photographs, zeros, seeds=range(count), batch=2, **how).maps


def test_random_is_uniform(classify: Callable) -> None:
    maps = baseline("random", classify, torch.zeros(3, 3, 40, 50))
    assert 0 <= maps.min() < 0.01
    assert 0.99 < maps.max() < 1
    assert abs(maps.mean() - 0.5) < 0.02
    assert not torch.equal(maps[0], maps[1])


def test_centre_is_a_gaussian_in_the_middle(classify: Callable) -> None:
    (found,) = baseline("centre", classify, torch.zeros(1, 3, 5, 9), width=0.2)
    assert found[2, 4] == 1
    # One pixel down is a fifth of the height: one standard deviation. Two to the right are 2/9 of the width.
    assert found[3, 4] == pytest.approx(np.exp(-1 / 2))
    assert found[1, 6] == pytest.approx(np.exp(-1 / 2 - (2 / 9 / 0.2) ** 2 / 2))
    assert torch.allclose(found, found.flip(0, 1))


def test_edges_of_a_slope_are_its_steepness(classify: Callable) -> None:
    slope = 0.03 * torch.arange(12.0) + 0.04 * torch.arange(10.0)[:, None]
    photographs = torch.full((2, 3, 10, 12), 0.5)
    photographs[0] = slope * torch.tensor([0, 1.0, 2])[:, None, None]  # whose mean is the slope
    found = baseline("edges", classify, photographs)
    torch.testing.assert_close(found[0, 1:-1, 1:-1], torch.full((8, 10), 0.05))
    torch.testing.assert_close(found[0, 1:-1, 0], torch.full((8,), (0.015**2 + 0.04**2) ** 0.5))
    assert found[1].abs().max() < 1e-6
