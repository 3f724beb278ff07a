"""A study of a network that cannot do all of the defaults is finished without these."""

import json

import pandas as pd
import torch
import yaml

from limelight.figures.style import provenance
from limelight.machinery import arrays

NETWORK = """
from torch import nn


def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 6), nn.ReLU(), nn.Linear(6, 3))
"""

NO_CONVOLUTION = (
    "the network has no convolution with an output larger than 1 x 1, which shallow, middle and deep are; expected "
    "layers by name or index, such as 0, 1, 2, 3"
)
NO_MAP = "Grad-CAM looks at a layer, and no layer of the network has an output larger than 1 x 1"

SMALL = {
    "filters": {"compare": 1, "facets": {"layers": []}, "atlas": {"most": 1}},
    "dream": {"record": [0, 1], "class_images": {"iterations": 1}},
    "quality": {"steps": 2, "samples": 1, "sanity": 1, "cascade": 1, "lime_samples": 20},
    "lime": {"samples": 20, "segmentation": {"n_segments": 9, "compactness": 10}},
}


def test_a_network_of_linear_layers_alone(study):
    """No convolution, no map, one size, photographs of one class: the rest is there, and why some is not."""
    for other in (*study.folder.glob("photographs/1_*"), *study.folder.glob("photographs/2_*")):
        other.unlink()
    (study / "network.py").write_text(NETWORK)
    namespace: dict = {}
    exec(NETWORK, namespace)
    torch.manual_seed(0)
    torch.save(namespace["build"]().state_dict(), study / "net.pth")
    config = yaml.safe_load((study / "study.yaml").read_text()) | SMALL
    (study / "study.yaml").write_text(yaml.safe_dump(config))
    run = study.snakemake()
    assert run.status == 0, run.output

    results = study / "results/tiny"
    record = json.loads((results / "net/model.json").read_text())
    assert (record["depths"], record["last_map"]) == ({}, None)
    assert set(pd.read_csv(results / "net/quality.csv")["method"]) == {
        *("gradient", "smoothgrad", "integrated_gradients", "guided_backpropagation", "occlusion", "lime"),
        *("random", "centre", "edges"),
    }
    assert len(arrays.read([results / "net/dream/class_images.npz"])) == 3
    for table in ("top", "atlas", "tuning", "ascents"):
        assert pd.read_csv(results / f"net/{table}.csv").empty

    reasons = pd.read_csv(results / "jobs.csv", keep_default_na=False).set_index("file")["left_out"]
    rooms = {reason: {file.split("/")[3] for file in reasons.index[reasons == reason]} for reason in set(reasons)}
    assert rooms.pop(NO_CONVOLUTION) == {"filters", "ascents", "atlas", "peaks", "dream"}
    assert rooms.pop(NO_MAP) == {"quality", "sanity"}
    assert set(rooms) == {""}
    for page in (results / "report.html", results / "gallery/provenance.html"):
        assert NO_CONVOLUTION in page.read_text()
        assert NO_MAP in page.read_text()
    assert 'href="provenance.html#left-out"' in (results / "gallery/index.html").read_text()
    assert '"layers":[]' in (results / "gallery/data/index.js").read_text()
    of_image = (results / "gallery/models/net/b/0.js").read_text()
    assert f'{{"section":"dream","reason":"{NO_CONVOLUTION}"}}' in of_image
    assert f'{{"section":"quality","reason":"{NO_MAP}"}}' in of_image
    for sheet in ("filters/deep", "atlas/middle", "top/shallow", "tuning", "ascents", "dream/layers", "dream/classes"):
        made = provenance(results / f"net/sheets/{sheet}.png")
        assert made["made_from"][0]["left_out"] == [NO_CONVOLUTION], sheet
        assert made["units"] == {}

    # What the user asks for is an error, before anything is explained.
    study.configure(dream={"layer": "deep"})
    run = study.snakemake("results/tiny/net/model.json")
    assert run.status != 0
    assert f"limelight: dream.layer: {NO_CONVOLUTION}\n" in run.output
