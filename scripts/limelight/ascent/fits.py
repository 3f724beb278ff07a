"""At which sizes can a picture ascend on a network? Tried once, so that defaults can be narrowed to what it takes.

Padding and octaves make pictures of other sizes than the network's input, which a network with a linear layer on a
grid, or with position embeddings, does not take. A pass ends at the layer whose filter ascends, so each layer has its
own answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from limelight.ascent.octaves import Octaves
from limelight.network.classifier import Classifier
from limelight.network.inspection import tried, why
from limelight.network.layers import LOGITS, Layer, UnsuitedError, find_layer
from limelight.study.errors import LimelightError

Size = tuple[int, int]

LARGEST = 4
"""Pictures with more times as many pixels as the network's input are not tried: that could take longer than they."""


@dataclass(frozen=True)
class Fit:
    """What an ascent section becomes on some layers, so that the network takes all of its pictures.

    Attributes
    ----------
    layers : tuple of str
        Their names.
    pad : int
    octaves : int
        Their count.
    reason : str
        What the network says of a size that it does not take.
    """

    layers: tuple[str, ...]
    pad: int
    octaves: int
    reason: str


def fits(
    classifier: Classifier, table: Sequence[Layer], ascents: Iterable[Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """By the key of an ascent section, the `Fit`s of the layers on which it cannot be as it is, as JSON.

    Parameters
    ----------
    ascents
        For each section its `key`, the `size` of the pictures, the `pad`, `octaves` and `tile` of the section, which of
        `transforms.pad` and `octaves.count` the user chose (`written`), the `layers` that the study names, and those
        that the objective looks at beside them (`also`).

    Raises
    ------
    LimelightError
        What the user chose, or the size of the pictures, is not for a layer that the study names.
    """
    height, width = classifier.resize.size

    @cache
    def refused(size: Size) -> tuple[str, frozenset[str]]:
        """What the network says of a size, and the layers that a picture of it reaches all the same."""
        if size[0] * size[1] > LARGEST * height * width:
            return "", frozenset()
        shapes, output = tried(classifier, size)
        return (why(output), frozenset(shapes)) if isinstance(output, Exception) else ("", frozenset())

    return {
        ascent["key"]: [asdict(fit) for fit in made]
        for ascent in ascents
        if (made := _fits(ascent, classifier.resize.at(ascent["size"]).size, table, refused))
    }


def _fits(
    ascent: Mapping[str, Any], full: Size, table: Sequence[Layer], refused: Callable[[Size], tuple[str, frozenset[str]]]
) -> list[Fit]:
    """Those of one section, the layers of each kind of narrowing together."""
    named = {name for layer in ascent["layers"] if (name := _name(table, layer)) is not None}
    layers: dict[tuple[int, int, str], list[str]] = {}
    for layer in [LOGITS, *(row.name for row in table if row.shape)]:

        def objection(pad: int, count: int, layer: str = layer) -> str:
            for size in sizes(full, pad, {**ascent["octaves"], "count": count}, ascent["tile"]):
                reason, reached = refused(size)
                if reason and not reached.issuperset([layer, *ascent["also"]]):
                    return f"{size[0]} x {size[1]} pixels ({reason})"
            return ""

        pad, count = ascent["pad"], ascent["octaves"].get("count", 1)
        reason = objection(pad, count)
        if not reason:
            continue
        fit = next(((p, c) for p, c in _narrower(pad, count) if not objection(p, c)), None)
        if layer in named:
            _check(ascent, layer, reason, fit)
        if fit is not None:
            layers.setdefault((*fit, reason), []).append(layer)
    return [Fit(tuple(names), pad, count, reason) for (pad, count, reason), names in layers.items()]


def sizes(full: Size, pad: int, octaves: Mapping[str, Any], tile: int) -> Iterator[Size]:
    """The sizes of all that a network sees of a picture on its way."""
    for height, width in [full, *((high + 2 * pad, wide + 2 * pad) for high, wide in Octaves(**octaves).sizes(full))]:
        yield min(height, tile or height), min(width, tile or width)


def _narrower(pad: int, count: int) -> Iterator[tuple[int, int]]:
    """Padding and octaves, the nearest to what is wanted first."""
    for padding in dict.fromkeys((pad, 0)):
        for octaves in range(count, 0, -1):
            yield padding, octaves


def _name(table: Sequence[Layer], layer: str | int) -> str | None:
    if layer == LOGITS:
        return LOGITS
    try:
        return find_layer(table, layer).name
    except UnsuitedError:
        return None


def _check(ascent: Mapping[str, Any], layer: str, reason: str, fit: tuple[int, int] | None) -> None:
    """Raise a LimelightError if what has to be narrowed is what the user chose."""
    on = f"layer {layer}" if layer else "the logits"
    wanted = {"transforms.pad": ascent["pad"], "octaves.count": ascent["octaves"].get("count", 1)}
    if fit is None:
        raise LimelightError(
            f"{ascent['key']}: {on}: the network fails on pictures of {reason}; expected the size of its input"
        )
    for (key, value), narrowed in zip(wanted.items(), fit, strict=True):
        if key in ascent["written"] and value != narrowed:
            raise LimelightError(
                f"{ascent['key']}.{key}: {value}: {on}: the network fails on pictures of {reason}; expected {narrowed}"
            )
