"""What a study makes."""

import json
import re
import zipfile

import pandas as pd
import yaml

from limelight.capabilities.dream.declaration import SWEEPS
from limelight.capabilities.quality.declaration import SHEETS as QUALITY_SHEETS
from limelight.figures.style import provenance

SHEETS = [
    *("confusion_matrix", "saliency", "filters/0", "facets/0", "ascents", "lime", "dream/class_images", "tuning"),
    *("atlas/0", "top/0"),
    *(f"dream/{sweep}" for sweep in SWEEPS),
    *(f"quality/{sheet}" for sheet in QUALITY_SHEETS),
]


def test_the_default_target_makes_every_table_and_sheet(finished):
    results = finished / "results/tiny"
    assert not [name for name in SHEETS if not (results / f"net/sheets/{name}.png").is_file()]
    predictions = pd.read_csv(results / "net/predictions.csv")
    assert list(predictions["image"]) == ["blue_0", "blue_1", "green_0", "green_1", "red_0", "red_1"]
    assert list(predictions["label"]) == list(predictions["predicted"])
    assert (predictions[["red", "green", "blue"]].sum(axis=1) - 1).abs().max() < 1e-5
    assert pd.read_csv(results / "net/confusion_matrix.csv", index_col=0).to_numpy().trace() == 6
    assert list(pd.read_csv(results / "net/classes.csv")["accuracy"]) == [1, 1, 1]
    layers = pd.read_csv(results / "net/layers.csv", dtype={"name": str})
    assert list(layers["index"]) == list(range(8))
    assert layers.loc[3, ["name", "type", "output_shape", "filters"]].tolist() == ["3", "Conv2d", "6 x 16 x 16", 6]
    assert not (results / "skipped.csv").read_text().splitlines()[1:]


def test_every_sheet_carries_what_made_it_and_stands_in_the_report(finished):
    results = finished / "results/tiny"
    page = (results / "report.html").read_text()
    digest = json.loads((results / "net/model.json").read_text())["checkpoint_sha256"]
    for name in SHEETS:
        made = provenance(results / f"net/sheets/{name}.png")
        models = [made["model"]] if "model" in made else [record["model"] for record in made["made_from"]]
        assert {model["checkpoint_sha256"] for model in models} == {digest}
        assert f'href="net/sheets/{name}.png"' in page
    assert page.count('src="data:image/webp;base64,') == len(SHEETS) == page.count("<img")


def test_the_default_target_ends_by_naming_the_gallery(local_run, finished):
    _, run = local_run
    page = "results/tiny/gallery/index.html"
    assert f"open {page}" in run.output
    gallery = (finished / page).parent
    index = (gallery / "data/index.js").read_text()
    assert index.startswith('limelight.take("data/index.js",{"study":"tiny"')
    bucket = gallery / "models/net/b"
    assert {path.name for path in bucket.iterdir() if path.name.startswith("0.")} == {
        *("0.webp", "0.saliency.maps.png", "0.quality.maps.png", "0.dream.webp", "0.filters.webp", "0.js")
    }
    assert (gallery / "models/net/layers/0/layer.js").is_file()
    assert len(list((gallery / "thumbnails/b").glob("*.webp"))) == 6
    assert "--configfile study.yaml" in (gallery / "provenance.html").read_text()


def test_each_rule_left_its_log_and_benchmark(finished):
    results = finished / "results/tiny"
    logs = {path.relative_to(results / "logs").with_suffix("") for path in (results / "logs").rglob("*.log")}
    benchmarks = {
        path.relative_to(results / "benchmarks").with_suffix("") for path in (results / "benchmarks").rglob("*.tsv")
    }
    assert logs == benchmarks
    assert len(logs) >= 18


def test_a_figure_of_any_image_is_made_when_asked_for_by_its_path(finished):
    """`red_1` is not among the explained images, so it is computed alone."""
    target = "results/tiny/net/figures/saliency/red_1.png"
    run = finished.snakemake(target)
    assert run.status == 0, run.output
    assert (finished / target).is_file()
    assert run.jobs == {"compute_saliency": 1, "draw_saliency_image": 1}


