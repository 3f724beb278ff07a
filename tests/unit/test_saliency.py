"""Are the attribution methods what the study's settings say, and what a unit's key depends on?"""

from pathlib import Path
from typing import Any

import pytest

from limelight import schema as schemas
from limelight.attribution.registry import BASELINES, METHODS, needs_layer, needs_seed, source_file
from limelight.machinery.units import Computation
from limelight.study.errors import LimelightError
from limelight.study.settings import check
from limelight.study.sources import PACKAGE, source_files

ALL = (*METHODS, *BASELINES)


@pytest.fixture(scope="module")
def schema(repository: Path) -> dict[str, Any]:
    return schemas.load(repository)


def computation(name: str) -> Computation:
    return Computation(name, "capabilities.saliency.compute:explain", (source_file(name),))


def test_schema_names_every_method(schema: dict[str, Any]) -> None:
    assert set(schema["$defs"]["methods"]["properties"]) == set(ALL)


@pytest.mark.parametrize(
    ("methods", "sentence"),
    [
        ({"gradient": {"score": "loss"}}, "methods.gradient.score: 'loss' is not one of logit, cross_entropy"),
        ({"smoothgrad": {"level": -0.1}}, "methods.smoothgrad.level: -0.1 is not a number from 0"),
        ({"occlusion": {"stride": 17}}, "methods.occlusion.stride: 17 is above patch, 16; expected at most patch"),
        ({"occlusion": {"patch": 4}}, "methods.occlusion.stride: 8 is above patch, 4; expected at most patch"),
        ({"smoothgrad": {"samples": 0}}, "methods.smoothgrad.samples: 0 is not a positive integer"),
        (
            {"integrated_gradients": {"baseline": "noise"}},
            "methods.integrated_gradients.baseline: 'noise' is not one of black, white, grey, blur",
        ),
        ({"occlusion": {"fill": 2}}, "methods.occlusion.fill: 2 is not mean or a number from 0 to 1"),
        ({"smoothgrad": {"sample": 3}}, "methods.smoothgrad.sample: unknown key; expected one of samples, level"),
        ({"gradient_x_input": {"score": 3}}, "methods.gradient_x_input.score: unknown key; expected none"),
        ({"edges": 3}, "methods.edges: 3 is not an empty mapping"),
        ({"own.py:blur": {}, "smooth_grad": {}}, "methods.smooth_grad: unknown key; expected one of smoothgrad, "),
        ({"own.py:blur": 3}, "methods.own.py:blur: 3 is not a mapping of parameters"),
        ({}, "methods: {} is not a mapping of methods to their parameters"),
    ],
)
def test_mistakes_are_one_sentence(schema: dict[str, Any], methods: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LimelightError) as error:
        check({"methods": methods}, schema["$defs"]["saliency"], schema, "")
    assert str(error.value).startswith(sentence)


def test_each_method_has_a_source_of_its_own() -> None:
    assert len({computation(name).source for name in METHODS}) == len(METHODS)
    module = PACKAGE / "attribution/smoothgrad.py"
    assert source_file("smoothgrad") == module
    assert [name for name in METHODS if source_file(name) == module] == ["smoothgrad"]


def test_what_reads_declarations_decides_no_result() -> None:
    """Neither the registry nor the reader is behind the key of a map."""
    compute = PACKAGE / "capabilities/saliency/compute.py"
    files = {file.name for name in ALL for file in source_files(compute, source_file(name))}
    assert {"sources.py", "contract.py", "smoothgrad.py", "baselines.py"} <= files
    assert not files & {"registry.py", "reader.py", "schema.py", "settings.py", "methods.py"}


def test_the_bytes_of_a_users_file_are_its_source(tmp_path: Path) -> None:
    def source(text: str) -> str:
        file = tmp_path / f"{len(text)}.py"
        file.write_text(text)
        return computation(f"{file}:mine").source

    assert source("a = 1\n") != source("a = 22\n")


@pytest.mark.parametrize(
    ("keywords", "needs"), [("seeds", (True, False)), ("layer", (False, True)), ("batch", (False,) * 2)]
)
def test_a_users_method_needs_what_it_names(tmp_path: Path, keywords: str, needs: tuple[bool, bool]) -> None:
    file = tmp_path / "own.py"
    head = '@method(paper=Paper("Me", 2026, "2601.00001"), signed=False)\n'
    file.write_text(f"{head}def mine(classifier, photographs, targets, *, {keywords}): ...\n")
    assert (needs_seed(f"{file}:mine"), needs_layer(f"{file}:mine")) == needs
