"""Validation of a study's configuration, and its defaults. (Read at parse time: no heavy imports.)"""

import copy
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from limelight.study.errors import LimelightError, nearest, shortened

Settings = dict[str, Any]

# libyaml's loader, where it is there, is ten times as fast, and every cluster job parses again.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Characters that end a line, steer a terminal or are none at all: no name and no path of a study has them."""


def load_yaml(path: str | Path) -> Settings:
    """The mapping in a YAML file."""
    return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_LOADER)


def check_files(paths: Iterable[str | Path]) -> None:
    """Raise a LimelightError if a mapping of a configuration file has a key twice.

    YAML forbids it; Snakemake and PyYAML take the last one in silence.
    """
    for path in paths:
        try:
            root = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=_LOADER)
        except (OSError, ValueError, yaml.YAMLError):  # JSON with tabs, or a URL: whoever loads it says so
            continue
        for key, first, second in _repeated(root):
            raise LimelightError(
                f"{path}: the key {shortened(key)} stands in line {first} and in line {second}; expected it once"
            )


def _repeated(root: yaml.Node | None) -> Iterator[tuple[str, int, int]]:
    """The keys that are in one mapping twice, with the numbers of both lines."""
    waiting, passed = [root], set[int]()  # an alias may name what it is part of
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in passed or isinstance(node, yaml.ScalarNode):
            continue
        passed.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
            continue
        lines: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and lines.setdefault((key.tag, key.value), line) != line:
                yield key.value, lines[key.tag, key.value], line
            waiting.append(value)


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
    _check_text(config, "")
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
        _check_values(model["preprocessing"], f"models.{name}.preprocessing")
        _check_preprocessing(model["preprocessing"], f"models.{name}.preprocessing")
        if "range" in study["images"]:
            model["preprocessing"]["file_range"] = study["images"]["range"]
    return study


def _check_text(value: Any, path: str) -> None:
    """Raise a LimelightError if a key or a text of a study is not one line of Unicode; `arguments` are the user's."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_text(str(key), path)
            if key != "arguments":
                _check_text(inner, _join(path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check_text(inner, _join(path, number))
    elif isinstance(value, str) and (character := _CONTROL.search(value)):
        raise LimelightError(
            f"{path or 'the configuration'}: {shortened(value)} contains the character U+{ord(character[0]):04X}; "
            "expected text of one line"
        )


def _check_values(preprocessing: Mapping[str, Any], path: str) -> None:
    """Raise a LimelightError if `range`, `mean` and `std` cannot belong together: they are in the same units."""
    black, white = preprocessing["range"]
    if black == white:
        raise LimelightError(f"{path}.range: black and white are both {black:g}; expected two values")
    low, high = sorted((black, white))
    for number, value in enumerate(preprocessing["mean"]):
        if not low <= value <= high:
            raise LimelightError(
                f"{path}.mean.{number}: {value:g} is outside of the range of values, {black:g} to {white:g}; expected "
                "a mean within it, in its units"
            )
    least, most = 1e-4 * (high - low), 10 * (high - low)
    for number, value in enumerate(preprocessing["std"]):
        if not least <= value <= most:
            raise LimelightError(
                f"{path}.std.{number}: {value:g} does not fit the range of values, {black:g} to {white:g}; expected a "
                f"standard deviation from {least:g} to {most:g}, in its units"
            )


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
            "integer": lambda _, value: _is_number(value, int),
            "number": lambda _, value: _is_number(value, int | float) and math.isfinite(value),
        }
    ),
    validators={"uniqueItems": lambda *given: _unique_items(*given), "atMost": lambda *given: _at_most(*given)},
)


def _is_number(value: Any, kind: Any) -> bool:
    # Larger integers are no numbers of a computer: not of a float, and not of a seed.
    return isinstance(value, kind) and not isinstance(value, bool) and not (type(value) is int and abs(value) >= 2**63)


def _unique_items(_: Any, unique: bool, items: Any, __: Settings) -> Iterator[ValidationError]:
    """Of lists that must not repeat an item; the layer 0 is also "0", and the number 0 also 0.0."""
    if unique and isinstance(items, list) and len(set(map(_shortest, items))) < len(items):
        yield ValidationError("contains a duplicate")


def _shortest(item: Any) -> str:
    return str(int(item) if isinstance(item, float) and item.is_integer() else item)


def _at_most(_: Any, pairs: Any, values: Any, schema: Settings) -> Iterator[ValidationError]:
    """`atMost: {stride: patch}`: one number of a mapping, or its default, is not above another."""
    if not isinstance(values, Mapping) or not isinstance(pairs, Mapping):
        return
    for smaller, larger in pairs.items():
        low, high = (values.get(key, schema["properties"][key]["default"]) for key in (smaller, larger))
        if all(isinstance(value, int | float) for value in (low, high)) and low > high:
            yield ValidationError(f"{smaller}: {low} is above {larger}, {high}; expected at most {larger}")


def check(value: Any, schema: Settings, root: Settings, path: str) -> None:
    """Raise a one-sentence LimelightError if `value`, at `path` of a study, does not fit `schema`, a part of `root`."""
    validator = _Validator({**schema, "$defs": root["$defs"]})
    errors = sorted(validator.iter_errors(value), key=lambda error: (len(error.absolute_path), str(error.message)))
    if errors:
        raise LimelightError(_sentence(errors[0], root, path))


def _sentence(error: ValidationError, root: Settings, path: str) -> str:
    where = ".".join([*([path] if path else []), *map(shortened, error.absolute_path)])
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
    value = shortened(repr(error.instance))
    if error.validator == "atMost":
        return _join(where, error.message)
    if error.validator == "uniqueItems":
        return f"{where}: {value} contains a duplicate; expected {schema.get('title', 'distinct items')}"
    if "title" not in schema and error.validator == "anyOf":
        titles = " or ".join(resolved(option, root)["title"] for option in error.validator_value)
        return f"{where}: {value} is not {titles}"
    if "title" not in schema:
        return f"{where}: {shortened(error.message, 200)}"
    return f"{where or 'the configuration'}: {value} is not {schema['title']}"


def _join(path: str, key: Any) -> str:
    return f"{path}.{shortened(key)}" if path else shortened(key)
