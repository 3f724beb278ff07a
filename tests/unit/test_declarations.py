"""Is what an attribution method declares read from its source, without running it, and refused where it can't be?"""

import ast
import inspect
import math
import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight import schema
from limelight.attribution import reader, registry, sources
from limelight.attribution.reader import Declaration, method_names, read
from limelight.study.errors import LimelightError
from limelight.study.settings import complete

ALL = (*registry.METHODS, *registry.BASELINES)

HEAD = """from __future__ import annotations
import typing
from typing import Annotated, Literal, Union
from limelight.attribution.contract import Attribution, Count, Paper, Range, method
from limelight.attribution.contract import Count as Number
from limelight.attribution.gradient import Score

raise RuntimeError("this file is read, not run")
"""

EVERYTHING = (
    HEAD
    + '''
PAPER = Paper("Somebody, Else", 2020, arxiv="2001.00001")
Choice = Literal["one", "two"]
THREE = 3

@method(paper=PAPER, signed=True, title="All of it")
def everything(
    classifier,
    photographs,
    targets,
    *,
    batch: int,
    whole: int = THREE,
    number: float = 0.5,
    count: Count = 1,
    renamed: Number = 2,
    flag: bool = False,
    text: "str" = "a",
    choice: Choice = "one",
    score: Score = "logit",
    either: Literal["mean"] | Annotated[float, Range(0, 1)] = "mean",
    union: Union[int, typing.Literal["all"]] = "all",
    upper: Annotated[int, Range(high=-1)] = -5,
    half: Annotated[float, Range(0.5)] = 0.5,
    unsaid=7,
) -> Attribution:
    """Takes every kind
    of parameter.

    More of it, |x|.

    Parameters
    ----------
    whole
        A number
        of things.
    number, count
        Both.

    Raises
    ------
    flag
        No parameter.
    """

def plain(classifier, photographs, targets): ...

@method(signed=False, paper=Paper("Me", 2026, "2601.00001"))
def second_one(classifier, photographs, targets, *, seeds, layer): ...
'''
)


def declared(folder: Path, source: str, function: str = "mine") -> Declaration:
    file = folder / "mine.py"
    file.write_text(source)
    return read(file, function, f"mine.py:{function}")


def refusal(folder: Path, source: str, function: str = "mine") -> str:
    with pytest.raises(LimelightError) as error:
        declared(folder, source, function)
    assert "\n" not in str(error.value)
    return str(error.value)


def mine(parameter: str = "", decorator: str = 'paper=Paper("Me", 2026, "2601.00001"), signed=False') -> str:
    return f"{HEAD}\n@method({decorator})\ndef mine(classifier, photographs, targets, *, batch, {parameter}): ...\n"


# --- what is read -------------------------------------------------------------------------------------------------


def test_a_declaration_is_read_without_running_the_file(tmp_path: Path) -> None:
    everything = declared(tmp_path, EVERYTHING, "everything")
    assert (everything.name, everything.title) == ("mine.py:everything", "All of it")
    assert everything.summary == "Takes every kind of parameter."
    assert (everything.authors, everything.year, everything.arxiv) == ("Somebody, Else", 2020, "2001.00001")
    assert (everything.signed, everything.baseline) == (True, False)
    assert (everything.needs_layer, everything.needs_seed) == (False, False)
    assert {name: (made["title"], made["default"]) for name, made in everything.parameters.items()} == {
        "whole": ("a whole number", 3),
        "number": ("a number", 0.5),
        "count": ("a positive integer", 1),
        "renamed": ("a positive integer", 2),
        "flag": ("true or false", False),
        "text": ("a string", "a"),
        "choice": ("one of one, two", "one"),
        "score": ("one of logit, cross_entropy", "logit"),
        "either": ("mean or a number from 0 to 1", "mean"),
        "union": ("a whole number or all", "all"),
        "upper": ("a whole number to -1", -5),
        "half": ("a number from 0.5", 0.5),
        "unsaid": ("a whole number", 7),
    }
    meanings = {name: made["description"] for name, made in everything.parameters.items() if made["description"]}
    assert meanings == {"whole": "A number of things.", "number": "Both.", "count": "Both."}


def test_functions_without_the_decorator_are_no_methods(tmp_path: Path) -> None:
    second = declared(tmp_path, EVERYTHING, "second_one")
    assert method_names(tmp_path / "mine.py") == ["everything", "second_one"]
    assert (second.title, second.summary, second.needs_layer, second.needs_seed) == ("second one", "", True, True)
    assert refusal(tmp_path, EVERYTHING, "plain") == (
        f"mine.py:plain: {tmp_path}/mine.py has no function plain decorated with limelight's @method"
    )


@pytest.mark.parametrize(
    ("authors", "citation"),
    [("Me", "Me, 2020"), ("Me, You", "Me and You, 2020"), ("Me, You, They", "Me et al., 2020")],
)
def test_a_paper_is_cited_by_its_authors(tmp_path: Path, authors: str, citation: str) -> None:
    assert declared(tmp_path, mine(decorator=f'paper=Paper("{authors}", 2020, ""), signed=True')).citation == citation


