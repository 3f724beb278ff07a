"""The ways of gradient ascent that are compared. The standard library only."""

from collections.abc import Mapping
from typing import Any

SETTINGS = ("pixels", "pixels + views", "fourier", "fourier + views")
"""Their names, in the order of the sheet."""

OFF = {"jitter": 0, "scale": 0, "rotate": 0, "pad": 0}
VIEWS = {"jitter": 4, "scale": 0.1, "rotate": 5, "pad": 0}
PIXELS = {"parameterisation": "pixels", "optimiser": "normalised", "step": 0.02, "clip": "each"}
FOURIER = {"parameterisation": "fourier", "optimiser": "adam", "step": 0.3, "clip": "each"}


def ways(ascent: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """An `ascent` section for each way; the study's own is one of them, where it can be."""
    views = ascent["transforms"] if ascent["transforms"] != OFF else VIEWS
    plain = {**ascent, "objective": "mean", "regularisation": {}, "octaves": {}}
    if ascent["parameterisation"] == "fourier" and ascent["transforms"] != OFF:
        fourier = {**ascent, "objective": "mean"}
    else:
        fourier = {**plain, **FOURIER, "transforms": views}
    sections = (
        {**plain, **PIXELS, "transforms": OFF},
        {**plain, **PIXELS, "transforms": views},
        {**fourier, "transforms": OFF},
        fourier,
    )
    return dict(zip(SETTINGS, sections, strict=True))
