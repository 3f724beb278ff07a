"""Is a study's configuration valid, and what does it say where it is silent?"""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from limelight.schema import END, KEYS, METHODS, document, keys, load, methods_table, reference
from limelight.study.errors import LimelightError
from limelight.study.settings import complete, load_yaml, sections

REPOSITORY = Path(__file__).parents[2]
SCHEMA = load(REPOSITORY)
SECTIONS = sections(SCHEMA)
PRESETS = load_yaml(REPOSITORY / "config/presets.yaml")
STUDIES = sorted(
    path
    for path in (REPOSITORY / "config").glob("*.yaml")
    if path.name not in ("config.schema.yaml", "presets.yaml") and "study" in load_yaml(path)
)
MODEL = {"factory": "package:build", "checkpoint": "w.pth"}


def study(**different: Any) -> dict[str, Any]:
    """The shortest study that says something, with differences."""
    return {"study": "s", "classes": ["a", "b"], "models": {"m": MODEL}, "images": {"path": "p"}, **different}


def completed(config: dict[str, Any]) -> dict[str, Any]:
    return complete(config, SCHEMA, PRESETS)


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(LimelightError) as error:
        completed(config)
    return str(error.value)


def model(**different: Any) -> dict[str, Any]:
    return {"models": {"m": {**MODEL, **different}}}


# --- the configurations of the repository -------------------------------------------------------------------------


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.name)
def test_studies_of_the_repository_are_valid(path: Path) -> None:
    done = completed(load_yaml(path))
    assert complete(done, SCHEMA, PRESETS) == done, "what is complete stays as it is"


def test_there_are_studies_in_the_repository() -> None:
    assert {"config.yaml", "food11.yaml", "photographs.yaml"} <= {path.name for path in STUDIES}


@pytest.mark.parametrize(
    ("path", "definition"), list(keys(SCHEMA)), ids=lambda value: value if type(value) is str else ""
)
def test_every_key_says_what_it_takes_and_means(path: str, definition: dict[str, Any]) -> None:
    assert definition["title"]
    assert definition["description"].endswith((".", ")"))
    if "default" in definition:
        validator = Draft202012Validator({**definition, "$defs": SCHEMA["$defs"]})
        assert not list(validator.iter_errors(definition["default"])), f"{path} has a default that it does not take"


def test_keys_are_all_that_the_repository_uses() -> None:
    known = {path for path, _ in keys(SCHEMA)}
    for path in STUDIES:
        assert set(paths(load_yaml(path), known)) <= known


def paths(value: Any, known: set[str], path: str = "") -> list[str]:
    """Dotted paths of the mappings in `value`, the names of models as `*`; what lies below `arguments` is anybody's."""
    if not isinstance(value, dict) or path.endswith(("arguments", "explain")):
        return []
    found = []
    for key, item in value.items():
        below = "models.*" if path == "models" else f"{path}.{key}".lstrip(".")
        if path.startswith("models.*") and key in SECTIONS:
            below = key  # a model's differences have the study's keys
        found += [*([below] if path != "models" else []), *paths(item, known, below)]
    return found


# --- what is filled in ------------------------------------------------------------------------------------------


def test_defaults_are_filled_in_at_every_depth() -> None:
    done = completed(study())
    assert (done["seed"], done["device"], done["preset"], done["explain"]) == (0, "auto", "none", {"per_class": 1})
    ascent = done["filters"]["ascent"]
    assert (ascent["step"], ascent["optimiser"], ascent["parameterisation"], ascent["batch"]) == (
        0.3,
        "adam",
        "fourier",
        8,
    )
    assert ascent["transforms"] == {"jitter": 4, "scale": 0.1, "rotate": 5, "pad": 4}
    assert ascent["octaves"]["count"] == 1
    assert done["dream"]["ascent"]["transforms"] == {"jitter": 16, "scale": 0, "rotate": 0, "pad": 0}
    assert done["dream"]["ascent"]["step"] == 0.01
    assert done["lime"]["segmentation"]["n_segments"] == 100
    assert done["buckets"] == {"predict": 1024, "explain": 64, "filters": 64}
    assert done["models"]["m"]["preprocessing"] == {
        "size": 224,
        "resize": "squash",
        "interpolation": "bilinear",
        "range": [0, 1],
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
        "channels": "RGB",
    }
    assert "demo" not in done
    assert "explain" not in done["lime"]


def test_every_default_of_the_schema_is_filled_in() -> None:
    names = SCHEMA["$defs"]["methods"]["properties"]
    chosen = completed(study(demo={}, saliency={"methods": {name: {} for name in names}}))
    for path, definition in keys(SCHEMA):
        if "default" in definition and definition["default"] != {}:
            value: Any = chosen if path.startswith("saliency.methods.") else completed(study(demo={}))
            for part in path.split("."):
                value = value["m" if part == "*" else part]
            assert value == definition["default"], path


