"""A tiny study on a copy of the workflow, so that tests may edit either; run by real Snakemake."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image

REPOSITORY = Path(__file__).parents[1]
PARTS = ("Snakefile", "workflow", "rules", "scripts", "config", "profiles", "report", "environment.yml")
CLASSES = ["red", "green", "blue"]

NETWORK = '''
"""A network for 32 x 32 photographs that tells which colour channel is the brightest, and that a test can stop.

`pause/{rule}` holds a number of forward passes. The first job of the rule that has made so many leaves its environment
in `paused/{rule}` and goes on when that file is gone; later ones, such as a retry, find nothing there.
"""
import json, os, sys, time
from pathlib import Path

from torch import nn


class Network(nn.Sequential):
    passes = 0

    def forward(self, photographs):
        rule = sys.modules["__main__"].snakemake.rule
        wish, pause = Path("pause", rule), Path("paused", rule)
        if wish.exists() and self.passes >= int(wish.read_text()):
            wish.write_text(json.dumps(dict(os.environ)))
            wish.rename(pause)
            while pause.exists():
                time.sleep(0.1)
        self.passes += 1
        return super().forward(photographs)


def build():
    return Network(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3),
    )
'''

STUDY = {
    "study": "tiny",
    "classes": CLASSES,
    "device": "cpu",
    "models": {
        "net": {
            "factory": "network.py:build",
            "checkpoint": "net.pth",
            "preprocessing": {"size": 32},
        }
    },
    "images": {"path": "photographs"},
    "explain": {"per_class": 1},
    "filters": {"layers": [0], "filters": [0, 1], "iterations": 2, "noise_iterations": 2, "compare": 1},
    "lime": {"samples": 30, "segmentation": {"n_segments": 9, "compactness": 10}},
    "dream": {
        **{"layer": 3, "filters": [0, 1], "layers": [0, 3], "record": [0, 1, 2]},
        "class_images": {"iterations": 2},
    },
    "quality": {"methods": ["gradient", "lime"], "steps": 4, "samples": 1, "sanity": 1, "cascade": 2},
}


@dataclass(frozen=True)
class Run:
    """What Snakemake said: its exit status and everything that it printed."""

    status: int
    output: str

    @property
    def jobs(self) -> dict[str, int]:
        """Jobs by rule, from the table of a dry run."""
        return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", self.output, re.M) if name != "total"}


@dataclass(frozen=True)
class Study:
    """A folder with a copy of the workflow, a network, photographs and `study.yaml`."""

    folder: Path

    def snakemake(self, *arguments: str, **environment: str) -> Run:
        """Run Snakemake there."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    @staticmethod
    def command(*arguments: str) -> list[str]:
        cores = [] if "--cores" in arguments else ["--cores", "2"]
        return [sys.executable, "-m", "snakemake", *arguments, *cores, "--configfile", "study.yaml"]

    def configure(self, **sections: object) -> None:
        """Lay some sections over `study.yaml`."""
        path = self.folder / "study.yaml"
        config = yaml.safe_load(path.read_text())
        for name, value in sections.items():
            both = isinstance(value, dict) and isinstance(config.get(name), dict)
            config[name] = {**config[name], **value} if both else value
        path.write_text(yaml.safe_dump(config))

    def made(self, name: str = "tiny") -> dict[str, bytes]:
        """What the study has found and drawn, by file below `results/tiny`; not what tells how its jobs went."""
        folder = self.folder / "results" / name
        files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        of_jobs = re.compile(r"(logs|benchmarks)/.*|jobs.csv|checked.csv|report.html|.*[.]summary[.]json|[.].*")
        return {name: path.read_bytes() for name, path in files.items() if not of_jobs.fullmatch(name)}

    def summaries(self) -> dict[str, dict]:
        """What each job says that it did, by its summary file below `results/tiny/net`."""
        folder = self.folder / "results/tiny/net"
        return {
            str(path.relative_to(folder)): json.loads(path.read_text())
            for path in sorted(folder.rglob("*.summary.json"))
        }

    def count(self, *arguments: str) -> dict[str, tuple[int, int]]:
        """Run Snakemake, and give the units computed and reused by its jobs, by method; methods without a job lack."""
        folder = self.folder / "results/tiny/net"
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.summary.json")}
        run = self.snakemake(*arguments)
        assert run.status == 0, run.output
        counted: dict[str, tuple[int, int]] = {}
        for path, said in self.summaries().items():
            if before.get(folder / path) != (folder / path).stat().st_mtime_ns:
                method = path.partition("/")[0]
                computed, reused = counted.get(method, (0, 0))
                counted[method] = (computed + said["computed"], reused + said["reused"])
        return counted

    def photograph(self, label: int, index: int) -> Path:
        """Draw one: noise on the channel of its label."""
        generator = np.random.default_rng(100 * label + index)
        pixels = generator.integers(0, 90, (40, 48, 3), dtype=np.uint8)
        pixels[..., label] += 120
        path = self.folder / "photographs" / f"{label}_{index}.png"
        Image.fromarray(pixels).save(path)
        return path

    def pause(self, rule: str, passes: int = 0) -> None:
        """Let the next job of a rule wait, in the middle of its work after so many forward passes of its network."""
        for name in ("pause", "paused"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "pause" / rule).write_text(str(passes))

    def all_paused(self, *rules: str) -> bool:
        """Whether a job of each rule waits."""
        return all((self.folder / "paused" / rule).exists() for rule in rules)

    def paused(self, rule: str) -> dict[str, str]:
        """The environment of the job of a rule that waits."""
        return json.loads((self.folder / "paused" / rule).read_text())

    def resume(self, rule: str) -> None:
        """Let the job of a rule go on."""
        (self.folder / "paused" / rule).unlink()

    def __truediv__(self, path: str) -> Path:
        return self.folder / path


def make_study(folder: Path) -> Study:
    """A study of which nothing has been computed."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        else:
            shutil.copy2(source, folder / part)
    study = Study(folder)
    (study / "network.py").write_text(NETWORK)
    namespace: dict = {}
    exec(NETWORK, namespace)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = namespace["build"]()
    with torch.no_grad():
        # The first three filters average one colour channel each and the rest passes them on, so every label is right.
        for layer in (network[0], network[3]):
            layer.weight.mul_(0.01)
            layer.bias.zero_()
            for channel in range(3):
                layer.weight[channel, channel] = 1 / 9
        network[7].weight.zero_()
        network[7].weight[:, :3] = 10 * torch.eye(3)
        network[7].bias.zero_()
    torch.save(network.state_dict(), study / "net.pth")
    (study / "photographs").mkdir()
    for label in range(3):
        for index in range(2):
            study.photograph(label, index)
    (study / "study.yaml").write_text(yaml.safe_dump(STUDY))
    return study
