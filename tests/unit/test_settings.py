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

from limelight.network.photographs import Resize
from limelight.schema import END, KEYS, METHODS, document, keys, load, methods_table, reference
from limelight.study.errors import LimelightError
from limelight.study.settings import check_files, complete, load_yaml, sections

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

NAME_OF_A_MODEL = SCHEMA["properties"]["models"]["propertyNames"]["title"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (study(lime={"samples": "many"}), "lime.samples: 'many' is not a whole number from 10 to 1000000, or auto"),
        (study(lime={"samples": 0}), "lime.samples: 0 is not a whole number from 10 to 1000000, or auto"),
        (study(lime={"samples": True}), "lime.samples: True is not a whole number from 10 to 1000000, or auto"),
        (study(lime={"samples": 16.0}), "lime.samples: 16.0 is not a whole number from 10 to 1000000, or auto"),
        (study(lime={"fill": 2}), "lime.fill: 2 is not mean, or a number from 0 to 1"),
        (study(lime=None), "lime: None is not the settings of lime"),
        (study(filters=[]), "filters: [] is not the settings of filters"),
        (study(filters={"ascent": {"step": 0}}), "filters.ascent.step: 0 is not a positive number"),
        (study(filters={"ascent": {"step": float("nan")}}), "filters.ascent.step: nan is not a positive number"),
        (study(filters={"ascent": {"step": float("inf")}}), "filters.ascent.step: inf is not a positive number"),
        (study(filters={"ascent": {"clip": "no"}}), "filters.ascent.clip: 'no' is not one of each, end"),
        (
            study(filters={"layers": [2, -1]}),
            "filters.layers.1: -1 is not a layer's name (of at most 100 letters, digits, dots, dashes and underscores) "
            "or index, or one of shallow, middle, deep",
        ),
        (
            study(filters={"filters": [0, 0]}),
            "filters.filters: [0, 0] contains a duplicate; expected a list of whole numbers from 0",
        ),
        (study(dream={"record": []}), "dream.record: [] is not a list of whole numbers from 0"),
        (
            study(classes=["a", "a"]),
            "classes: ['a', 'a'] contains a duplicate; expected a list of at least two class names",
        ),
        (study(classes=["a"]), "classes: ['a'] is not a list of at least two class names"),
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
            "study: 'a/b' is not a name of at most 100 letters, digits, dots, dashes and underscores that is not store",
        ),
        (study(models={}), "models: {} is not a mapping of model names to models"),
        (study(models={"m": None}), "models.m: None is not the settings of a model"),
        (
            study(models={"logs": MODEL}),
            f"models: 'logs' is not {NAME_OF_A_MODEL}",
        ),
        (study(images={"layout": "csv"}), "images.path: missing; expected the path of a folder or of a CSV file"),
        (
            study(**model(preprocessing={"size": [1, 2, 3]})),
            "models.m.preprocessing.size: [1, 2, 3] is not a whole number from 1 to 16384, or two (height and width)",
        ),
        (
            study(**model(factory="vgg11")),
            "models.m.factory: 'vgg11' is not torchvision:name, package.module:callable or path/to/file.py:callable",
        ),
        (study(models={"m": {"factory": "a:b"}}), "models.m.checkpoint: missing; expected the path of a checkpoint"),
        (
            {},
            "study: missing; expected a name of at most 100 letters, digits, dots, dashes and underscores that is not "
            "store",
        ),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_one_sentence_says_the_key_what_it_is_and_what_was_expected(config: dict[str, Any], said: str) -> None:
    assert refusal(config) == said


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("lime", "samples", "many", "'many' is not a whole number from 10 to 1000000, or auto"),
        (
            *("saliency", "layer", -3),
            "-3 is not a layer's name (of at most 100 letters, digits, dots, dashes and underscores) or index, "
            "or one of shallow, middle, deep",
        ),
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


@pytest.mark.parametrize(
    "name", ["failed.csv", "images.csv", "report.html", "Report.HTML", "Logs", "m" * 40 + "/b", "a/b", ""]
)
def test_names_of_models_are_folders_beside_the_files_of_the_study(name: str) -> None:
    assert refusal(study(models={name: MODEL})) == f"models: {name!r} is not {NAME_OF_A_MODEL}"
    assert refusal(study(models={"m" * 101: MODEL})).startswith("models: 'mmm")
    assert refusal(study(study="s" * 300)).startswith(
        f"study: '{'s' * 49} ... {'s' * 49}' is not a name of at most 100"
    )


