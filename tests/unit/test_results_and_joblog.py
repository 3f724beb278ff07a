"""What has a study found, and what does a job say?"""

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limelight.analysis import ITEM_COLUMNS, open_study
from limelight.capabilities.predictions.tables import class_table, confusion, prediction_table
from limelight.figures.ascents import facets_of, in_words, picture, silent
from limelight.figures.inputs import accuracy_by_class, failures, figure_provenance, subjects
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.machinery.joblog import job_log
from limelight.study.errors import LimelightError
from limelight.study.files import write_json

# --- results ------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path, preprocessing: Callable) -> dict[str, Path]:
    """Files of three images, of which the first has no label, and what a network said of them."""
    for number, name in enumerate(("001", "NA", "c")):
        Image.new("RGB", (9, 7), (10 * number, 20, 30)).save(tmp_path / f"{name}.png")
    write_json(tmp_path / "model.json", {"preprocessing": preprocessing(size=[4, 6])})
    values = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.25, 0.5, 0.25]])
    table = prediction_table(["001", "NA", "c"], [None, "1", "nan"], ["1", "nan", "egg"], values)
    table.to_csv(tmp_path / "predictions.csv", index=False)
    return {"model": tmp_path / "model.json", "predictions": tmp_path / "predictions.csv"}


def test_subjects_have_what_the_network_said_of_them(study: dict[str, Path], tmp_path: Path) -> None:
    found = subjects(
        [
            (name, label, f"{tmp_path}/{name}.png")
            for name, label in (("c", "nan"), ("skipped", None), ("001", None), ("NA", "1"))
        ],
        **study,
    )
    assert [(s.image, s.label, s.predicted, s.probability) for s in found] == [
        ("c", "nan", "nan", 0.5),
        ("001", None, "egg", 0.7),
        ("NA", "1", "1", 0.5),
    ]
    assert [s.photograph[0, 0].tolist() for s in found] == [[20, 20, 30], [0, 20, 30], [10, 20, 30]]
    assert {s.photograph.shape for s in found} == {(4, 6, 3)}


def test_nothing_to_show_is_one_sentence(study: dict[str, Path]) -> None:
    with pytest.raises(LimelightError, match=r"^x, y: cannot be read \(see skipped\.csv\); expected a readable image$"):
        subjects([("x", None, "x.png"), ("y", None, "y.png")], **study)


def test_accuracy_by_class_leaves_out_classes_without_images(tmp_path: Path) -> None:
    values = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.8, 0.1]])
    table = prediction_table(["a", "b", "c"], ["NA", "NA", "1"], ["NA", "1", "egg"], values)
    class_table(confusion(table)).to_csv(tmp_path / "classes.csv", index=False)
    assert accuracy_by_class(tmp_path / "classes.csv") == {"NA": 0.5, "1": 1.0}


def test_figure_says_what_made_its_arrays_each_once(tmp_path: Path) -> None:
    for name, record in (("1", {"method": "a"}), ("2", {"method": "b"}), ("3", {"method": "a"})):
        units = {
            Item(f"{name}x"): {"v": 1},
            Item(f"{name}x", filter=4): {"v": 2},
            Item(f"{name}y"): {"v": 3},
        }
        arrays.write(tmp_path / f"{name}.npz", units, record, {item: f"key of {item}" for item in units})
    paths = [tmp_path / f"{name}.npz" for name in "123"]
    made = figure_provenance(paths, {"dpi": 150}, ["1x", "3y"])
    assert made == {
        "made_from": [{"method": "a"}, {"method": "b"}],
        "units": {"1x": "key of 1x", "1x/4": "key of 1x/4", "3y": "key of 3y"},
        "style": {"dpi": 150},
    }
    assert len(figure_provenance(paths, {})["units"]) == 9


def test_failed_image_is_shown_without_prediction_and_perhaps_without_photograph(
    study: dict[str, Path], tmp_path: Path
) -> None:
    images = [("lost", None, "lost.png"), ("c", "nan", f"{tmp_path}/c.png"), ("d", "egg", f"{tmp_path}/c.png")]
    lost, c, d = subjects(images, **study, computed={"lost", "d"})
    assert (lost.photograph, lost.predicted) == (None, "(no prediction)")
    assert c.predicted == "nan"
    assert np.array_equal(d.photograph, c.photograph)
    assert (d.label, d.verdict) == ("egg", "✗ (no prediction) –")


