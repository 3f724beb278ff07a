"""Sheets of whole layers and of training runs: what stands where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import pixels, words

from limelight.capabilities.layers.atlas_sheet import AtlasTile, atlas_page
from limelight.capabilities.layers.top_sheet import OUTLINE, Example, TopRow, top_sheet
from limelight.capabilities.layers.tuning_sheet import LayerTuning, tuning_sheet
from limelight.capabilities.saliency.sheet import SaliencyTile
from limelight.capabilities.training.sheet import Series, saliency_step, training_frames, training_sheet
from limelight.figures.animation import animation_provenance, frames_of, save_animation
from limelight.figures.report import Sheet, StudySection, report_page
from limelight.figures.sheet import Tile
from limelight.figures.style import Style
from limelight.figures.subject import Subject


def picture(seed: int, size: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).random((size, size, 3))


# --- the atlas ----------------------------------------------------------------------------------------------------


def test_each_filter_of_an_atlas_has_its_number() -> None:
    tiles = [AtlasTile(number, number // 5, number % 5, picture(number)) for number in range(12)]
    tiles += [AtlasTile(12, 2, 2, "silent"), AtlasTile(13, 2, 3, "values are not finite")]
    drawn = words(atlas_page(tiles, title="a layer", subtitle="from noise"))
    assert {str(number) for number in range(14)} <= set(drawn)
    assert "silent" in drawn
    assert "values are not finite" in " ".join(drawn)


def test_a_tile_stands_in_its_cell() -> None:
    colours = {(0, 0): (255, 0, 0), (0, 1): (0, 255, 0), (1, 0): (0, 0, 255)}
    tiles = [
        AtlasTile(number, *cell, np.full((8, 8, 3), colour) / 255)
        for number, (cell, colour) in enumerate(colours.items())
    ]
    drawn = pixels(atlas_page(tiles, title=""))
    centres = {
        cell: np.argwhere((np.abs(drawn.astype(int) - colour).sum(2)) < 30).mean(0) for cell, colour in colours.items()
    }
    assert centres[0, 0][0] == pytest.approx(centres[0, 1][0], abs=1)
    assert centres[0, 0][1] == pytest.approx(centres[1, 0][1], abs=1)
    assert centres[0, 1][1] > centres[0, 0][1] + 20
    assert centres[1, 0][0] > centres[0, 0][0] + 20


def test_the_largest_layer_is_readable_and_no_wider_than_a_sheet() -> None:
    tiles = [AtlasTile(number, number // 24, number % 24, picture(0, 4)) for number in range(1280)]
    figure = atlas_page(tiles, title="x")
    width, height = figure.get_size_inches()
    assert width <= 16.01
    # 24 tiles of more than half an inch, 54 rows of them with their numbers.
    assert 54 * 0.6 < height < 54 * 0.9


# --- top photographs ----------------------------------------------------------------------------------------------


def test_the_patch_is_cut_out_of_the_photograph_and_outlined_in_it() -> None:
    photograph = np.random.default_rng(0).integers(0, 200, (64, 64, 3), dtype=np.uint8)
    example = Example("egg_3", photograph, (10, 20, 30, 50), 1.5)
    assert example.patch is not None
    assert example.outlined is not None
    np.testing.assert_array_equal(example.patch, photograph[10:30, 20:50])
    changed = (example.outlined != photograph).any(2)
    inside = np.zeros((64, 64), bool)
    inside[10:30, 20:50] = True
    inside[12:28, 22:48] = False
    np.testing.assert_array_equal(changed, inside)
    assert (example.outlined[inside] == OUTLINE).all()
    lost = Example("egg_3", None, (0, 0, 1, 1), 1.0)
    assert lost.patch is lost.outlined is None


def test_a_filter_without_photographs_and_one_without_an_image_say_so() -> None:
    photograph = np.zeros((16, 16, 3), np.uint8)
    rows = [
        TopRow(0, picture(0), [Example(f"egg_{k}", photograph, (0, 0, 8, 8), 3.0 - k) for k in range(3)]),
        TopRow(1, picture(1), []),
        TopRow(2, "values are not finite", [Example("soup_1", None, (0, 0, 8, 8), 1.0)]),
    ]
    drawn = words(top_sheet(rows, title="x", across=2))
    assert {"filter 0", "filter 1", "filter 2", "3", "2", "egg_0", "soup_1"} <= set(drawn)
    joined = " ".join(drawn)
    for said in ("the same for all", "values are not", "cannot be read"):
        assert said in joined


# --- tuning -------------------------------------------------------------------------------------------------------


def test_tuning_of_layers_with_and_without_orientations() -> None:
    generator = np.random.default_rng(0)
    layers = [
        LayerTuning(
            "conv", generator.uniform(0.1, 0.5, 9), generator.uniform(0, 180, 9), generator.random(9), "sees 3"
        ),
        LayerTuning("deep", np.array([0.01, np.nan, 0.2]), np.array([np.nan] * 3), np.array([0.1, np.nan, 0]), "all"),
        LayerTuning("dead", np.full(2, np.nan), np.full(2, np.nan), np.full(2, np.nan), "all"),
    ]
    figure = tuning_sheet(layers, title="x", subtitle="y")
    assert pixels(figure).std() > 0
    drawn = words(figure)
    assert "9 of 9 filters oriented; sees 3" in drawn
    assert "0 of 3 filters oriented; all" in drawn


@pytest.mark.parametrize("orientation", [0.0, 30.0, 90.0])
def test_a_bar_lies_as_the_stripes_do(orientation: float) -> None:
    layer = LayerTuning("conv", np.array([0.25]), np.array([orientation]), np.array([1.0]), "")
    axes = tuning_sheet([layer], title="x").axes[0]
    (bar,) = [line for line in axes.lines if line.get_linewidth() == 2.2]
    (x0, x1), (y0, y1) = bar.get_data()
    assert np.degrees(np.arctan2(y1 - y0, x1 - x0)) == pytest.approx(orientation)
    assert np.hypot(x0 + x1, y0 + y1) / 2 == pytest.approx(0.8)  # four of five octaves from 1/64 to 1/2


# --- through training -----------------------------------------------------------------------------------------------


def series(started: bool) -> list[Series]:
    return [
        Series(f"filter {number}", Tile(picture(9)) if started else None, [Tile(picture(k)) for k in range(3)])
        for number in range(2)
    ]


@pytest.mark.parametrize("started", [False, True])
def test_a_strip_names_its_checkpoints_and_its_animation_shows_one_each(started: bool) -> None:
    names = ["epoch00", "epoch05", "epoch15"]
    drawn = words(training_sheet(series(started), names, title="x"))
    assert set(names) <= set(drawn)
    assert ("photograph" in drawn) == started
    frames = training_frames(series(started), names, title="x")
    assert [any(f"x: {name}" in word for word in words(frame)) for name, frame in zip(names, frames, strict=True)] == [
        True
    ] * 3
    with pytest.raises(ValueError, match="filter 0 has 3 steps for 2 models"):
        training_sheet(series(started), names[:2], title="x")


def test_a_step_of_saliency_says_what_the_network_takes_the_photograph_for() -> None:
    subject = Subject("egg_3", np.zeros((8, 8, 3), np.uint8), "egg", "soup", 0.4)
    values = np.linspace(0, 2, 64).reshape(8, 8)
    tile = saliency_step(SaliencyTile(subject, values, None, "", "gradient"), Style())
    assert (tile.caption, tile.tone, tile.vmin, tile.cmap) == ("✗ soup 0.40", "wrong", 0.0, "inferno")
    signed = saliency_step(SaliencyTile(subject, values - 1, None, "", "gradient_x_input"), Style())
    assert signed.vmax is not None
    assert signed.vmin == -signed.vmax
    assert saliency_step(SaliencyTile(subject, None, None, "black"), Style()).reason == "black"


def test_an_animation_keeps_its_frames_and_what_made_it(tmp_path: Path) -> None:
    frames = training_frames(series(False), ["a", "b", "c"], title="x")
    path = tmp_path / "deep" / "x.webp"
    save_animation(frames, path, {"models": ["麵", "b"]})
    assert animation_provenance(path) == {"models": ["麵", "b"]}
    found = list(frames_of(path))
    assert len(found) == 3
    for shown, figure in zip(found, frames, strict=True):
        # WebP is lossy; noise, as these pictures are, is what it compresses worst.
        assert np.abs(shown.astype(int) - pixels(figure)).mean() < 6
    before = path.read_bytes()
    save_animation(training_frames(series(False), ["a", "b", "c"], title="x"), path, {"models": ["麵", "b"]})
    assert path.read_bytes() == before
    save_animation(frames[:1], path, {})
    assert len(list(frames_of(path))) == 1


def test_the_report_shows_a_training_run_with_its_animation() -> None:
    heading = "Through training"
    sheet = Sheet("training/saliency.png", "saliency", heading, {"made": "so"}, "data:small", "training/saliency.webp")
    page = report_page("s", [], 3, [], sections=[StudySection("training", heading, "what changes?", [sheet])])
    assert '<a href="training/saliency.png"><img src="data:small"' in page
    assert 'src="training/saliency.webp"' in page
    assert "Through training" not in report_page("s", [], 3, [])
