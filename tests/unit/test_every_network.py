"""Do all sweeps over filters and dreams bear with networks that somebody else has made?

The scripts of the rules themselves, on untrained networks with residuals, depthwise convolutions, squeeze and
excitation, other activations than the ReLU, and modules that are used more than once.
"""

import runpy
from collections.abc import Sequence
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

from limelight.analysis import facets_of
from limelight.machinery import arrays
from limelight.network.loading import build
from limelight.schema import load
from limelight.study import settings

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
        self.images = []
        for number in range(2):
            path = folder / f"{number}.png"
            Image.fromarray(generator.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
            self.images.append((f"image_{number}", "a", str(path)))
        config = {
            "study": "networks",
            "images": {"path": str(folder)},
            "models": {
                "net": {
                    "factory": factory,
                    "arguments": arguments,
                    "checkpoint": str(folder / "net.pth"),
                    "classes": list("abc"),
                    "preprocessing": {"size": 64},
                }
            },
            "filters": {"layers": self.layers, "filters": FILTERS, "iterations": 2, "noise_iterations": 2},
            "dream": {
                **{"layer": self.layers[1], "filter": 1, "filters": FILTERS, "layers": self.layers},
                **{"record": [0, 1, 3], "size": 90, "class_images": {"iterations": 2}},
            },
        }
        schema = load(repository)
        self.model = {**settings.complete(config, schema, {})["models"]["net"], "precision": "float32"}
        self.setup = {
            **{"device": "cpu", "jobs_per_gpu": 1, "compile": False, "allowed": 0},
            **{"store": str(folder / "store"), "study": str(folder)},
        }

    def run(self, script: str, outputs: Sequence[str], inputs: dict[str, Any], **params: Any) -> None:
        """Run a script; outputs and inputs are files of the folder."""
        given = SimpleNamespace(
            output=Namedlist(fromdict={Path(name).stem: str(self.folder / name) for name in outputs}),
            input=Namedlist(fromdict=inputs),
            params=Namedlist(fromdict=params),
            wildcards=SimpleNamespace(model="net", layer=params.get("layer")),
            log=[str(self.folder / "log.txt")],
            threads=1,
        )
        runpy.run_path(str(self.scripts / script), {"snakemake": given}, "__main__")

    def compute(self, script: str, output: str, section: str, **params: Any) -> dict[str, dict[str, np.ndarray]]:
        """Run a script that computes; the arrays of its units, none of which may have failed."""
        common = {"model": self.model, "settings": self.model[section], "seed": 1, "setup": self.setup, "batch": 4}
        self.run(script, [output], {"model": str(self.folder / "model.json")}, **{**common, **params})
        assert arrays.read_index(self.folder / output).failed == {}
        return arrays.read([str(self.folder / output)])


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
    made.run("inspect_model.py", ["model.json", "layers.csv"], {}, model=made.model, wanted=made.model)
    return made


def climbed(units: dict[str, dict[str, np.ndarray]], side: int = 64) -> None:
    """Every ascent has gone somewhere."""
    for name, unit in units.items():
        assert unit["frames"].shape[1:] == (side, side, 3), name
        assert np.isfinite(unit["scores"]).all(), name
        assert (unit["frames"][0] != unit["frames"][-1]).any(), name


def test_every_sweep(sweeps: Sweeps) -> None:
    images = {"images": sweeps.images}
    for number, layer in enumerate(sweeps.layers):
        found = sweeps.compute("compute_filters.py", f"f{number}.npz", "filters", layer=layer, **images)
        assert {found[name].pop("maps").shape[0] for name in ("image_0", "image_1")} == {len(FILTERS)}
        climbed({name: unit for name, unit in found.items() if "/" in name})
        climbed(sweeps.compute("compute_filters_from_noise.py", f"n{number}.npz", "filters", layer=layer))
        apart = {"count": 2, "diversity": 1.0}
        found = sweeps.compute("compute_facets.py", f"facets{number}.npz", "filters", layer=layer, facets=apart)
        climbed({name: one for name in found for one in facets_of(name, found).values()})
        atlas = sweeps.compute(
            "compute_atlas.py", f"atlas{number}.npz", "filters", layer=layer, most={"most": 3}, share=(0, 1)
        )
        assert list(atlas) == ["0", "1", "2", "receptive field"]
    shown = {**sweeps.model["dream"]["class_images"], "labels": ["a"]}
    climbed(sweeps.compute("compare_ascents.py", "ways.npz", "filters"))
    climbed(sweeps.compute("compute_class_images.py", "classes.npz", "dream", settings=shown))
    climbed(sweeps.compute("compute_dream.py", "dream.npz", "dream", **images), 90)
    points = [(layer, number) for layer in sweeps.layers for number in FILTERS]
    climbed(sweeps.compute("compute_dream_sweep.py", "sweep.npz", "dream", points=points, images=sweeps.images[:1]), 90)
    sweeps.compute("compute_peaks.py", "peaks.npz", "filters", layers=sweeps.layers, **images)
    tables(sweeps)


def tables(sweeps: Sweeps) -> None:
    """Each filter has its photographs and its tuning."""
    files = [str(sweeps.folder / f"atlas{number}.npz") for number in range(3)]
    model = str(sweeps.folder / "model.json")
    sweeps.run(
        "rank_photographs.py",
        ["top.csv", "atlas.csv"],
        {"peaks": [str(sweeps.folder / "peaks.npz")], "fields": files, "model": model},
        order=[name for name, *_ in sweeps.images],
        layers=sweeps.layers,
        settings={"most": 3, "photographs": 2},
    )
    sweeps.run(
        "measure_tuning.py", ["tuning.csv"], {"arrays": files, "model": model}, layers=sweeps.layers, parts=["0"]
    )
    for name in ("top.csv", "atlas.csv", "tuning.csv"):
        table = pd.read_csv(sweeps.folder / name)
        assert set(table["layer"]) == set(sweeps.layers)
        assert set(table["filter"]) >= {0, 1, 2}
