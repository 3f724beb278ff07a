"""What do the computed maps and curves amount to? From arrays to tidy rows, curves and cascades."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from limelight.capabilities.quality.localisation import pointing_game, relevance_mass, relevance_rank
from limelight.capabilities.quality.sparsity import gini
from limelight.capabilities.quality.table import tidy
from limelight.capabilities.quality.verdict import Randomisation

Found = Mapping[str, Mapping[str, np.ndarray]]
"""Arrays by unit, `{image}/{method}`, and by name."""


def measures(found: Found, masks: Mapping[str, np.ndarray], model: str, tolerance: float) -> pd.DataFrame:
    """Tidy rows of everything that is known of the units of `quality.measure`.

    Parameters
    ----------
    masks
        (H, W) bool by image, as the network would see it; the others have no rows of where the object is.
    tolerance
        Of the pointing game, in pixels of the network's input.
    """
    tables = []
    for unit, arrays in found.items():
        image, _, method = unit.partition("/")
        values = {
            kind: np.trapezoid(arrays[kind], dx=1 / (len(arrays[kind]) - 1)) for kind in ("deletion", "insertion")
        }
        maps = arrays["map"][None]
        if image in masks:
            mask = masks[image][None]
            values["pointing"] = pointing_game(maps, mask, tolerance)[0]
            values["relevance_mass"] = relevance_mass(maps, mask)[0]
            values["relevance_rank"] = relevance_rank(maps, mask)[0]
        values |= {
            name: arrays[name] for name in ("max_sensitivity", "agreement", "r2", "top_agreement") if name in arrays
        }
        values["gini"] = gini(maps)[0]
        tables.append(tidy([image], model, method, {metric: [float(value)] for metric, value in values.items()}))
    return pd.concat(tables, ignore_index=True) if tables else tidy([], model, "", {"gini": []})


def columns_of_classes(rows: pd.DataFrame, method: str) -> dict[str, tuple[str, str]]:
    """What stands beside the accuracy of a class: how `method` does on its images, and how well LIME's model fits."""
    wanted = [
        (method, "relevance_rank"),
        (method, "insertion"),
        (method, "agreement"),
        ("lime", "r2"),
        ("lime", "top_agreement"),
    ]
    known = set(rows[["method", "metric"]].itertuples(index=False, name=None))
    found = {metric: (name, metric) for name, metric in wanted if (name, metric) in known}
    return found or {"insertion": (method, "insertion")}


def curves(found: Found) -> dict[str, dict[str, np.ndarray]]:
    """Deletion and insertion curves by method, (N, steps + 1) each."""
    return {
        kind: {name: np.stack([arrays[kind] for arrays in units]) for name, units in _by_method(found).items()}
        for kind in ("deletion", "insertion")
    }


def cascades(found: Found) -> dict[str, Randomisation]:
    """What the units of `quality.randomise` found, by method, the images side by side."""
    results = {}
    for name, units in _by_method(found).items():
        layers = tuple(units[0])
        values = np.full((len(layers), len(units), 3), np.nan)
        for column, arrays in enumerate(units):
            for row, layer in enumerate(layers):
                values[row, column] = arrays[layer] if arrays[layer].size else np.nan
        results[name] = Randomisation(layers, *np.moveaxis(values, 2, 0))
    return results


def images_of(found: Found) -> int:
    """How many images there is anything of."""
    return len({unit.partition("/")[0] for unit in found})


def _by_method(found: Found) -> dict[str, list[Mapping[str, np.ndarray]]]:
    methods: dict[str, list[Mapping[str, np.ndarray]]] = {}
    for unit, arrays in found.items():
        methods.setdefault(unit.partition("/")[2], []).append(arrays)
    return methods
