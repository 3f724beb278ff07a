"""What does a job do?"""

import json
import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from torch import Tensor

from limelight import ascent as climbing
from limelight.ascent import compute as ascent_module
from limelight.ascent import engine
from limelight.ascent.starts import noise
from limelight.ascent.unit import ascent
from limelight.attribution.gradient import gradient
from limelight.capabilities.quality.faithfulness import deletion, pixel_orders
from limelight.capabilities.quality.findings import cascades
from limelight.capabilities.quality.units import quality, sanity
from limelight.capabilities.saliency.units import units as saliency
from limelight.machinery import arrays, failures
from limelight.machinery import work as working_module
from limelight.machinery.inputs import _first_look
from limelight.machinery.items import Item
from limelight.machinery.job import Job
from limelight.machinery.store import Store
from limelight.machinery.units import Computation, Photograph, Setup, Unit, summary_path
from limelight.network.layers import Layer, UnsuitedError
from limelight.network.loading import load
from limelight.network.photographs import photograph, to_float, to_uint8
from limelight.study.digests import file_digest
from limelight.study.errors import LimelightError

NETWORK = """
from torch import nn

def build(width=4):
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(width, 6, 3, padding=1), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(6 * 16, 3),
    )
"""

SALIENCY = Computation("gradient", "capabilities.saliency.compute:explain")
PREDICT = Computation("predict", "capabilities.predictions.compute:predict")
LIME = Computation("lime", "capabilities.lime.compute:explain_images")
ACTIVATION = Computation("activation", "capabilities.filters.compute:activations")
LIME_SETTINGS = {
    "segmentation": {"method": "slic", "n_segments": 6, "compactness": 10, "sigma": 1},
    **{"samples": 20, "outputs": "probability", "kernel_width": 0.25, "fill": "mean", "classes": "all"},
}
ASCENT = {"step": 0.02, "optimiser": "normalised", "clip": "each"}


@pytest.fixture
def make_job(tmp_path: Path, preprocessing: Callable[..., dict[str, Any]]) -> Callable[..., Job]:
    """Makes a job for nine photographs of noise, 8 x 8, and a small network with weights of noise."""
    (tmp_path / "network.py").write_text(NETWORK)
    namespace: dict[str, Any] = {}
    exec(NETWORK, namespace)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        torch.save(namespace["build"]().state_dict(), tmp_path / "net.pth")
    generator = np.random.default_rng(2)
    listed = []
    for number in range(9):
        path = tmp_path / f"{number}.png"
        # Blocks of colour, for noise cannot be segmented.
        blocks = generator.integers(0, 256, (3, 3, 3), dtype=np.uint8)
        Pillow.fromarray(blocks.repeat(4, 0).repeat(4, 1)).save(path)
        listed.append((f"egg_{number}", "egg" if number % 2 else None, str(path)))
    record = {
        **{"model": "net", "factory": "network.py:build", "checkpoint": "net.pth"},
        "checkpoint_sha256": file_digest(tmp_path / "net.pth"),
    }
    record |= {"last_map": "4", "layers": [asdict(Layer(0, "0", "Conv2d", (4, 8, 8), 4))]}
    (tmp_path / "model.json").write_text(json.dumps({**record, "classes": ["egg", "soup", "bread"]}))

    def make(output: str = "out.npz", store: str = "store", count: int = 9, threads: int = 1, **different: Any) -> Job:
        setup = Setup("cpu", 1, False, str(tmp_path / store), str(tmp_path), 0)
        model = {
            "factory": f"{tmp_path}/network.py:build",
            "arguments": {},
            "checkpoint": str(tmp_path / "net.pth"),
            "classes": ["egg", "soup", "bread"],
            "preprocessing": preprocessing(),
            "precision": "float32",
        }
        job = Job(str(tmp_path / output), model, str(tmp_path / "model.json"), listed[:count], None, threads, setup)
        return replace(job, **different)

    return make


def all_units(images: Iterable[Photograph]) -> list[Unit]:
    """Of each method one for each image, and an ascent from noise."""
    images = list(images)
    units = [
        Unit(Item(image.id, method="gradient"), SALIENCY, {"parameters": {}, "label": image.label}, image)
        for image in images
    ]
    units += [
        Unit(Item(image.id, variant="lime"), LIME, {**LIME_SETTINGS, "label": image.label, "seed": number}, image)
        for number, image in enumerate(sorted(images, key=lambda image: image.id))
    ]
    units += [Unit(Item(image.id), PREDICT, {}, image) for image in images]
    units += [Unit(Item(image.id, "4"), ACTIVATION, {"layer": "4", "filters": [2, 0]}, image) for image in images]
    units += [ascent(Item(image.id, "4", 1), "4", 1, [0, 3, 8], ASCENT, image) for image in images]
    return [*units, ascent(Item(layer="4", filter=2), "4", 2, [0, 6], ASCENT, noise=[7, "4", 2])]


def summary(job: Job) -> dict[str, Any]:
    return json.loads(summary_path(job.output).read_text())


def equal(one: Any, other: Any) -> None:
    assert one.entries.keys() == other.entries.keys()
    for name, entry in one.entries.items():
        assert entry.arrays.keys() == other.entries[name].arrays.keys()
        for key, array in entry.arrays.items():
            np.testing.assert_array_equal(array, other.entries[name].arrays[key], err_msg=f"{name} {key}", strict=True)


# --- nothing twice --------------------------------------------------------------------------------------------------


def _compute_elsewhere(root: Path, entries: dict[str, Any], at_work: Any, dies: bool) -> None:
    """Another job, which claims some units and finishes all but the last, or dies before any."""
    with Store(root).claims() as claims:
        assert [claims.take(key) for key in entries] == [True] * len(entries)
        at_work.set()
        time.sleep(0.5)
        if dies:
            os._exit(1)
        for key, entry in list(entries.items())[:-1]:
            Store(root).put(key, entry.arrays, entry.made)
            claims.release(key)


