"""Titles and line colours of the attribution methods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from limelight.attribution.registry import BASELINES, title
from limelight.figures.page import MUTED
from limelight.machinery.arrays import read_index

# Told apart by eyes that see green and red as one, too: they differ in lightness, and neighbours in hue.
_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#8c564b",
    "#e69f00",
    "#332288",
    "#999933",
    "#000000",
)
_DASHES = ((1, 1.5), (4, 1.5), (6, 1.5, 1, 1.5))


def spoken(method: str) -> str:
    """The name of a method in words."""
    return "LIME" if method == "lime" else title(method)


def layers_in_words(paths: Iterable[str | Path]) -> str:
    """Which of the methods in some files of arrays look at which layer: `Layer of Grad-CAM: cnn.18.`"""
    layers: dict[str, dict[str, None]] = {}
    for path in paths:
        for item in read_index(path).items:
            if item.layer and item.method:
                layers.setdefault(item.layer, {})[spoken(item.method)] = None
    return " ".join(f"Layer of {' and '.join(methods)}: {layer}." for layer, methods in layers.items())


def lines(methods: Sequence[str]) -> dict[str, dict[str, object]]:
    """How Matplotlib draws the line of each method: in a colour of its own, baselines in grey and dashed."""
    attributed = [name for name in methods if name not in BASELINES]
    looks: dict[str, dict[str, object]] = {
        name: {"color": _COLOURS[place % len(_COLOURS)], "linewidth": 1.5, "zorder": 3}
        for place, name in enumerate(attributed)
    }
    return looks | {
        name: {"color": MUTED, "linewidth": 1.2, "dashes": _DASHES[BASELINES.index(name) % len(_DASHES)], "zorder": 2}
        for name in methods
        if name in BASELINES
    }
