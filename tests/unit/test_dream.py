"""Which dreams and class images does a study ask for, and what do their jobs cost?"""

import math
from pathlib import Path
from typing import Any

import pytest

from limelight.capabilities.class_images.declaration import CAPABILITY as CLASS_IMAGES
from limelight.capabilities.dream.declaration import CAPABILITY as DREAM
from limelight.capabilities.dream.declaration import files_of_sheet, images_of_sheet, swept_image
from limelight.capabilities.lime.declaration import CAPABILITY as LIME
from limelight.study import costs
from limelight.study.declaration import Jobs, Named
from limelight.study.errors import LimelightError
from limelight.study.plan import Study

MODEL = {
    "preprocessing": {"size": [128, 256]},
    "lime": {"samples": 1000, "max_samples": 4000, "repetitions": 2, "batch": 16},
    "dream": {
        **{"record": [0, 100], "filters": [1, 2, 3], "ascent": {"batch": 8}},
        "class_images": {"iterations": 50, "ascent": {"batch": 2}},
    },
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Twelve images, `a_0` to `c_3`, one of each class explained, one a bucket; the second model has its own image."""
    for label in "abc":
        (tmp_path / "photographs" / label).mkdir(parents=True)
        for index in range(4):
            (tmp_path / "photographs" / label / f"{index}.png").touch()
    (tmp_path / "net.pth").touch()
    dream = {
        **{"layer": 3, "filter": 7, "layers": ["cnn.0", 3], "filters": [1, 2], "record": [4, 0, 9]},
        "ascent": {"batch": 8, "step": 0.01},
        "class_images": {"classes": 2, "iterations": 5, "ascent": {"batch": 4, "step": 0.1}},
    }
    model = {"factory": "package:build", "checkpoint": str(tmp_path / "net.pth"), "dream": dream}
    return Study(
        {
            "study": "s",
            "seed": 4,
            "models": {"one": model, "two": {**model, "dream": {**dream, "image": "c_2", "size": 512}}},
            "images": {"path": str(tmp_path / "photographs"), "layout": "folders"},
            "explain": {"per_class": 1},
            "figures": {"images": [], "per_class": 1, "per_sheet": 55},
            "buckets": {"predict": 4, "explain": 1},
        }
    )


def test_the_sweeps_have_the_first_explained_photograph_or_that_of_the_model(study: Study) -> None:
    assert (swept_image(study, "one"), swept_image(study, "two")) == ("a_0", "c_2")
    study.models["two"]["dream"]["image"] = "c_9"
    with pytest.raises(LimelightError, match=r"^models\.two\.dream\.image: there is no image 'c_9'; the nearest are"):
        DREAM.check(study, "two")


def test_sheets_of_sweeps_read_what_was_computed_for_them(study: Study) -> None:
    of_classes = {"model": "two", "sweep": "classes"}
    assert images_of_sheet(study, of_classes) == ["a_0", "b_0", "c_0"]
    assert set(files_of_sheet(study, of_classes)) == {f"dream/{b}.npz" for b in study.buckets("dream", "two")}
    assert files_of_sheet(study, {"model": "two", "sweep": "layers"}) == ["dream/over_layers.npz"]
    # The photograph of the sweeps is not among the explained: it has a bucket of its own.
    assert files_of_sheet(study, {"model": "two", "sweep": "iterations"}) == ["dream/one.c_2.npz"]
    assert len(DREAM.arrays(study, "one")) == 3 + 2


def test_settings_hold_what_decides_and_no_batch(study: Study) -> None:
    dreams, sweeps = DREAM.jobs["dream"], DREAM.jobs["dream sweep"]
    shared = {"record": [4, 0, 9], "ascent": {"step": 0.01}, "seed": 4}
    assert dreams.settings(study, {"model": "one"}) == {"layer": 3, "filter": 7, **shared}
    over_filters = {"model": "two", "sweep": "filters"}
    assert sweeps.settings(study, over_filters) == {"layer": 3, "filters": [1, 2], "size": 512, **shared}
    over_layers = {"model": "one", "sweep": "layers"}
    assert sweeps.settings(study, over_layers) == {"layers": ["cnn.0", 3], "filter": 7, **shared}
    assert [image.id for image in sweeps.images(study, over_filters)] == ["c_2"]


def test_labels_decide_class_images_only_where_there_is_a_number_of_them(study: Study) -> None:
    settings = CLASS_IMAGES.jobs["class_images"].settings
    assert settings(study, {"model": "one"}) == {
        **{"classes": 2, "iterations": 5, "ascent": {"step": 0.1}},
        **{"labels": ["a", "b", "c"], "seed": 4},
    }
    study.models["one"]["dream"]["class_images"]["classes"] = ["b"]
    assert settings(study, {"model": "one"})["labels"] == []


def test_all_layers_and_filters_are_looked_for_in_the_network(study: Study) -> None:
    layers = "dream.layers"
    assert DREAM.named(study, "one") == [
        Named(3, [7, 1, 2], "dream.layer"),
        *(Named(at, [7], layers) for at in ("cnn.0", 3)),
    ]
    assert CLASS_IMAGES.named(study, "one") == [Named("")]


def test_what_is_left_to_its_default_is_not_asked_for(study: Study) -> None:
    chosen = {"dream": {"filter": 7}, "models": {"one": {}, "two": {"dream": {"layers": ["cnn.0", 3]}}}}
    defaulted = Study(study.settings, chosen)
    assert DREAM.named(defaulted, "one") == [Named(3, [7]), Named("cnn.0", [7]), Named(3, [7])]
    assert [one.key for one in DREAM.named(defaulted, "two")] == ["", "dream.layers", "dream.layers"]


# --- costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jobs", "passes", "batch"),
    [
        (CLASS_IMAGES.jobs["class_images"], 3 * 50 * 24, 2),
        (LIME.jobs["lime"], 2000, 16),
        (DREAM.jobs["dream"], 3 * 100 * 3, 8),
        (DREAM.jobs["dream sweep"], 3 * 100 * 3, 8),
    ],
)
def test_what_a_job_asks_for(jobs: Jobs, passes: int, batch: int) -> None:
    """The network's input is two of 128 x 128."""
    seconds = 2 * 50 * passes * 2 * costs.PASS_SECONDS
    assert costs.minutes(jobs, MODEL, 50, 1) == 5 + math.ceil(seconds / 60)
    assert costs.minutes(jobs, MODEL, 50, 3) == 3 * costs.minutes(jobs, MODEL, 50, 1)
    images = costs.DECODING_MB if jobs.decodes else 0
    assert costs.megabytes(jobs, MODEL, 1) == 2500 + images + 60 * batch * 2
    assert costs.megabytes(jobs, MODEL, 2) == 2 * costs.megabytes(jobs, MODEL, 1)


def test_time_for_samples_without_a_number_is_that_of_the_most() -> None:
    jobs, lime = LIME.jobs["lime"], MODEL["lime"]
    auto, most = ({**MODEL, "lime": {**lime, "samples": samples}} for samples in ("auto", 4000))
    assert costs.minutes(jobs, auto, 9, 1) == costs.minutes(jobs, most, 9, 1)


def test_a_dream_of_another_size_needs_more_and_tiles_need_less() -> None:
    """512 x 512 are 16 of 128 x 128; the network's input is two."""
    jobs, of_classes = DREAM.jobs["dream"], CLASS_IMAGES.jobs["class_images"]
    section: dict[str, Any] = {**MODEL["dream"], "size": 512}
    large = {**MODEL, "dream": section}
    assert costs.megabytes(jobs, large, 1) == 2500 + costs.DECODING_MB + 60 * 8 * 16
    assert costs.minutes(jobs, large, 1, 1) == 5 + math.ceil(2 * 3 * 100 * 3 * 16 * costs.PASS_SECONDS / 60)
    tiled = {**large, "dream": {**section, "ascent": {"batch": 8, "tile": 128}}}
    assert costs.megabytes(jobs, tiled, 1) == 2500 + costs.DECODING_MB + 60 * 8
    assert costs.minutes(of_classes, large, 1, 1) == costs.minutes(of_classes, MODEL, 1, 1)
