"""Are the attribution methods what the study's settings say, and what a unit's key depends on?"""

from pathlib import Path
from typing import Any

import pytest

from limelight.attribution.registry import (
    BASELINES,
    LAYERED,
    METHODS,
    SEEDED,
    SIGNED,
    find,
    needs_layer,
    needs_seed,
    source_file,
)
from limelight.machinery.units import Method
from limelight.study.errors import LimelightError
from limelight.study.settings import _check, _resolved, load_yaml
from limelight.study.sources import PACKAGE

ALL = (*METHODS, *BASELINES)


@pytest.fixture
def schema(repository: Path) -> dict[str, Any]:
    return load_yaml(repository / "config/config.schema.yaml")


def method(name: str) -> Method:
    return Method(name, "capabilities.saliency.compute:explain", (source_file(name),))


def test_schema_names_every_method(schema: dict[str, Any]) -> None:
    assert set(schema["$defs"]["methods"]["properties"]) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_schema_says_what_the_function_says(schema: dict[str, Any], name: str) -> None:
    definition = _resolved(schema["$defs"]["methods"]["properties"][name], schema)
    properties = {key: _resolved(raw, schema) for key, raw in definition.get("properties", {}).items()}
    made = find(name)
    assert {key: value["default"] for key, value in properties.items()} == made.settings({})
    for parameter in made.parameters:
        for value in (-1, 0, 0.005, 1, 1.5, 11, True, None, "mean", "black", "logit", "cross_entropy", "noise"):
            try:
                _check({name: {parameter.name: value}}, schema["$defs"]["methods"], schema, "saliency.methods")
                allowed = True
            except LimelightError:
                allowed = False
            assert allowed == parameter.accepts(value), (parameter.name, value)


@pytest.mark.parametrize("name", ALL)
def test_what_is_stated_without_torch_is_true(name: str) -> None:
    assert (needs_seed(name), needs_layer(name)) == (find(name).needs_seeds, find(name).needs_layer)
    assert (name in SIGNED) == find(name).signed
    assert (name in SEEDED, name in LAYERED) == (needs_seed(name), needs_layer(name))


@pytest.mark.parametrize(
    ("methods", "sentence"),
    [
        ({"gradient": {"score": "loss"}}, "methods.gradient.score: 'loss' is not one of logit, cross_entropy"),
        ({"smoothgrad": {"sample": 3}}, "methods.smoothgrad.sample: unknown key; expected one of samples, level"),
        ({"own.py:blur": {}, "smooth_grad": {}}, "methods.smooth_grad: unknown key; expected one of smoothgrad, "),
        ({"own.py:blur": 3}, "methods.own.py:blur: 3 is not a mapping of parameters"),
        ({}, "methods: {} is not a mapping of methods to their parameters"),
    ],
)
def test_mistakes_are_one_sentence(schema: dict[str, Any], methods: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LimelightError) as error:
        _check({"methods": methods}, schema["$defs"]["saliency"], schema, "")
    assert str(error.value).startswith(sentence)


def test_each_method_has_a_source_of_its_own() -> None:
    assert len({method(name).source for name in METHODS}) == len(METHODS)
    module = PACKAGE / "attribution/smoothgrad.py"
    assert source_file("smoothgrad") == module
    assert [name for name in METHODS if source_file(name) == module] == ["smoothgrad"]


def test_the_bytes_of_ones_own_file_are_its_source(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text("a = 1\n")
    before = Method("own", "capabilities.saliency.compute:explain", (source_file(f"{file}:own"),)).source
    other = tmp_path / "other.py"
    other.write_text("a = 2\n")
    assert Method("own", "capabilities.saliency.compute:explain", (source_file(f"{other}:own"),)).source != before
