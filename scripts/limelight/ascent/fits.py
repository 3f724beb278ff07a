"""The image sizes that a network takes in a gradient ascent, tried once, so that defaults can be narrowed to them.

Padding and octaves make images of other sizes than the network's input, which a network with a linear layer of fixed
size, or with position embeddings, does not take. A pass ends at the layer whose filter is visualised, so the sizes
differ from layer to layer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from limelight.ascent.octaves import Octaves
from limelight.machinery.job import looked_at
from limelight.network.classifier import Classifier
from limelight.network.inspection import tried, why
from limelight.network.layers import LOGITS, Layer, UnsuitedError, find_layer
from limelight.study.declaration import NARROWED
from limelight.study.errors import LimelightError

Size = tuple[int, int]

LARGEST = 4
"""Images with more than this many times the pixels of the network's input are not tried, which could take long."""


Refused = Callable[[Size], tuple[str, frozenset[str]]]
"""Why a network fails on a size, empty if it does not, and the layers that an image of that size still reaches."""


@dataclass(frozen=True)
class Fit:
    """What the defaults of an ascent section become for some layers, so that the network takes all image sizes.

    Attributes
    ----------
    layers : tuple of str
        Their names.
    default : mapping
        The `pad` and `octaves` of the default.
    pad : int
    octaves : int
        Their count.
    reason : str
        How the network fails on a size that it does not take.
    """

    layers: tuple[str, ...]
    default: Mapping[str, Any]
    pad: int
    octaves: int
    reason: str


def fits(
    classifier: Classifier, table: Sequence[Layer], ascents: Iterable[Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """By the key of an ascent section, as JSON, the `Fit`s of the layers for which its defaults have to be narrowed.

    They do not depend on what the user chose, so that another choice changes no `model.json`.

    Parameters
    ----------
    ascents
        For each section its `key`, its `default` and what it is (`section`), which of `NARROWED` the user chose
        (`chosen`), the `size` of the images and the `layers` that the study names.

    Raises
    ------
    LimelightError
        What the user chose does not fit a layer that the study names.
    """
    height, width = classifier.resize.size

    @cache
    def refused(size: Size) -> tuple[str, frozenset[str]]:
        if size[0] * size[1] > LARGEST * height * width:
            return "", frozenset()
        outputs, output = tried(classifier, size)
        return (why(output), frozenset(outputs)) if isinstance(output, Exception) else ("", frozenset())

    known = {}
    for ascent in ascents:
        _check(ascent, classifier.resize.at(ascent["size"]).size, table, refused)
        if made := _fits(ascent["default"], (height, width), table, refused):
            known[ascent["key"]] = [asdict(fit) for fit in made]
    return known


def _fits(default: Mapping[str, Any], full: Size, table: Sequence[Layer], refused: Refused) -> list[Fit]:
    """The fits of one section; layers that are narrowed alike share one."""
    kinds: dict[tuple[int, int, str], list[str]] = {}
    for layer in [LOGITS, *(row.name for row in table if row.shape)]:
        reason, fit = _narrowed(default, full, {layer}, refused)
        if reason and fit is not None:
            kinds.setdefault((*fit, reason), []).append(layer)
    of = {"pad": default["transforms"]["pad"], "octaves": dict(default["octaves"])}
    return [Fit(tuple(layers), of, pad, count, reason) for (pad, count, reason), layers in kinds.items()]


def _check(ascent: Mapping[str, Any], full: Size, table: Sequence[Layer], refused: Refused) -> None:
    """Raise a LimelightError if something that the user chose would have to be narrowed."""
    section = ascent["section"]
    for named in ascent["layers"]:
        layer = _name(table, named)
        if layer is None:
            continue
        reason, fit = _narrowed(section, full, {layer, *looked_at(section.get("objective", "mean"))}, refused)
        if not reason:
            continue
        on = f"layer {layer}" if layer else "the logits"
        fails = f"{on}: the network fails on pictures of {reason}"
        if fit is None:
            raise LimelightError(f"{ascent['key']}: {fails}; expected the size of its input")
        for key, value, narrowed in zip(NARROWED, _sought(section), fit, strict=True):
            if key in ascent["chosen"] and value != narrowed:
                raise LimelightError(f"{ascent['key']}.{key}: {value}: {fails}; expected {narrowed}")


def _narrowed(
    section: Mapping[str, Any], full: Size, layers: AbstractSet[str], refused: Refused
) -> tuple[str, tuple[int, int] | None]:
    """Why some layers do not take all image sizes of a section, empty if they do; the padding and octaves they take."""

    def objection(pad: int, count: int) -> str:
        for size in sizes(full, pad, {**section["octaves"], "count": count}, section.get("tile", 0)):
            reason, reached = refused(size)
            if reason and not layers <= reached:
                return f"{size[0]} x {size[1]} pixels ({reason})"
        return ""

    pad, count = _sought(section)
    fewer = ((padding, octaves) for padding in dict.fromkeys((pad, 0)) for octaves in range(count, 0, -1))
    return objection(pad, count), next((fit for fit in fewer if not objection(*fit)), None)


def _sought(section: Mapping[str, Any]) -> tuple[int, int]:
    """Padding and octaves of a section."""
    return section["transforms"]["pad"], section["octaves"].get("count", 1)


def sizes(full: Size, pad: int, octaves: Mapping[str, Any], tile: int) -> Iterator[Size]:
    """The sizes of all inputs of the network during an ascent."""
    for height, width in [full, *((high + 2 * pad, wide + 2 * pad) for high, wide in Octaves(**octaves).sizes(full))]:
        yield min(height, tile or height), min(width, tile or width)


def _name(table: Sequence[Layer], layer: str | int) -> str | None:
    if layer == LOGITS:
        return LOGITS
    try:
        return find_layer(table, layer).name
    except UnsuitedError:
        return None
