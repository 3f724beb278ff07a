"""Inputs of a figure: photographs with their predictions, failures, and the provenance of the arrays."""

import math
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from limelight.figures.subject import Subject
from limelight.machinery import arrays, tables
from limelight.machinery.items import Item
from limelight.network.photographs import Resize, load
from limelight.study.errors import LimelightError
from limelight.study.files import read_json

NO_PREDICTION = "(no prediction)"


def subjects(
    images: Sequence[tuple[str, str | None, str]],
    model: str | Path,
    predictions: str | Path,
    computed: Container[str | None] = (),
) -> list[Subject]:
    """Photographs of images (id, label, path) with what the network said of each.

    An image without a prediction, which the study skips, is left out unless something was `computed` of it, or failed:
    then its prediction is what failed.

    Parameters
    ----------
    model, predictions
        The study's `model.json` and `predictions.csv`.

    Raises
    ------
    LimelightError
        None of them is left.
    """
    table = tables.read(predictions).set_index("image")
    known = [image for image in images if image[0] in table.index or image[0] in computed]
    if not known:
        names = ", ".join(name for name, *_ in images)
        raise LimelightError(f"{names}: cannot be read (see skipped.csv); expected a readable image")
    photographs = load([path for *_, path in known], Resize.of(read_json(model)["preprocessing"]), skip=True)
    subjects = []
    for (name, label, _), photograph in zip(known, photographs, strict=True):
        row = table.loc[name] if name in table.index else None
        predicted = NO_PREDICTION if row is None else str(row["predicted"])
        probability = math.nan if row is None else float(row[predicted])
        subjects.append(Subject(name, photograph, label, predicted, probability))
    return subjects


def failures(paths: Iterable[str | Path]) -> dict[Item, str]:
    """Reasons by item, of what some files lack."""
    return {item: reason for path in paths for item, reason in arrays.read_index(path).failed.items()}


def accuracy_by_class(path: str | Path) -> dict[str, float]:
    """Accuracy of each class that has images, from a study's `classes.csv`."""
    table = tables.read(path)
    return dict(table.dropna(subset="accuracy")[["class", "accuracy"]].itertuples(index=False, name=None))


def figure_provenance(
    paths: Iterable[str | Path], style: Mapping[str, Any], images: Collection[str] | None = None
) -> dict[str, Any]:
    """What made a figure: each distinct record of its files, the keys of its units, and the style it is drawn in.

    Parameters
    ----------
    images
        Those on the figure; the others in its files have no part in it.
    """
    made: list[dict[str, Any]] = []
    units: dict[str, str] = {}
    for path in paths:
        record = arrays.read_provenance(path)
        if record not in made:
            made.append(record)
        keys = arrays.read_index(path).keys
        units |= {str(item): key for item, key in keys.items() if images is None or item.image in images}
    return {"made_from": made, "units": units, "style": dict(style)}
