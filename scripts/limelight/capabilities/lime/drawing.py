"""LIME: the sheet of a model, and the figure of one photograph for its most probable classes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from limelight.capabilities.lime.sheet import LimeTile, lime_figure, lime_sheet
from limelight.figures.drawing import Drawing
from limelight.figures.inputs import accuracy_by_class
from limelight.figures.subject import Subject
from limelight.machinery.items import Item

CLASSES = 4
"""Classes on the figure of one photograph."""


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The photographs of a sheet, those of the least accurate classes first."""
    classes, accuracies = drawing.model["classes"], accuracy_by_class(drawing.files["classes"])
    tiles = []
    for subject in drawing.subjects():
        explanation = drawing.arrays.get(Item(image=subject.image))
        if explanation is None:
            tiles.append(_gap(subject, drawing))
        else:
            row = list(explanation["classes"]).index(classes.index(subject.label or subject.predicted))
            tiles.append(_tile(subject, explanation, row, classes, accuracies))
    # As in the report: are the classes that the network knows worst also the ones explained least clearly?
    tiles.sort(key=lambda tile: np.inf if tile.class_accuracy is None else tile.class_accuracy)
    title = "which regions support or contradict the class? Classes from least to most accurate"
    words, made = _words(drawing, title)
    return lime_sheet(tiles, **words), made


def image(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """One photograph, a column for each of its most probable classes."""
    classes, accuracies = drawing.model["classes"], accuracy_by_class(drawing.files["classes"])
    (subject,) = drawing.subjects()
    explanation = drawing.arrays.get(Item(image=subject.image))
    if explanation is None:
        tiles = [_gap(subject, drawing)]
    else:
        most_probable = np.argsort(-explanation["probabilities"], kind="stable")[:CLASSES]
        tiles = [_tile(subject, explanation, int(row), classes, accuracies) for row in most_probable]
    words, made = _words(drawing, "which regions support or contradict a class?")
    return lime_figure(tiles, **words), made


def _words(drawing: Drawing, title: str) -> tuple[dict[str, Any], dict[str, Any]]:
    made, painted = drawing.made([name for name, *_ in drawing.images]), drawing.params["painted"]
    settings = made["made_from"][0]["parameters"]
    outputs = "class probabilities" if settings["outputs"] == "probability" else "logits"
    samples = f"{settings['samples']} perturbed photographs"
    if settings["samples"] == "auto":
        samples = "as many perturbed photographs as the strongest superpixels need to be stable"
    words = {
        "title": f"{drawing.model['model']}: {title}",
        "subtitle": f"A linear model of the {outputs}, fitted to {samples}.",
        "features": painted["lime_features"],
        "min_weight": painted["lime_min_weight"],
        "style": drawing.style,
    }
    return words, {**made, "painted": painted}


def _gap(subject: Subject, drawing: Drawing) -> LimeTile:
    """Where an explanation would be."""
    reason = drawing.failed.get(Item(image=subject.image), "not computed")
    nothing = np.zeros(0)
    return LimeTile(subject, subject.heading, np.nan, nothing, nothing, np.nan, np.nan, reason=reason)


def _tile(
    subject: Subject,
    explanation: Mapping[str, np.ndarray],
    row: int,
    classes: list[str],
    accuracies: Mapping[str, float],
) -> LimeTile:
    """The explanation of the class in `row` for one photograph."""
    name = classes[explanation["classes"][row]]
    return LimeTile(
        subject,
        name,
        float(explanation["probabilities"][row]),
        explanation["segments"],
        explanation["weights"][row],
        float(explanation["r2"][row]),
        float(explanation["local_prediction"][row]),
        accuracies.get(name),
        float(explanation["halves"][row]),
    )
