"""Deep dreams: the sweeps of a model (classes, filters, iterations, layers), and the recorded run of one photograph."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from limelight.capabilities.dream.declaration import variant
from limelight.capabilities.dream.sheet import Dream, dream_classes_sheet, dream_sweep_sheet
from limelight.figures.ascents import ascended, in_words, picture, silent
from limelight.figures.drawing import Drawing
from limelight.figures.subject import Subject, join
from limelight.machinery.items import Item


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The sheet of a sweep."""
    sweep = drawing.wildcards["sweep"]
    if sweep == "classes":
        return _over_classes(drawing)
    return image(drawing) if sweep == "iterations" else _over_points(drawing, sweep)


def image(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The iterations of the dream of one photograph."""
    (subject,), made = drawing.subjects(), drawing.made([name for name, *_ in drawing.images])
    settings = made["made_from"][0]["parameters"]
    item = _item(subject, settings)
    dreams = [_last(item, drawing)]
    if item in drawing.arrays and not silent(drawing.arrays[item]):
        dreams = _recorded(drawing.arrays[item])
    what = f"filter {settings['filter']} of layer {settings['layer']}, all iterations from one run"
    return dream_sweep_sheet([(subject, dreams)], **_words(drawing, settings, what)), made


def _over_classes(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    subjects, made = drawing.subjects(), drawing.made([name for name, *_ in drawing.images])
    settings = made["made_from"][0]["parameters"]
    dreams = [_last(_item(subject, settings), drawing, scored=False) for subject in subjects]
    iterations = max(settings["record"])
    what = f"filter {settings['filter']} of layer {settings['layer']}, {iterations} iterations"
    return dream_classes_sheet(subjects, dreams, **_words(drawing, settings, what)), made


def _over_points(drawing: Drawing, sweep: str) -> tuple[Figure, dict[str, Any]]:
    """Dreams of one photograph on several filters of a layer, or on one filter of several layers."""
    (subject,), made = drawing.subjects(), drawing.made()
    settings = made["made_from"][0]["parameters"]
    iterations = max(settings["record"])
    if sweep == "filters":
        what = f"filters of layer {settings['layer']}, {iterations} iterations"
        points = [(f"filter {number}", settings["layer"], number) for number in settings["filters"]]
    else:
        what = f"filter {settings['filter']} of layers from shallow to deep, {iterations} iterations"
        points = [(layer, layer, settings["filter"]) for layer in settings["layers"]]
    dreams = [
        _last(Item(image=subject.image, layer=layer, filter=number, variant=variant(sweep)), drawing, name)
        for name, layer, number in points
    ]
    return dream_sweep_sheet([(subject, dreams)], **_words(drawing, settings, what)), made


def _item(subject: Subject, settings: Mapping[str, Any]) -> Item:
    return Item(image=subject.image, layer=settings["layer"], filter=settings["filter"])


def _words(drawing: Drawing, settings: Mapping[str, Any], what: str) -> dict[str, Any]:
    return {
        "title": f"{drawing.model['model']}: deep dream, {what}",
        "subtitle": join(f"{in_words(settings)}.", drawing.left_out),
        "style": drawing.style,
    }


def _recorded(dream: Mapping[str, np.ndarray]) -> list[Dream]:
    """The recorded iterations of one photograph; iteration 0 is the photograph itself and stands at the left anyway."""
    return [
        Dream(picture(frame), f"iteration {iteration}", f"activation {score:.3g}")
        for iteration, frame, score in zip(dream["iterations"], dream["frames"], dream["scores"], strict=True)
        if iteration
    ]


def _last(item: Item, drawing: Drawing, name: str = "", scored: bool = True) -> Dream:
    """The end of a dream, or a gap."""
    pixels = ascended(item, drawing.arrays, drawing.failed)
    if isinstance(pixels, str):
        return Dream(None, name, reason=pixels)
    return Dream(pixels, name, f"activation {drawing.arrays[item]['scores'][-1]:.3g}" if scored else "")
