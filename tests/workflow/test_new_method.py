"""Is an attribution method one file? One is added to a copy of the repository, and nothing else is touched."""

import numpy as np
import pytest
from tiny_study import Study, make_study

from limelight.machinery import arrays
from limelight.machinery.items import Item

pytestmark = pytest.mark.xdist_group("method")  # its tests share a study, one after the other

METHOD = '''"""The number of the class, below zero in the left half of the photograph."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from limelight.attribution.contract import Attribution, Paper, Range, method
from limelight.network.classifier import Classifier


@method(paper=Paper("Nobody", 2026, "2601.00001"), signed=True, title="numbers of classes")
def numbered(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    factor: Annotated[float, Range(0, 4)] = 1.0,
    side: Literal["left", "right"] = "left",
) -> Attribution:
    """The number of the class, below zero in one half of the photograph.

    Parameters
    ----------
    factor
        What the number is multiplied by.
    side
        The half below zero.
    """
    signs = torch.ones(photographs.shape[2:])
    half = photographs.shape[3] // 2
    signs[:, :half] = -1
    maps = factor * (targets[:, None, None] + 1) * (signs if side == "left" else -signs)
    return Attribution(maps, {"class_number": targets.float()})
'''


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = make_study(tmp_path_factory.mktemp("method"))
    study.configure(saliency={"methods": {"gradient": {}}})
    run = study.snakemake("saliency")
    assert run.status == 0, run.output
    (study / "scripts/limelight/attribution/numbered.py").write_text(METHOD)
    return study


def test_an_attribution_method_is_one_file(study: Study) -> None:
    study.configure(saliency={"methods": {"gradient": {}, "numbered": {"factor": 2}}})
    sheet = study / "results/tiny/net/sheets/saliency.png"
    before = sheet.read_bytes()
    assert study.count("saliency") == {"saliency": (3, 3)}, "the other method keeps its maps"
    maps = arrays.read([study / "results/tiny/net/saliency/b.npz"])
    for number, name in enumerate(("red_0", "green_0", "blue_0")):
        found = maps[Item(image=name, method="numbered")]
        expected = 2 * (number + 1) * np.where(np.arange(32) < 16, -1, 1)
        np.testing.assert_array_equal(found["label"], np.broadcast_to(expected, (32, 32)))
        assert found["label.class_number"] == number
    assert sheet.read_bytes() != before


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"factor": 5}, "saliency.methods.numbered.factor: 5 is not a number from 0 to 4"),
        ({"side": "top"}, "saliency.methods.numbered.side: 'top' is not one of left, right"),
        ({"sides": "left"}, "saliency.methods.numbered.sides: unknown key; expected one of side, factor"),
    ],
)
def test_its_wrong_parameter_is_refused_at_parse(study: Study, parameters: dict, sentence: str) -> None:
    study.configure(saliency={"methods": {"numbered": parameters}})
    run = study.snakemake("--dry-run", "saliency")
    assert run.status != 0
    assert sentence in run.output
    assert "Traceback" not in run.output


def test_so_is_that_of_a_method_in_a_users_file(study: Study) -> None:
    (study / "own.py").write_text(METHOD)
    study.configure(saliency={"methods": {"own.py:numbered": {"factor": -1}}})
    run = study.snakemake("--dry-run", "saliency")
    assert run.status != 0
    assert "saliency.methods.own.py:numbered.factor: -1 is not a number from 0 to 4" in run.output
