"""Do all sweeps over filters and dreams bear with networks that somebody else has made?

The scripts of the rules themselves, on untrained networks with residuals, depthwise convolutions, squeeze and
excitation, other activations than the ReLU, and modules that are used more than once.
"""

import runpy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from snakemake.iocontainers import Namedlist
from torch import nn

from limelight.capabilities.layers import FIELD
from limelight.figures.ascents import facets_of
from limelight.machinery import arrays
from limelight.machinery.arrays import ArraysByItem
from limelight.network.loading import build
from limelight.rules import Rules
from limelight.schema import load
from limelight.study import settings
from limelight.study.plan import Study
from limelight.targets import Targets

NETWORKS = {
    "resnet18": ("torchvision:resnet18", {"num_classes": 3}, ["conv1", "layer2", "layer4"]),
    "mobilenet_v3_small": (
        "torchvision:mobilenet_v3_small",
        {"num_classes": 3},
        ["features.0", "features.4", "features.12"],
    ),
    "efficientnet_lite0": (
        "efficientnet_lite_pytorch:EfficientNet.from_name",
        {"model_name": "efficientnet-lite0", "num_classes": 3},
        ["_conv_stem", "_blocks.3", "_conv_head"],
    ),
}
FILTERS = [0, 1]


class Sweeps:
    """Runs the scripts of rules in this process, as Snakemake would, on a network in a folder."""

    def __init__(self, folder: Path, repository: Path, name: str) -> None:
        factory, arguments, self.layers = NETWORKS[name]
        self.folder, self.scripts = folder, repository / "scripts"
        torch.manual_seed(0)
        torch.save(awake(build(factory, arguments)).state_dict(), folder / "net.pth")
        generator = np.random.default_rng(0)
        rows = ["image,path,label"]
        for number in range(2):
            Image.fromarray(generator.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(folder / f"{number}.png")
            rows.append(f"image_{number},{number}.png,a")
        (folder / "images.csv").write_text("\n".join(rows))
        config = {
            "study": "networks",
            "images": {"path": str(folder / "images.csv"), "layout": "csv"},
            "device": "cpu",
            "explain": "all",
            "pathvars": {"results": str(folder / "results")},
            "models": {
                "net": {
                    "factory": factory,
                    "arguments": arguments,
                    "checkpoint": str(folder / "net.pth"),
                    "classes": list("abc"),
                    "preprocessing": {"size": 64},
                }
            },
            "filters": {
                **{"layers": self.layers, "filters": FILTERS, "iterations": 2, "noise_iterations": 2},
                **{"atlas": {"most": 3}, "facets": {"count": 2, "diversity": 1.0}},
            },
            "dream": {
                **{"layer": self.layers[1], "filter": 1, "filters": FILTERS, "layers": self.layers},
                **{"record": [0, 1, 3], "size": 90, "class_images": {"iterations": 2}},
            },
        }
        self.study = Study(settings.complete(config, load(repository), {}))
        self.rules = Rules(self.study, Targets(self.study), self.scripts, str, str)

    def run(self, script: str, outputs: Sequence[str], inputs: dict[str, Any], params: dict[str, Any]) -> None:
        """Run a script; outputs are files of the folder."""
        given = SimpleNamespace(
            output=Namedlist(fromdict={Path(name).stem: str(self.folder / name) for name in outputs}),
            input=Namedlist(fromdict=inputs),
            params=Namedlist(fromdict=params),
            wildcards=Namedlist(fromdict={"model": "net", **params.get("wildcards", {})}),
            log=[str(self.folder / "log.txt")],
            threads=1,
        )
        runpy.run_path(str(self.scripts / script), {"snakemake": given}, "__main__")

    def compute(self, output: str, room: str, jobs: str | None = None, **wildcards: str) -> ArraysByItem:
        """Run a job of a capability; the arrays of its units, none of which may have failed."""
        known = {"model": "net", **wildcards}
        params = self.rules.parameters(room, jobs)
        params = {name: value(known) for name, value in params.items() if callable(value) and name not in RUNNING} | {
            **{name: value(known, {}) for name, value in params.items() if name in RUNNING},
            **{name: value for name, value in params.items() if not callable(value)},
            "wildcards": wildcards,
        }
        self.run("compute.py", [output], {"model": str(self.folder / "model.json")}, params)
        assert arrays.read_index(self.folder / output).failed == {}
        return arrays.read([str(self.folder / output)])


RUNNING = ("batch", "setup")
"""Params that Snakemake calls with the input, too."""


def awake(network: nn.Module) -> nn.Module:
    """Batch norms that know what comes to them, without which nothing comes through an untrained network."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.rand(8, 3, 64, 64))
    return network


@pytest.fixture(params=list(NETWORKS))
def sweeps(request: pytest.FixtureRequest, tmp_path: Path, repository: Path) -> Sweeps:
    made = Sweeps(tmp_path, repository, request.param)
    model = made.rules.model_settings({"model": "net"})
    made.run("inspect_model.py", ["model.json", "layers.csv"], {}, {"model": model, "named": []})
    return made


def climbed(units: ArraysByItem, side: int = 64) -> None:
    """Every ascent has gone somewhere."""
    for item, unit in units.items():
        assert unit["frames"].shape[1:] == (side, side, 3), item
        assert np.isfinite(unit["scores"]).all(), item
        assert (unit["frames"][0] != unit["frames"][-1]).any(), item


def test_every_sweep(sweeps: Sweeps) -> None:
    (bucket,) = sweeps.study.buckets("filters", "net")
    for number, layer in enumerate(sweeps.layers):
        of_layer = {"layer": layer}
        units = sweeps.compute(f"f{number}.npz", "filters", **of_layer, bucket=bucket)
        maps = {item.image: unit["maps"].shape[0] for item, unit in units.items() if item.filter is None}
        assert maps == {"image_0": len(FILTERS), "image_1": len(FILTERS)}
        climbed({item: unit for item, unit in units.items() if item.filter is not None})
        climbed(sweeps.compute(f"n{number}.npz", "filters", "filters from noise", **of_layer))
        units = sweeps.compute(f"facets{number}.npz", "facets", **of_layer)
        climbed({replace(item, target=n): one for item in units for n, one in facets_of(item, units).items()})
        atlas = sweeps.compute(f"atlas{number}.npz", "layers", "atlas", **of_layer, part="0")
        assert [(item.filter, item.variant) for item in atlas] == [(0, None), (1, None), (2, None), (None, FIELD)]
    climbed(sweeps.compute("ways.npz", "ascents"))
    climbed(sweeps.compute("classes.npz", "class_images"))
    climbed(sweeps.compute("dream.npz", "dream", bucket=bucket), 90)
    for sweep in ("filters", "layers"):
        climbed(sweeps.compute(f"{sweep}.npz", "dream", "dream sweep", sweep=sweep), 90)
    sweeps.compute("peaks.npz", "layers", "peaks", bucket=bucket)
    tables(sweeps)


def tables(sweeps: Sweeps) -> None:
    """Each filter has its photographs and its tuning."""
    files = [str(sweeps.folder / f"atlas{number}.npz") for number in range(3)]
    model = str(sweeps.folder / "model.json")
    sweeps.run(
        "summarise.py",
        ["top.csv", "atlas.csv"],
        {"peaks": [str(sweeps.folder / "peaks.npz")], "fields": files, "model": model},
        sweeps.rules.summarising(
            "layers.summary:ranking",
            images=[image.id for image in sweeps.study.images],
            layers=sweeps.layers,
            settings={"most": 3, "photographs": 2},
        ),
    )
    tuning = sweeps.rules.summarising("layers.summary:tuning")
    sweeps.run("summarise.py", ["tuning.csv"], {"arrays": files, "model": model}, tuning)
    for name in ("top.csv", "atlas.csv", "tuning.csv"):
        table = pd.read_csv(sweeps.folder / name)
        assert set(table["layer"]) == set(sweeps.layers)
        assert set(table["filter"]) >= {0, 1, 2}
