"""What has a study found? Its tables and arrays, put together for figures."""

import math
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from limelight import arrays
from limelight.errors import LimelightError
from limelight.figures.subject import Subject
from limelight.files import read_json
from limelight.images import Resize, load
from limelight.predictions import read_table

NO_PREDICTION = "(no prediction)"


def subjects(
    images: Sequence[tuple[str, str | None, str]],
    model: str | Path,
    predictions: str | Path,
    computed: Container[str] = (),
) -> list[Subject]:
    """Photographs of images (id, label, path) with what the network said of each.

    An image without a prediction is left out, for the study skips it, unless something was `computed` of it, or failed:
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
    table = read_table(str(predictions)).set_index("image")
    known = [image for image in images if image[0] in table.index or image[0] in computed]
    if not known:
        names = ", ".join(name for name, *_ in images)
        raise LimelightError(f"{names}: cannot be read, as skipped.csv says; expected an image to show")
    photographs = load([path for *_, path in known], Resize.of(read_json(model)["preprocessing"]), skip=True)
    found = []
    for (name, label, _), photograph in zip(known, photographs, strict=True):
        row = table.loc[name] if name in table.index else None
        predicted = NO_PREDICTION if row is None else str(row["predicted"])
        probability = math.nan if row is None else float(row[predicted])
        found.append(Subject(name, photograph, label, predicted, probability))
    return found


def failures(paths: Iterable[str | Path]) -> dict[str, str]:
    """Reasons by item, of what some files lack."""
    return {item: reason for path in paths for item, reason in arrays.read_index(path).failed.items()}


def accuracy_by_class(path: str | Path) -> dict[str, float]:
    """Accuracy of each class that has images, from a study's `classes.csv`."""
    table = pd.read_csv(path, dtype={"class": str}, keep_default_na=False, na_values={"accuracy": [""]})
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
        units |= {item: key for item, key in keys.items() if images is None or item.partition("/")[0] in images}
    return {"made_from": made, "units": units, "style": dict(style)}


def in_words(settings: Mapping[str, Any]) -> str:
    """The settings of a gradient ascent as a sentence for a figure; of random views, octaves and the like if used."""
    ascent = settings["ascent"]
    how = {"normalised": "normalised gradient ascent", "plain": "gradient ascent", "adam": "Adam"}[ascent["optimiser"]]
    fourier = ascent.get("parameterisation") == "fourier"
    clipped = "values kept in [0, 1]" if ascent["clip"] == "each" else "values clipped to [0, 1] at the end"
    said = [
        _climbed(ascent.get("objective", "mean")),
        f"{how}{' on Fourier coefficients' if fourier else ''}, step {ascent['step']:g}",
        "" if fourier else clipped,
        _views(ascent.get("transforms", {})),
        _regularised(ascent.get("regularisation", {})),
        "{count} octaves, {scale:g} apart".format(**octaves) if (octaves := ascent.get("octaves", {})) else "",
    ]
    if octaves.get("count", 1) == 1:
        said.pop()
    words = ", ".join(filter(None, said))
    return words[0].upper() + words[1:]


def _climbed(objective: Any) -> str:
    named = {"mean": "", "l2": "energy of the filter", "centre": "centre neuron", "layer": "the whole layer"}
    return named.get(objective, "class score") if isinstance(objective, str) else "a weighted sum"


def _views(transforms: Mapping[str, Any]) -> str:
    units = {"jitter": "shifted by up to {} pixels", "scale": "scaled by up to {:.0%}", "rotate": "turned by up to {}°"}
    said = [text.format(transforms[key]) for key, text in units.items() if transforms.get(key)]
    return f"views {', '.join(said)}" if said else ""


def _regularised(regularisation: Mapping[str, Any]) -> str:
    named = {"decay": "decay", "total_variation": "total variation", "blur": "blur"}
    return ", ".join(f"{name} {regularisation[key]:g}" for key, name in named.items() if regularisation.get(key))


def silent(ascent: Mapping[str, np.ndarray]) -> str:
    """Why an ascent has nothing to show: not once did a gradient come through. Empty if one did."""
    steps = int(ascent["iterations"][-1])
    return DEAD if steps and int(ascent["blocked"]) == steps else ""


DEAD = "silent: no gradient comes through (a dead filter)"


def picture(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 as floats in [0, 1]."""
    return image.astype(np.float32) / 255
