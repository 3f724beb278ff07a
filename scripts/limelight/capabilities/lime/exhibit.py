"""LIME in the gallery: superpixels, and their weights for the most probable classes and the label."""

from typing import Any

import numpy as np

from limelight.gallery.exhibit import ImageExhibit

MOST_CLASSES = 12
"""Classes of one explanation that a page shows at most."""


def exhibit(exhibit: ImageExhibit) -> dict[str, Any] | None:
    """Superpixels as runs of labels, row by row, and what they weigh."""
    if not exhibit.arrays:
        return None
    (arrays,) = exhibit.arrays.values()
    segments, explained = arrays["segments"], [exhibit.classes[int(number)] for number in arrays["classes"]]
    flat = segments.ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=flat[0] - 1))
    runs = np.stack([flat[starts], np.diff(starts, append=flat.size)], axis=1)
    order = np.argsort(-arrays["probabilities"], kind="stable")
    rows = [row for place, row in enumerate(order) if place < MOST_CLASSES or explained[row] == exhibit.label]
    return {
        "height": segments.shape[0],
        "width": segments.shape[1],
        "runs": runs.ravel(),
        "samples": arrays["samples"],
        "classes": [
            {
                "class": explained[row],
                "probability": arrays["probabilities"][row],
                "r2": arrays["r2"][row],
                "halves": arrays["halves"][row],
                "local": arrays["local_prediction"][row],
                "weights": arrays["weights"][row],
            }
            for row in rows
        ],
    }
