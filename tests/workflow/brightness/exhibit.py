"""Brightness in the gallery: a number and a map."""

from typing import Any

import numpy as np

from limelight.gallery.exhibit import ImageExhibit


def exhibit(exhibit: ImageExhibit) -> dict[str, Any] | None:
    """The mean, and the map in grey."""
    if not exhibit.arrays:
        return None
    (arrays,) = exhibit.arrays.values()
    grey = np.repeat((255 * arrays["map"])[..., None].astype(np.uint8), 3, axis=2)
    return {"mean": round(float(arrays["mean"]), 4), "sprite": exhibit.pictures([grey])}
