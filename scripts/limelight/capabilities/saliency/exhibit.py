"""Saliency maps in the gallery: of the label's class, and of the predicted one where that is another."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from limelight.gallery.exhibit import AttributionMap, ImageExhibit


def exhibit(exhibit: ImageExhibit) -> dict[str, Any] | None:
    """The maps of an image."""
    maps = [
        AttributionMap(str(item.method), of, arrays[of], _numbers(arrays, of), item.layer)
        for item, arrays in exhibit.arrays.items()
        for of in ("label", "predicted")
        if of in arrays
    ]
    return {"maps": exhibit.maps(maps)} if maps else None


def _numbers(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, float]:
    """Numbers that a method gives beside its map, such as the completeness error of integrated gradients."""
    start = f"{name}."
    return {
        key.removeprefix(start).replace("_", " "): float(value)
        for key, value in arrays.items()
        if key.startswith(start) and np.ndim(value) == 0
    }
