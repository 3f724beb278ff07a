"""What do the checkpoints of a training run have in common, and how is it drawn?"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import words

from limelight.capabilities.training import declaration
from limelight.capabilities.training.drawing import filters
from limelight.figures.drawing import Drawing
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.study.errors import LimelightError
from limelight.study.plan import Study


def study(folder: Path, **different: Any) -> Study:
    """Twelve images, `a_0` to `c_3`; the two models show other photographs by LIME and filters of other layers."""
    for label in "abc":
        (folder / "photographs" / label).mkdir(parents=True, exist_ok=True)
        for index in range(4):
            (folder / "photographs" / label / f"{index}.png").touch()
    (folder / "net.pth").touch()
    model = {"factory": "package:build", "checkpoint": str(folder / "net.pth"), "saliency": {}, "dream": {}, "lime": {}}
    return Study(
        {
            "study": "s",
            "models": {
                "one": {**model, "filters": {"layers": ["shallow", 4]}},
                "two": {**model, "filters": {"layers": [4, 9]}, "lime": {"explain": ["b_1", "c_3"]}},
            },
            "images": {"path": str(folder / "photographs"), "layout": "folders"},
            "explain": {"per_class": 1},
            "figures": {"images": [], "per_class": 1, "per_sheet": 55},
            "buckets": {"predict": 4, "explain": 99},
            **different,
        }
    )


def test_a_training_run_shows_what_its_checkpoints_share(tmp_path: Path) -> None:
    run = study(tmp_path, training=["two", "one"])
    assert declaration.layers(run) == ["4"]
    assert declaration.images(run, "saliency") == ["a_0", "b_0", "c_0"]
    assert declaration.images(run, "lime") == []
    assert declaration.arrays_of_images(run, "dream") == ["<study>/two/dream/b.npz", "<study>/one/dream/b.npz"]
    names = ["filters/4", "saliency", "dream"]
    assert sorted(declaration.CAPABILITY.study_files(run)) == sorted(
        f"training/{name}.{ending}" for name in names for ending in ("png", "webp")
    )


def test_a_study_without_a_training_run_has_none_of_its_files(tmp_path: Path) -> None:
    without = study(tmp_path)
    assert declaration.checkpoints(without) == declaration.layers(without) == declaration.images(without, "dream") == []
    assert declaration.CAPABILITY.study_files(without) == []


def test_a_training_run_of_unknown_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimelightError, match=r"^training: there is no model 'three'; the nearest are"):
        declaration.CAPABILITY.check(study(tmp_path, training=["one", "three"]), "one")


def ascent(seed: int, blocked: int = 0) -> dict[str, np.ndarray]:
    frames = np.random.default_rng(seed).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    return {
        **{"iterations": np.array([0, 6]), "frames": frames},
        **{"scores": np.array([0.0, seed + 0.25]), "blocked": np.array(blocked)},
    }


def drawing_of_filters(folder: Path, contents: dict[str, dict[Item, dict[str, np.ndarray]]], **more: Any) -> Drawing:
    """Of the filters of two checkpoints."""
    settings = {"optimiser": "plain", "clip": "each", "step": 1}
    parameters = {"layer": "cnn.4", "noise_iterations": 6, "ascent": settings}
    for name, items in contents.items():
        made = {"model": {"model": name}, "parameters": parameters, "left_out": ["one octave fits"]}
        arrays.write(folder / f"{name}.npz", items, made, dict.fromkeys(items, f"key of {name}"), **more)
    params = {"style": {}, "models": list(contents), "images": []}
    # As Snakemake may give them: the files themselves say whose they are.
    return Drawing({"arrays": [str(folder / f"{name}.npz") for name in reversed(contents)]}, params, {})


def test_filters_that_all_checkpoints_have_stand_in_the_order_of_the_run(tmp_path: Path) -> None:
    one, two, ten = (Item(layer="cnn.4", filter=number) for number in (1, 2, 10))
    contents = {"early": {ten: ascent(1), two: ascent(2), one: ascent(7)}, "late": {two: ascent(3, 6), ten: ascent(4)}}
    figure, made, frames = filters(drawing_of_filters(tmp_path, contents))
    drawn = words(figure)
    # Filter 1 is missing at one checkpoint; filter 2 is silent at the other.
    assert [word for word in drawn if word.startswith("filter ")] == ["filter 2", "filter 10"]
    assert [word for word in drawn if word in ("early", "late")] == ["early", "late"]
    assert [word for word in drawn if word.startswith("activation")] == [
        "activation 2.25",
        "activation 1.25",
        "activation 4.25",
    ]
    assert "silent" in " ".join(drawn)
    assert " ".join(drawn).count("One octave fits.") == 1
    assert made["units"]["late"] == {"cnn.4/2": "key of late", "cnn.4/10": "key of late"}
    assert [any("late" in word for word in words(frame)) for frame in frames] == [False, True]


def test_checkpoints_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    contents = {"early": {Item(layer="cnn.4", filter=1): ascent(1)}, "late": {Item(layer="cnn.4", filter=2): ascent(2)}}
    with pytest.raises(LimelightError, match=r"^training: early, late have no filters in common; expected"):
        filters(drawing_of_filters(tmp_path, contents))
