"""A user's mistake ends with one sentence, before anything heavy runs."""

import os
import shutil

import pytest
import torch

from limelight.study.holding import hold


def sentence(run, *words):
    """The line of the output that holds the words."""
    assert run.status != 0
    lines = [line for line in run.output.splitlines() if all(word in line for word in words)]
    assert lines, run.output
    assert "Traceback" not in run.output
    return lines[0]


def test_a_setting_that_does_not_fit(study):
    study.configure(lime={"samples": "many"})
    assert (
        sentence(study.snakemake("-n"), "lime.samples")
        == "lime.samples: 'many' is not a whole number from 10 to 1000000, or auto"
    )


def test_an_unknown_key(study):
    study.configure(lime={"smaples": 3})
    assert "samples" in sentence(study.snakemake("-n"), "lime.smaples: unknown key")


def test_a_key_that_stands_twice(study):
    with (study / "study.yaml").open("a") as file:
        file.write("study: other\n")
    assert "study.yaml: the key study stands in line " in sentence(
        study.snakemake("-n"), "and in line", "expected it once"
    )


def test_names_that_snakemake_would_take_for_patterns_are_data(study):
    (study / "photographs").rename(study / "{model} <logs>")
    (study / "{model} <logs>/0_0.png").rename(study / "{model} <logs>/0_{x}.png")
    (study / "net.pth").rename(study / "{net}.pth")
    (study / "network.py").rename(study / "<net>.py")
    study.configure(
        images={"path": "{model} <logs>"},
        explain="all",
        models={"net": {"factory": "<net>.py:build", "checkpoint": "{net}.pth", "preprocessing": {"size": 32}}},
    )
    target = "results/tiny/net/sheets/saliency.png"
    run = study.snakemake(target)
    assert run.status == 0, run.output
    assert study.snakemake("-n", target).jobs == {}
    shutil.copy(study / "{model} <logs>/0_1.png", study / "{model} <logs>/0_{x}.png")
    assert {"check_images", "compute_saliency"} <= study.snakemake("-n", target).jobs.keys()


def test_an_unknown_image(study):
    study.configure(explain=["red_0", "rde_1"])
    assert "red_1" in sentence(study.snakemake("-n"), "explain", "rde_1")


def test_a_second_run_is_told_who_makes_the_study(study):
    hold(study / "results/tiny")
    run = study.snakemake("results/tiny/images.csv")
    assert f"results/tiny: process {os.getpid()} on " in sentence(run, "is making this study")
    assert not (study / "results/tiny/images.csv").exists()
    assert study.snakemake("-n", "results/tiny/images.csv").status == 0


def test_a_missing_checkpoint(study):
    (study / "net.pth").unlink()
    assert sentence(study.snakemake("-n"), "models.net.checkpoint: net.pth does not exist")


def test_a_checkpoint_of_another_network(study):
    torch.save({"0.weight": torch.zeros(4, 3, 5, 5), "extra.bias": torch.zeros(2)}, study / "net.pth")
    run = study.snakemake("predictions")
    found = sentence(run, "net.pth does not fit network.py:build", "missing")
    assert "1 unexpected, first extra.bias" in found
    assert "1 mis-shaped, first 0.weight (4, 3, 5, 5) instead of (4, 3, 3, 3)" in found
    assert not (study / "results/tiny/net/predictions.csv").exists()


def test_all_corrupt_images_are_listed_before_any_heavy_job(study):
    whole = (study / "photographs/2_1.png").read_bytes()
    (study / "photographs/2_1.png").write_bytes(whole[: len(whole) // 2])
    (study / "photographs/0_0.png").write_bytes(b"")
    run = study.snakemake("all")
    sentence(run, "2 of 6 images cannot be used")
    assert "photographs/2_1.png" in run.output
    assert "photographs/0_0.png" in run.output
    assert not list((study / "results/tiny/net").rglob("*.npz"))


def test_missing_files_of_an_image_table_are_listed(study):
    study.configure(images={"path": "images.csv", "layout": "csv"})
    (study / "images.csv").write_text("image,path,label\na,photographs/0_0.png,red\nb,photographs/nowhere.png,red\n")
    sentence(study.snakemake("predictions"), "photographs/nowhere.png: no such file")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"filters": {"layers": ["conv9"]}}, "there is no layer 'conv9'; the nearest are"),
        ({"filters": {"layers": [0], "facets": {"layers": ["conv8"]}}}, "there is no layer 'conv8'; the nearest are"),
        ({"filters": {"layers": [0], "filters": [4]}}, "layer 0 (Conv2d) has no filter 4; expected 0 to 3"),
    ],
)
def test_a_layer_or_filter_that_does_not_exist(study, section, words):
    study.configure(**section)
    sentence(study.snakemake("filters"), words)


def test_a_label_that_the_model_does_not_know(study):
    study.configure(images={"path": "images.csv", "layout": "csv"})
    (study / "images.csv").write_text("image,path,label\na,photographs/0_0.png,crimson\n")
    sentence(study.snakemake("predictions"), "image a: label 'crimson' is not a class of the model")
