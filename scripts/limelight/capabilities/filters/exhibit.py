"""Filters in the gallery: where they are active in an image, what ascent makes of it, and all of a layer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from limelight.gallery.exhibit import ImageExhibit
from limelight.gallery.filters import Filter, LayerExhibit, Picture
from limelight.gallery.pictures import coloured, tile, tile_size
from limelight.machinery import arrays
from limelight.machinery.items import Item

TOP = 8
"""Number of photographs shown for a filter, those with its largest activations."""

SMALLEST = 64
"""Pixels of a tile of activation maps without any ascent beside them."""

FROM_NOISE, FROM_PHOTOGRAPHS = 0, 3
"""Ranks among what is known of a filter."""


def exhibit(exhibit: ImageExhibit) -> dict[str, Any] | None:
    """Of each layer and filter the activation map, and the image after gradient ascent on the filter."""
    pictures: list[np.ndarray] = []
    rows = []
    maps = {item: result["maps"] for item, result in exhibit.arrays.items() if item.filter is None}
    ascents = {item: result for item, result in exhibit.arrays.items() if item.filter is not None}
    size = next((tile_size(result["frames"].shape[1:3]) for result in ascents.values()), None)
    for item, of_layer in maps.items():
        size = size or tile_size([max(side, SMALLEST) for side in of_layer.shape[1:]])
        cells = []
        for row, number in enumerate(exhibit.results.records[item]["parameters"]["filters"]):
            cell = {"filter": number, "mean": float(of_layer[row].mean()), "map": len(pictures)}
            pictures.append(tile(coloured(of_layer[row], exhibit.activation), size))
            if ascent := ascents.get(replace(item, filter=number)):
                cell["ascent"] = len(pictures)
                pictures.append(tile(ascent["frames"][-1], size))
            cells.append(cell)
        rows.append({"layer": item.layer, "cells": cells})
    return {"sprite": exhibit.pictures(pictures), "layers": rows} if pictures else None


def of_layer(layer: LayerExhibit) -> list[Filter]:
    """What is known of the filters of a layer from noise and from the explained photographs."""
    return [*_from_noise(layer), *_from_photographs(layer)]


def _from_noise(layer: LayerExhibit) -> Iterator[Filter]:
    """What gradient ascent makes of noise."""
    paths = layer.files.get("noise", ())
    items = {item for path in paths for item in arrays.read_index(path).items if item.filter is not None}
    for item, ascent in arrays.read(paths, items).items():
        score, iterations = float(ascent["scores"][-1]), int(ascent["iterations"][-1])
        face = Picture(ascent["frames"][-1], "Ascent from noise", f"{iterations} iterations, activation {score:.3g}")
        yield Filter(_number(item), [face], numbers={"activation after ascent from noise": score}, rank=FROM_NOISE)


def _from_photographs(layer: LayerExhibit) -> Iterator[Filter]:
    """How strongly the explained photographs excite a filter, where in them, and what ascent makes of the strongest."""
    paths = layer.files.get("photographs", ())
    items = [item for path in paths for item in arrays.read_index(path).items if item.filter is None]
    maps = {item: result["maps"] for item, result in arrays.read(paths, set(items)).items()}
    if not maps:
        return
    numbers = arrays.read_provenance(paths[0])["parameters"]["filters"]
    items = list(maps)
    means = np.array([maps[item].mean((1, 2)) for item in items])
    ranked = np.argsort(-means, axis=0, kind="stable")[:TOP]
    strongest = {number: [items[place] for place in ranked[:, row]] for row, number in enumerate(numbers)}
    ascents = arrays.read(paths, {replace(item, filter=number) for number in numbers for item in strongest[number]})
    for row, number in enumerate(numbers):
        pictures = [
            Picture(
                coloured(maps[item][row], layer.activation),
                "Where photographs excite it",
                f"{item.image}: {maps[item][row].mean():.3g}",
                str(item.image),
            )
            for item in strongest[number]
        ]
        for item in strongest[number]:
            if ascent := ascents.get(replace(item, filter=number)):
                caption = f"{item.image}: {float(ascent['scores'][-1]):.3g}"
                pictures.append(Picture(ascent["frames"][-1], "Ascent from photographs", caption, str(item.image)))
        by_class: dict[str, list[float]] = {}
        for item, mean in zip(items, means[:, row], strict=True):
            if label := layer.labels.get(str(item.image)):
                by_class.setdefault(label, []).append(float(mean))
        yield Filter(
            number,
            pictures,
            {name: float(np.mean(values)) for name, values in by_class.items()},
            [(str(items[place].image), float(means[place, row])) for place in ranked[:, row]],
            rank=FROM_PHOTOGRAPHS,
        )


def _number(item: Item) -> int:
    assert item.filter is not None
    return item.filter
