"""What is derived of the catalogue for the gallery and the report?"""

import os
from pathlib import Path
from typing import Any

import pytest

from limelight import schema
from limelight.catalogue import NAMES, capabilities, rooms_with
from limelight.rooms import ROOMS, file_of
from limelight.rules import Rules
from limelight.study import settings
from limelight.study.plan import Study
from limelight.targets import Targets

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Targets:
    """Of two models and two images of each of two classes."""
    monkeypatch.chdir(tmp_path)
    for label in ("egg", "soup"):
        for number in range(2):
            path = tmp_path / f"photographs/{label}/{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    (tmp_path / "net.pth").touch()
    model = {"factory": "torchvision.models:vgg11", "checkpoint": "net.pth", "preprocessing": {"size": 32}}
    config: dict[str, Any] = {
        "study": "tiny",
        "classes": ["egg", "soup"],
        "models": {"net": model, "other": model},
        "images": {"path": "photographs", "layout": "folders"},
        "explain": {"per_class": 1},
        "filters": {"layers": [0], "filters": [0, 1], "facets": {"layers": [0]}},
        "quality": {"methods": ["gradient"]},
    }
    known = schema.load(REPOSITORY)
    return Targets(Study(settings.complete(config, known, settings.load_presets(REPOSITORY))))


NAMES_OF_PATTERNS = ["{x}", "{model}", "{w,a{3,5}}", "<script>", "<logs>", "<study>"]


@pytest.mark.parametrize("odd", NAMES_OF_PATTERNS)
def test_a_path_that_snakemake_would_take_for_a_pattern_is_no_input_and_runs_jobs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [f"photos/egg/{odd}.png", "photos/soup/1.png", "photos/egg/{ <.png", f"{odd}.pth", f"{odd}.py"]
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    config = {
        **{"study": "s", "classes": ["egg", "soup"], "images": {"path": "photos", "layout": "folders"}},
        **{"models": {"net": {"factory": f"{odd}.py:build", "checkpoint": f"{odd}.pth"}}, "explain": "all"},
    }
    rules = Rules.of(config, REPOSITORY, lambda path: path, lambda path: path)
    wildcards = {"model": "net", "bucket": "b"}
    inputs = rules.inputs("saliency", None)(wildcards)
    assert sorted(inputs["photographs"]) == ["photos/egg/{ <.png", "photos/soup/1.png"]
    assert rules.checkpoint(wildcards) == rules.factory_file(wildcards) == inputs["checkpoint"] == []
    unlisted = rules.parameters("saliency", None)["unlisted"]
    before = unlisted(wildcards)
    assert list(before) == [f"photos/egg/{odd}.png"]
    os.utime(f"photos/egg/{odd}.png", (0, 1))
    assert unlisted(wildcards) == {f"photos/egg/{odd}.png": 10**9}
    assert list(rules.unlisted_of_model(wildcards)) == [f"{odd}.pth", f"{odd}.py"]
    names = [image.id for image in rules.study.images]
    assert rules.unlisted_of_images(lambda _: names)(wildcards) == unlisted(wildcards)


def test_each_sheet_has_the_heading_of_its_capability(targets: Targets) -> None:
    headings = targets.headings()
    assert list(headings) == ["net", "other"]
    sheets = [sheet for one in capabilities() for sheet in one.sheets(targets.study, "net")]
    assert list(headings["net"]) == sheets
    assert headings["net"]["confusion_matrix"] == "Predictions"
    assert headings["net"]["filters/0"] == "Filters: what do the filters of a layer respond to?"
    assert headings["net"]["dream/class_images"] == headings["net"]["dream/filters"]
    assert headings["net"]["facets/0"] == "Facets: which different inputs excite a filter?"


def test_the_gallery_reads_what_capabilities_declare(targets: Targets) -> None:
    (bucket,) = targets.exhibited["net"]
    assert targets.exhibited["net"][bucket] == ("egg_0", "soup_0")
    files = targets.exhibit_files("net", bucket)
    assert list(files) == [one.name for one in capabilities() if one.exhibit and one.of_images]
    assert files["saliency"] == ["<study>/net/saliency/b.npz"]
    assert files["filters"] == ["<study>/net/filters/0/b.npz"]
    of_layer = targets.layer_files("net", "0")
    assert of_layer["facets.facets"] == ["<study>/net/filters/0/facets.npz"]
    assert "<study>/other/quality.csv" in targets.page_files()
    assert targets.pages()[-1] == "quality"
    assert targets.gallery_models()["net"]["figures"]["filters"] == ["filters/0"]


def test_what_the_gallery_names_is_there() -> None:
    """Each function that a declaration names, and a view for each exhibit that is more than maps."""
    for one in capabilities():
        for where in (one.exhibit, one.layer_exhibit, one.pages):
            if where:
                function = where.partition(":")[2]
                assert f"def {function}(" in file_of(where).read_text(), where
    assert rooms_with("view.js") == [name for name in NAMES if (ROOMS / name / "view.js").exists()]
    assert set(rooms_with("view.js")) == {"filters", "lime", "dream", "quality"}


def test_pages_are_written_again_when_what_stands_in_a_room_changes(targets: Targets) -> None:
    rules = Rules(targets.study, targets, REPOSITORY / "scripts", str, str)
    names = {path.relative_to(ROOMS.parent).as_posix() for path in rules.page_sources()}
    assert {
        "gallery/assets/core.js",
        "gallery/templates/index.html.jinja",
        "capabilities/lime/view.js",
        "capabilities/quality/pages.py",
        "capabilities/quality/page.html.jinja",
        "capabilities/training/section.html.jinja",
    } <= names
