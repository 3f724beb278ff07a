"""Is a capability one folder, one line of the catalogue and one file of rules? One is added to a finished study."""

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_study import Run, Study

from limelight.analysis import StudyResults, open_study
from limelight.figures.style import provenance
from limelight.machinery import arrays
from limelight.machinery.items import Item

ROOM = Path(__file__).with_name("brightness")
IMAGES = ["red_0", "green_0", "blue_0"]
ADDED = {
    **{"compute_brightness": 1, "summarise_brightness": 1, "draw_brightness_sheet": 1, "draw_brightness_image": 1},
    **{"draw_exhibits": 1, "write_report": 1, "write_gallery": 1, "all": 1},
}
"""Its own jobs, the pictures of the photographs that it explains, and the pages."""


def add(study: Study) -> None:
    """The folder, the line, the file of rules."""
    package = study / "scripts/limelight"
    shutil.copytree(ROOM, package / "capabilities/brightness", ignore=shutil.ignore_patterns("*.smk", "__pycache__"))
    shutil.copy(ROOM / "brightness.smk", study / "rules")
    catalogue = (package / "catalogue.py").read_text()
    line = '    "training",\n'
    assert line in catalogue
    (package / "catalogue.py").write_text(catalogue.replace(line, line + '    "brightness",\n'))


def remove(study: Study) -> None:
    """All three."""
    package = study / "scripts/limelight"
    shutil.rmtree(package / "capabilities/brightness")
    (study / "rules/brightness.smk").unlink()
    catalogue = (package / "catalogue.py").read_text()
    (package / "catalogue.py").write_text(catalogue.replace('    "brightness",\n', ""))


@pytest.fixture(scope="module")
def added(local_run: tuple[Study, Run], made_once: Callable) -> tuple[Study, Run]:
    """A finished study to which the capability was added, and the run that came then; not to be changed."""
    original, run = local_run
    assert run.status == 0, run.output

    def make(folder: Path) -> tuple[Study, Run]:
        study = Study(folder / "study")
        shutil.copytree(original.folder, study.folder, symlinks=True)
        add(study)
        return study, study.snakemake("all", "results/tiny/net/figures/brightness/green_0.png")

    return made_once("brightness", make)


@pytest.fixture(scope="module")
def results(added: tuple[Study, Run]) -> StudyResults:
    study, run = added
    assert run.status == 0, run.output
    return open_study(study / "results/tiny")


def test_nothing_else_is_made_again(added: tuple[Study, Run]) -> None:
    study, run = added
    assert run.status == 0, run.output
    assert run.jobs == ADDED
    assert study.summaries()["brightness/b.summary.json"]["computed"] == len(IMAGES)