@pytest.mark.parametrize("character", ["\n", "\0", "\x1b", "\u2028", "\udcff"])
@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"study": "s@"}, "study"),
        ({"classes": ["a", "b@c"]}, "classes.1"),
        ({"models": {"m@": MODEL}}, "models"),
        ({"images": {"path": "photographs@"}}, "images.path"),
        ({"explain": ["egg_1@"]}, "explain.0"),
        ({"figures": {"fonts": ["@"]}}, "figures.fonts.0"),
        ({"@": "x"}, "the configuration"),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_every_text_is_one_line_of_characters(config: dict[str, Any], path: str, character: str) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {filled(key): filled(item) for key, item in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else value.replace("@", character)

    said = refusal({**study(), **(filled(config) if "models" not in config else {"models": {f"m{character}": MODEL}})})
    assert said.startswith(f"{path}: ")
    assert said.endswith(f" contains the character U+{ord(character):04X}; expected text of one line")
    assert said.isprintable()


def test_arguments_of_a_factory_and_names_in_any_script_are_the_users() -> None:
    done = completed(study(classes=["Käse\u00a0", "餃子", "\u200b🍳"], **model(arguments={"text": "two\nlines"})))
    assert done["models"]["m"]["arguments"] == {"text": "two\nlines"}


@pytest.mark.parametrize(
    ("preprocessing", "said"),
    [
        ({"range": [0, 0]}, "range: black and white are both 0; expected two values"),
        (
            {"mean": [0.5, 123, 0]},
            "mean.1: 123 is outside of the range of values, 0 to 1; expected a mean within it, in its units",
        ),
        (
            {"range": [1, -1], "mean": [0, 0, 2]},
            "mean.2: 2 is outside of the range of values, 1 to -1; expected a mean within it, in its units",
        ),
        (
            {"std": [1e-300, 1, 1]},
            "std.0: 1e-300 does not fit the range of values, 0 to 1; expected a standard deviation from 0.0001 to 10, "
            "in its units",
        ),
        (
            {"std": [1, 1, 58]},
            "std.2: 58 does not fit the range of values, 0 to 1; expected a standard deviation from 0.0001 to 10, in "
            "its units",
        ),
    ],
)
def test_range_mean_and_std_belong_together(preprocessing: dict[str, Any], said: str) -> None:
    assert refusal(study(**model(preprocessing=preprocessing))) == f"models.m.preprocessing.{said}"


@pytest.mark.parametrize(
    "preprocessing",
    [
        {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        {"range": [0, 255], "mean": [103.9, 116.8, 123.7]},
        {"range": [-1, 1]},
        {"std": [1 / 255] * 3},
        {"range": [0, 255], "mean": [127.5] * 3, "std": [127.5] * 3},
        {"range": [1, 0], "mean": [0.5] * 3, "std": [0.5] * 3},
    ],
)
def test_preprocessing_of_networks_in_use_is_lawful(preprocessing: dict[str, Any]) -> None:
    assert completed(study(**model(preprocessing=preprocessing)))


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (study(seed=10**400), "seed"),
        (study(seed=-1), "seed"),
        (study(seed=2**63), "seed"),
        (study(lime={"kernel_width": 1e-9}), "lime.kernel_width"),
        (study(lime={"kernel_width": 10**400}), "lime.kernel_width"),
        (study(lime={"samples": 1}), "lime.samples"),
        (study(lime={"batch": 10**9}), "lime.batch"),
        (study(lime={"segmentation": {"n_segments": 1}}), "lime.segmentation.n_segments"),
        (study(lime={"segmentation": {"cells": 1}}), "lime.segmentation.cells"),
        (study(quality={"steps": 10**9}), "quality.steps"),
        (study(filters={"filters": []}), "filters.filters"),
        (study(dream={"filters": []}), "dream.filters"),
        (study(dream={"layers": []}), "dream.layers"),
        (study(dream={"size": 10**5}), "dream.size"),
        (study(filters={"layers": ["a/b"]}), "filters.layers.0"),
        (study(filters={"layers": ["{model}"]}), "filters.layers.0"),
        (study(filters={"layers": ["<logs>"]}), "filters.layers.0"),
        (study(filters={"layers": ["a" * 101]}), "filters.layers.0"),
        (study(filters={"layers": [0, "0"]}), "filters.layers"),
        (study(pathvars="x"), "pathvars"),
        (study(pathvars={"results": ""}), "pathvars.results"),
        (study(pathvars={"results": "a{x}"}), "pathvars.results"),
        (study(pathvars={"results": "<logs>"}), "pathvars.results"),
        (study(pathvars={"study": "x"}), "pathvars"),
        (study(**model(preprocessing={"size": 100000})), "models.m.preprocessing.size"),
        (study(**model(preprocessing={"size": [224, 100000]})), "models.m.preprocessing.size"),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_values_of_which_nothing_can_be_made_are_refused(config: dict[str, Any], key: str) -> None:
    said = refusal(config)
    assert said.startswith(f"{key}: ")
    assert len(said) < 400


def test_whatever_is_wrong_with_it_a_value_does_not_fill_the_sentence() -> None:
    assert len(refusal(study(lime=["x" * 100_000]))) < 200
    assert len(refusal(study(**{"k" * 100_000: 1}))) < 400
    assert len(refusal(study(study="s" * 100_000))) < 300


# --- keys that a file has twice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study: a\nseed: 1\nstudy: b\n", "the key study stands in line 1 and in line 3; expected it once"),
        (
            "models:\n  m: {factory: a, factory: b}\n  m: {}\n",
            "the key m stands in line 2 and in line 3; expected it once",
        ),
        ("a:\n- b: 1\n- c: 1\n  d: 2\n  c: 3\n", "the key c stands in line 3 and in line 5; expected it once"),
        ('{"seed": 1,\n "seed": 2}', "the key seed stands in line 1 and in line 2; expected it once"),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: *x\n1: 0\n'1': 0\n", ""),
        ("a: &x [*x]\n", ""),
        ("a: [\n", ""),
        ("", ""),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_lines(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(text)
    if said:
        with pytest.raises(LimelightError) as error:
            check_files([file])
        assert str(error.value) == f"{file}: {said}"
    else:
        check_files([file, tmp_path / "missing.yaml"])


@pytest.mark.parametrize("path", sorted((REPOSITORY / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_no_configuration_of_the_repository_has_a_key_twice(path: Path) -> None:
    check_files([path])


def test_numbers_in_lists_are_checked_too() -> None:
    assert refusal(study(**model(preprocessing={"std": [1, 0, 1]}))).startswith("models.m.preprocessing.std.1: 0 ")
    assert refusal(study(**model(preprocessing={"mean": [0, "x", 0]}))).startswith(
        "models.m.preprocessing.mean.1: 'x' "
    )


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            {"shorter_side": 256},
            "shorter_side: 256 has no meaning with `resize: squash`; expected `resize: crop`, or no shorter_side",
        ),
        (
            {"resize": "crop", "squashed_size": 256},
            "squashed_size: 256 has no meaning with `resize: crop`; expected `resize: squash`, or no squashed_size",
        ),
        (
            {"size": [256, 128], "squashed_size": [280, 120]},
            "squashed_size: [280, 120] is smaller than the size [256, 128] that is cropped from it; expected at least "
            "that",
        ),
    ],
)
def test_sizes_that_the_resize_does_not_take_are_refused(section: dict[str, Any], said: str) -> None:
    assert refusal(study(**model(preprocessing=section))) == f"models.m.preprocessing.{said}"


def test_the_range_of_the_images_is_in_the_preprocessing_of_each_model() -> None:
    images = study()["images"]
    done = completed(study(images={**images, "range": [0, 4095]}))
    assert Resize.of(done["models"]["m"]["preprocessing"]).values == (0, 4095)
    assert Resize.of(completed(study())["models"]["m"]["preprocessing"]).values is None
    for one, other in ((7, 7), (0, 0.0)):
        sentence = refusal(study(images={**images, "range": [one, other]}))
        assert sentence.startswith(f"images.range: [{one}, {other}] contains a duplicate")


def test_classes_have_to_be_named_somewhere() -> None:
    silent = study()
    del silent["classes"]
    assert refusal(silent).startswith("models.m.classes: missing; expected a list of at least two class names")
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
    with pytest.raises(
        LimelightError, match=r"^models\.m\.brightness\.size: 0 is not a whole number from 1 to 1000000$"
    ):
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
