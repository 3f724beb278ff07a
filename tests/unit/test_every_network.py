"""Do all sweeps over filters and dreams bear with networks that somebody else has made?

The scripts of the rules themselves, on untrained networks with residuals, depthwise convolutions, squeeze and
excitation, other activations than the ReLU, and modules that are used more than once; and on small networks of other
kinds with the defaults, of which they cannot do all.
"""

import runpy
from collections.abc import Mapping, Sequence
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
    "resnet18": ("torchvision:resnet18", {"num_classes": 3}, ["conv1", "layer4"]),
    "mobilenet_v3_small": ("torchvision:mobilenet_v3_small", {"num_classes": 3}, ["features.0", "features.4"]),
    "efficientnet_lite0": (
        "efficientnet_lite_pytorch:EfficientNet.from_name",
        {"model_name": "efficientnet-lite0", "num_classes": 3},
        ["_conv_stem", "_blocks.3"],
    ),
}
FILTERS = [0, 1]


class Sweeps:
    """Runs the scripts of rules in this process, as Snakemake would, on a network in a folder."""

    def __init__(
        self,
        folder: Path,
        repository: Path,
        factory: str,
        arguments: dict[str, Any],
        sections: dict[str, Any],
        size: int = 64,
    ) -> None:
        self.folder, self.scripts = folder, repository / "scripts"
        torch.manual_seed(0)
        torch.save(awake(build(factory, arguments), size).state_dict(), folder / "net.pth")
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
                    "preprocessing": {"size": size},
                }
            },
            **sections,
        }
        schema = load(repository)
        complete, written = settings.complete(config, schema, {}), settings.written(config, {})
        self.study = Study(complete, written, settings.defaults(schema))
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

    def inspect(self) -> None:
        """Look at the network."""
        rules, known = self.rules, {"model": "net"}
        asked = {
            "named": rules.named_layers(known),
            "asked_for_map": rules.asked_for_map(known, {}),
            "ascents": rules.ascents(known, {}),
        }
        self.run("inspect_model.py", ["model.json", "layers.csv"], {}, {"model": rules.model_settings(known), **asked})

    def left_out(self, output: str) -> list[str]:
        """What the network cannot do of a job."""
        return arrays.left_out([self.folder / output])

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


