"""From the arrays of the quality jobs to tidy rows, curves and cascades."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from limelight.capabilities.quality.cascade import Randomisation
from limelight.capabilities.quality.localisation import pointing_game, relevance_mass, relevance_rank
from limelight.capabilities.quality.sparsity import gini
from limelight.capabilities.quality.table import tidy
from limelight.machinery.arrays import ArraysByItem

ROOT = "own parameters"
"""The name of what belongs to no layer but to the network itself, such as a class token."""


def measures(measured: ArraysByItem, masks: Mapping[str, np.ndarray], model: str, tolerance: float) -> pd.DataFrame:
    """Tidy rows of all measures of the items of `measure.measure`.

    Parameters
    ----------
    masks
        (H, W) bool by image, as the network would see it; the others have no rows of localisation.
    tolerance
        Of the pointing game, in pixels of the network's input.
    """
    tables = []
    for item, arrays in measured.items():
        assert item.image is not None
        assert item.method is not None
        values = {
            kind: np.trapezoid(arrays[kind], dx=1 / (len(arrays[kind]) - 1)) for kind in ("deletion", "insertion")
        }
        maps = arrays["map"][None]
        if item.image in masks:
            mask = masks[item.image][None]
            values["pointing"] = pointing_game(maps, mask, tolerance)[0]
            values["relevance_mass"] = relevance_mass(maps, mask)[0]
            values["relevance_rank"] = relevance_rank(maps, mask)[0]
        values |= {
            name: arrays[name] for name in ("max_sensitivity", "agreement", "r2", "top_agreement") if name in arrays
        }
        values["gini"] = gini(maps)[0]
        tables.append(
            tidy([item.image], model, item.method, {metric: [float(value)] for metric, value in values.items()})
        )
    return pd.concat(tables, ignore_index=True) if tables else tidy([], model, "", {"gini": []})


def columns_of_classes(rows: pd.DataFrame, method: str) -> dict[str, tuple[str, str]]:
    """What stands beside the accuracy of a class: how `method` does on its images, and how well LIME's model fits."""
    candidates = [
        (method, "relevance_rank"),
        (method, "insertion"),
        (method, "agreement"),
        ("lime", "r2"),
        ("lime", "top_agreement"),
    ]
    known = set(rows[["method", "metric"]].itertuples(index=False, name=None))
    columns = {metric: (name, metric) for name, metric in candidates if (name, metric) in known}
    return columns or {"insertion": (method, "insertion")}


def curves(measured: ArraysByItem) -> dict[str, dict[str, np.ndarray]]:
    """Deletion and insertion curves by method, (N, steps + 1) each."""
    return {
        kind: {name: np.stack([arrays[kind] for arrays in items]) for name, items in _by_method(measured).items()}
        for kind in ("deletion", "insertion")
    }


def cascades(measured: ArraysByItem) -> dict[str, Randomisation]:
    """Cascading parameter randomisation by method, from the items of `measure.randomise`, the images side by side."""
    results = {}
    for name, items in _by_method(measured).items():
        layers = tuple(items[0])
        names = tuple(layer or ROOT for layer in layers)
        values = np.full((len(layers), len(items), 3), np.nan)
        for column, arrays in enumerate(items):
            for row, layer in enumerate(layers):
                values[row, column] = arrays[layer] if arrays[layer].size else np.nan
        results[name] = Randomisation(names, *np.moveaxis(values, 2, 0))
    return results


def images_of(measured: ArraysByItem) -> int:
    """How many images there is anything of."""
    return len({item.image for item in measured})


def _by_method(measured: ArraysByItem) -> dict[str, list[Mapping[str, np.ndarray]]]:
    methods: dict[str, list[Mapping[str, np.ndarray]]] = {}
    for item, arrays in measured.items():
        methods.setdefault(str(item.method), []).append(arrays)
    return methods