def test_ways_to_ascend_are_compared_in_a_table(finished):
    table = pd.read_csv(finished / "results/tiny/net/ascents.csv", dtype={"layer": str})
    assert list(table["layer"] + "/" + table["setting"]) == [
        *("0/pixels", "0/pixels + views", "0/fourier", "0/fourier + views")
    ]
    assert (table["filter"] == 0).all()
    # Filter 0 is the mean of red over 3 x 3 pixels, which no photograph has above 1.
    assert table["photographs"].between(0.3, 1).all()
    assert (table[["activation", "held_out"]] > 0).all(axis=None)


def test_colours_of_the_image_set_are_measured_when_asked_for(finished):
    """By the word `learned`, or by what was measured."""
    file = "results/tiny/net/filters/0/noise.npz"
    finished.configure(filters={"ascent": {"colours": "learned"}})
    assert finished.count(file) == {"filters": (2, 0)}
    colours = yaml.safe_load((finished / "results/tiny/colours.yaml").read_text())["colours"]
    finished.configure(filters={"ascent": {"colours": colours}})
    assert finished.count(file) == {"filters": (0, 2)}


def test_the_report_of_snakemake_holds_all_sheets(finished):
    run = finished.snakemake("--report", "report.zip")
    assert run.status == 0, run.output
    with zipfile.ZipFile(finished / "report.zip") as file:
        page = file.read("report/report.html").decode()
        listed = {
            name: json.loads(re.search(rf"^ *var {name} = ({{.*}});$", page, re.M)[1])
            for name in ("results", "categories")
        }
        wanted = ["report.html", *(f"net/sheets/{name}.png" for name in SHEETS)]
        assert {f"results/tiny/{path}" for path in wanted} == listed["results"].keys()
        for path, entry in listed["results"].items():
            assert {"model", "figure"} <= entry["labels"].keys()
            assert entry["caption"]
            assert file.read(f"report/{entry['data_uri']}") == (finished / path).read_bytes()
    filed = {path for parts in listed["categories"].values() for paths in parts.values() for path in paths}
    assert filed == listed["results"].keys()
    assert "Other" not in listed["categories"]
    assert (finished / "profiles/default/report.css").read_text() in page


def test_unreadable_images_can_be_skipped(study):
    study.configure(images={"path": "photographs", "unreadable": "skip"})
    (study / "photographs/1_0.png").write_bytes(b"not an image")
    run = study.snakemake("predictions", "saliency")
    assert run.status == 0, run.output
    skipped = pd.read_csv(study / "results/tiny/skipped.csv")
    assert list(skipped["image"]) == ["green_0"]
    assert "green_0" not in list(pd.read_csv(study / "results/tiny/net/predictions.csv")["image"])


def test_several_models_and_an_image_table(study):
    """A CSV image set with an unlabelled image; the second model has its outputs in another order."""
    study.configure(
        images={"path": "images.csv", "layout": "csv"},
        models={
            "net": {"factory": "network.py:build", "checkpoint": "net.pth", "preprocessing": {"size": 32}},
            "swapped": {
                "factory": "network.py:build",
                "checkpoint": "net.pth",
                "preprocessing": {"size": 32, "channels": "BGR"},
                "classes": ["blue", "green", "red"],
            },
        },
    )
    (study / "images.csv").write_text(
        "image,path,label\nfirst,photographs/0_0.png,red\nsecond,photographs/2_1.png,blue\nthird,photographs/1_0.png,\n"
    )
    run = study.snakemake("predictions")
    assert run.status == 0, run.output
    for model in ("net", "swapped"):
        table = pd.read_csv(study / f"results/tiny/{model}/predictions.csv", keep_default_na=False)
        assert list(table["predicted"]) == ["red", "blue", "green"]
        assert list(table["label"]) == ["red", "blue", ""]