def awake(network: nn.Module, size: int) -> nn.Module:
    """Batch norms that know what comes to them, without which nothing comes through an untrained network."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.rand(8, 3, size, size))
    return network


@pytest.fixture(params=list(NETWORKS))
def sweeps(request: pytest.FixtureRequest, tmp_path: Path, repository: Path) -> Sweeps:
    factory, arguments, layers = NETWORKS[request.param]
    sections = {
        "filters": {
            **{"layers": layers, "filters": FILTERS, "iterations": 2, "noise_iterations": 2},
            **{"atlas": {"most": 3, "layers": layers[:1]}, "facets": {"count": 2, "diversity": 1.0}},
        },
        "dream": {
            **{"layer": layers[1], "filter": 1, "filters": FILTERS, "layers": layers},
            **{"record": [0, 1, 3], "size": 90, "class_images": {"iterations": 2}},
        },
    }
    made = Sweeps(tmp_path, repository, factory, arguments, sections)
    made.inspect()
    return made


def climbed(units: ArraysByItem, side: int = 64) -> None:
    """Every ascent has gone somewhere."""
    for item, unit in units.items():
        assert unit["frames"].shape[1:] == (side, side, 3), item
        assert np.isfinite(unit["scores"]).all(), item
        assert (unit["frames"][0] != unit["frames"][-1]).any(), item


def test_every_sweep(sweeps: Sweeps) -> None:
    (bucket,) = sweeps.study.buckets("filters", "net")
    section = sweeps.study.models["net"]["filters"]
    for number, layer in enumerate(section["layers"]):
        of_layer = {"layer": layer}
        units = sweeps.compute(f"f{number}.npz", "filters", **of_layer, bucket=bucket)
        maps = {item.image: unit["maps"].shape[0] for item, unit in units.items() if item.filter is None}
        assert maps == {"image_0": len(FILTERS), "image_1": len(FILTERS)}
        climbed({item: unit for item, unit in units.items() if item.filter is not None})
        climbed(sweeps.compute(f"n{number}.npz", "filters", "filters from noise", **of_layer))
        units = sweeps.compute(f"facets{number}.npz", "facets", **of_layer)
        climbed({replace(item, target=n): one for item in units for n, one in facets_of(item, units).items()})
    atlas = sweeps.compute("atlas.npz", "layers", "atlas", layer=section["layers"][0], part="0")
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
    files = [str(sweeps.folder / "atlas.npz")]
    model = str(sweeps.folder / "model.json")
    sweeps.run(
        "summarise.py",
        ["top.csv", "atlas.csv"],
        {"peaks": [str(sweeps.folder / "peaks.npz")], "fields": files, "model": model},
        sweeps.rules.summarising(
            "layers.summary:ranking",
            images=[image.id for image in sweeps.study.images],
            settings={"most": 3, "photographs": 2},
        ),
    )
    tuning = sweeps.rules.summarising("layers.summary:tuning")
    sweeps.run("summarise.py", ["tuning.csv"], {"arrays": files, "model": model}, tuning)
    for name in ("top.csv", "atlas.csv", "tuning.csv"):
        table = pd.read_csv(sweeps.folder / name)
        assert list(set(table["layer"])) == sweeps.study.models["net"]["filters"]["atlas"]["layers"]
        assert set(table["filter"]) >= {0, 1, 2}


# --- defaults -----------------------------------------------------------------------------------------------------

OWN = f"{Path(__file__).parents[1] / 'architectures.py'}:"
VIT = {"image_size": 32, "patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 32}
SWIN = {"patch_size": [4, 4], "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": [4, 4]}

NO_CONVOLUTION = "the network has no convolution with an output larger than 1 x 1"
NO_MAP = "Grad-CAM looks at a layer, and no layer"
ONE_SIZE = "on pictures of 40 x 40"

OF_FILTERS = ("filters", "filters from noise")
OF_LAYERS = (*OF_FILTERS, "dream", "dream sweep", "peaks")
OF_MAPS = ("quality", "sanity")
WITHOUT_MAPS = {**dict.fromkeys(OF_LAYERS, (NO_CONVOLUTION,)), **dict.fromkeys(OF_MAPS, (NO_MAP,))}
TWO_FILTERS = "(Conv2d) has 2 filters, so that there is no filter 2"
SWEEP_OF_TWO = "(Conv2d) has 2 filters, so that there are no filters 2, 3, 4, 5"

KINDS: dict[str, tuple[str, dict[str, Any], Mapping[str, Sequence[str]]]] = {
    "linear": (f"{OWN}linear", {}, WITHOUT_MAPS),
    "recurrent": (f"{OWN}Recurrent", {}, WITHOUT_MAPS),
    "one size": (f"{OWN}one_size", {}, {"dream sweep": ("has 4 filters, so that there are no filters 4, 5",)}),
    "few filters": (
        f"{OWN}few_filters",
        {},
        {**dict.fromkeys(OF_FILTERS, (TWO_FILTERS,)), "dream sweep": (SWEEP_OF_TWO,)},
    ),
    "fixed": (
        f"{OWN}fixed",
        {},
        {**dict.fromkeys(OF_FILTERS, (TWO_FILTERS, ONE_SIZE)), "dream sweep": (SWEEP_OF_TWO,)},
    ),
    "mixer": (f"{OWN}mixer", {}, {}),
    "vit": (
        "torchvision.models:VisionTransformer",
        {**VIT, "num_classes": 3},
        dict.fromkeys(OF_FILTERS, (ONE_SIZE,)),
    ),
    "swin": ("torchvision.models:SwinTransformer", {**SWIN, "num_classes": 3}, {}),
    "squeezenet": (
        "torchvision:squeezenet1_1",
        {"num_classes": 3},
        {"dream sweep": ("layer classifier.1 (Conv2d) has 3 filters, so that there are no filters 3, 4, 5",)},
    ),
    "mnasnet": ("torchvision:mnasnet0_5", {"num_classes": 3}, {}),
}
"""By name a factory, its arguments, and by job what is left out of the defaults, as parts of the sentences."""


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_on_a_network(kind: str, tmp_path: Path, repository: Path) -> None:
    """No unit of any job fails, and what the network cannot do is said."""
    factory, arguments, expected = KINDS[kind]
    sections = {
        "filters": {"iterations": 1, "noise_iterations": 1},
        "dream": {"record": [0, 1], "class_images": {"iterations": 1}},
        "quality": {"steps": 2, "samples": 1, "cascade": 2, "sanity": 1, "lime_samples": 10, "explain": ["image_0"]},
    }
    network = Sweeps(tmp_path, repository, factory, arguments, sections, 64 if kind in SIXTY_FOUR else 32)
    network.inspect()
    (bucket,), (one,) = (network.study.buckets(section, "net") for section in ("filters", "quality"))
    of_layer = {"layer": "deep"}
    jobs = {
        "predictions": ("predictions", {"bucket": bucket}),
        "saliency": ("saliency", {"bucket": bucket}),
        "filters": ("filters", {**of_layer, "bucket": bucket}),
        "filters from noise": ("filters", of_layer),
        "dream": ("dream", {"bucket": bucket}),
        "dream sweep": ("dream", {"sweep": "filters"}),
        "class_images": ("class_images", {}),
        "peaks": ("layers", {"bucket": bucket}),
        "quality": ("quality", {"bucket": one}),
        "sanity": ("quality", {}),
    }
    if kind in SIXTY_FOUR:  # larger ones, whose attribution methods the others have shown
        jobs = {name: jobs[name] for name in (*OF_FILTERS, "dream", "dream sweep", "class_images")}
    for name, (room, wildcards) in jobs.items():
        output = f"{name}.npz"
        units = network.compute(output, room, name, **wildcards)
        reasons, parts = network.left_out(output), expected.get(name, ())
        assert len(reasons) == len(parts), (name, reasons)
        assert all(part in reason for part, reason in zip(parts, reasons, strict=True)), (name, reasons)
        assert bool(units) == (tuple(parts) != (NO_CONVOLUTION,)), name


SIXTY_FOUR = ("squeezenet", "mnasnet")
"""Networks that leave nothing of 32 x 32."""
