"""The table of the activations that settings of gradient ascent reach, beside those of the photographs."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.machinery.rule import RuleContext

COLUMNS = ("layer", "filter", "setting", "activation", "held_out", "photographs")


def tables(summary: RuleContext) -> dict[str, str]:
    """`ascents.csv`."""
    highest = _of_photographs(summary.paths("maps"))
    rows = [
        {
            "layer": item.layer,
            "filter": item.filter,
            "setting": item.variant,
            "activation": float(ascent["scores"][-1]),
            "held_out": float(ascent["held_out"]),
            "photographs": highest.get(Item(layer=item.layer, filter=item.filter), np.nan),
        }
        for item, ascent in arrays.read(summary.paths("arrays")).items()
    ]
    return {"ascents": pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(index=False, lineterminator="\n")}


def _of_photographs(paths: Iterable[str]) -> dict[Item, float]:
    """The highest mean activation that any explained photograph reaches, by layer and filter."""
    highest: dict[Item, float] = {}
    for path in paths:
        filters = arrays.read_provenance(path)["parameters"]["filters"]
        maps = {item for item in arrays.read_index(path).items if item.filter is None}
        for item, result in arrays.read([path], maps).items():
            for number, mean in zip(filters, result["maps"].mean((1, 2)), strict=True):
                place = Item(layer=item.layer, filter=number)
                highest[place] = max(highest.get(place, -np.inf), float(mean))
    return highest
