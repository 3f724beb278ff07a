"""Which pictures does a network take, and what becomes of the defaults?"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from limelight.ascent import Schedule, ascend, parse
from limelight.ascent.compute import _score
from limelight.ascent.fits import fits, sizes
from limelight.attribution.default_layer import default_layer
from limelight.network.classifier import Classifier
from limelight.network.inspection import layer_table
from limelight.study.errors import LimelightError

CONV = nn.Conv2d(3, 4, 3, padding=1)
FIXED = nn.Sequential(CONV, nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16 * 16, 3))
ANY = nn.Sequential(CONV, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
LINEAR = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 3))


class Patches(nn.Module):
    """Position embeddings, and an assertion without a word."""

    def __init__(self) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 16, 4))
        self.embed = nn.Conv2d(3, 4, 4, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, photographs: Tensor) -> Tensor:
        if photographs.shape[2:] != (16, 16):
            raise AssertionError
        return self.head((self.embed(photographs).flatten(2).mT + self.position).mean(1))


@pytest.fixture
def sixteen(classify: Callable[..., Classifier]) -> Callable[[nn.Module], Classifier]:
    """A classifier of three classes for pictures of 16 x 16."""
    return lambda network: classify(network, size=16)


def of(classifier: Classifier, layers: list[Any], written: list[str] | None = None, **different: Any) -> list[Any]:
    section = {"key": "x.ascent", "size": 16, "pad": 0, "octaves": {"count": 1}, "tile": 0, "also": []}
    asked = {"layers": layers, "written": written or []}
    known = fits(classifier, layer_table(classifier), [{**section, **asked, **different}])
    return [(fit["layers"], fit["pad"], fit["octaves"]) for fit in known.get("x.ascent", [])]


OCTAVES = {"count": 3, "scale": 2, "iterations": 1, "smallest": 4}


@pytest.mark.parametrize(
    "different", [{"pad": 4}, {"octaves": OCTAVES}, {"pad": 4, "octaves": OCTAVES}, {"pad": 1, "tile": 16}]
)
def test_a_network_of_any_size_is_not_narrowed(sixteen: Callable, different: dict[str, Any]) -> None:
    assert of(sixteen(ANY), ["0"], ["transforms.pad", "octaves.count"], **different) == []


def test_each_layer_takes_what_the_pass_up_to_it_takes(sixteen: Callable) -> None:
    """The convolution, the ReLU and the flat vector are there at any size; the linear layer and the logits are not."""
    assert of(sixteen(FIXED), ["0"], ["transforms.pad"], pad=4) == [(("", "3"), 0, 1)]
    assert of(sixteen(FIXED), ["3"], octaves=OCTAVES, pad=4) == [(("", "3"), 0, 1)]
    assert of(sixteen(Patches()), ["deep"], pad=4) == [(("", "embed", "head"), 0, 1)]


def test_an_objective_may_look_further(sixteen: Callable) -> None:
    every = ("", "0", "1", "2", "3")
    assert of(sixteen(FIXED), ["0"], pad=4, also=[""]) == [(every, 0, 1)]
    assert of(sixteen(FIXED), ["0"], pad=4, also=["2"]) == [(("", "3"), 0, 1)]


def test_only_those_octaves_go_that_the_network_refuses(sixteen: Callable) -> None:
    """Unpadded, a kernel of 7 takes 16 and 8 pixels but not 4."""
    network = nn.Sequential(nn.Conv2d(3, 3, 7), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert of(sixteen(network), ["0"], octaves=OCTAVES) == [(("", "0", "1", "2"), 0, 2)]
    assert of(sixteen(network), ["0"], octaves=OCTAVES, pad=2) == []


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        (
            {"pad": 4},
            r"^x\.ascent\.transforms\.pad: 4: layer 3: the network fails on pictures of 24 x 24 .*; expected 0$",
        ),
        ({"octaves": OCTAVES}, r"^x\.ascent\.octaves\.count: 3: layer 3: .* of 4 x 4 pixels \(.*\); expected 1$"),
        ({"size": 20}, r"^x\.ascent: layer 3: .* of 20 x 20 pixels \(.*\); expected the size of its input$"),
    ],
)
def test_what_the_user_chose_is_refused_instead(sixteen: Callable, different: dict[str, Any], expected: str) -> None:
    with pytest.raises(LimelightError, match=expected):
        of(sixteen(FIXED), ["3"], ["transforms.pad", "octaves.count"], **different)
    assert of(sixteen(FIXED), ["0"], ["transforms.pad", "octaves.count"], **different) in ([(("", "3"), 0, 1)], [])


def test_the_reason_is_never_empty(sixteen: Callable) -> None:
    classifier = sixteen(Patches())
    section = {"key": "x", "size": 16, "pad": 1, "octaves": {}, "tile": 0, "also": []}
    known = fits(classifier, layer_table(classifier), [{**section, "written": [], "layers": ["head"]}])
    assert known["x"][0]["reason"] == "18 x 18 pixels (AssertionError)"


def test_a_layer_that_the_network_lacks_asks_for_nothing(sixteen: Callable) -> None:
    assert of(sixteen(LINEAR), ["deep"], ["transforms.pad"], pad=4) == [(("", "1"), 0, 1)]


@pytest.mark.parametrize("pad", [0, 3])
@pytest.mark.parametrize("octaves", [{}, OCTAVES])
@pytest.mark.parametrize("tile", [0, 10])
def test_sizes_are_those_that_an_ascent_shows_the_network(pad: int, octaves: dict[str, Any], tile: int) -> None:
    seen: set[tuple[int, ...]] = set()

    def score(photographs: Tensor) -> Tensor:
        seen.add(tuple(photographs.shape[2:]))
        return photographs.mean((1, 2, 3))

    section = {"step": 0.1, "transforms": {"pad": pad}, "octaves": octaves, "tile": tile}
    ascend(score, torch.full((1, 3, 16, 20), 0.5), Schedule.of([0, 4], section))
    assert seen == set(sizes((16, 20), pad, octaves, tile))


def test_an_assertion_of_a_network_ends_an_ascent_in_a_sentence(sixteen: Callable) -> None:
    """Of a picture that was not tried, such as one much larger than the network's input."""
    score = _score(SimpleNamespace(classifier=sixteen(Patches())), [parse("mean", "embed", 0)])  # type: ignore[arg-type]
    assert score(torch.zeros(1, 3, 16, 16)).shape == (1,)
    with pytest.raises(LimelightError, match=r"^layer embed: the network fails on 99 x 16 pixels \(.*\); expected one"):
        score(torch.zeros(1, 3, 99, 16))


def test_the_default_layer_of_methods(sixteen: Callable) -> None:
    assert default_layer(sixteen(FIXED)) == "1"
    assert default_layer(sixteen(LINEAR)) is None
