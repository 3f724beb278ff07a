"""Saliency maps of a study: the sheet of a model, and the figure of one image."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from limelight.capabilities.saliency.sheet import SaliencyTile, saliency_figure, saliency_sheet
from limelight.capabilities.saliency.units import item_of
from limelight.figures.drawing import Drawing
from limelight.figures.subject import join

SCORES = {
    "logit": "Largest absolute gradient over the colour channels of the class score (logit)",
    "cross_entropy": "Largest absolute gradient over the colour channels of the cross-entropy",
}


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The photographs of a sheet, a row of maps for each method."""
    tiles, words, made = _tiles(drawing)
    return saliency_sheet(tiles, **words), made


def image(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """All maps of one photograph."""
    tiles, words, made = _tiles(drawing)
    return saliency_figure(*tiles, **words), made


def _tiles(drawing: Drawing) -> tuple[list[SaliencyTile], dict[str, Any], dict[str, Any]]:
    made = drawing.made([name for name, *_ in drawing.images])
    parameters = made["made_from"][0]["parameters"]
    methods, classes = parameters["methods"], drawing.model["classes"]
    others = {name: f"class_{classes.index(name)}" for name in parameters["classes"]}
    tiles = []
    subjects = drawing.subjects()
    for method in methods:
        for subject in subjects:
            item = item_of(subject.image, method, parameters["layer"])
            maps, reason = drawing.arrays.get(item, {}), drawing.failed.get(item, "")
            asked = {name: maps.get(array) for name, array in others.items()}
            note = _numbers(maps, "label" if "label" in maps else "predicted")
            tiles.append(
                SaliencyTile(
                    subject, maps.get("label"), maps.get("predicted"), reason, method, asked, note, item.layer or ""
                )
            )
    words = {
        "title": f"{drawing.model['model']}: which pixels change the class score?",
        "subtitle": join(
            f"{SCORES[methods['gradient']['score']]}." if list(methods) == ["gradient"] else "", drawing.left_out
        ),
        "style": drawing.style,
    }
    return tiles, words, made


def _numbers(maps: Mapping[str, np.ndarray], name: str) -> str:
    """What a method says of one of its maps beside the map, in words."""
    start = f"{name}."
    numbers = {key.removeprefix(start): value for key, value in maps.items() if key.startswith(start)}
    return ", ".join(f"{number.replace('_', ' ')} {value:.2g}" for number, value in numbers.items())