def test_its_job_asks_for_what_it_declares_to_cost(added: tuple[Study, Run]) -> None:
    """100 000 passes for each of three photographs, and four of them at once; each is a sixteenth of 128 x 128."""
    (asked,) = re.findall(r"rule compute_brightness:.*?resources: (.*?)$", added[1].output, re.M | re.S)
    numbers = {name: int(number) for name, number in re.findall(r"\b(runtime|mem_mb)=(\d+)", asked)}
    minutes = 5 + math.ceil(2 * 3 * 100_000 * 0.03 / 16 / 60)
    assert numbers == {"runtime": minutes, "mem_mb": 2500 + 1500 + 60 * 4 // 16}


def test_its_arrays_are_those_of_the_photographs(added: tuple[Study, Run], results: StudyResults) -> None:
    for image in IMAGES:
        found = results.arrays("brightness", image=image)
        seen = results.photograph(image) / 255
        np.testing.assert_allclose(found["map"], seen.mean(2), atol=1e-6)
        assert found["mean"] == pytest.approx(seen.mean(), abs=1e-6)
        label = {"red": 0, "green": 1, "blue": 2}[image.partition("_")[0]]
        with Image.open(added[0] / f"photographs/{label}_0.png") as file:
            assert found["mean"] == pytest.approx(np.asarray(file).mean() / 255, abs=0.01), "but for the resizing"
    assert set(results.find("brightness")["item"]) == {Item(image=image) for image in IMAGES}


def test_its_table_holds_the_means(results: StudyResults) -> None:
    assert "brightness" in results.tables
    table = results.table("brightness", "net").set_index("image")["mean"]
    assert set(table.index) == set(IMAGES)
    for image in IMAGES:
        assert table[image] == pytest.approx(float(results.arrays("brightness", image=image)["mean"]), rel=1e-6)


def test_its_figures_say_what_made_them(results: StudyResults) -> None:
    record = json.loads((results.folder / "net/model.json").read_text())
    for path, images in (("sheets/brightness.png", IMAGES), ("figures/brightness/green_0.png", ["green_0"])):
        (made,) = provenance(results.folder / "net" / path)["made_from"]
        assert made["method"] == "brightness"
        assert made["parameters"] == {"power": 1}
        assert made["model"]["checkpoint_sha256"] == record["checkpoint_sha256"]
        assert set(provenance(results.folder / "net" / path)["units"]) == set(images)


def test_the_report_has_its_heading_and_its_sheet(results: StudyResults) -> None:
    page = (results.folder / "report.html").read_text()
    heading, sheet = page.index("<h3>Brightness: how bright is each photograph?</h3>"), page.index("brightness.png")
    assert page.index("<h3>Quality") < heading < sheet


def test_the_gallery_shows_it(results: StudyResults) -> None:
    gallery = results.folder / "gallery"
    assert (gallery / "assets/views/brightness.js").read_bytes() == (ROOM / "view.js").read_bytes()
    assert "assets/views/brightness.js" in (gallery / "image.html").read_text()
    shown = {}
    for path in (gallery / "models/net/b").glob("*.js"):
        page = json.loads(re.search(r"{.*}", path.read_text(), re.S)[0])
        shown[page["image"]] = page["exhibits"]["brightness"]
    assert shown.keys() == set(IMAGES)
    for image, exhibit in shown.items():
        found = results.arrays("brightness", image=image)
        assert exhibit["mean"] == pytest.approx(float(found["mean"]), abs=1e-4)
        with Image.open(gallery / "models/net/b" / exhibit["sprite"]["file"]) as picture:
            grey = np.asarray(picture.convert("L"), float) / 255
        assert np.abs(grey[:32, :32].mean() - found["mean"]) < 0.02
    assert '"brightness":["brightness"]' in (gallery / "data/index.js").read_text(), "figures that a reader can ask for"


def test_verify_knows_its_files_and_gc_its_units(added: tuple[Study, Run], tmp_path: Path) -> None:
    shutil.copytree(added[0].folder, tmp_path / "study", symlinks=True)
    study = Study(tmp_path / "study")
    file = study / "results/tiny/net/brightness/b.npz"
    first = set(arrays.read_index(file).keys.values())
    assert first <= stored(study)

    whole = file.read_bytes()
    middle = whole.index(b"map.npy") + 300
    file.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    verified = study.snakemake("verify")
    assert verified.status != 0
    assert set(re.findall(r"corrupt: (\S+):", verified.output)) == {"results/tiny/net/brightness/b.npz"}

    # Another setting computes its units alone, and leaves the old ones behind.
    others = stored(study) - first
    study.configure(brightness={"power": 2})
    assert study.count("brightness") == {"brightness": (len(IMAGES), 0)}
    second = set(arrays.read_index(file).keys.values())
    assert stored(study) == others | first | second
    assert study.snakemake("gc").status == 0
    assert stored(study) == others | second

    # Without the capability nobody asks for what it has made.
    remove(study)
    shutil.copy(added[0] / "study.yaml", study.folder)
    assert study.snakemake("gc").status == 0
    assert stored(study) == others
    assert not file.exists()
    assert "all files are intact" in study.snakemake("verify").output


def stored(study: Study) -> set[str]:
    """Keys of the store."""
    return {path.parent.name + path.stem for path in (study / "results/store").glob("??/*.npz")}
