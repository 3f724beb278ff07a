"""Which layer is meant?"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from limelight.network.depth import convolution_depths
from limelight.network.inspection import check_layers, check_map, layer_table, layers_csv
from limelight.network.layers import Layer, UnsuitedError, check_filters, described, find_layer, read_layers
from limelight.study.errors import LimelightError, nearest


def conv(index: int, name: str, filters: int = 8, size: int = 4, kind: str = "Conv2d") -> Layer:
    return Layer(index, name, kind, (filters, size, size), filters)


TABLE = [
    Layer(None, "cnn", "Sequential", (8, 4, 4), 8),
    conv(0, "cnn.0"),
    Layer(1, "cnn.1", "ReLU", (8, 4, 4), 8),
    conv(2, "cnn.2", 16, kind="StaticConv2dSame"),
    conv(3, "cnn.3", 16),
    conv(4, "cnn.4", 32),
    conv(5, "cnn.5", 32),
    conv(6, "squeeze", 2, size=1),
    Layer(7, "spare", "Conv2d", (), None),
    Layer(8, "head", "Linear", (3,), 3),
]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("cnn", "cnn"),
        ("cnn.3", "cnn.3"),
        (0, "cnn.0"),
        ("0", "cnn.0"),
        (8, "head"),
        ("8", "head"),
        # The convolutions with a map are cnn.0, cnn.2, cnn.3, cnn.4 and cnn.5: a quarter, half and all the way down.
        ("shallow", "cnn.2"),
        ("middle", "cnn.3"),
        ("deep", "cnn.5"),
    ],
)
def test_layer_by_name_index_or_depth(wanted: str | int, name: str) -> None:
    assert find_layer(TABLE, wanted).name == name


def test_a_name_comes_before_an_index_and_a_depth() -> None:
    table = [conv(0, "1"), conv(1, "0"), conv(2, "deep"), conv(3, "last")]
    assert [find_layer(table, wanted).name for wanted in ("0", 1, "deep", "3")] == ["0", "1", "deep", "last"]


@given(st.integers(1, 40))
def test_depths_are_in_order_and_end_at_the_last_convolution(count: int) -> None:
    table = [conv(index, f"c{index}") for index in range(count)]
    shallow, middle, deep = (find_layer(table, depth).index or 0 for depth in ("shallow", "middle", "deep"))
    assert shallow <= middle <= deep == count - 1
    assert abs(shallow - (count - 1) / 4) <= 0.5
    assert abs(middle - (count - 1) / 2) <= 0.5


class Block(nn.Module):
    """Two convolutions and a shortcut, which is defined and runs after them; one ReLU that runs twice."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = nn.Sequential(nn.AvgPool2d(1), nn.Conv2d(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.second(self.relu(self.first(x))) + self.downsample(x))


class Leaving(nn.Module):
    """Leaves for numpy, which gradients do not allow."""

    def forward(self, x: Tensor) -> Tensor:
        return x * float(x.numpy().mean() > -1)


class Refusing(nn.Module):
    """Runs without gradients alone, and says so by an error of its own."""

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            raise NotADirectoryError("no gradients here")
        return x * 1


def residual(*more: nn.Module) -> nn.Sequential:
    return nn.Sequential(Block(3, 4), Block(4, 6), *more, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))


def test_a_shortcut_is_neither_deep_nor_counted(classify: Callable) -> None:
    """Four convolutions one behind the other: the first block's are 1 and 2 deep, its shortcut 1, and so on."""
    classifier = classify(residual())
    depths = convolution_depths(classifier)
    names = ["first", "second", "downsample.1"]
    assert [depths[f"{block}.{name}"] for block in (0, 1) for name in names] == [1, 2, 1, 3, 4, 3]
    assert depths["0.relu"] == 1, "of its first output"
    assert depths["1"] == depths["4"] == 4
    table = layer_table(classifier)
    assert [find_layer(table, depth).name for depth in ("shallow", "middle", "deep")] == [
        "0.second", "1.first", "1.second",
    ]  # fmt: skip
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(layers_csv(table)))}
    assert rows["1.second"]["depth"] == "deep"
    assert rows["1.downsample.1"]["depth"] == ""
    assert [rows[name]["calls"] for name in ("0.first", "0.relu")] == ["1", "2"]
    relu = find_layer(table, "0.relu")
    assert described(relu, table) == f"{relu.index}, 0.relu (first of 2 calls)"
    assert described(find_layer(table, "deep"), table).endswith("1.second")


