"""The image sizes that a network takes, and what becomes of the defaults of a gradient ascent."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from limelight.ascent import Schedule, ascend, parse
from limelight.ascent.compute import _score
from limelight.ascent.fits import NARROWED, fits, sizes
from limelight.network.classifier import Classifier
from limelight.network.inspection import layer_table
from limelight.network.last_map import default_layer
from limelight.study.errors import LimelightError

CONV = nn.Conv2d(3, 4, 3, padding=1)
FIXED = nn.Sequential(CONV, nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16 * 16, 3))
ANY = nn.Sequential(CONV, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
LINEAR = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 3))


class Patches(nn.Module):
    """Position embeddings, and an assertion without a message."""

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


def section(pad: int = 0, octaves: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"transforms": {"pad": pad}, "octaves": octaves or {"count": 1}, **more}


def of(classifier: Classifier, **default: Any) -> list[Any]:
    """What becomes of a default; nothing is chosen."""
    ascent = {"key": "x", "size": 16, "default": section(**default), "section": section(**default)}
    known = fits(classifier, layer_table(classifier), [{**ascent, "layers": ["deep", ""], "chosen": []}]).get("x", [])
    narrowed = {"pad": default.get("pad", 0), "octaves": default.get("octaves", {"count": 1})}
    assert all(fit["default"] == narrowed for fit in known)
    return [(fit["layers"], fit["pad"], fit["octaves"]) for fit in known]


def choose(classifier: Classifier, layer: str, size: int = 16, **chosen: Any) -> None:
    """Choose something other than the default."""
    ascent = {"key": "x.ascent", "size": size, "default": section(), "section": section(**chosen)}
    assert fits(classifier, layer_table(classifier), [{**ascent, "layers": [layer], "chosen": list(NARROWED)}]) == {}


OCTAVES = {"count": 3, "scale": 2, "iterations": 1, "smallest": 4}


@pytest.mark.parametrize("different", [{"pad": 4}, {"octaves": OCTAVES}, {"pad": 4, "octaves": OCTAVES}])
def test_a_network_of_any_size_is_not_narrowed(sixteen: Callable, different: dict[str, Any]) -> None:
    assert of(sixteen(ANY), **different) == []
    choose(sixteen(ANY), "0", 18, tile=10, **different)


def test_each_layer_takes_what_the_pass_up_to_it_takes(sixteen: Callable) -> None:
    """Any size reaches the convolution, the ReLU and the flat vector, but not the linear layer and the logits."""
    assert of(sixteen(FIXED), pad=4) == of(sixteen(FIXED), octaves=OCTAVES, pad=4) == [(("", "3"), 0, 1)]
    assert of(sixteen(Patches()), pad=4) == [(("", "embed", "head"), 0, 1)]
    assert of(sixteen(LINEAR), pad=4) == [(("", "1"), 0, 1)]


def test_only_those_octaves_go_that_the_network_refuses(sixteen: Callable) -> None:
    """Unpadded, a kernel of 7 takes 16 and 8 pixels but not 4."""
    network = nn.Sequential(nn.Conv2d(3, 3, 7), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert of(sixteen(network), octaves=OCTAVES) == [(("", "0", "1", "2"), 0, 2)]
    assert of(sixteen(network), octaves=OCTAVES, pad=2) == []


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({"pad": 4}, r"^x\.ascent\.transforms\.pad: 4: layer 3: .* on pictures of 24 x 24 pixels \(.*\); expected 0$"),
        ({"octaves": OCTAVES}, r"^x\.ascent\.octaves\.count: 3: layer 3: .* of 4 x 4 pixels \(.*\); expected 1$"),
        ({"size": 20}, r"^x\.ascent: layer 3: .* of 20 x 20 pixels \(.*\); expected the size of its input$"),
        ({"tile": 8}, r"^x\.ascent: layer 3: .* of 8 x 8 pixels \(.*\); expected the size of its input$"),
    ],
)
def test_what_the_user_chose_is_refused_instead(sixteen: Callable, different: dict[str, Any], expected: str) -> None:
    with pytest.raises(LimelightError, match=expected):
        choose(sixteen(FIXED), "3", **different)
    choose(sixteen(FIXED), "0", **different)
    choose(sixteen(LINEAR), "deep", **different)
    for objective in ("logit", [{"of": "mean"}, {"of": "l2", "layer": "3", "channel": 1}]):
        with pytest.raises(LimelightError, match=r"^x\.ascent.*: layer 0: the network fails on"):
            choose(sixteen(FIXED), "0", objective=objective, **different)


def test_the_reason_is_never_empty(sixteen: Callable) -> None:
    classifier = sixteen(Patches())
    ascent = {"key": "x", "size": 16, "default": section(1), "section": section(1), "layers": [], "chosen": []}
    assert fits(classifier, layer_table(classifier), [ascent])["x"][0]["reason"] == "18 x 18 pixels (AssertionError)"


@pytest.mark.parametrize("pad", [0, 3])
@pytest.mark.parametrize("octaves", [{}, OCTAVES])
@pytest.mark.parametrize("tile", [0, 10])
def test_sizes_are_those_that_an_ascent_shows_the_network(pad: int, octaves: dict[str, Any], tile: int) -> None:
    seen: set[tuple[int, ...]] = set()

    def score(photographs: Tensor) -> Tensor:
        seen.add(tuple(photographs.shape[2:]))
        return photographs.mean((1, 2, 3))

    settings = {"step": 0.1, "transforms": {"pad": pad}, "octaves": octaves, "tile": tile}
    ascend(score, torch.full((1, 3, 16, 20), 0.5), Schedule.of([0, 4], settings))
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
