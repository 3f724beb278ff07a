"""Validation of a study's configuration, and its defaults. (Read at parse time: no heavy imports.)"""

import copy
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from limelight.study.errors import LimelightError, nearest

Settings = dict[str, Any]


def load_yaml(path: str | Path) -> Settings:
    """The mapping in a YAML file."""
    # libyaml's loader, where it is there, is ten times as fast, and every cluster job parses again.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=loader)


def load_presets(home: Path) -> dict[str, Settings]:
    """Named settings that a study may begin with."""
    return load_yaml(home / "config/presets.yaml")


def complete(config: Mapping[str, Any], schema: Settings, presets: Mapping[str, Settings]) -> Settings:
    """The whole study: `config` over its preset over the schema's defaults.

    Each model gets its own complete sections of `sections`: the study's, with the model's differences; `classes` where
    only the study names them; and in its preprocessing the `file_range` of the images, if they have one.

    Raises
    ------
    LimelightError
        One sentence about the first key that does not fit the schema.
    """
    study = written(config, presets)
    check(study, schema, schema, "")
    _fill(study, schema, schema)
    for name, model in study["models"].items():
        for section in sections(schema):
            model[section] = _merge(study[section], model.get(section, {}))
            definition = schema["$defs"][section]
            check(model[section], definition, schema, f"models.{name}.{section}")
            _fill(model[section], definition, schema)
        if "classes" not in model:
            if "classes" not in study:
                expected = schema["$defs"]["model"]["properties"]["classes"]["title"]
                raise LimelightError(f"models.{name}.classes: missing; expected {expected}")
            model["classes"] = study["classes"]
        _check_preprocessing(model["preprocessing"], f"models.{name}.preprocessing")
        if "range" in study["images"]:
            model["preprocessing"]["file_range"] = study["images"]["range"]
    return study


def written(config: Mapping[str, Any], presets: Mapping[str, Settings]) -> Settings:
    """What the user chose: `config` over its preset, without any default."""
    preset = config.get("preset", "none")
    return _merge(presets.get(preset, {}) if isinstance(preset, str) else {}, config)


def defaults(schema: Settings) -> Settings:
    """The sections that a model may override, as they are where the user chooses nothing."""
    empty: dict[str, Settings] = {section: {} for section in sections(schema)}
    for section, value in empty.items():
        _fill(value, schema["$defs"][section], schema)
    return empty


def _check_preprocessing(section: Settings, path: str) -> None:
    for key, resize in (("shorter_side", "crop"), ("squashed_size", "squash")):
        if key in section and section["resize"] != resize:
            raise LimelightError(
                f"{path}.{key}: {section[key]} has no meaning with `resize: {section['resize']}`; "
                f"expected `resize: {resize}`, or no {key}"
            )
    both = [section["size"], section.get("squashed_size", section["size"])]
    size, squashed = ([each, each] if isinstance(each, int) else each for each in both)
    if squashed[0] < size[0] or squashed[1] < size[1]:
        raise LimelightError(
            f"{path}.squashed_size: {section['squashed_size']} is smaller than the size {section['size']} that is "
            "cropped from it; expected at least that"
        )


def sections(schema: Settings) -> list[str]:
    """The sections of a study that a model may override: the schema has their differences among a model's keys."""
    of_model = schema["$defs"]["model"]["properties"]
    return [key for key, definition in of_model.items() if definition.get("$ref") == "#/$defs/differences"]


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Settings:
    """`over` laid on `base`: mappings merge, anything else replaces; neither argument is changed."""
    merged = copy.deepcopy(dict(base))
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        # Another way to choose images replaces the choice, it does not add to it.
        merged[key] = _merge(merged[key], value) if both and key != "explain" else copy.deepcopy(value)
    return merged


def resolved(schema: Settings, root: Settings) -> Settings:
    """`schema` with its `$ref` replaced by what it names; what stands beside the `$ref` lies on top."""
    if "$ref" not in schema:
        return schema
    target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    beside = {key: value for key, value in schema.items() if key not in ("$ref", "properties")}
    properties = dict(target.get("properties", {}))
    for key, value in schema.get("properties", {}).items():
        properties[key] = {**properties[key], **value}
    return {**target, **beside, **({"properties": properties} if properties else {})}


def _fill(value: Settings, schema: Settings, root: Settings) -> None:
    for key, raw in resolved(schema, root).get("properties", {}).items():
        definition = resolved(raw, root)
        if key not in value and "default" in definition:
            value[key] = copy.deepcopy(definition["default"])
        if isinstance(value.get(key), dict):
            _fill(value[key], definition, root)
            if isinstance(definition.get("additionalProperties"), dict):
                for item in value[key].values():
                    _fill(item, definition["additionalProperties"], root)


_Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            # JSON Schema takes 16.0 for an integer, which Python's `range` does not, and knows no NaN and no infinity.
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: (
                isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            ),
        }
    ),
)


def check(value: Any, schema: Settings, root: Settings, path: str) -> None:
    """Raise a one-sentence LimelightError if `value`, at `path` of a study, does not fit `schema`, a part of `root`."""
    validator = _Validator({**schema, "$defs": root["$defs"]})
    errors = sorted(validator.iter_errors(value), key=lambda error: (len(error.absolute_path), str(error.message)))
    if errors:
        raise LimelightError(_sentence(errors[0], root, path))


def _sentence(error: ValidationError, root: Settings, path: str) -> str:
    where = ".".join([*([path] if path else []), *(str(part) for part in error.absolute_path)])
    schema = resolved(error.schema, root) if isinstance(error.schema, dict) else {}
    properties: Settings = schema.get("properties", {})
    if error.validator == "additionalProperties":
        patterns = schema.get("patternProperties", {})
        unknown = next(
            key
            for key in error.instance
            if key not in properties and not any(re.search(pattern, str(key)) for pattern in patterns)
        )
        expected = f"one of {nearest(str(unknown), properties, 12)}" if properties else "none"
        return f"{_join(where, unknown)}: unknown key; expected {expected}"
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        title = resolved(properties.get(missing, {}), root).get("title", "a value")
        return f"{_join(where, missing)}: missing; expected {title}"
    if error.validator == "uniqueItems":
        return f"{where}: {error.instance!r} contains a duplicate; expected {schema.get('title', 'distinct items')}"
    if "title" not in schema and error.validator == "anyOf":
        titles = " or ".join(resolved(option, root)["title"] for option in error.validator_value)
        return f"{where}: {error.instance!r} is not {titles}"
    if "title" not in schema:
        return f"{where}: {error.message}"
    return f"{where or 'the configuration'}: {error.instance!r} is not {schema['title']}"


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
