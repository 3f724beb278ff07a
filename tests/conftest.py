"""Small networks and settings that several tests explain."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

REPOSITORY = Path(__file__).parents[1]

# The same examples in every run; nothing here is timed.
hypothesis_settings.register_profile("limelight", deadline=None, derandomize=True)
hypothesis_settings.load_profile("limelight")

# `make fuzz`: other examples in every run, and many.
hypothesis_settings.register_profile("fuzz", deadline=None, max_examples=5000, print_blob=True)


LONGEST_FIRST = ("cluster", "workflow", "browser", "gpu", "unit")


@pytest.hookimpl(tryfirst=True)  # xdist's own looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run in several processes, there is one cluster, and none is left alone with long tests at the end."""

    def folder(item: pytest.Item) -> str:
        return item.path.relative_to(REPOSITORY / "tests").parts[0]

    items.sort(key=lambda item: LONGEST_FIRST.index(folder(item)))
    for item in items:
        if folder(item) == "cluster":
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def python() -> Callable[..., str]:
    """Runs code in a process of its own, with the package on its path, and gives what that prints."""

    def run(code: str, *arguments: str, **environment: str) -> str:
        path = os.pathsep.join([str(REPOSITORY / "scripts"), os.environ.get("PYTHONPATH", "")])
        finished = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    return run


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], Any]], Any]:
    """`made_once(name, make)`: what `make` gives of a folder, made by the first process of tests that asks for it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def once(name: str, make: Callable[[Path], Any]) -> Any:
        kept = folder / f"{name}.pickle"
        with FileLock(folder / f"{name}.lock"):
            if not kept.exists():
                kept.write_bytes(pickle.dumps(make(folder / name)))
        return pickle.loads(kept.read_bytes())

    return once


@pytest.fixture(scope="session")
def local_run(made_once: Callable) -> Any:
    """The tiny study after a run of its default target on this machine, and that run; not to be changed."""
    from tiny_study import make_study

    def run(folder: Path) -> Any:
        study = make_study(folder / "study")
        return study, study.snakemake()

    return made_once("local", run)


@pytest.fixture(scope="session")
def preprocessing() -> Callable[..., dict[str, Any]]:
    """A complete `preprocessing` section that changes nothing but the size, with differences."""

    def section(**different: Any) -> dict[str, Any]:
        return {
            "size": 8,
            "resize": "squash",
            "interpolation": "bilinear",
            "range": [0, 1],
            "mean": [0, 0, 0],
            "std": [1, 1, 1],
            "channels": "RGB",
            **different,
        }

    return section


@pytest.fixture(scope="session")
def classify(preprocessing: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """Makes a `Classifier` of a network and a number of classes, named `class 0`, `class 1`, ..."""
    import torch

    from limelight.network.classifier import Classifier

    torch.set_num_threads(1)

    def make(network: Any, classes: int = 3, **different: Any) -> Classifier:
        return Classifier(network, [f"class {k}" for k in range(classes)], preprocessing(**different)).eval()

    return make


@pytest.fixture
def small_cnn() -> Any:
    """Two convolutions with in-place ReLUs, batch norm and dropout, for 8 x 8 photographs and 3 classes."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(6 * 4 * 4, 3),
    )
    network[1].running_mean.uniform_(-0.5, 0.5)
    network[1].running_var.uniform_(0.5, 2)
    return network


@pytest.fixture
def linear_network() -> Any:
    """Logits y = W x + b of 8 x 8 photographs, 3 classes."""
    import torch
    from torch import nn

    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 3))


@pytest.fixture
def photographs() -> Any:
    """Five photographs, (5, 3, 8, 8) in [0, 1]."""
    import torch

    values = np.random.default_rng(0).random((5, 3, 8, 8), dtype=np.float32)
    return torch.from_numpy(values)


@pytest.fixture(scope="session")
def state_of() -> Callable[..., Any]:
    """What an explanation must leave as it was: modes, `requires_grad`, gradients, values, hooks."""

    def look(classifier: Any) -> Any:
        import torch

        assert all(parameter.grad is None for parameter in classifier.parameters())
        return (
            [(name, module.training) for name, module in classifier.named_modules()],
            [(name, parameter.requires_grad) for name, parameter in classifier.named_parameters()],
            [
                (len(module._forward_hooks), len(module._forward_pre_hooks), len(module._backward_hooks))
                for module in classifier.modules()
            ],
            {name: value.numpy().tobytes() for name, value in classifier.state_dict().items()},
            torch.is_grad_enabled(),
        )

    return look