@given(low=st.none() | st.integers(-5, 5), high=st.none() | st.integers(-5, 5), kind=st.sampled_from([int, float]))
def test_a_range_is_that_of_the_schema(low: int | None, high: int | None, kind: type) -> None:
    bounds = ", ".join(f"{key}={value}" for key, value in (("low", low), ("high", high)) if value is not None)
    node = ast.parse(f"Annotated[{kind.__name__}, Range({bounds})]", mode="eval").body
    values = reader._values(node, reader._Module(ast.parse("")), "x")
    for value in range(-6, 7):
        allowed = (-math.inf if low is None else low) <= value <= (math.inf if high is None else high)
        sentence = f"x: {value} is not {values['title']}"
        with nullcontext() if allowed else pytest.raises(LimelightError, match=f"^{re.escape(sentence)}$"):
            schema.check(value, values, {"$defs": {}}, "x")


@given(st.lists(st.integers(-3, 3) | st.booleans() | st.text("ab'\"\\", max_size=3), min_size=1, unique_by=repr))
def test_choices_are_what_literal_lists(choices: list[Any]) -> None:
    node = ast.parse(f"Literal[{', '.join(map(repr, choices))}]", mode="eval").body
    values = reader._values(node, reader._Module(ast.parse("")), "x")
    for value in choices:
        schema.check(value, values, {"$defs": {}}, "x")
    with pytest.raises(LimelightError):
        schema.check("another", values, {"$defs": {}}, "x")


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (mine("power: float"), "the parameter power has no default; expected one"),
        (mine("power=None"), "the parameter power has no annotation; expected one such as int, float or Literal[...]"),
        (mine("power: float = 2 * len('a')"), "the default of the parameter power is 2 * len('a'); expected a literal"),
        (mine("power: Unknown = 1"), "the annotation of the parameter power is Unknown; expected int, float, bool, "),
        (mine("power: list[int] = 1"), "the annotation of the parameter power is list[int]; expected int, float, bo"),
        (
            mine("power: Annotated[str, Range(1)] = 'a'"),
            "the parameter power has a Range and is a string; expected an ",
        ),
        (mine("power: Annotated[int, 3] = 1"), "found 3; expected Range(low, high)"),
        (mine("power: Annotated[int, Range(LOW)] = 1"), "low of Range is LOW; expected a literal value"),
        (mine(decorator="signed=False"), "@method lacks paper; expected paper=Paper(authors, year, arxiv) and sig"),
        (mine(decorator='paper=Paper("Me", 2026, "1")'), "@method lacks signed; expected paper=Paper(authors, yea"),
        (mine(decorator="paper='mine', signed=False"), "found 'mine'; expected Paper(authors, year, arxiv)"),
        (mine(decorator="paper=Paper('Me', 2026), signed=False"), "found Paper('Me', 2026); expected Paper(authors, "),
        (mine(decorator='paper=Paper("Me", 2026, "1"), signed=1 > 0'), "signed is 1 > 0; expected a literal value"),
        (
            mine().replace("*, batch, ", "power=1"),
            "its positional arguments are classifier, photographs, targets, power; expected classifier, photographs, "
            "targets, and parameters behind *",
        ),
        (mine(decorator='paper=Paper("Me", 2026, "1"), signed="no"'), "signed is 'no'; expected True or False"),
        ("A = B\nB = A\n" + mine("power: A = 1"), "the annotation of the parameter power is "),
        ("A = int | A\n" + mine("power: A = 1"), "RecursionError: "),
        ("def mine(:", "SyntaxError: "),
    ],
)
def test_what_cant_be_read_is_refused_in_a_sentence(tmp_path: Path, source: str, sentence: str) -> None:
    assert refusal(tmp_path, source).startswith(f"mine.py:mine: {sentence}")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"power": 5}, "own.py:bright.power: 5 is not a number from 0 to 4"),
        ({"power": "1"}, "own.py:bright.power: '1' is not a number from 0 to 4"),
        ({"power": True}, "own.py:bright.power: True is not a number from 0 to 4"),
        ({"power": math.nan}, "own.py:bright.power: nan is not a number from 0 to 4"),
        ({"powr": 1}, "own.py:bright.powr: unknown key; expected one of power, count"),
        ({"count": 0}, "own.py:bright.count: 0 is not a positive integer"),
        ([], "own.py:bright: [] is not a mapping of parameters"),
    ],
)
def test_wrong_parameters_of_a_users_method_are_refused_like_any_other(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: Any, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    source = mine("power: Annotated[float, Range(0, 4)] = 1, count: Count = 1")
    Path("own.py").write_text(source.replace("mine", "bright"))
    whole = schema.load(repository)
    for config in (study({"own.py:bright": parameters}), study({"gradient": {}}, {"own.py:bright": parameters})):
        with pytest.raises(LimelightError) as error:
            complete(config, schema.with_methods_of(config, whole), {})
        start = "" if "own.py:bright" in config["saliency"]["methods"] else "models.m."
        assert str(error.value) == f"{start}saliency.methods.{sentence}"


def study(methods: dict[str, Any], of_model: dict[str, Any] | None = None) -> dict[str, Any]:
    model: dict[str, Any] = {"factory": "package:build", "checkpoint": "w.pth"}
    if of_model is not None:
        model["saliency"] = {"methods": of_model}
    sections = {"classes": ["a", "b"], "images": {"path": "p"}, "saliency": {"methods": methods}}
    return {"study": "s", "models": {"m": model}, **sections}


def test_defaults_of_a_users_method_are_filled_in(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(mine("power: Annotated[float, Range(0, 4)] = 1, count: Count = 1"))
    config = study({"own.py:mine": {"power": 2}})
    done = complete(config, schema.with_methods_of(config, schema.load(repository)), {})
    assert done["models"]["m"]["saliency"]["methods"] == {"own.py:mine": {"power": 2, "count": 1}}


def test_a_users_method_is_refused_at_parse_wherever_it_is_named(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(mine("power: float = 'a'"))
    whole = schema.load(repository)
    for config, sentence in (
        (
            study({"none.py:x": {}}),
            "none.py:x: none.py does not exist; expected a Python file with an attri",
        ),
        (
            study({"gradient": {}}) | {"quality": {"methods": ["own.py:x"]}},
            "own.py:x: own.py has no function x decorated ",
        ),
        (study({}, {"own.py:mine": {}}), "own.py:mine: the default of power: 'a' is not a number"),
    ):
        with pytest.raises(LimelightError) as error:
            schema.with_methods_of(config, whole)
        assert str(error.value).startswith(sentence)


JUNK = st.recursive(
    st.none() | st.integers() | st.sampled_from(["models", "methods", "a.py:b"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["models", "methods", "m", "a.py:b"]), inner),
    max_leaves=6,
)


@given(JUNK)
def test_a_config_of_any_form_names_its_methods_or_none(value: Any) -> None:
    for name in schema._own_methods({"saliency": value, "models": value}):
        assert name == "a.py:b"


# --- the methods of this package ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_what_is_read_is_what_the_imported_function_says(name: str) -> None:
    method, made = sources.find(name), registry.declaration(name)
    keywords = {
        keyword.name: keyword.default
        for keyword in inspect.signature(method.function).parameters.values()
        if keyword.kind is keyword.KEYWORD_ONLY
    }
    assert method.name == made.name == name
    assert {key: parameter["default"] for key, parameter in made.parameters.items()} == {
        key: default for key, default in keywords.items() if key not in ("seeds", "layer", "batch")
    }
    assert (made.needs_layer, made.needs_seed) == ("layer" in keywords, "seeds" in keywords)
    assert method.needs_layer == made.needs_layer
    assert method.takes == {"seeds", "layer", "batch"} & keywords.keys()
    assert (method.function.__doc__ or "").startswith(made.summary)


@pytest.mark.parametrize("name", ALL)
def test_each_method_says_all_that_the_pages_say_of_it(name: str) -> None:
    made = registry.declaration(name)
    assert made.summary.endswith(".")
    assert "|" not in made.summary
    assert made.year >= 2014
    assert made.arxiv.replace(".", "").isdecimal()
    assert all(parameter["description"].endswith((".", ")")) for parameter in made.parameters.values())


def test_what_the_methods_declare() -> None:
    made = {name: registry.declaration(name) for name in ALL}
    assert {"gradient", "smoothgrad", "grad_cam", "occlusion"} < set(registry.METHODS)
    assert registry.BASELINES == ("random", "centre", "edges")
    assert [name for name in ALL if made[name].signed] == ["gradient_x_input", "integrated_gradients", "occlusion"]
    assert [name for name in ALL if made[name].needs_layer] == ["grad_cam", "guided_grad_cam"]
    assert [name for name in ALL if made[name].needs_seed] == ["smoothgrad", "random"]
    assert made["smoothgrad"].title == "SmoothGrad"
    assert made["integrated_gradients"].title == "integrated gradients"


def test_a_method_is_in_the_file_of_its_name() -> None:
    """`sources` goes by the name alone; only the baselines share a file."""
    for file in sources.FOLDER.glob("*.py"):
        names = method_names(file)
        assert names in ([], [file.stem]) or names == list(registry.BASELINES), file


def test_methods_are_read_without_torch(python: Callable[..., str]) -> None:
    code = "import sys; from limelight import schema; from limelight.attribution import registry as r; "
    assert python(code + "print(len(r.METHODS), 'torch' in sys.modules, 'numpy' in sys.modules)").split() == [
        str(len(registry.METHODS)),
        "False",
        "False",
    ]


def test_what_is_no_method_has_a_name_and_no_sign() -> None:
    assert (registry.title("lime"), registry.signed("lime")) == ("lime", False)
    assert (registry.title("gone.py:a_method"), registry.signed("gone.py:a_method")) == ("a method", False)