def test_models_inherit_the_sections_and_say_where_they_differ() -> None:
    done = completed(
        study(
            lime={"samples": 50, "segmentation": {"sigma": 3}},
            models={"m": {**MODEL, "lime": {"segmentation": {"n_segments": 7}}}, "n": MODEL},
        )
    )
    assert done["models"]["m"]["lime"]["segmentation"] == {**done["lime"]["segmentation"], "n_segments": 7}
    assert done["models"]["m"]["lime"]["samples"] == 50
    assert done["models"]["n"]["lime"] == done["lime"]
    assert [done["models"]["n"][section] for section in SECTIONS] == [done[section] for section in SECTIONS]


def test_models_share_no_mapping() -> None:
    done = completed(study(models={"m": {**MODEL}, "n": {**MODEL}}))
    done["models"]["m"]["lime"]["segmentation"]["sigma"] = "changed"
    done["models"]["m"]["preprocessing"]["mean"][0] = "changed"
    assert done["models"]["n"]["lime"]["segmentation"]["sigma"] == 1
    assert done["models"]["n"]["preprocessing"]["mean"] == [0, 0, 0]
    assert completed(study())["lime"]["segmentation"]["sigma"] == 1


def test_classes_are_the_models_own_or_the_studys() -> None:
    done = completed(study(models={"m": {**MODEL, "classes": "names.txt"}, "n": MODEL}))
    assert done["models"]["m"]["classes"] == "names.txt"
    assert done["models"]["n"]["classes"] == ["a", "b"]


def test_preset_lies_below_what_the_user_says() -> None:
    done = completed(study(preset="report", dream={"filter": 9}, lime={"segmentation": {"n_segments": 7}}))
    assert done["saliency"]["methods"] == {"gradient": {"score": "cross_entropy"}}
    assert (done["dream"]["filter"], done["dream"]["layer"]) == (9, 30)
    assert done["lime"]["segmentation"]["n_segments"] == 7
    assert done["models"]["m"]["lime"]["outputs"] == "logit"
    ascent = done["filters"]["ascent"]
    assert (ascent["optimiser"], ascent["step"], ascent["clip"], ascent["parameterisation"]) == (
        "adam",
        1,
        "end",
        "pixels",
    )
    assert not any(ascent["transforms"].values())
    assert (ascent["octaves"]["count"], ascent["redirect"]) == (1, 0)


def test_lists_replace_lists() -> None:
    done = completed(study(filters={"layers": [3]}, models={"m": {**MODEL, "filters": {"layers": [1, 2]}}, "n": MODEL}))
    assert [done["models"][name]["filters"]["layers"] for name in "mn"] == [[1, 2], [3]]


@pytest.mark.parametrize("own", [{"per_class": 3}, ["x"], "all"])
@pytest.mark.parametrize("common", [{"per_class": 2}, ["y"], "all"])
def test_a_choice_of_images_replaces_the_other_choice(own: Any, common: Any) -> None:
    done = completed(study(explain={"per_class": 5}, lime={"explain": common}, **model(lime={"explain": own})))
    assert done["models"]["m"]["lime"]["explain"] == own
    assert done["lime"]["explain"] == common
    assert done["explain"] == {"per_class": 5}


def test_the_users_configuration_and_the_presets_stay_as_they_are() -> None:
    config = study(preset="report", lime={"segmentation": {"sigma": 2}}, models={"m": {**MODEL, "dream": {}}})
    before = copy.deepcopy((config, SCHEMA, PRESETS))
    done = completed(config)
    done["lime"]["segmentation"]["sigma"] = done["filters"]["layers"][0] = done["models"]["m"]["factory"] = "changed"
    assert (config, SCHEMA, PRESETS) == before


