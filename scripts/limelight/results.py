"""What has a study found? Its tables and arrays, put together for figures."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from limelight.arrays import read_json, read_provenance
from limelight.errors import LimelightError
from limelight.figures.subject import Subject
from limelight.images import Resize, load
from limelight.predictions import read_table


def subjects(images: Sequence[tuple[str, str]], model: str | Path, predictions: str | Path) -> list[Subject]:
    """Photographs of images (id, path) with what the network said of each; those without a prediction are left out.

    Parameters
    ----------
    model, predictions
        The study's `model.json` and `predictions.csv`.

    Raises
    ------
    LimelightError
        None of them has a prediction, because the study skips what cannot be decoded.
    """
    table = read_table(str(predictions)).set_index("image")
    known = [(name, path) for name, path in images if name in table.index]
    if not known:
        names = ", ".join(name for name, _ in images)
        raise LimelightError(f"{names}: cannot be read, as skipped.csv says; expected an image to show")
    photographs = load([path for _, path in known], Resize.of(read_json(model)["preprocessing"]))
    return [
        Subject(name, photograph, str(row["label"]) or None, str(row["predicted"]), float(row[row["predicted"]]))
        for (name, _), photograph, (_, row) in zip(
            known, photographs, table.loc[[name for name, _ in known]].iterrows(), strict=True
        )
        if photograph is not None
    ]


def accuracy_by_class(path: str | Path) -> dict[str, float]:
    """Accuracy of each class that has images, from a study's `classes.csv`."""
    table = pd.read_csv(path, dtype={"class": str}, keep_default_na=False, na_values={"accuracy": [""]})
    return dict(table.dropna(subset="accuracy")[["class", "accuracy"]].itertuples(index=False, name=None))


def figure_provenance(arrays: Iterable[str | Path], style: Mapping[str, Any]) -> dict[str, Any]:
    """What made a figure: each distinct record of its arrays, and the style it is drawn in."""
    made: list[dict[str, Any]] = []
    for path in arrays:
        record = read_provenance(path)
        if record not in made:
            made.append(record)
    return {"made_from": made, "style": dict(style)}


def in_words(settings: Mapping[str, Any]) -> str:
    """The settings of a gradient ascent as a sentence for a figure."""
    ascent = settings["ascent"]
    how = {"normalised": "normalised gradient ascent", "plain": "gradient ascent", "adam": "Adam"}[ascent["optimiser"]]
    clipped = "values kept in [0, 1]" if ascent["clip"] == "each" else "values clipped to [0, 1] at the end"
    return f"{how}, step {ascent['step']:g}, {clipped}"


def picture(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 as floats in [0, 1]."""
    return image.astype(np.float32) / 255
