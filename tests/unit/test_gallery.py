"""What the gallery is made of, without a browser."""

import json
import re
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from exhibited import filters_of
from PIL import Image

from limelight.capabilities.predictions import pages as predictions
from limelight.capabilities.predictions.tables import prediction_table
from limelight.capabilities.quality.pages import class_columns, method_table
from limelight.gallery import site
from limelight.gallery.data import plain, write_data
from limelight.gallery.exhibit import AttributionMap, ImageExhibit, Results
from limelight.gallery.filters import Filter, LayerExhibit, Picture, merged
from limelight.gallery.pictures import Colours, framed, save_maps, save_sprite, tile
from limelight.gallery.site import link
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.network.photographs import Resize
from limelight.network.photographs import photograph as seen_by_the_network


def test_a_datum_is_one_call_that_no_text_can_leave(tmp_path) -> None:
    value = {"text": "</script><b>&\u2028麵包", "numbers": np.array([1 / 3, np.nan, np.inf]), "count": np.int64(3)}
    write_data(tmp_path, "data/one.js", value)
    text = (tmp_path / "data/one.js").read_text(encoding="utf-8")
    assert not set(text) & set("<>&\u2028")
    name, _, rest = re.fullmatch(r"limelight\.take\((.*);\n", text)[1].removesuffix(")").partition(",")
    assert json.loads(name) == "data/one.js"
    assert json.loads(rest) == {"text": value["text"], "numbers": [0.33333, None, None], "count": 3}
    assert plain(0.1 + 0.2) == 0.3


def test_maps_have_their_colours_and_zero_has_none(tmp_path) -> None:
    """Of each map the lowest, the middle and the highest value, against Matplotlib's own colours."""
    colours = Colours("inferno", "RdBu_r")
    ramp = np.linspace(0, 1, 101)[None].repeat(3, 0)
    # The scale ends at the 99.5th percentile.
    top = np.percentile(ramp, 99.5)
    sprite = save_maps([ramp, 2 * ramp - 1], [False, True], colours, tmp_path / "maps.png")
    assert (sprite.columns, sprite.rows, sprite.width, sprite.height) == (2, 1, 101, 3)
    image = Image.open(tmp_path / "maps.png")
    assert image.mode == "P"
    pixels = np.asarray(image.convert("RGBA")).astype(int)
    plain_map, signed = pixels[0, :101], pixels[0, 101:]
    assert list(plain_map[0][3:]) == [0]
    assert list(signed[50][3:]) == [0]
    assert abs(plain_map[100][:3] - 255 * np.array(matplotlib.colormaps["inferno"](1.0)[:3])).max() <= 1
    expected = matplotlib.colormaps["inferno"](0.5 / top)[:3]
    assert abs(plain_map[50][:3] - 255 * np.array(expected)).max() <= 4
    for at, end in ((0, 0.0), (100, 1.0)):
        assert abs(signed[at][:3] - 255 * np.array(matplotlib.colormaps["RdBu_r"](end)[:3])).max() <= 1
        assert signed[at][3] == 255
    assert list(signed[25][3:]) == list(signed[75][3:])


@pytest.mark.parametrize("resize", [Resize((32, 32)), Resize((32, 32), crop=True), Resize((24, 36), True, 40)])
def test_a_photograph_is_framed_as_the_network_sees_it(tmp_path, resize) -> None:
    """Shrunk to the network's size it is what the network sees, up to the resampling."""
    y, x = np.mgrid[0:90, 0:160]
    pixels = np.stack([x * 1.5, y * 2.5, 100 + 60 * np.sin(x / 9)], 2).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "one.png")
    shown = framed(tmp_path / "one.png", resize)
    assert shown.width > resize.size[1]
    small = shown.resize(resize.size[::-1], Image.Resampling.BILINEAR)
    expected = seen_by_the_network(tmp_path / "one.png", resize)
    assert np.abs(np.asarray(small).astype(int) - expected).mean() < 2


def test_a_sprite_holds_its_pictures_in_order(tmp_path) -> None:
    pictures = [np.full((16, 24, 3), 40 * number, np.uint8) for number in range(5)]
    sprite = save_sprite(pictures, tmp_path / "five.webp")
    assert (sprite.columns, sprite.rows) == (3, 2)
    grid = np.asarray(Image.open(tmp_path / "five.webp").convert("RGB")).astype(int)
    for number in range(5):
        row, column = divmod(number, 3)
        assert abs(grid[row * 16 + 8, column * 24 + 12] - 40 * number).max() <= 3
    assert tile(np.zeros((2, 2, 3), np.uint8), (8, 8)).shape == (8, 8, 3)


