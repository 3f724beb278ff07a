"""Which photographs excite a filter most, and where?"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import get_model

from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.peaks import largest
from limelight.capabilities.layers.ranking import atlas_table, top_table
from limelight.study.errors import LimelightError


def slowly(maps: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The largest value of each map and where it is, by looking at one value after the other."""
    values = np.full(maps.shape[:2], -np.inf, np.float32)
    positions = np.zeros((*maps.shape[:2], 2), np.int32)
    for index, value in np.ndenumerate(maps.detach().numpy()):
        if value > values[index[:2]]:
            values[index[:2]], positions[index[:2]] = value, index[2:]
    return values, positions


def test_peaks_of_several_layers_in_one_pass(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, state_of: Callable
) -> None:
    """The ReLU behind layer 1 works in place, and a peak of layer 4 may be negative."""
    classifier = classify(small_cnn).train()
    before = state_of(classifier)
    found = largest(classifier, ["4", "1", "8"], photographs)
    assert state_of(classifier) == before
    assert list(found) == ["4", "1", "8"]
    for layer in ("1", "4"):
        values, positions = slowly(classifier.eval().activation(layer, photographs))
        np.testing.assert_array_equal(found[layer][0], values)
        np.testing.assert_array_equal(found[layer][1], positions)
    np.testing.assert_allclose(found["8"][0], classifier(photographs).detach(), rtol=1e-6)
    assert not found["8"][1].any()


def test_a_layer_that_is_not_used_is_named(classify: Callable, photographs: Tensor) -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 8), nn.Flatten())
    network.add_module("spare", nn.Identity())
    network.forward = lambda values: network[1](network[0](values))  # type: ignore[method-assign]
    with pytest.raises(LimelightError, match="layer spare: the forward pass does not use it"):
        largest(classify(network), ["spare"], photographs)
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(("name", "layer"), [("resnet18", "layer2"), ("mobilenet_v3_small", "features.3")])
def test_networks_of_torchvision(classify: Callable, name: str, layer: str) -> None:
    classifier = classify(get_model(name, weights=None), 1000, size=64)
    values = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    peaks, positions = largest(classifier, [layer], values)[layer]
    maps = classifier.activation(layer, values)
    np.testing.assert_allclose(peaks, maps.detach().amax((2, 3)), rtol=1e-5, atol=1e-6)
    assert positions.max() < maps.shape[-1]


def test_top_photographs_are_the_strongest_in_order_and_the_first_of_equals() -> None:
    values = np.array([[1.0, 5, 2], [3, 5, 2], [2, 5, 9], [3, 6, 2]])
    positions = np.zeros((4, 3, 2), int)
    positions[1, 0] = (1, 2)
    table = top_table("conv", ["a", "b", "c", "d"], values, positions, Field((3, 3), (2, 2), (-1, -1)), (8, 8), 2)
    first = table[table["filter"] == 0]
    assert list(first["image"]) == ["b", "d"]
    assert list(first["rank"]) == [1, 2]
    assert first.iloc[0][["top", "left", "bottom", "right"]].tolist() == [1, 3, 4, 6]
    assert first.iloc[1][["top", "left", "bottom", "right"]].tolist() == [0, 0, 2, 2]
    assert list(table[table["filter"] == 1]["image"]) == ["d", "a"]
    assert list(table[table["filter"] == 2]["image"]) == ["c", "a"]


def test_a_filter_that_says_the_same_of_all_has_no_photographs() -> None:
    values = np.stack([np.zeros(4), np.arange(4.0)], 1)
    table = top_table("x", list("abcd"), values, np.zeros((4, 2, 2), int), Field((1, 1), (1, 1), (0, 0)), (8, 8), 3)
    assert set(table["filter"]) == {1}


def test_every_filter_has_one_place_on_the_atlas() -> None:
    values = np.random.default_rng(0).random((30, 23))
    table = atlas_table("conv", values)
    assert list(table["filter"]) == list(range(23))
    assert len(table[["row", "column"]].drop_duplicates()) == 23
    assert set(table["layer"]) == {"conv"}
