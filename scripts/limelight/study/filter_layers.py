"""The layers that the `filters` section of a model selects, by the names and in the order of the study."""

from collections.abc import Mapping
from typing import Any


def of_sheets(model: Mapping[str, Any]) -> list[str]:
    """The layers of which some filters are shown on photographs."""
    return list(map(str, model["filters"]["layers"]))


def of_facets(model: Mapping[str, Any]) -> list[str]:
    """The layers of whose filters the facets are shown: those of the sheets if the study names none."""
    return _named("facets", model)


def of_atlas(model: Mapping[str, Any]) -> list[str]:
    """The layers that are shown whole: those of the sheets if the study names none."""
    return _named("atlas", model)


def from_noise(model: Mapping[str, Any]) -> list[str]:
    """The layers of which some filters ascend from noise alone: those of the sheets and of the facets."""
    return list(dict.fromkeys([*of_sheets(model), *of_facets(model)]))


def _named(part: str, model: Mapping[str, Any]) -> list[str]:
    section = model["filters"]
    return list(map(str, section[part].get("layers", section["layers"])))