@pytest.mark.parametrize("kind", [Leaving, Refusing])
def test_without_gradients_the_order_of_the_modules_decides(classify: Callable, kind: type[nn.Module]) -> None:
    classifier = classify(residual(kind()))
    assert convolution_depths(classifier) == {}
    table = layer_table(classifier)
    assert {layer.depth for layer in table} == {None}
    assert find_layer(table, "deep").name == "1.downsample.1"


def test_layers_that_are_one_are_said_to_be() -> None:
    pair = [conv(0, "a"), conv(1, "b")]
    assert described(pair[0], pair) == "0, a (shallow and middle)"
    assert described(pair[1], pair) == "1, b"
    one = replace(pair[0], calls=3)
    assert described(one, [one]) == "0, a (first of 3 calls, shallow and middle and deep)"


def test_unknown_layer_names_the_nearest_or_the_range() -> None:
    with pytest.raises(LimelightError, match=r"^there is no layer 'cnn\.9'; the nearest are cnn\.\d, "):
        find_layer(TABLE, "cnn.9")
    for wanted in (9, "9", "10"):
        with pytest.raises(LimelightError, match=rf"^there is no layer {wanted}; expected an index from 0 to 8$"):
            find_layer(TABLE, wanted)


def test_network_without_convolutions_has_no_depths() -> None:
    expected = r"^the network has no convolution .*, which shallow, middle and deep are; expected .* such as head$"
    with pytest.raises(UnsuitedError, match=expected):
        find_layer([TABLE[-1]], "deep")


def test_what_the_user_asks_for_has_to_be_there_and_a_default_has_not() -> None:
    linear = [TABLE[-1]]
    check_layers(linear, [("deep", [], "")])
    with pytest.raises(UnsuitedError, match=r"^dream\.layer: the network has no convolution"):
        check_layers(linear, [("deep", [], "dream.layer")])
    # A filter that the user asks for has to be in every layer that there is, also where the layer is a default.
    for key in ("dream.layer", ""):
        with pytest.raises(LimelightError, match=r"^layer cnn\.5 \(Conv2d\) has no filter 32; expected 0 to 31$"):
            check_layers(TABLE, [("deep", [0, 32], key)])
    with pytest.raises(LimelightError, match=r"^there is no layer 'cnn\.9'"):
        check_layers(TABLE, [("cnn.9", [], "")])
    with pytest.raises(LimelightError, match=r"^layer spare .* has no filters"):
        check_layers(TABLE, [("spare", [], "x")])


def test_methods_of_layers_that_the_user_asks_for_need_a_map() -> None:
    check_map("cnn.5", ["quality.methods"])
    check_map(None, [])
    with pytest.raises(UnsuitedError, match=r"^quality\.methods: no layer of the network has an output larger"):
        check_map(None, ["quality.methods"])


@pytest.mark.parametrize(
    ("layer", "filters", "said"),
    [
        (conv(0, "cnn.0"), [0, 8], "layer cnn.0 (Conv2d) has no filter 8; expected 0 to 7"),
        (TABLE[-1], [3], "layer head (Linear) has no filter 3; expected 0 to 2"),
        (TABLE[-2], [0], "layer spare (Conv2d) has no filters; expected a layer with an output"),
    ],
)
def test_filters_out_of_range_are_named(layer: Layer, filters: list[int], said: str) -> None:
    with pytest.raises(LimelightError) as error:
        check_filters(layer, filters)
    assert str(error.value) == said


def test_all_filters_of_a_layer_are_there() -> None:
    check_filters(TABLE[1], range(8))
    check_filters(TABLE[-2], [])


def test_table_comes_back_from_json() -> None:
    record = json.loads(json.dumps({"layers": [asdict(layer) for layer in TABLE]}))
    assert read_layers(record) == TABLE


@given(st.text(max_size=5), st.lists(st.text("abc.", max_size=5), min_size=1, max_size=9), st.integers(1, 9))
def test_nearest_names_some_words_each_once_and_the_word_itself_first(word: str, words: list[str], count: int) -> None:
    named = nearest(word, words, count).split(", ")
    assert len(named) == min(count, len(set(words)))
    assert set(named) <= set(words)
    assert nearest(words[-1], words, count).split(", ")[0] == words[-1]