# --- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (study(lime={"samples": "many"}), "lime.samples: 'many' is not a positive integer, or auto"),
        (study(lime={"samples": 0}), "lime.samples: 0 is not a positive integer, or auto"),
        (study(lime={"samples": True}), "lime.samples: True is not a positive integer, or auto"),
        (study(lime={"samples": 16.0}), "lime.samples: 16.0 is not a positive integer, or auto"),
        (study(lime={"fill": 2}), "lime.fill: 2 is not mean, or a number from 0 to 1"),
        (study(lime=None), "lime: None is not the settings of lime"),
        (study(filters=[]), "filters: [] is not the settings of filters"),
        (study(filters={"ascent": {"step": 0}}), "filters.ascent.step: 0 is not a positive number"),
        (study(filters={"ascent": {"step": float("nan")}}), "filters.ascent.step: nan is not a positive number"),
        (study(filters={"ascent": {"step": float("inf")}}), "filters.ascent.step: inf is not a positive number"),
        (study(filters={"ascent": {"clip": "no"}}), "filters.ascent.clip: 'no' is not one of each, end"),
        (
            study(filters={"layers": [2, -1]}),
            "filters.layers.1: -1 is not a layer's name or index, or one of shallow, middle, deep",
        ),
        (
            study(filters={"filters": [0, 0]}),
            "filters.filters: [0, 0] contains a duplicate; expected a list of whole numbers from 0",
        ),
        (study(dream={"record": []}), "dream.record: [] is not a list of whole numbers from 0"),
        (study(classes=["a", "a"]), "classes: ['a', 'a'] contains a duplicate; expected a list of class names"),
        (study(classes=["a"]), "classes: ['a'] is not a list of class names"),
        (study(explain="some"), "explain: 'some' is not {per_class: n}, a list of image ids, or all"),
        (
            study(explain={"per_class": 0}),
            "explain: {'per_class': 0} is not {per_class: n}, a list of image ids, or all",
        ),
        (study(device="gpu"), "device: 'gpu' is not one of auto, cpu, cuda, cuda:N, mps"),
        (study(preset="best"), "preset: 'best' is not one of none, report"),
        (study(preset=["report"]), "preset: ['report'] is not one of none, report"),
        (
            study(study="a/b"),
            "study: 'a/b' is not a name of letters, digits, dots, dashes and underscores that is not store",
        ),
        (study(models={}), "models: {} is not a mapping of model names to models"),
        (study(models={"m": None}), "models.m: None is not the settings of a model"),
        (
            study(models={"logs": MODEL}),
            "models: 'logs' is not a name of letters, digits, dots, dashes and underscores that is none of benchmarks, "
            "data, gallery, logs, training",
        ),
        (study(images={"layout": "csv"}), "images.path: missing; expected the path of a folder or of a CSV file"),
        (
            study(**model(preprocessing={"size": [1, 2, 3]})),
            "models.m.preprocessing.size: [1, 2, 3] is not a positive integer, or two (height and width)",
        ),
        (
            study(**model(factory="vgg11")),
            "models.m.factory: 'vgg11' is not torchvision:name, package.module:callable or path/to/file.py:callable",
        ),
        (study(models={"m": {"factory": "a:b"}}), "models.m.checkpoint: missing; expected the path of a checkpoint"),
        ({}, "study: missing; expected a name of letters, digits, dots, dashes and underscores that is not store"),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_one_sentence_says_the_key_what_it_is_and_what_was_expected(config: dict[str, Any], said: str) -> None:
    assert refusal(config) == said


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("lime", "samples", "many", "'many' is not a positive integer, or auto"),
        ("saliency", "layer", -3, "-3 is not a layer's name or index, or one of shallow, middle, deep"),
        ("dream", "filter", -1, "-1 is not a whole number from 0"),
    ],
)
def test_differences_of_a_model_are_checked_with_their_path(section: str, key: str, value: Any, said: str) -> None:
    assert refusal(study(**{section: {key: value}})) == f"{section}.{key}: {said}"
    assert refusal(study(**model(**{section: {key: value}}))) == f"models.m.{section}.{key}: {said}"


