"""Whole layers, and the checkpoints of one training run."""

import json

import numpy as np
import pandas as pd
import torch

from limelight.figures.animation import animation_provenance, frames_of
from limelight.figures.style import provenance
from limelight.machinery import arrays


def test_tables_of_a_layer_name_every_filter(finished):
    results = finished / "results/tiny/net"
    top, atlas, tuning = (
        pd.read_csv(results / f"{name}.csv", dtype={"layer": str}) for name in ("top", "atlas", "tuning")
    )
    assert list(atlas["filter"]) == list(tuning["filter"]) == [0, 1, 2, 3]
    assert set(tuning["field_height"]) == {3}
    # The first three filters average one colour channel each: the photographs of its class excite them most.
    for number, label in enumerate(("red", "green", "blue")):
        best = top[(top["filter"] == number) & (top["rank"] <= 2)]["image"]
        assert {name.partition("_")[0] for name in best} == {label}
    assert (top["bottom"] - top["top"]).max() == (top["right"] - top["left"]).max() == 3
    for _, rows in top.groupby("filter"):
        assert list(rows["rank"]) == [1, 2, 3, 4]
        assert rows["activation"].is_monotonic_decreasing


def test_an_atlas_finds_in_the_store_what_the_filters_sheet_has_made(finished):
    said = finished.summaries()["atlas/0/0.summary.json"]
    assert (said["computed"], said["reused"]) == (2 + 1, 2)  # two filters and the receptive field
    results = finished / "results/tiny/net"
    atlas, noise = (arrays.read([results / name]) for name in ("atlas/0/0.npz", "filters/0/noise.npz"))
    for unit in noise:
        np.testing.assert_array_equal(atlas[unit]["frames"], noise[unit]["frames"])


def test_other_shares_of_a_layer_compute_nothing_and_no_layers_make_no_jobs(finished):
    finished.configure(buckets={"filters": 32})
    assert finished.count("results/tiny/net/sheets/atlas/0.png") == {"atlas": (0, 5)}
    finished.configure(filters={"atlas": {"layers": []}, "facets": {"layers": []}})
    jobs = finished.snakemake("--dry-run", "--forceall").jobs
    assert not {"compute_atlas", "compute_peaks", "rank_photographs", "draw_tuning", "compute_facets"} & jobs.keys()


def test_checkpoints_of_one_run_stand_beside_each_other(study):
    weights = torch.load(study / "net.pth", weights_only=True)
    torch.save({name: value * 0.5 for name, value in weights.items()}, study / "early.pth")
    model = {"factory": "network.py:build", "preprocessing": {"size": 32}, "filters": {"atlas": {"layers": []}}}
    study.configure(
        models={"early": {**model, "checkpoint": "early.pth"}, "net": {**model, "checkpoint": "net.pth"}},
        training=["early", "net"],
    )
    run = study.snakemake("training")
    assert run.status == 0, run.output
    folder = study / "results/tiny/training"
    digests = {
        json.loads((study / f"results/tiny/{name}/model.json").read_text())["checkpoint_sha256"]
        for name in ("early", "net")
    }
    for name in ("filters/0", "saliency", "dream"):
        for made in (provenance(folder / f"{name}.png"), animation_provenance(folder / f"{name}.webp")):
            assert {record["model"]["checkpoint_sha256"] for record in made["made_from"]} == digests
            assert list(made["units"]) == ["early", "net"]
        first, last = frames_of(folder / f"{name}.webp")
        assert first.shape == last.shape
        assert np.abs(first.astype(int) - last).max() > 50
    computed = {rule for rule in run.jobs if rule.startswith("compute_")}
    assert computed == {"compute_saliency", "compute_filters_from_noise", "compute_dream"}
    study.configure(training=["early", "late"])
    assert "training: there is no model 'late'; the nearest are" in study.snakemake("-n").output
