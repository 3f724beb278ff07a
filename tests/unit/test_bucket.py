"""What does a job explain?"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from limelight import __version__
from limelight.bucket import Item, batch, load_items, provenance, steps
from limelight.errors import LimelightError


@pytest.fixture
def files(tmp_path: Path) -> Callable[[str], str]:
    """Paths of images `a`, `b` and `c` in uniform colours; no others exist."""
    for number, name in enumerate("abc"):
        Image.new("RGB", (10, 12), (number, 0, 255)).save(tmp_path / f"{name}.png")
    return lambda name: f"{tmp_path}/{name}.png"


def test_items_are_the_images_as_the_network_sees_them(
    files: Callable[[str], str], classify: Callable, linear_network: torch.nn.Module
) -> None:
    bucket = [("x", "class 2", files("c")), ("gone", "class 0", files("gone")), ("y", None, files("a"))]
    found = load_items(bucket, classify(linear_network), skip=True, threads=2)
    assert [(item.id, item.label) for item in found] == [("x", 2), ("y", None)]
    assert [item.photograph[0, 0].tolist() for item in found] == [[2, 0, 255], [0, 0, 255]]
    assert {item.photograph.shape for item in found} == {(8, 8, 3)}
    with pytest.raises(LimelightError, match=r"gone\.png: no such file"):
        load_items(bucket, classify(linear_network))


def test_label_that_the_model_does_not_know(
    files: Callable[[str], str], classify: Callable, linear_network: torch.nn.Module
) -> None:
    with pytest.raises(LimelightError, match=r"^image b: label 'class 9' is no class of the model"):
        load_items([("a", None, files("a")), ("b", "class 9", files("b"))], classify(linear_network))


def items(count: int) -> list[Item]:
    return [Item(str(k), None, np.full((2, 3, 3), 51 * k, np.uint8)) for k in range(count)]


@pytest.mark.parametrize(("count", "size", "lengths"), [(5, 2, [2, 2, 1]), (4, 2, [2, 2]), (3, 9, [3]), (0, 2, [])])
def test_steps_cover_all_items_in_order(count: int, size: int, lengths: list[int]) -> None:
    found = list(steps(items(count), size))
    assert [len(step) for step in found] == lengths
    assert [item.id for step in found for item in step] == [str(k) for k in range(count)]


def test_batch_has_values_from_zero_to_one() -> None:
    found = batch(items(6), torch.device("cpu"))
    assert (found.shape, found.dtype) == ((6, 3, 2, 3), torch.float32)
    assert found[:, 0, 0, 0].tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_provenance_names_checkpoint_method_parameters_and_versions() -> None:
    model = {"model": "vgg", "factory": "a:b", "checkpoint": "w.pth", "checkpoint_sha256": "1f", "layers": ["long"]}
    parameters = {"seed": 3}
    found = provenance(model, "lime", parameters)
    assert found["model"] == {key: model[key] for key in ("model", "factory", "checkpoint", "checkpoint_sha256")}
    assert (found["method"], found["parameters"]) == ("lime", {"seed": 3})
    assert found["versions"]["limelight"] == __version__
    assert found["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert found["versions"]["numpy"] == np.__version__
    parameters["seed"] = 4
    assert json.loads(json.dumps(found))["parameters"] == {"seed": 3}