def test_of_many_classes_those_with_the_most_mistakes_are_shown() -> None:
    classes = [f"c{number}" for number in range(100)]
    labels = [*classes, "c7", "c7", "c9"]
    values = np.zeros((len(labels), 100), np.float32)
    values[np.arange(100), np.arange(100)] = 1
    values[100:102, 8], values[102, 9] = 1, 1
    found = predictions.confusion_of(prediction_table([f"i{n}" for n in range(103)], labels, classes, values))
    assert found is not None
    assert len(found.columns) == predictions.MOST_CLASSES
    assert {"c7", "c8"} <= set(found.columns)
    assert found.left_out == 100 - predictions.MOST_CLASSES
    assert [(pair.label, pair.predicted, pair.count) for pair in found.pairs] == [("c7", "c8", 2)]
    row = next(cells for label, _, cells in found.rows if label == "c7")
    assert sum(cell.share for cell in row) == pytest.approx(1)


def test_without_labels_there_is_no_confusion() -> None:
    table = prediction_table(["a"], [None], ["x", "y"], np.array([[0.2, 0.8]], np.float32))
    assert predictions.confusion_of(table) is None
    assert predictions.counts_of(table, "predicted") == [("y", 1)]


def test_the_bar_of_a_metric_is_its_best_baseline() -> None:
    values = {"gradient": (0.1, 0.9), "random": (0.3, 0.4), "edges": (0.5, 0.6)}
    rows = [
        (f"i{n}", "m", method, metric, value)
        for method, pair in values.items()
        for metric, value in zip(("deletion", "insertion"), pair, strict=True)
        for n in range(6)
    ]
    found = method_table(pd.DataFrame(rows, columns=["image", "model", "method", "metric", "value"]), {}, 0)
    assert found is not None
    assert [method for method, *_ in found.rows] == ["gradient", "random", "edges"]
    assert found.bars == pytest.approx([0.3, 0.6])
    assert [score.verdict for score in found.rows[0][2] if score] == ["better", "better"]


def test_a_column_of_zeros_is_shown_and_one_of_nothing_is_not() -> None:
    table = pd.DataFrame(
        {"class": ["a", "b"], "relevance_rank": [0.0, 0], "r2": [np.nan] * 2, "insertion": [0.5, np.nan]}
    )
    assert set(class_columns(table).headings) == {"relevance_rank", "insertion"}


def test_what_capabilities_know_of_a_filter_lies_side_by_side() -> None:
    grey = np.zeros((2, 2, 3), np.uint8)
    one = Filter(3, [Picture(grey, "a")], {"x": 1.0}, numbers={"n": 1.0})
    other = Filter(3, [Picture(grey, "b")], {"y": 2.0}, [("image", 0.5)], {"n": 2.0, "m": 3.0})
    both = one | other
    assert [picture.group for picture in both.pictures] == ["a", "b"]
    assert [one.pictures[0].group for one in merged([one, replace(other, rank=0)])] == ["b"]
    assert (both.classes, both.top, both.numbers) == ({"x": 1.0}, [("image", 0.5)], {"n": 1.0, "m": 3.0})


def test_top_photographs_and_classes_of_a_filter(tmp_path) -> None:
    """Maps of constant value: the strongest photograph and the mean of each class are known."""
    found = {Item(f"i{n}", "conv"): {"maps": np.full((2, 3, 3), float(n))} for n in range(10)}
    arrays.write(tmp_path / "b.npz", found, {"parameters": {"filters": [4, 9]}})
    labels = {"i0": "even", "i2": "even", "i1": "odd"}
    filters = filters_of(LayerExhibit("0", {"photographs": [str(tmp_path / "b.npz")]}, labels, "viridis"))
    assert [one.number for one in filters] == [4, 9]
    assert [image for image, _ in filters[0].top] == [f"i{number}" for number in range(9, 1, -1)]
    assert filters[0].classes == {"even": 1.0, "odd": 1.0}
    assert filters_of(LayerExhibit("0", {}, {}, "viridis")) == []