def test_failures_of_several_files(tmp_path: Path) -> None:
    arrays.write(tmp_path / "1.npz", {Item("a"): {"x": 1}}, {}, failed={Item("b"): "dark"})
    arrays.write(tmp_path / "2.npz", {}, {}, failed={Item("c"): "torn"})
    assert failures([tmp_path / "1.npz", tmp_path / "2.npz"]) == {Item("b"): "dark", Item("c"): "torn"}


@pytest.mark.parametrize(
    ("optimiser", "clip", "said"),
    [
        ("normalised", "each", "Normalised gradient ascent, step 0.02, values kept in [0, 1]"),
        ("plain", "end", "Gradient ascent, step 0.02, values clipped to [0, 1] at the end"),
        ("adam", "end", "Adam, step 0.02, values clipped to [0, 1] at the end"),
    ],
)
def test_ascent_in_words(optimiser: str, clip: str, said: str) -> None:
    assert in_words({"ascent": {"step": 0.02, "optimiser": optimiser, "clip": clip, "batch": 9}}) == said


def test_ascent_in_words_with_everything() -> None:
    ascent = {"objective": "layer", "parameterisation": "fourier", "step": 0.1, "optimiser": "adam", "clip": "each"}
    ascent["transforms"] = {"jitter": 4, "scale": 0.1, "rotate": 5, "pad": 4}
    ascent["regularisation"] = {"decay": 0.01, "total_variation": 0, "blur": 1.5, "blur_every": 4}
    ascent["octaves"] = {"count": 3, "scale": 1.4, "iterations": 10}
    assert in_words({"ascent": ascent}) == (
        "The whole layer, Adam on Fourier coefficients, step 0.1, views shifted by up to 4 pixels, scaled by up to "
        "10%, turned by up to 5°, decay 0.01, blur 1.5, 3 octaves, 1.4 apart"
    )


def test_an_ascent_without_any_gradient_is_silent() -> None:
    def ascent(steps: int, blocked: int) -> dict[str, np.ndarray]:
        return {"iterations": np.array([0, steps]), "blocked": np.array(blocked)}

    assert "dead filter" in silent(ascent(5, 5))
    assert not silent(ascent(5, 4))
    assert not silent(ascent(0, 0))


def test_facets_are_like_ascents_that_climbed_alone() -> None:
    together = {
        "iterations": np.array([0, 5]),
        "frames": np.arange(2 * 3 * 2 * 2 * 3, dtype=np.uint8).reshape(2, 3, 2, 2, 3),
        "scores": np.arange(6.0).reshape(2, 3),
        "blocked": np.array([0, 5, 1]),
        "activations": np.array([1.0, 2.0, 3.0]),
    }
    apart = facets_of(Item(filter=7), {Item(filter=7): together})
    assert list(apart) == [0, 1, 2]
    np.testing.assert_array_equal(apart[1]["frames"], together["frames"][:, 1])
    assert apart[2]["scores"].tolist() == [2.0, 5.0]
    assert apart[2]["activations"] == 3
    assert [bool(silent(one)) for one in apart.values()] == [False, True, False]
    assert facets_of(Item(filter=8), {Item(filter=7): together}) == {}


def test_picture_has_values_from_zero_to_one() -> None:
    values = picture(np.array([[[0, 51, 255]]], np.uint8))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[[0, 0.2, 1]]], rtol=1e-6)


