"""Nothing is computed twice, and nothing that was computed is lost."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from tiny_study import Study, make_study

from limelight.machinery import arrays
from limelight.machinery.items import Item

METHODS = {"predictions", "saliency", "filters", "ascents", "atlas", "peaks", "lime", "dream", "quality", "sanity"}
UNITS = {"predictions": 1, "saliency": 1, "filters": 3, "lime": 1, "dream": 1, "peaks": 1}
"""Units of one image: of filters its activation and an ascent for each of two."""


def make_library(folder: Path) -> Path:
    """48 photographs, all explained by every method, and three of them measured."""
    study = make_study(folder / "study")
    for index in range(2, 16):
        for label in range(3):
            study.photograph(label, index)
    study.configure(explain="all", lime={"samples": 10}, quality={"explain": {"per_class": 1}}, buckets={"explain": 64})
    counted = study.count("compute")
    # Filters also ascend from noise, alone and as facets, and dreams over filters and layers; one of those is the same
    # dream. Each class has an image, and one filter ascends in four ways.
    assert counted["saliency"] == counted["lime"] == counted["predictions"] == (48, 0)
    assert counted["filters"] == (3 * 48 + 2 + 2, 0)
    assert sum(counted["dream"]) == 48 + 2 + 2 + 3
    assert counted["ascents"] == (4, 0)
    return study.folder


@pytest.fixture
def library(made_once: Callable, tmp_path: Path) -> Study:
    shutil.copytree(made_once("library", make_library), tmp_path / "study", symlinks=True)
    return Study(tmp_path / "study")


def test_an_image_more_is_one_image_of_work_and_one_less_is_none(library) -> None:
    added = library.photograph(0, 900)
    counted = library.count("compute")
    # What LIME's explanations are worth is asked again, for their file is another, and found.
    assert {method: computed for method, (computed, _) in counted.items()} == {**UNITS, "quality": 0}
    added.unlink()
    counted = library.count("compute")
    assert {computed for computed, _ in counted.values()} == {0}
    assert "Nothing to be done" in library.snakemake("--dry-run", "compute").output


def test_other_buckets_compute_nothing(library) -> None:
    library.configure(buckets={"explain": 32, "predict": 32})
    counted = library.count("compute")
    assert counted["saliency"] == counted["lime"] == counted["predictions"] == (0, 48)
    assert {computed for computed, _ in counted.values()} == {0}


def test_a_touched_checkpoint_runs_nothing(finished) -> None:
    """Snakemake compares the content of small files; a large one that was touched runs all jobs."""
    (finished / "net.pth").touch()
    assert finished.count("compute") == {}


def test_another_weight_computes_everything(finished) -> None:
    state = torch.load(finished / "net.pth", weights_only=True)
    state["7.bias"][0] += 1e-3
    torch.save(state, finished / "net.pth")
    counted = finished.count("compute")
    # Computed once: a dream that two sweeps share, and the filters that an atlas shares with its layer's sheet.
    shared = {"dream": 1, "atlas": 2}
    assert {method: reused for method, (_, reused) in counted.items()} == {**dict.fromkeys(METHODS, 0), **shared}


def test_a_setting_of_lime_computes_lime_and_what_it_is_worth_alone(finished) -> None:
    finished.configure(lime={"samples": 31, "segmentation": {"n_segments": 9, "compactness": 10}})
    assert finished.count("compute") == {"lime": (3, 0), "quality": (3, 3 * 4)}


def test_the_source_of_a_method_computes_that_method_alone(finished) -> None:
    """Snakemake sees neither the module nor that the others do not depend on it."""
    module = finished / "scripts/limelight/attribution/gradient.py"
    module.write_text(module.read_text().replace("values.abs().amax(1)", "2 * values.abs().amax(1)"))
    before = arrays.read([finished / "results/tiny/net/saliency/b.npz"])
    # Beside it quality has LIME and three baselines, and sanity has LIME.
    assert finished.count("compute") == {"saliency": (3, 0), "quality": (3, 3 * 4), "sanity": (1, 1)}
    after = arrays.read([finished / "results/tiny/net/saliency/b.npz"])
    item = Item(image="red_0", method="gradient")
    np.testing.assert_array_equal(after[item]["label"], 2 * before[item]["label"])


def test_machinery_and_the_same_bytes_of_a_checkpoint_run_jobs_but_compute_nothing(finished) -> None:
    module = finished / "scripts/limelight/machinery/progress.py"
    module.write_text(module.read_text() + "\n# changed\n")
    shutil.copy(finished / "net.pth", finished / "elsewhere.pth")
    model = {"factory": "network.py:build", "checkpoint": "elsewhere.pth", "preprocessing": {"size": 32}}
    finished.configure(models={"net": model})
    counted = finished.count("compute")
    assert counted.keys() == METHODS
    assert {computed for computed, _ in counted.values()} == {0}


def test_deleted_results_come_from_the_store_and_a_deleted_store_from_the_network(finished) -> None:
    file = finished / "results/tiny/net/saliency/b.npz"
    before = file.read_bytes()
    file.unlink()
    assert finished.count("compute") == {"saliency": (0, 3)}
    assert file.read_bytes() == before
    shutil.rmtree(finished / "results/store")
    assert "Nothing to be done" in finished.snakemake("--dry-run", "compute").output
    file.unlink()
    assert finished.count("compute") == {"saliency": (3, 0)}
    assert file.read_bytes() == before


def test_a_kill_in_the_middle_of_a_bucket_costs_the_unit_that_was_computed(study) -> None:
    for index in range(2, 4):
        for label in range(3):
            study.photograph(label, index)
    study.configure(explain="all", lime={"samples": 1500})
    process = subprocess.Popen(
        study.command("lime"),
        cwd=study.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 300
    while len(lime_units(study)) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = lime_units(study)
    assert 3 <= len(kept) < 12, "the bucket was not interrupted in its middle"
    assert not (study / "results/tiny/net/lime/b.npz").exists()
    computed, reused = study.count("lime")["lime"]
    assert reused == len(kept)
    assert computed == 12 - reused
    killed = (study / "results/tiny/net/lime/b.npz").read_bytes()
    shutil.rmtree(study / "results")
    assert study.count("lime")["lime"] == (12, 0)
    assert (study / "results/tiny/net/lime/b.npz").read_bytes() == killed


def lime_units(study) -> list[Path]:
    """Whole entries of the store that LIME has made."""
    found = []
    for path in (study / "results/store").glob("??/*.npz"):
        _, made = arrays.load(path)
        found += [path] if made.get("method") == "lime" else []
    return found


def test_two_runs_share_a_store(study) -> None:
    """Two studies of the same photographs at the same time; what one has computed serves the other."""
    text = (study / "study.yaml").read_text()
    (study / "other.yaml").write_text(text.replace("study: tiny", "study: other"))
    commands = [[*study.command("saliency", "dream")[:-1], config] for config in ("study.yaml", "other.yaml")]
    runs = [
        subprocess.Popen(command, cwd=study.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for command in commands
    ]
    for run in runs:
        output, _ = run.communicate()
        assert run.returncode == 0, output
    for file in ("saliency/b.npz", "dream/b.npz", "dream/over_filters.npz"):
        one, other = (arrays.load(study / f"results/{name}/net/{file}")[0] for name in ("tiny", "other"))
        assert one.keys() == other.keys()
        for item in one:
            for name in one[item]:
                np.testing.assert_array_equal(one[item][name], other[item][name])
    verified = study.snakemake("verify")
    assert "corrupt:" not in verified.output, verified.output


# --- verify and gc ------------------------------------------------------------------------------------------------


def test_verify_finds_what_is_wrong_and_gc_removes_what_nobody_wants(finished) -> None:
    clean = finished.snakemake("verify")
    assert clean.status == 0, clean.output
    assert "all files are intact" in clean.output
    assert "0 files (0.0 MB) are used by no study" in clean.output

    # Another setting leaves the old results of LIME behind, and other buckets leave files.
    finished.configure(lime={"samples": 12}, buckets={"explain": 2})
    assert finished.snakemake("compute").status == 0
    entries = set((finished / "results/store").glob("??/*.npz"))
    told = finished.snakemake("verify").output
    assert "are used by no study; `gc` removes them" in told
    assert "0 files" not in told
    removed = finished.snakemake("gc")
    assert removed.status == 0, removed.output
    assert "removing" in removed.output
    left = set((finished / "results/store").glob("??/*.npz"))
    assert len(entries - left) == 2 * 3, "the LIME explanations with other settings, and what they were worth"
    assert not (finished / "results/tiny/net/saliency/b.npz").exists()
    assert "0 files (0.0 MB) are used by no study" in finished.snakemake("verify").output
    assert "Nothing to be done" in finished.snakemake("--dry-run", "compute").output


def test_a_corrupt_entry_is_found_and_computed_again(finished) -> None:
    said = finished.summaries()["saliency/b.summary.json"]
    key = said["keys"]["red_0/gradient"]
    entry = finished / f"results/store/{key[:2]}/{key[2:]}.npz"
    whole = entry.read_bytes()
    middle = whole.index(b"label.npy") + 300
    entry.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    verified = finished.snakemake("verify")
    assert verified.status != 0
    assert f"corrupt: results/store/{key[:2]}/{key[2:]}.npz" in verified.output
    (finished / "results/tiny/net/saliency/b.npz").unlink()
    assert finished.count("saliency") == {"saliency": (1, 2)}
    assert entry.read_bytes() == whole
    assert finished.snakemake("verify").status == 0


# --- failures -----------------------------------------------------------------------------------------------------


def test_a_photograph_that_breaks_the_network_costs_itself_alone(study) -> None:
    """The network divides by zero where a photograph is white."""
    network = (study / "network.py").read_text()
    whole = "return super().forward(photographs)"
    assert whole in network
    broken = f"{whole} / (photographs.mean((1, 2, 3)) < 0.9).float()[:, None]"
    (study / "network.py").write_text(network.replace(whole, broken))
    Image.new("RGB", (40, 48), "white").save(study / "photographs/0_0.png")
    lean = {"layers": [0], "filters": [0], "iterations": 2, "compare": 0, "atlas": {"layers": []}}
    study.configure(filters=lean, quality={"explain": ["red_0"]})
    run = study.snakemake("saliency")
    assert run.status != 0
    assert "1 of 3 failed, first red_0/gradient (label: values are not finite); the others are kept" in run.output
    assert "Traceback" not in run.output
    failed = pd.read_csv(study / "results/tiny/failed.csv")
    assert set(failed["unit"]) == {"red_0", "red_0/gradient"}
    assert "results/tiny/net/saliency/b.npz" in set(failed["file"])

    study.configure(failures={"allowed": 4})  # a gradient and three baselines
    assert study.count()["saliency"] == (0, 2), "what was explained is not explained again"
    assert (study / "results/tiny/net/sheets/saliency.png").is_file()
    page = (study / "results/tiny/report.html").read_text()
    assert "Failed results" in page
    assert "values are not finite" in page
    assert "red_0" not in set(pd.read_csv(study / "results/tiny/net/predictions.csv")["image"])

    sheets = study / "results/tiny/net/sheets/quality"
    assert len({path.read_bytes() for path in sheets.iterdir()}) == 5, "sheets of nothing at all"

    study.photograph(0, 0)
    study.configure(failures={"allowed": 0})
    assert study.snakemake("saliency").status == 0
    assert "results/tiny/net/saliency/b.npz" not in set(pd.read_csv(study / "results/tiny/failed.csv")["file"])


# --- batch-free ---------------------------------------------------------------------------------------------------


def test_figures_do_not_depend_on_the_buckets(study) -> None:
    sheets = ("saliency", "dream/classes")
    drawn = []
    for size in (64, 1):
        study.configure(buckets={"explain": size})
        run = study.snakemake(*(f"results/tiny/net/sheets/{sheet}.png" for sheet in sheets))
        assert run.status == 0, run.output
        drawn.append([(study / f"results/tiny/net/sheets/{sheet}.png").read_bytes() for sheet in sheets])
        shutil.rmtree(study / "results/store")
    assert drawn[0] == drawn[1]


OWN = """from limelight.attribution.contract import Attribution, Paper, method


@method(paper=Paper("Nobody", 2020, "0000.00000"), signed=False)
def dark(classifier, photographs, targets, *, power: float = 1.0):
    return Attribution((1 - photographs.mean(1)) ** power)
"""


def test_a_method_of_ones_own_is_a_file_and_a_line(study) -> None:
    (study / "own.py").write_text(OWN)
    study.configure(
        saliency={"methods": {"integrated_gradients": {"steps": 2}, "own.py:dark": {}}, "classes": ["blue"]}
    )
    run = study.snakemake("saliency")
    assert run.status == 0, run.output
    found = arrays.read([study / "results/tiny/net/saliency/b.npz"])
    assert {item.method for item in found} == {"integrated_gradients", "own.py:dark"}
    dark = found[Item(image="red_0", method="own.py:dark")]
    np.testing.assert_array_equal(dark["class_2"], dark["label"], "what is dark is the same for every class")
    assert (study / "results/tiny/net/sheets/saliency.png").is_file()
    (study / "own.py").write_text(OWN.replace("(1 - photographs", "2 * (1 - photographs"))
    assert study.count("saliency")["saliency"] == (3, 3)
