"""The layer table of a network, and how a study refers to layers. No torch: figures read it too."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from limelight.study.errors import LimelightError, nearest

LOGITS = ""
"""The name of the network itself, whose output has a channel a class; it is no row of the table."""

NO_MAP = "no layer of the network has an output larger than 1 x 1"
"""Why there is no layer for Grad-CAM and the like."""

DEPTHS = {"shallow": 0.25, "middle": 0.5, "deep": 1.0}
"""Layers that every CNN has: the convolution at this share of the longest path."""


class UnsuitedError(LimelightError):
    """The network lacks what a part of the study needs.

    What the user asked for is checked before any job explains anything, and this ends the run. What is left are
    defaults: a job leaves that part out, and its text says why.
    """


@dataclass(frozen=True)
class Layer:
    """One row of the layer table.

    index: counts the leaf modules in order; a container has none. shape, filters: of its first output for one
    photograph. calls: how often it is called for one photograph. depth: convolutions on the longest path to its first
    output, itself included; None if that is unknown.
    """

    index: int | None
    name: str
    type: str
    shape: tuple[int, ...]
    filters: int | None
    calls: int = 1
    depth: int | None = None


def read_layers(record: Mapping[str, Any]) -> list[Layer]:
    """The layer table in the content of a `model.json`."""
    return [Layer(**{**row, "shape": tuple(row["shape"])}) for row in record["layers"]]


def find_layer(table: Sequence[Layer], name: str | int) -> Layer:
    """The layer of that exact name, that index among the leaf modules, or that depth (shallow, middle, deep).

    Raises
    ------
    UnsuitedError
        The network has no layer at that depth.
    LimelightError
        There is none; the nearest names are listed.
    """
    by_name = {layer.name: layer for layer in table}
    if str(name) in by_name:
        return by_name[str(name)]
    if str(name).isdecimal():
        leaves = [layer for layer in table if layer.index is not None]
        if int(name) < len(leaves):
            return leaves[int(name)]
        raise LimelightError(f"there is no layer {name}; expected an index from 0 to {len(leaves) - 1}")
    # Subclasses with other names count too; a 1 x 1 output (squeeze-and-excitation) has nothing to show.
    convolutions = [layer for layer in table if "Conv2d" in layer.type and len(layer.shape) == 3 and layer.shape[1] > 1]
    if name in DEPTHS:
        if convolutions:
            down = _way_down(convolutions)
            return down[round(DEPTHS[str(name)] * (len(down) - 1))]
        others = ", ".join([layer.name for layer in table if layer.filters][:5])
        raise UnsuitedError(
            "the network has no convolution with an output larger than 1 x 1, which shallow, middle and deep are; "
            f"expected layers by name or index, such as {others}"
        )
    raise LimelightError(f"there is no layer {name!r}; the nearest are {nearest(str(name), by_name)}")


def _way_down(convolutions: Sequence[Layer]) -> list[Layer]:
    """The first convolution of each depth: without shortcuts, which add none. All of them where a depth is unknown."""
    if any(layer.depth is None for layer in convolutions):
        return list(convolutions)
    first: dict[int, Layer] = {}
    for layer in sorted(convolutions, key=lambda layer: layer.depth or 0):
        first.setdefault(layer.depth or 0, layer)
    return list(first.values())


def depths_of(table: Sequence[Layer], layer: Layer) -> list[str]:
    """Which of shallow, middle and deep a layer is; several in a network of few convolutions."""
    names = []
    for depth in DEPTHS:
        with suppress(LimelightError):
            names += [depth] if find_layer(table, depth).name == layer.name else []
    return names


def named(layer: Layer) -> str:
    """What a figure calls a layer: its index, where it has one, and its name."""
    return layer.name if layer.index is None else f"{layer.index}, {layer.name}"


def note_on(layer: Layer, table: Sequence[Layer]) -> str:
    """What one may not expect of a layer: that it is called several times, or is two of shallow, middle and deep."""
    depths = depths_of(table, layer)
    notes = [
        f"first of {layer.calls} calls" if layer.calls > 1 else "",
        " and ".join(depths) if len(depths) > 1 else "",
    ]
    return ", ".join(filter(None, notes))


def described(layer: Layer, table: Sequence[Layer]) -> str:
    """What a figure calls a layer, and the note on it."""
    note = note_on(layer, table)
    return f"{named(layer)} ({note})" if note else named(layer)


def check_filters(layer: Layer, filters: Sequence[int]) -> None:
    """Raise a one-sentence LimelightError if `layer` has no such filters."""
    for number in filters:
        if not layer.filters:
            raise LimelightError(f"layer {layer.name} ({layer.type}) has no filters; expected a layer with an output")
        if number >= layer.filters:
            raise LimelightError(
                f"layer {layer.name} ({layer.type}) has no filter {number}; expected 0 to {layer.filters - 1}"
            )