# --- a study opened for an analysis -------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path, preprocessing: Callable) -> Path:
    """Two models; one image has the name of a filter, one class that of a missing value."""
    folder = tmp_path / "work/results/food"
    (tmp_path / "work/photographs").mkdir(parents=True)
    Image.new("RGB", (9, 7), (10, 20, 30)).save(tmp_path / "work/photographs/0.png")
    for model in ("vgg", "resnet"):
        write_json(folder / model / "model.json", {"preprocessing": preprocessing(size=[4, 6])})
        (folder / model / "classes.csv").write_text("class,images,accuracy\n007,2,0.5\nNA,0,\n")
    (folder / "images.csv").write_text("image,path,label\n0,photographs/0.png,007\n1,photographs/1.png,\n")
    (folder / "checked.csv").write_text("image,path,bytes,times,range,reason\n0,photographs/0.png,70,1,,\n")

    def write(path: str, *items: Item) -> None:
        found = {item: {"values": np.array([number]), "more": np.zeros(2)} for number, item in enumerate(items)}
        arrays.write(folder / path, found, {"parameters": {}})

    write("vgg/saliency/b0.npz", Item("0", method="gradient"), Item("0", method="my.py:own"))
    write("vgg/saliency/one.1.npz", Item("1", method="gradient"))
    write(
        "vgg/filters/cnn.4/b.npz",
        Item("0", "cnn.4"),
        Item("0", "cnn.4", filter=0),
        Item("0", "cnn.4", filter=12),
    )
    write("vgg/filters/cnn.4/facets.npz", Item(layer="cnn.4", filter=0, variant="facets"))
    write("vgg/filters/cnn.4/noise.npz", Item(layer="cnn.4", filter=0), Item(layer="cnn.4", filter=12))
    write("vgg/dream/b.npz", Item("0", "cnn.4", filter=3), Item("1", "cnn.4", filter=3))
    write("vgg/dream/over_layers.npz", Item(layer="0", filter=3), Item(layer="block/a", filter=3))
    write("vgg/dream/class_images.npz", Item(target=1))
    write("resnet/sanity/all.npz", Item("0", method="lime"))
    return folder


def test_tables_of_a_study(results: Path) -> None:
    study = open_study(results)
    assert study.models == ["resnet", "vgg"]
    assert study.tables == ["classes", "images"]
    one = study.table("classes", model="vgg")
    assert one["class"].tolist() == ["007", "NA"]
    assert one["accuracy"].sum() == 0.5
    assert np.isnan(one["accuracy"][1])
    both = study.table("classes")
    assert both["model"].tolist() == ["resnet", "resnet", "vgg", "vgg"]
    assert both.columns.tolist() == ["model", "class", "images", "accuracy"]
    assert study.table("images")["label"].tolist() == ["007", ""]
    with pytest.raises(LimelightError, match=r"there is no table 'clases'; the nearest are classes, images$"):
        study.table("clases")
    with pytest.raises(LimelightError, match=r"no table 'classes' of model 'alexnet'"):
        study.table("classes", model="alexnet")


def test_arrays_by_image_method_layer_and_filter(results: Path) -> None:
    study = open_study(results)
    items = study.items.astype(object).where(study.items.notna(), None)
    assert items[list(ITEM_COLUMNS)[1:]].to_numpy().tolist() == [
        ["sanity", "0", None, None, None, "lime", None],
        ["dream", "0", "cnn.4", 3, None, None, None],
        ["dream", "1", "cnn.4", 3, None, None, None],
        ["dream", None, None, None, 1, None, None],
        ["dream", None, "0", 3, None, None, None],
        ["dream", None, "block/a", 3, None, None, None],
        ["filters", "0", "cnn.4", None, None, None, None],
        ["filters", "0", "cnn.4", 0, None, None, None],
        ["filters", "0", "cnn.4", 12, None, None, None],
        ["filters", None, "cnn.4", 0, None, None, "facets"],
        ["filters", None, "cnn.4", 0, None, None, None],
        ["filters", None, "cnn.4", 12, None, None, None],
        ["saliency", "0", None, None, None, "gradient", None],
        ["saliency", "0", None, None, None, "my.py:own", None],
        ["saliency", "1", None, None, None, "gradient", None],
    ]
    assert items["item"][3] == Item(target=1)
    assert study.arrays("filters", image=None, variant="facets")["values"] == [0]
    assert study.arrays("dream", target=1).keys() == {"values", "more"}
    assert study.arrays("saliency", image="0", method="my.py:own")["values"] == [1]
    assert study.arrays("filters", layer="cnn.4", image="0", filter=None)["values"] == [0]
    assert study.arrays("filters", image=None, filter=12)["values"] == [1]
    assert study.arrays("dream", layer=0).keys() == {"values", "more"}
    found = [(row["image"], float(one["values"][0])) for row, one in study.each("saliency", method="gradient")]
    assert found == [("0", 0.0), ("1", 0.0)]


