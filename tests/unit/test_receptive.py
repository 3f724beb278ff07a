"""Which pixels can a unit see? Against the arithmetic of kernels, strides and paddings."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision.models import get_model

from limelight.capabilities.layers.field import Field
from limelight.capabilities.layers.receptive import receptive_field


def arithmetic(layers: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Size, stride and start of layers of (kernel, stride, padding): Dumoulin and Visin, 2016."""
    size, stride, start = 1, 1, 0
    for kernel, step, padding in layers:
        size, start, stride = size + (kernel - 1) * stride, start - padding * stride, stride * step
    return size, stride, start


LAYERS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 2), st.integers(0, 2)), min_size=1, max_size=4)


@limits(max_examples=15)
@given(LAYERS, st.booleans())
def test_field_of_a_stack_of_convolutions_is_its_arithmetic(
    classify: Callable, layers: list[tuple[int, int, int]], pooled: bool
) -> None:
    modules: list[nn.Module] = []
    for kernel, stride, padding in layers:
        modules += [nn.Conv2d(3, 3, kernel, stride, padding), nn.BatchNorm2d(3), nn.ReLU(inplace=True)]
    if pooled:
        modules.append(nn.MaxPool2d(3, 2, 1))
        layers = [*layers, (3, 2, 1)]
    field = receptive_field(classify(nn.Sequential(*modules), size=16), str(len(modules) - 1))
    size, stride, start = arithmetic(layers)
    assert field == Field((size, size), (stride, stride), (start, start))


def test_rows_and_columns_are_looked_at_apart(classify: Callable) -> None:
    network = nn.Sequential(
        nn.Conv2d(3, 2, (3, 1), stride=(1, 2), padding=(1, 0)),
        nn.AvgPool2d((2, 3)),
        nn.Conv2d(2, 2, 3, dilation=2, bias=False),
    )
    with torch.no_grad():
        network[2].weight[..., 0, :] = 0  # a weight may be zero: the unit still looks there
    down, across = arithmetic([(3, 1, 1), (2, 2, 0), (5, 1, 0)]), arithmetic([(1, 2, 0), (3, 3, 0), (5, 1, 0)])
    assert receptive_field(classify(network), "2") == Field(*zip(down, across, strict=True))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [("conv1", (7, 2, -3)), ("layer1", (43, 4, -21)), ("layer2", (99, 8, -49)), ("layer3", (211, 16, -105))],
)
def test_field_of_a_residual_network(classify: Callable, layer: str, expected: tuple[int, int, int]) -> None:
    """ResNet-18: the branch with convolutions sees more than the one beside it. Numbers as in Araujo et al., 2019."""
    field = receptive_field(classify(get_model("resnet18", weights=None), 1000, size=64), layer)
    assert (field.size[0], field.stride[0], field.start[0]) == expected
    assert (field.size[1], field.stride[1], field.start[1]) == expected


def test_squeeze_and_excitation_does_not_make_units_see_everything(classify: Callable) -> None:
    network = get_model("mobilenet_v3_small", weights=None)
    classifier = classify(network, 1000, size=64)
    before = [len(module._forward_hooks) for module in network.modules()]
    # features.1: a convolution of 3, stride 2, then another one, squeezed and excited, then one of 1.
    expected = arithmetic([(3, 2, 1), (3, 2, 1), (1, 1, 0)])
    field = receptive_field(classifier, "features.1")
    assert field == Field(*((number, number) for number in expected))
    assert [len(module._forward_hooks) for module in network.modules()] == before


class Picky(nn.Module):
    """Takes one size alone, and says so by an error of its own."""

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2:] != (8, 8):
            raise KeyError(tuple(x.shape))
        return x


def test_a_network_may_refuse_a_size_by_whatever_error(classify: Callable) -> None:
    network = nn.Sequential(Picky(), nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(72, 3))
    assert receptive_field(classify(network), "1") == Field((8, 8), (0, 0), (0, 0), False)


@pytest.mark.parametrize("layer", ["0", "3", "5"])
def test_linear_layers_and_what_takes_one_size_alone_see_everything(classify: Callable, layer: str) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Unflatten(1, (3, 8, 8)), nn.Conv2d(3, 2, 3), nn.Flatten(2), nn.Flatten())
    network.append(nn.Linear(72, 3))
    assert receptive_field(classify(network), layer) == Field((8, 8), (0, 0), (0, 0), False)


def test_a_unit_answers_to_its_box_and_to_nothing_else(classify: Callable, photographs: Tensor) -> None:
    """What is outside of the box may change at will; at the border the box is cut off."""
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 2, 3, padding=1))
    classifier = classify(network)
    field = receptive_field(classifier, "3")
    maps = classifier.activation("3", photographs[:1])
    for row in range(4):
        for column in range(4):
            top, left, bottom, right = field.box((row, column), (8, 8))
            other = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
            other[..., top:bottom, left:right] = photographs[:1, :, top:bottom, left:right]
            torch.testing.assert_close(classifier.activation("3", other)[0, :, row, column], maps[0, :, row, column])
    assert field.box((0, 0), (8, 8)) == (0, 0, 5, 5)


def test_a_field_comes_back_from_its_arrays() -> None:
    for field in (Field((3, 5), (2, 1), (-1, -2)), Field((8, 8), (0, 0), (0, 0), False)):
        arrays: dict[str, Any] = {name: np.asarray(array) for name, array in field.arrays().items()}
        assert Field.of(arrays) == field