@pytest.mark.parametrize(
    ("config", "start"),
    [
        (study(sede=3), "sede: unknown key; expected one of seed, "),
        (study(lime={"sample": 3}), "lime.sample: unknown key; expected one of samples, "),
        (
            study(lime={"segmentation": {"n_segment": 3}}),
            "lime.segmentation.n_segment: unknown key; expected one of n_s",
        ),
        (study(filters={"ascent": {"steps": 3}}), "filters.ascent.steps: unknown key; expected one of "),
        (study(**model(checkpiont="a")), "models.m.checkpiont: unknown key; expected one of checkpoint, "),
        (study(**model(lime={"sample": 3})), "models.m.lime.sample: unknown key; expected one of samples, "),
        (study(**model(preprocessing={"sise": 3})), "models.m.preprocessing.sise: unknown key; expected one of size, "),
        (study(lime={1: 2}), "lime.1: unknown key; expected one of "),
        (study(saliency={"methods": {"edges": {"a": 1}}}), "saliency.methods.edges.a: unknown key; expected none"),
        (study(quality={"methods": ["grad"]}), "quality.methods.0: 'grad' is not lime or one of grad_cam, "),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_unknown_key_names_the_nearest(config: dict[str, Any], start: str) -> None:
    assert refusal(config).startswith(start)


def test_of_several_mistakes_the_one_at_the_top_is_named() -> None:
    deep = {"segmentation": {"method": "felzenszwalb", "sigma": -1}, "samples": "many"}
    assert refusal(study(lime=deep)).startswith("lime.samples: ")
    assert refusal(study(lime=deep, seed="x")).startswith("seed: ")


def test_numbers_in_lists_are_checked_too() -> None:
    assert refusal(study(**model(preprocessing={"std": [1, 0, 1]}))).startswith("models.m.preprocessing.std.1: 0 ")
    assert refusal(study(**model(preprocessing={"mean": [0, "x", 0]}))).startswith(
        "models.m.preprocessing.mean.1: 'x' "
    )


def test_classes_have_to_be_named_somewhere() -> None:
    silent = study()
    del silent["classes"]
    assert refusal(silent).startswith("models.m.classes: missing; expected a list of class names")
    assert completed({**silent, **model(classes=["x", "y"])})["models"]["m"]["classes"] == ["x", "y"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats() | st.sampled_from(["all", "", "m", "report"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["per_class", "m", "step"]), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([path for path, _ in keys(SCHEMA) if "*" not in path]), JUNK, max_size=3))
def test_nothing_but_a_complete_study_or_one_sentence_comes_of_anything(values: dict[str, Any]) -> None:
    config: dict[str, Any] = study()
    for path, value in values.items():
        *above, last = path.split(".")
        section = config
        for name in above:
            if not isinstance(section.get(name), dict):
                section[name] = {}
            section = section[name]
        section[last] = value
    said = ""
    try:
        done = completed(config)
    except LimelightError as error:
        said = str(error)
    if said:
        assert "\n" not in said
        assert ": " in said
    else:
        assert set(done) >= {path for path, definition in keys(SCHEMA) if "." not in path and "default" in definition}


# --- the reference ------------------------------------------------------------------------------------------------


def test_reference_lists_every_key_once() -> None:
    rows = [line.split("`")[1] for line in reference(SCHEMA).splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(path for path, _ in keys(SCHEMA))


def test_readme_holds_the_reference_of_this_schema() -> None:
    page = (REPOSITORY / "config/README.md").read_text(encoding="utf-8")
    assert document(SCHEMA, page) == page, "run `make docs`"
    assert METHODS in page


def test_document_replaces_only_what_follows_the_marks() -> None:
    once = document(SCHEMA, f"My words.\n{METHODS}old{END}More.\n{KEYS}old\n")
    assert once == f"My words.\n{METHODS}\n{methods_table()}\n\n{END}More.\n{KEYS}\n{reference(SCHEMA)}\n"
    assert document(SCHEMA, once) == once


def test_a_cell_of_a_table_stays_one_cell() -> None:
    schema = {"properties": {"x": {"title": "a|b", "description": "|z|."}}}
    assert r"| `x` | a\|b |  | \|z\|. |" in reference(schema)


def test_the_module_writes_the_reference_into_a_page(tmp_path: Path, python: Callable[..., str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Käse\n{KEYS}", encoding="utf-8")
    python("import runpy; runpy.run_module('limelight.schema', run_name='__main__')", str(page))
    assert page.read_text(encoding="utf-8") == document(SCHEMA, f"Käse\n{KEYS}")


# --- the parts of the schema --------------------------------------------------------------------------------------


def test_a_capability_brings_its_part(tmp_path: Path) -> None:
    """A folder with a `schema.yaml` adds a section, the differences of a model, and a key of another section."""
    for folder in ("config", "scripts/limelight/capabilities"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    room = tmp_path / "scripts/limelight/capabilities/brightness"
    room.mkdir()
    (room / "schema.yaml").write_text(PART)
    schema = load(tmp_path)
    done = complete(study(**model(brightness={"size": 3})), schema, PRESETS)
    assert done["models"]["m"]["brightness"] == {"size": 3}
    assert done["brightness"] == {"size": 7}
    assert done["figures"] == {**completed(study())["figures"], "brightness": "gray"}
    assert [*SECTIONS, "brightness"] == sections(schema)
    with pytest.raises(LimelightError, match=r"^models\.m\.brightness\.size: 0 is not a positive integer$"):
        complete(study(**model(brightness={"size": 0})), schema, PRESETS)


def test_sections_are_in_the_order_of_the_catalogue() -> None:
    assert SECTIONS == ["saliency", "filters", "lime", "dream", "quality"]
    assert [key for key in SCHEMA["properties"] if key in SECTIONS] == SECTIONS


PART = """
properties:
  brightness: {$ref: "#/$defs/brightness"}
$defs:
  brightness:
    title: the settings of brightness
    description: How bright is it?
    type: object
    additionalProperties: false
    default: {}
    properties:
      size: {$ref: "#/$defs/count", description: Its size., default: 7}
  model:
    properties:
      brightness: {$ref: "#/$defs/differences", description: Settings that differ.}
  figures:
    properties:
      brightness: {title: a colour map, type: string, description: Its colours., default: gray}
"""