@pytest.mark.parametrize(
    ("section", "where", "words"),
    [
        ("saliency", {"image": "0"}, "2 results match; expected one, also specify method: gradient, my.py:own$"),
        ("filters", {"image": "0"}, "3 results match; expected one, also specify filter: None, 0, 12$"),
        ("saliency", {"method": "gradiant"}, "no result with method='gradiant'; the nearest are gradient, my.py:own$"),
        ("saliency", {"imag": "0"}, "^imag: unknown; expected one of model, section"),
        ("salience", {}, "there are no arrays of 'salience'; the nearest are saliency"),
    ],
)
def test_a_question_without_one_answer_is_one_sentence(results: Path, section: str, where: dict, words: str) -> None:
    with pytest.raises(LimelightError, match=words):
        open_study(results).arrays(section, **where)


def test_photographs_of_a_study(results: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Their paths are relative to where Snakemake ran, wherever the study is opened."""
    monkeypatch.chdir(tmp_path)
    photograph = open_study("work/results/food").photograph("0")
    assert photograph.shape == (4, 6, 3)
    assert photograph[0, 0].tolist() == [10, 20, 30]
    with pytest.raises(LimelightError, match=r"^there is no image 'egg'; the nearest are 1, 0$"):
        open_study(results).photograph("egg")
    with pytest.raises(
        LimelightError, match=r"work: contains no \{model\}/model.json; expected the results of a study$"
    ):
        open_study(tmp_path / "work")


# --- the log of a job ---------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A job owns its process; here it must not take pytest's handlers with it."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level = logging.root.level
    yield
    for handler in logging.root.handlers:
        handler.close()
    logging.root.setLevel(level)
    logging.captureWarnings(False)


def run(path: Path, error: BaseException | None = None) -> None:
    with job_log(str(path)) as log:
        log.info("three images")
        if error is not None:
            raise error


def test_log_has_what_the_job_says(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text("of an earlier try\n")
    run(path)
    assert path.read_text().endswith(" three images\n")
    assert len(path.read_text().splitlines()) == 1


def test_users_mistake_ends_the_job_with_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    with pytest.raises(SystemExit) as end:
        run(path, LimelightError("a.png: no such file; expected an image"))
    assert end.value.code == "limelight: a.png: no such file; expected an image"
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(" a.png: no such file; expected an image")


def test_exit_status_and_stderr_of_a_mistake(tmp_path: Path, python: Callable[..., str]) -> None:
    job = (
        "import sys; from limelight.machinery.joblog import job_log\n"
        "from limelight.study.errors import LimelightError\n"
        "with job_log(sys.argv[1]): raise LimelightError('a key; a value')"
    )
    code = (
        "import subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-c', *sys.argv[1:]], capture_output=True, text=True)\n"
        "print(done.returncode, done.stderr, done.stdout, sep='|', end='')"
    )
    assert python(code, job, str(tmp_path / "job.log")) == "1|limelight: a key; a value\n|"


@pytest.mark.parametrize("error", [ValueError("unheard of"), KeyError("x")])
def test_bug_passes_through_and_leaves_its_traceback(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "job.log"
    with pytest.raises(type(error)) as raised:
        run(path, error)
    assert raised.value is error
    text = path.read_text()
    assert "Traceback (most recent call last)" in text
    assert repr(error.args[0]).strip("'") in text


def test_exit_and_interrupt_pass_through(tmp_path: Path) -> None:
    for error in (SystemExit(3), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised:
            run(tmp_path / "job.log", error)
        assert raised.value is error


def test_warnings_go_to_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[Any]) -> None:
    path = tmp_path / "job.log"
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with job_log(str(path)):
            warnings.warn("something odd", stacklevel=1)
    assert "something odd" in path.read_text()
    assert "something odd" not in capsys.readouterr().err
    assert sys.stderr is not None