@pytest.mark.parametrize("dies", [False, True])
def test_units_that_another_job_computes_are_waited_for(make_job: Callable, tmp_path: Path, dies: bool) -> None:
    """Those that it has not finished when it ends are computed here."""
    alone, job = make_job("alone.npz", "alone"), make_job("together.npz", "together")
    units = predictions(job)
    first = alone.run(units, 4)
    theirs = {first.keys[unit.item]: first.entries[unit.item] for unit in units[2:6]}
    context = multiprocessing.get_context("fork")
    at_work = context.Event()
    other = context.Process(target=_compute_elsewhere, args=(tmp_path / "together", theirs, at_work, dies))
    other.start()
    assert at_work.wait(60)
    second = job.run(units, 4)
    other.join()
    equal(first, second)
    assert (summary(job)["computed"], summary(job)["reused"]) == ((9, 0) if dies else (6, 3))


def test_what_is_in_the_store_is_not_computed_again(make_job: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    first = job.run(all_units(job.images), 4)
    said = summary(job)
    assert (said["state"], said["computed"], said["reused"], said["items"]) == ("finished", 46, 0, 46)
    assert said["device"] == "cpu"
    assert 0 < said["startup_seconds"] < said["seconds"]
    assert 0 < said["inside_model"] <= 1
    assert said["items_per_second"] > 0
    assert said["peak_host_bytes"] > 10e6
    monkeypatch.setattr(working_module, "load", lambda *_: pytest.fail("the network is not needed"))
    again = make_job("again.npz")
    equal(again.run(all_units(again.images), 4), first)
    said = summary(again)
    assert (said["computed"], said["reused"], said["device"]) == (0, 46, "")


def test_jobs_file_says_what_made_each_item(make_job: Callable, tmp_path: Path) -> None:
    job = make_job(count=2)
    results = job.run(all_units(job.images), 4)
    job.write(results, "everything", {"score": "logit"})
    found, made = arrays.load(job.output)
    assert found.keys() == results.entries.keys()
    assert (made["method"], made["parameters"]) == ("everything", {"score": "logit"})
    assert made["model"]["checkpoint_sha256"] == file_digest(tmp_path / "net.pth")
    assert [version["torch"] for version in made["versions"]] == [torch.__version__.partition("+")[0]]
    assert {str(item): key for item, key in arrays.read_index(job.output).keys.items()} == summary(job)["keys"]


@pytest.mark.parametrize(
    "change",
    ["image", "weights", "code", "arguments", "preprocessing", "precision", "parameters", "method"],
)
def test_everything_that_decides_is_part_of_the_key(make_job: Callable, tmp_path: Path, change: str) -> None:
    def key(job: Job, method: Computation = SALIENCY, score: str = "logit") -> str:
        return job.key(Unit(Item("x"), method, {"score": score, "label": 0}, Photograph("x", 0, image)))

    image = str(tmp_path / "0.png")
    job = make_job()
    before = key(job)
    if change == "image":
        image = str(tmp_path / "1.png")
        assert key(make_job()) != before
    elif change == "weights":
        weights = (tmp_path / "net.pth").read_bytes()
        (tmp_path / "net.pth").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
        assert key(make_job()) != before
    elif change == "code":
        (tmp_path / "network.py").write_text(NETWORK + "\n")
        assert key(make_job()) != before
    elif change == "parameters":
        assert key(job, score="cross_entropy") != before
    elif change == "method":
        assert key(job, PREDICT) != before
    else:
        value = {
            "arguments": {"width": 4},
            "preprocessing": {**job.model["preprocessing"], "std": [1, 1, 2]},
            "precision": "bfloat16",
        }[change]
        assert key(make_job(model={**job.model, change: value})) != before


def test_names_places_and_ways_of_running_are_no_part_of_the_key(make_job: Callable, tmp_path: Path) -> None:
    unit = Unit(Item("x"), SALIENCY, {"score": "logit", "label": 0}, Photograph("x", 0, str(tmp_path / "0.png")))
    before = make_job().key(unit)
    for name in ("0.png", "net.pth", "network.py"):
        (tmp_path / f"copy_of_{name}").write_bytes((tmp_path / name).read_bytes())
    job = make_job("elsewhere.npz", "another store", threads=3)
    model = {
        **job.model,
        "checkpoint": str(tmp_path / "copy_of_net.pth"),
        "factory": f"{tmp_path}/copy_of_network.py:build",
        "classes": ["a", "b", "c"],
    }
    moved = replace(unit, item=Item("y"), image=Photograph("y", 1, str(tmp_path / "copy_of_0.png")))
    assert replace(job, model=model, setup=replace(job.setup, device="cuda:1", compile=True)).key(moved) == before


def test_given_superpixels_are_used_and_decide(make_job: Callable, tmp_path: Path) -> None:
    """A file of two colours, left and right."""
    job, file = make_job(), tmp_path / "regions.png"
    settings = {**LIME_SETTINGS, "segmentation": {"method": "mask"}, "label": 0, "seed": 1}
    unit = Unit(Item("x"), LIME, settings, job.images[0], {"mask": str(file)})
    keys = set()
    for edge in (3, 6):
        colours = np.zeros((12, 12, 3), np.uint8)
        colours[:, edge:] = (0, 0, 3)
        Pillow.fromarray(colours).save(file)
        job = make_job()
        keys.add(job.key(unit))
        segments = job.run([unit], 4).entries[Item("x")].arrays["segments"]
        assert (segments == (np.arange(8) >= edge * 8 // 12)).all()
        _first_look.cache_clear()
    assert len(keys) == 2


# --- batch-free -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_result_does_not_depend_on_the_bucket_the_order_or_the_threads(make_job: Callable, size: int) -> None:
    """To the bit: every pass through the network has the shape of a whole batch."""
    whole = make_job()
    expected = whole.run(all_units(whole.images), 4)
    images = list(reversed(whole.images))
    found: dict[str, Any] = {}
    for start in range(0, len(images), size):
        job = make_job(f"{start}.npz", "other store", threads=4)
        # Seeds belong to images, so that they are those of the whole set.
        units = {unit.item: unit for unit in all_units(whole.images)}
        names = [unit.item for unit in all_units(images[start : start + size])]
        found |= job.run([units[name] for name in names], 4).entries
    equal(type(expected)({name: found[name] for name in expected.entries}, {}, {}), expected)


def test_another_batch_differs_in_the_last_digits_only(make_job: Callable) -> None:
    one, other = make_job("1.npz", "1"), make_job("2.npz", "2")
    first = one.run(all_units(one.images), 4)
    second = other.run(all_units(other.images), 3)
    for name, entry in first.entries.items():
        for key, array in entry.arrays.items():
            if array.dtype.kind == "f":
                tolerance = 1e-5 * np.abs(array).max()
                np.testing.assert_allclose(
                    second.entries[name].arrays[key], array, rtol=0, atol=tolerance, err_msg=name
                )


# --- nothing lost ---------------------------------------------------------------------------------------------------


def break_at(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, condition: Callable[..., bool], error: Exception
) -> None:
    """Make a function of a module raise when its arguments meet a condition."""
    original = getattr(module, name)

    def broken(*arguments: Any, **named: Any) -> Any:
        if condition(*arguments, **named):
            raise error
        return original(*arguments, **named)

    monkeypatch.setattr(module, name, broken)


def predictions(job: Job) -> list[Unit]:
    return [Unit(Item(image.id), PREDICT, {}, image) for image in job.images]


@pytest.mark.parametrize("changed", ["net.pth", "network.py"])
def test_a_network_that_is_replaced_while_its_job_waits_is_not_stored(
    make_job: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """The job has taken the digests that its keys are made of, and waits for a GPU."""
    job = make_job()
    before = (tmp_path / changed).read_bytes()

    def replaced(*given: Any) -> Any:
        if changed == "net.pth":
            torch.save({name: 2 * value for name, value in torch.load(tmp_path / changed).items()}, tmp_path / changed)
        else:
            (tmp_path / changed).write_bytes(before.replace(b"nn.MaxPool2d(2)", b"nn.AvgPool2d(2)"))
        return load(*given)

    monkeypatch.setattr(working_module, "load", replaced)
    with pytest.raises(LimelightError, match=rf"{changed}\S* changed after this job had begun; expected it to stay as"):
        job.run(predictions(job), 4)
    assert not list(Store(Path(job.setup.store)).keys())
    monkeypatch.undo()
    (tmp_path / changed).write_bytes(before)
    assert not make_job().run(predictions(job), 4).failed


def test_a_method_that_is_edited_while_its_job_waits_is_not_stored(
    make_job: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.py").write_text(OWN_METHOD)
    own = Computation(f"{tmp_path}/own.py:shade", "capabilities.saliency.compute:explain", (tmp_path / "own.py",))
    job = make_job()
    units = [Unit(Item(image.id), own, {"parameters": {}, "label": image.label}, image) for image in job.images]

    def edited(*given: Any) -> Any:
        (tmp_path / "own.py").write_text(OWN_METHOD.replace("* shade", "* shade / 2"))
        return load(*given)

    monkeypatch.setattr(working_module, "load", edited)
    with pytest.raises(
        LimelightError, match=r"^the code of \S+own\.py:shade changed after this job had begun; expected"
    ):
        job.run([*predictions(job), *units], 4)
    assert summary(job)["computed"] == len(list(Store(Path(job.setup.store)).keys())) == 9, "predictions alone"


def test_a_checkpoint_that_is_not_the_inspected_one_is_refused(make_job: Callable, tmp_path: Path) -> None:
    """Else every result would say that it was made by the other one."""
    job = make_job()
    torch.save({name: 2 * value for name, value in torch.load(tmp_path / "net.pth").items()}, tmp_path / "net.pth")
    with pytest.raises(LimelightError, match=r"net\.pth is not the checkpoint that \S+model\.json describes; expected"):
        job.run(predictions(job), 4)


def test_one_failure_costs_one_item(make_job: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is torn after it was checked, and one that is gone."""
    (tmp_path / "2.png").write_bytes(b"torn")
    (tmp_path / "5.png").unlink()
    job = make_job()
    with pytest.raises(LimelightError) as error:
        job.run(predictions(job), 4)
    assert str(error.value) == (
        f"{job.output}: 2 of 9 failed, first egg_5 ({tmp_path}/5.png cannot be read: No such file or directory); the "
        "others are kept; see failed.csv, or tolerate failures with `failures: {allowed: 2}`"
    )
    assert [row["unit"] for row in failures.read(tmp_path)] == ["egg_5", "egg_2"]
    assert "not an image of a known format" in failures.read(tmp_path)[1]["reason"]
    assert summary(job)["state"] == "failed"
    assert summary(job)["computed"] == 7

    allowed = make_job(setup=replace(job.setup, allowed=2))
    results = allowed.run(predictions(allowed), 4)
    assert (len(results.entries), results.failed.keys()) == (7, {Item("egg_5"), Item("egg_2")})
    assert (summary(allowed)["computed"], summary(allowed)["reused"]) == (0, 7)
    allowed.write(results, "predict", {})
    assert arrays.read_index(job.output).failed.keys() == {Item("egg_5"), Item("egg_2")}


def test_what_fails_alike_for_all_images_is_not_called_a_fault_of_the_images(
    make_job: Callable, tmp_path: Path
) -> None:
    """Nobody is told to tolerate as many failures as there are images."""
    (tmp_path / "own.py").write_text(OWN_METHOD)
    name = f"{tmp_path}/own.py:shade"
    own = Computation(name, "capabilities.saliency.compute:explain", (tmp_path / "own.py",))

    def units(job: Job, shade: float) -> list[Unit]:
        return [
            *predictions(job),
            *(
                Unit(Item(image.id, method=name), own, {"parameters": {"shade": shade}, "label": image.label}, image)
                for image in job.images
            ),
        ]

    job = make_job()
    with pytest.raises(LimelightError) as error:
        job.run(units(job, 2.0), 4)
    assert str(error.value) == (
        f"{job.output}: {name} fails alike for all 9 images (ValueError: a shade of 2.0); this is a mistake of the "
        "study or of the method, not of the images; see failed.csv"
    )
    assert summary(job)["computed"] == 9, "the others are kept"
    allowed = make_job(setup=replace(job.setup, allowed=9))
    assert len(allowed.run(units(allowed, 2.0), 4).failed) == 9
    assert not job.run(units(job, 0.5), 4).failed
    (tmp_path / "0.png").unlink()
    _first_look.cache_clear()
    some = make_job()
    with pytest.raises(LimelightError, match=r"2 of 18 failed, first egg_0.*tolerate failures with"):
        some.run(units(some, 0.5), 4)


OWN_METHOD = """
from limelight.attribution.contract import Attribution, Paper, method


@method(paper=Paper("A", 2000, "1"), signed=False)
def shade(classifier, photographs, targets, *, shade: float = 0.5):
    if shade > 1:
        raise ValueError(f"a shade of {shade}")
    return Attribution(photographs.mean(1) * shade)
"""


def test_nothing_is_stored_of_a_file_that_is_replaced_meanwhile(
    make_job: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the digest and the reading, and after the reading, with failures allowed."""
    path = tmp_path / "3.png"
    former = path.read_bytes()
    other = Pillow.fromarray(np.full((12, 12, 3), 200, np.uint8))
    compute = Job._compute

    def replace_before(job: Job, *arguments: Any) -> None:
        other.save(path)
        compute(job, *arguments)

    def replace_after(job: Job, *arguments: Any) -> None:
        compute(job, *arguments)
        other.save(path)

    for store, replacing, computed in (("one", replace_before, 8), ("two", replace_after, 9)):
        path.write_bytes(former)
        _first_look.cache_clear()
        job = make_job(store=store)
        job = replace(job, setup=replace(job.setup, allowed=9))
        with monkeypatch.context() as patch:
            patch.setattr(Job, "_compute", replacing)
            with pytest.raises(LimelightError) as error:
                job.run(predictions(job), 4)
        assert str(error.value).startswith(f"{path}: was replaced while {job.output} was made; expected the same file")
        assert summary(job)["state"] == "failed"
        assert summary(job)["computed"] == computed
        _first_look.cache_clear()
        again = make_job(store=store)
        results = again.run(predictions(again), 4)
        assert (summary(again)["computed"], summary(again)["reused"]) == (1, 8)
        apart = make_job(store=f"{store}_apart")
        equal(results, apart.run(predictions(apart), 4))


def test_values_that_are_not_finite_are_a_failure(make_job: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from limelight.capabilities.predictions import compute as scores

    original = scores.probabilities

    def one_is_nan(classifier: Any, batches: list[Tensor]) -> np.ndarray:
        values = original(classifier, batches)
        values[:, 0][batches[0][:, 0, 0, 0].numpy() == marked] = np.nan
        return values

    job = make_job()
    with Pillow.open(job.images[3].path) as image:
        marked = np.float32(np.asarray(image.resize((8, 8), Pillow.Resampling.BILINEAR))[0, 0, 0]) / np.float32(255)
    monkeypatch.setattr(scores, "probabilities", one_is_nan)
    job = make_job(setup=replace(job.setup, allowed=9))
    assert job.run(predictions(job), 4).failed == {Item("egg_3"): "probabilities: values are not finite"}


def test_an_image_that_breaks_its_step_is_found_and_the_others_are_computed(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from limelight.capabilities.predictions import compute as scores

    job = make_job()
    whole = job.run(predictions(job), 4)
    with Pillow.open(job.images[6].path) as image:
        marked = np.asarray(image)[0, 0, 0] / 255

    def is_marked(classifier: Any, batches: list[Tensor]) -> bool:
        return bool((batches[0][:, 0, 0, 0] - marked).abs().min() < 1e-6)

    break_at(monkeypatch, scores, "probabilities", is_marked, RuntimeError("a kernel\nof long ago"))
    with caplog.at_level(logging.INFO):
        again = make_job("again.npz", "other", setup=replace(job.setup, store=job.setup.store + "2", allowed=9))
        results = again.run(predictions(again), 4)
    assert results.failed == {Item("egg_6"): "RuntimeError: a kernel"}
    assert "Traceback" in caplog.text, "the log has the whole story"
    equal(results, replace(whole, entries={i: entry for i, entry in whole.entries.items() if i != Item("egg_6")}))


def test_memory_that_does_not_suffice_makes_steps_smaller(make_job: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from limelight.capabilities.predictions import compute as scores

    job = make_job()
    whole = job.run(predictions(job), 8)
    too_many = lambda classifier, batches: len(batches[0]) > 2  # noqa: E731
    break_at(monkeypatch, scores, "probabilities", too_many, torch.OutOfMemoryError("CUDA out of memory"))
    again = make_job("again.npz", "other")
    results = again.run(predictions(again), 8)
    assert summary(again)["batch"] == {"predict": 2}
    assert not results.failed
    for name, entry in whole.entries.items():
        found = results.entries[name].arrays["probabilities"]
        np.testing.assert_allclose(found, entry.arrays["probabilities"], rtol=1e-5)


def test_the_last_image_of_a_bucket_needs_no_more_memory_than_it_takes(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is alone in its step, which is filled up all the same."""
    from limelight.capabilities.predictions import compute as scores

    too_many = lambda classifier, batches: len(batches[0]) > 2  # noqa: E731
    break_at(monkeypatch, scores, "probabilities", too_many, torch.OutOfMemoryError("CUDA out of memory"))
    job = make_job(count=1)
    assert job.run(predictions(job), 8).entries.keys() == {Item("egg_0")}


def test_one_image_that_does_not_fit_into_memory_fails_alone(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from limelight.capabilities.predictions import compute as scores

    job = make_job()
    with Pillow.open(job.images[6].path) as image:
        marked = np.asarray(image)[0, 0, 0] / 255
    is_marked = lambda classifier, batches: bool((batches[0][:, 0, 0, 0] - marked).abs().min() < 1e-6)  # noqa: E731
    break_at(monkeypatch, scores, "probabilities", is_marked, torch.OutOfMemoryError("CUDA out of memory"))
    job = make_job(setup=replace(job.setup, allowed=1))
    results = job.run(predictions(job), 4)
    assert results.failed.keys() == {Item("egg_6")}
    assert "memory" in results.failed[Item("egg_6")]
    assert len(results.entries) == 8


def test_a_job_that_is_killed_leaves_what_it_had_computed(make_job: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    class KillError(BaseException):
        pass

    original = Store.put
    puts: list[str] = []

    def put(store: Store, key: str, *rest: Any) -> None:
        if len(puts) == 5:
            raise KillError
        puts.append(key)
        original(store, key, *rest)

    job = make_job()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "put", put)
        with pytest.raises(KillError):
            job.run(predictions(job), 2)
    said = summary(job)
    assert said["keys"].keys() == {image.id for image in job.images}, "gc keeps what belongs to a killed job"
    job.run(predictions(job), 2)
    assert (summary(job)["computed"], summary(job)["reused"]) == (4, 5)


# --- ascents: what they are, and that they go on where they were ----------------------------------------------------


def test_a_unit_is_the_ascent_of_its_filter_from_its_photograph_or_noise(make_job: Callable) -> None:
    job = make_job()
    image = job.images[4]
    units = [
        ascent(Item("dream"), "4", 3, [6, 0], ASCENT, image),
        ascent(Item("noise"), "4", 5, [6], ASCENT, noise=[7, "x"]),
    ]
    found = job.run(units, 2).entries
    classifier = load(job.model)
    starts = [torch.from_numpy(to_float(photograph(image.path, classifier.resize)[None])), noise((8, 8), 7, "x")[None]]
    for unit, start, record in zip(units, starts, ((0, 6), (6,)), strict=True):
        number = unit.parameters["filter"]
        expected = climbing.ascend(
            climbing.filter_mean(classifier, "4", [number] * 2),
            start.repeat(2, 1, 1, 1),
            climbing.Schedule(record, 0.02),
        )
        arrays_found = found[unit.item].arrays
        assert arrays_found["iterations"].tolist() == list(record)
        np.testing.assert_array_equal(arrays_found["frames"], to_uint8(expected.photographs[:, 0].numpy()))
        np.testing.assert_array_equal(arrays_found["scores"], expected.scores[:, 0].numpy())


VIEWS = {"jitter": 2, "scale": 0.1, "rotate": 5, "pad": 1}
WAYS = {
    **{optimiser: {"optimiser": optimiser} for optimiser in ("normalised", "plain", "adam")},
    "fourier": {"optimiser": "adam", "parameterisation": "fourier", "transforms": VIEWS, "redirect": 4},
    "octaves": {
        "optimiser": "adam",
        "octaves": {"count": 3, "iterations": 4, "smallest": 4},
        "transforms": {"jitter": 2},
    },
    "fourier octaves": {"parameterisation": "fourier", "octaves": {"count": 2, "iterations": 4, "smallest": 4}},
    "regularised": {"regularisation": {"decay": 0.01, "total_variation": 0.1, "blur": 0.5, "blur_every": 3}},
    "facets": {"optimiser": "adam", "transforms": VIEWS},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stop", [2, 5, 9])
def test_an_ascent_that_was_stopped_ends_as_if_it_had_not_been(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch, way: str, stop: int
) -> None:
    class KillError(BaseException):
        pass

    settings = {**ASCENT, **WAYS[way]}

    def units(job: Job) -> list[Unit]:
        if way == "facets":
            return [
                ascent(
                    Item(filter=k), "4", k, [0, 3, 10], settings, noise=[k], seed=3, facets={"count": 2, "diversity": 1}
                )
                for k in range(2)
            ]
        dreams = [ascent(Item(image.id), "4", 1, [0, 3, 10], settings, image, seed=3) for image in job.images[:3]]
        return [*dreams, ascent(Item(layer="4", filter=2), "4", 2, [0, 3, 10], settings, noise=[7], seed=3)]

    moves = 0
    original = engine._Ascent.moved

    def moved(*arguments: Any) -> Any:
        nonlocal moves
        if moves == limit:
            raise KillError
        moves += 1
        return original(*arguments)

    monkeypatch.setattr(engine._Ascent, "moved", moved)
    limit = 10**9
    straight = make_job("straight.npz", "straight")
    expected = straight.run(units(straight), 4)
    assert moves == 10
    # A state is kept at each recorded iteration; here also after each step, as after some time in a long run.
    monkeypatch.setattr(ascent_module, "ascend", lambda *a, **n: climbing.ascend(*a, **{**n, "every": 0.0}))
    moves, limit = 0, stop
    stopped = make_job("stopped.npz", "stopped")
    with pytest.raises(KillError):
        stopped.run(units(stopped), 4)
    moves, limit = 0, 10**9
    equal(stopped.run(units(stopped), 4), expected)
    assert moves == 10 - stop, "no step is taken twice"


def test_a_longer_ascent_goes_on_from_the_end_of_the_shorter(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def units(job: Job, record: Sequence[int]) -> list[Unit]:
        return [ascent(Item(image.id), "4", 1, record, ASCENT, image) for image in job.images[:4]]

    moves = []
    original = engine._Ascent.moved
    monkeypatch.setattr(engine._Ascent, "moved", lambda *arguments: (moves.append(1), original(*arguments))[1])
    straight = make_job("straight.npz", "straight")
    expected = straight.run(units(straight, [0, 4, 9]), 4)
    short = make_job()
    short.run(units(short, [0, 4]), 4)
    moves.clear()
    longer = make_job("longer.npz")
    equal(longer.run(units(longer, [0, 4, 9]), 4), expected)
    assert len(moves) == 5
    # A state that has passed what is now to be recorded does not help.
    moves.clear()
    other = make_job("other.npz")
    other.run(units(other, [2, 9]), 4)
    assert len(moves) == 9


# --- quality ----------------------------------------------------------------------------------------------------------

MEASURE = {
    "seed": 7,
    "methods": {"gradient": {}, "lime": {}},
    "layer": None,
    "lime": {**LIME_SETTINGS, "samples": 20},
    **{"steps": 3, "noise": 0.05, "samples": 2, "cascade": 2},
}


def measured(job: Job, units: Callable[[Job], tuple[list[Unit], Any]]) -> Any:
    return job.run(units(job)[0], 4)


def test_quality_of_an_image_is_that_of_its_maps_alone(make_job: Callable) -> None:
    job = make_job(count=3)
    units = [
        Unit(Item(image.id), LIME, {**LIME_SETTINGS, "label": image.label, "seed": 1}, image) for image in job.images
    ]
    explained = job.run(units, 4)
    job.write(explained, "lime", {})
    lime_file = {"lime": [job.output]}
    results = measured(make_job("q.npz", count=3, settings=MEASURE, files=lime_file), quality)
    assert list(results.entries) == [
        Item(f"egg_{number}", method=method)
        for method in ("gradient", "lime", "random", "centre", "edges")
        for number in range(3)
    ]
    classifier = load(job.model, torch.device("cpu"), "float32")
    image = job.images[1]
    picture = torch.from_numpy(to_float(photograph(image.path, classifier.resize)[None]))
    arrays_ = results.entries[Item("egg_1", method="gradient")].arrays
    maps = gradient(classifier, picture, torch.tensor([0]), seeds=[0], batch=1).maps
    np.testing.assert_allclose(arrays_["map"], maps[0].numpy(), rtol=1e-4, atol=1e-6)
    orders = pixel_orders(torch.from_numpy(arrays_["map"])[None], [0])
    expected = deletion(classifier, picture, torch.tensor([0]), orders, steps=3)
    np.testing.assert_allclose(arrays_["deletion"], expected.probabilities[0], rtol=1e-5)
    assert ("predicted" in arrays_) == (int(classifier(picture).argmax()) != 0)
    lime = explained.entries[Item("egg_1")].arrays
    row = lime["classes"].tolist().index(0)
    np.testing.assert_allclose(
        results.entries[Item("egg_1", method="lime")].arrays["map"], lime["weights"][row][lime["segments"]], rtol=1e-6
    )
    of_lime = results.entries[Item("egg_1", method="lime")].arrays
    assert (of_lime["r2"], of_lime["top_agreement"]) == (lime["r2"][row], lime["halves"][row])
    assert of_lime["max_sensitivity"] > 0
    assert -1 <= of_lime["agreement"] < 1
    methods = {**MEASURE, "methods": {"integrated_gradients": {"steps": 3}}}
    whole = measured(make_job("complete.npz", count=1, settings=methods), quality)
    assert whole.entries[Item("egg_0", method="integrated_gradients")].arrays["completeness_error"] >= 0
    # Other neighbours and another batch: the same units.
    alone = make_job("alone.npz", store="other", settings=MEASURE)
    again = measured(replace(alone, listed=alone.listed[1:2]), quality)
    for name, entry in again.entries.items():
        for key, array in entry.arrays.items():
            np.testing.assert_array_equal(array, results.entries[name].arrays[key], err_msg=f"{name} {key}")


def test_what_is_measured_is_the_map_that_is_shown(make_job: Callable) -> None:
    """The same units of saliency and quality: parameters, seed and layer, also where the network chooses the layer."""
    methods = {"smoothgrad": {"samples": 3}, "grad_cam": {}, "random": {}}
    shared = {"seed": 7, "methods": methods, "layer": None}
    shown_units, made = saliency(make_job("s.npz", count=2, settings={**shared, "classes": []}))
    assert made["layer"] == "4", "the last map of model.json"
    shown = {item: entry.arrays for item, entry in make_job("s.npz", count=2).run(shown_units, 4).entries.items()}
    measures = {**MEASURE, **shared}
    quality_units, made = quality(make_job("q.npz", count=2, settings=measures))
    assert made["layer"] == "4"
    found = measured(make_job("q.npz", count=2, settings=measures), quality).entries
    for item, arrays_ in shown.items():
        assert item.layer == ("4" if item.method == "grad_cam" else None)
        of = "label" if item.image == "egg_1" or "label" in arrays_ else "predicted"
        np.testing.assert_allclose(found[item].arrays["map"], arrays_[of], rtol=1e-4, atol=1e-6, err_msg=str(item))
    # A layer decides the methods that look at it, and no other.
    named = quality(make_job("q.npz", count=2, settings={**measures, "layer": 0}))
    job = make_job("q.npz", count=2)
    before, after = ({job.key(unit): unit.item.method for unit in units} for units in (quality_units, named[0]))
    assert {method for key, method in before.items() if key not in after} == {"grad_cam"}


def test_without_lime_explanations_lime_has_no_units_and_a_lost_one_is_a_failure(
    make_job: Callable, tmp_path: Path
) -> None:
    job = make_job(count=1, setup=replace(make_job().setup, allowed=1), settings=MEASURE)
    assert Item("egg_0", method="lime") not in {unit.item for unit in quality(job)[0]}
    lost = str(tmp_path / "lime.npz")
    arrays.write(lost, {Item("egg_0"): {"weights": [1]}}, {}, {Item("egg_0"): "ab" * 32})
    results = measured(replace(job, files={"lime": [lost]}), quality)
    assert "its LIME explanation is missing from the store" in results.failed[Item("egg_0", method="lime")]


def test_sanity_is_the_cascade_of_each_image(make_job: Callable) -> None:
    results = measured(make_job(count=2, settings=MEASURE), sanity)
    found = {name: entry.arrays for name, entry in results.entries.items()}
    assert list(found) == [
        Item("egg_0", method="gradient"),
        Item("egg_1", method="gradient"),
        Item("egg_0", method="lime"),
        Item("egg_1", method="lime"),
    ]
    cascade, of_lime = cascades(found).values()
    assert of_lime.layers == cascade.layers
    assert np.isfinite(of_lime.ssim).all()
    assert cascade.layers == tuple(found[Item("egg_0", method="gradient")])
    assert cascade.layers[-1] == "0", "the cascade ends at the first layer"
    assert cascade.absolute.shape == cascade.ssim.shape == (2, 2)
    of_root = {Item("egg_0", method="gradient"): {"": np.ones(3), "0": np.zeros(3)}}
    assert cascades(of_root)["gradient"].layers == ("own parameters", "0")
    constant = {
        **found,
        Item("egg_1", method="gradient"): {**found[Item("egg_1", method="gradient")], "0": np.empty(0)},
    }
    assert np.isnan(cascades(constant)["gradient"].ssim).tolist() == [[False, False], [False, True]]


def test_a_result_does_not_depend_on_what_climbs_beside_it(make_job: Callable) -> None:
    """Neither alone nor with others of other filters; and each has views of its own."""
    settings = {**ASCENT, **WAYS["fourier"]}

    def units(numbers: Sequence[int]) -> list[Unit]:
        return [ascent(Item(filter=k), "4", k, [0, 6], settings, noise=[7], seed=3) for k in numbers]

    together = make_job("all.npz", "all").run(units(range(6)), 4)
    for number in (0, 3, 5):
        equal(make_job("one.npz", f"store{number}").run(units([number]), 4), _only(together, Item(filter=number)))


def _only(results: Any, item: Item) -> Any:
    return replace(results, entries={item: results.entries[item]})


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_batches_of_any_size_give_the_same_images(make_job: Callable, batch: int) -> None:
    settings = {**ASCENT, **WAYS["fourier"]}
    units = [ascent(Item(filter=k), "4", k % 6, [0, 8], settings, noise=[k], seed=3) for k in range(5)]
    found = make_job("batch.npz", f"batch{batch}").run(units, batch).entries
    expected = make_job("five.npz", "five").run(units, 5).entries
    for name, entry in expected.items():
        difference = found[name].arrays["frames"].astype(int) - entry.arrays["frames"]
        assert abs(difference).max() <= 1, "another shape of batch may round differently"


def facets(number: int, diversity: float, count: int = 3) -> Unit:
    settings = {**ASCENT, **WAYS["fourier"], "step": 0.3}
    return ascent(
        *(Item(filter=number), "4", number, [0, 12], settings),
        **{"noise": [number], "seed": 3, "facets": {"count": count, "diversity": diversity}},
    )


def test_facets_differ_from_each_other_and_are_scored_without_it(make_job: Callable) -> None:
    job = make_job()
    apart, alike = (job.run([facets(1, diversity)], 3).entries[Item(filter=1)].arrays for diversity in (100.0, 1e-9))
    assert apart["frames"].shape == (2, 3, 8, 8, 3)
    assert apart["scores"].shape == (2, 3)
    assert (1 - apart["likeness"] > 2 * (1 - alike["likeness"])).all()
    ends = torch.from_numpy(to_float(apart["frames"][-1]))
    expected = climbing.filter_mean(load(job.model), "4", [1] * 3)(ends).detach()
    np.testing.assert_allclose(apart["activations"], expected, rtol=1e-5)
    # The network is not smooth: 8 bits a pixel matter a little.
    whole = apart["activations"] - 100 * abs(apart["activations"]) * apart["likeness"]
    np.testing.assert_allclose(apart["scores"][-1], whole, atol=0.05)
    assert len({frame.tobytes() for frame in apart["frames"][0]}) == 3, "each has noise of its own"


def test_facets_do_not_depend_on_what_climbs_beside_them(make_job: Callable) -> None:
    """Although they look at each other; a step is filled up with its last unit, which must not be its own neighbour."""
    together = make_job("all.npz", "all").run([facets(number, 1.0) for number in (0, 1, 2)], 6)
    for number in (0, 2):
        equal(make_job("one.npz", f"o{number}").run([facets(number, 1.0)], 6), _only(together, Item(filter=number)))


def test_the_seed_of_the_study_decides_random_views_alone(make_job: Callable) -> None:
    job = make_job()
    plain, random = {**ASCENT}, {**ASCENT, "transforms": {"jitter": 2}}
    keys = [
        job.key(ascent(Item("x"), "4", 1, [5], settings, noise=[1], seed=k))
        for settings in (plain, random)
        for k in (3, 4)
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_a_dream_of_another_size_has_it(make_job: Callable) -> None:
    job = make_job(count=2)
    units = [ascent(Item(image.id), "4", 1, [0, 2], ASCENT, image, size=[12, 20]) for image in job.images]
    frames = job.run(units, 2).entries[Item("egg_0")].arrays["frames"]
    assert frames.shape == (2, 12, 20, 3)
    wanted = photograph(job.images[0].path, load(job.model).resize.at([12, 20]))
    np.testing.assert_array_equal(frames[0], wanted)


def test_a_network_that_takes_one_size_alone_says_so(make_job: Callable) -> None:
    job = make_job(count=1)
    unit = ascent(Item("x"), "", 1, [0, 2], ASCENT, job.images[0], objective="logit", size=[12, 20])
    with pytest.raises(LimelightError, match=r"logits: the network fails on 12 x 20 pixels .* network's own size"):
        job.run([unit], 1)


def test_a_job_does_what_its_network_can_and_says_what_it_left_out(make_job: Callable, tmp_path: Path) -> None:
    table = [Layer(0, "conv", "Conv2d", (2, 8, 8), 2), Layer(1, "norm", "Identity", (), None)]
    octaves = {"count": 3, "scale": 2}
    default = {"pad": 4, "octaves": octaves}
    fit = {"layers": ["conv"], "default": default, "pad": 0, "octaves": 2, "reason": "16 x 16 pixels (no)"}
    other_fit = {**fit, "layers": ["head"], "pad": 4, "octaves": 1}
    record = json.loads((tmp_path / "model.json").read_text())
    record |= {"layers": [asdict(layer) for layer in table], "fits": {"x.ascent": [fit, other_fit]}}
    (tmp_path / "model.json").write_text(json.dumps(record))
    section = {"step": 1, "transforms": {"pad": 4, "jitter": 1}, "octaves": octaves}
    job = make_job(settings={"ascent": section})
    assert job.layers(["shallow", "deep", 0]) == table[:1]
    assert job.filters(table[0], [0, 1]) == [0, 1]
    assert job.ascent("y.ascent", "conv") == job.ascent("x.ascent", "norm") == section
    # What is no default is as the user chose it; what an objective looks at has to take the pictures too.
    for other in ({"octaves": {"count": 2, "scale": 2}}, {"transforms": {"pad": 3}}, {"tile": 9}):
        chosen = make_job(settings={"ascent": {**section, **other}})
        assert chosen.ascent("x.ascent", "conv") == {**section, **other}
    further = make_job(settings={"ascent": {**section, "objective": [{"of": "l2", "layer": "conv"}]}})
    assert further.ascent("x.ascent", "norm")["octaves"]["count"] == 2
    for layer, looked_at in (("head", "conv"), ("conv", "head")):
        both = make_job(settings={"ascent": {**section, "objective": [{"of": "l2", "layer": looked_at}]}})
        narrowed = both.ascent("x.ascent", layer)
        assert (narrowed["transforms"]["pad"], narrowed["octaves"]["count"]) == (0, 1), "what both take"
    assert job.left_out == []

    narrowed = {"step": 1, "transforms": {"pad": 0, "jitter": 1}, "octaves": {"count": 2, "scale": 2}}
    assert job.ascent("x.ascent", "conv") == job.ascent("x.ascent", "conv") == narrowed
    assert job.filters(table[0], [1, 2, 5]) == [1]
    for numbers, said in (([2], "2 filters, so that there is no filter 2"), ([2, 3], "there are no filters 2, 3")):
        with pytest.raises(UnsuitedError, match=said):
            job.filters(table[0], numbers)
    expected = [
        "layer conv: the network fails on pictures of 16 x 16 pixels (no), so that ascents have 2 octaves "
        "and no padding",
        "layer conv (Conv2d) has 2 filters, so that there are no filters 2, 5",
    ]
    assert job.left_out == expected

    def none(job: Job) -> Any:
        return job.filters(table[1], [0])

    units, parameters = job.units(none)
    job.write(job.run(units, 1), "nothing", parameters)
    expected.append("layer norm (Identity) has no filter, so that there is no filter 0")
    assert arrays.left_out([job.output]) == expected
    assert summary(job)["left_out"] == expected
    assert [row["of"] for row in arrays.parts_left_out([job.output, job.output])] == ["nothing"] * 3


def test_held_out_score_belongs_to_the_end_and_costs_no_ascent(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = ascent(Item("x"), "4", 1, [0, 5], ASCENT, noise=[1], held_out=4)
    straight = make_job("straight.npz", "straight").run([unit], 2).entries[Item("x")].arrays
    job = make_job()
    job.run([ascent(Item("x"), "4", 1, [0, 5], ASCENT, noise=[1])], 2)
    monkeypatch.setattr(engine._Ascent, "moved", lambda *_: pytest.fail("the ascent is there"))
    found = make_job("held.npz").run([unit], 2).entries[Item("x")].arrays
    assert found["held_out"].shape == ()
    assert 0 < found["held_out"] < found["scores"][-1]
    assert all(np.array_equal(found[name], straight[name]) for name in straight)
