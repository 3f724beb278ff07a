"""The results of a gradient ascent, and a description of its settings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from limelight.machinery.arrays import ArraysByItem
from limelight.machinery.items import Item


def in_words(settings: Mapping[str, Any]) -> str:
    """The settings of a gradient ascent as a sentence for a figure; of random views, octaves and the like if used."""
    ascent = settings["ascent"]
    how = {"normalised": "normalised gradient ascent", "plain": "gradient ascent", "adam": "Adam"}[ascent["optimiser"]]
    fourier = ascent.get("parameterisation") == "fourier"
    clipped = "values kept in [0, 1]" if ascent["clip"] == "each" else "values clipped to [0, 1] at the end"
    parts = [
        _objective(ascent.get("objective", "mean")),
        f"{how}{' on Fourier coefficients' if fourier else ''}, step {ascent['step']:g}",
        "" if fourier else clipped,
        _views(ascent.get("transforms", {})),
        _regularised(ascent.get("regularisation", {})),
        "{count} octaves, {scale:g} apart".format(**octaves) if (octaves := ascent.get("octaves", {})) else "",
    ]
    if octaves.get("count", 1) == 1:
        parts.pop()
    words = ", ".join(filter(None, parts))
    return words[0].upper() + words[1:]


def _objective(objective: Any) -> str:
    named = {"mean": "", "l2": "energy of the filter", "centre": "centre neuron", "layer": "the whole layer"}
    return named.get(objective, "class score") if isinstance(objective, str) else "a weighted sum"


def _views(transforms: Mapping[str, Any]) -> str:
    units = {"jitter": "shifted by up to {} pixels", "scale": "scaled by up to {:.0%}", "rotate": "turned by up to {}°"}
    parts = [text.format(transforms[key]) for key, text in units.items() if transforms.get(key)]
    return f"views {', '.join(parts)}" if parts else ""


def _regularised(regularisation: Mapping[str, Any]) -> str:
    named = {"decay": "decay", "total_variation": "total variation", "blur": "blur"}
    return ", ".join(f"{name} {regularisation[key]:g}" for key, name in named.items() if regularisation.get(key))


def silent(ascent: Mapping[str, np.ndarray]) -> str:
    """Why an ascent has nothing to show: not once did a gradient come through. Empty if one did."""
    steps = int(ascent["iterations"][-1])
    return DEAD if steps and int(ascent["blocked"]) == steps else ""


DEAD = "silent: no gradient comes through (a dead filter)"


def ascended(item: Item, results: ArraysByItem, failed: Mapping[Item, str]) -> np.ndarray | str:
    """What an ascent made, (H, W, 3) in [0, 1], or why there is nothing to show."""
    return outcome(results.get(item), failed.get(item, ""))


def outcome(ascent: Mapping[str, np.ndarray] | None, reason: str) -> np.ndarray | str:
    """The same of the arrays of an ascent; without any the `reason`, if there is one."""
    if ascent is None:
        return reason or "not computed"
    return silent(ascent) or picture(ascent["frames"][-1])


def facets_of(item: Item, results: ArraysByItem) -> dict[int, dict[str, np.ndarray]]:
    """The ascents of a unit that has facets, by their number, each with arrays like those of an ascent on its own.

    Nothing of them is held out.
    """
    if item not in results:
        return {}
    together = results[item]
    along = {"frames": 1, "scores": 1, "blocked": 0, "activations": 0, "likeness": 0}
    return {
        facet: {name: array.take(facet, along[name]) if name in along else array for name, array in together.items()}
        for facet in range(len(together["blocked"]))
    }


def picture(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 as floats in [0, 1]."""
    return image.astype(np.float32) / 255