def test_facets_of_a_filter_are_pictures_of_it(tmp_path) -> None:
    frames = np.arange(2 * 2 * 3 * 3 * 3, dtype=np.uint8).reshape(2, 2, 3, 3, 3)
    together = {"iterations": [0, 9], "frames": frames, "scores": np.zeros((2, 2)), "blocked": np.zeros(2)}
    found = {
        Item(layer="conv", filter=4, variant="facets"): {
            **together,
            "activations": np.array([1.5, 2.5]),
            "likeness": np.array([0.25, 0.75]),
        }
    }
    arrays.write(tmp_path / "facets.npz", found, {})
    (four,) = filters_of(LayerExhibit("0", {"facets": [str(tmp_path / "facets.npz")]}, {}, "viridis"))
    assert four.numbers == {"likeness of its facets": 0.5}
    assert [picture.caption for picture in four.pictures] == ["activation 1.5", "activation 2.5"]
    np.testing.assert_array_equal(four.pictures[1].pixels, frames[1, 1])


def test_tables_of_whole_layers_say_which_patches_excite_a_filter_and_what_it_is_tuned_to(tmp_path) -> None:
    tables = {
        "atlas": "layer,filter,row,column,similarity\n0,4,1,0,0.1\n0,9,0,1,0.2\n1,5,0,0,0.3\n",
        "top": "layer,filter,image,activation,top,left,bottom,right\n0,4,007,2.5,1,0,3,2\n0,4,NA,1.5,0,0,2,2\n",
        "tuning": "layer,depth,filter,frequency,bandwidth,orientation,selectivity,chance\n0,0,4,0.25,1,,0.02,0.03\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    photograph = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    files = {name: [str(tmp_path / f"{name}.csv")] for name in tables}
    four, nine = filters_of(LayerExhibit("0", files, {}, "viridis", lambda names: {"007": photograph}))
    assert (four.number, four.place, nine.number, nine.place) == (4, 1, 9, 0)
    assert four.top == [("007", 2.5), ("NA", 1.5)]
    (patch,) = four.pictures
    np.testing.assert_array_equal(patch.pixels, photograph[1:3, :2])
    assert patch.image == "007"
    assert four.numbers == {"spatial frequency, cycles a pixel": 0.25, "orientation selectivity, 0 to 1": 0.02}


def test_what_a_file_says_of_an_image_is_told_apart_from_others(tmp_path) -> None:
    items = [Item("egg_1"), Item("egg_1", method="gradient"), Item("egg_10", method="gradient"), Item("soup")]
    found = {item: {"map": np.zeros(1)} for item in items}
    lime = Item("egg_1", method="lime")
    arrays.write(tmp_path / "b.npz", found, {"parameters": {"n": 1}}, dict.fromkeys(found, "k"), {lime: "why"})
    results = Results.read([tmp_path / "b.npz"], ["egg_1", "egg_10"])
    assert set(results.arrays) == set(items[:3])
    one = results.of("egg_1")
    assert set(one.arrays) == set(items[:2])
    assert one.failed == {lime: "why"}
    assert one.made() == [{"parameters": {"n": 1}, "units": {"egg_1": "k", "egg_1/gradient": "k"}}]


def test_a_method_is_shown_once_and_that_of_the_first_capability(tmp_path) -> None:
    values = np.ones((4, 4), np.float32)
    before = {"saliency": {"maps": {"list": [{"method": "gradient"}]}}, "lime": {"samples": 9}}
    exhibit = ImageExhibit(
        "egg", "egg", ["egg"], Results(), before, Colours("inferno", "RdBu_r"), "viridis", tmp_path, "0.quality"
    )
    saved = exhibit.maps([AttributionMap(method, "label", values) for method in ("gradient", "edges")])
    assert saved is not None
    assert [(one["method"], one["baseline"]) for one in saved["list"]] == [("edges", True)]
    assert (tmp_path / saved["sprite"]["file"]).is_file()
    assert exhibit.maps([AttributionMap("gradient", "label", values)]) is None
    of_layer = exhibit.maps([AttributionMap("grad_cam", "label", values, layer="cnn.4")])
    assert of_layer is not None
    assert of_layer["list"][0]["layer"] == "cnn.4"


def test_links_keep_any_name() -> None:
    assert (
        link("images", model="vgg", label="a&b=#?%", predicted=None) == "images.html#model=vgg&label=a%26b%3D%23%3F%25"
    )


def test_pages_hold_no_markup_in_scripts_and_no_address_of_a_network() -> None:
    package = Path(site.__file__).parents[1]
    files = [
        *package.glob("gallery/[at]*/*"),
        *package.glob("capabilities/*/*.js"),
        *package.glob("capabilities/*/*.jinja"),
    ]
    assert len(files) > 20
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path
        addresses = set(re.findall(r"https?://[^\s\"')]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not addresses, path
