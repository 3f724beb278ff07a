"""What is derived of the catalogue for the gallery and the report?"""

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
