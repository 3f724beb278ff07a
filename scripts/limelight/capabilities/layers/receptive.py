"""The receptive field of the units of a layer, measured on the network itself.

What is not a number stays so whatever it is added to or multiplied by, so a pixel that is NaN marks every unit that
depends on it: through convolutions (also where a weight is 0), pooling, normalisation, sums of branches and any code
between them. No arithmetic over kinds of layers is needed, and none can be missing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from limelight.capabilities.layers.field import Field
from limelight.network.classifier import Classifier, explaining
from limelight.network.hooks import forward_hooks
from limelight.study.errors import LimelightError

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work

log = logging.getLogger(__name__)

LENGTHS = (192, 384, 768, 1536)
"""Inputs, in pixels, on which a field is looked for, the shortest that it fits twice; strides have to divide them."""

ACROSS = 64
"""Pixels of such an input in the other direction."""


def fields(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """The receptive field of the `layer` of each unit's parameters, as `Field.arrays`."""
    for unit in units:
        yield unit, receptive_field(work.classifier, unit.parameters["layer"]).arrays()


def receptive_field(classifier: Classifier, layer: str) -> Field:
    """The receptive field of the units of a layer.

    Along each axis the input up to some row is NaN: the first unit that is still a number begins behind it, and so does
    its field's edge, which is then bisected. A unit that hears of the whole picture through a value with one pixel, as
    behind squeeze-and-excitation (Hu et al., 2018), is taken to look where it looks without that.

    Returns
    -------
    Field
        Unbounded for layers whose output is no map or whose units see everything, for fields of more than half of the
        longest of `LENGTHS`, and where the network does not take inputs of other sizes.
    """
    size_of_input = classifier.resize.size
    with explaining(classifier), torch.no_grad(), _exact(), _without_gates(classifier.network, layer):
        try:
            edges = [_along(lambda values: classifier.activation(layer, values), axis, classifier) for axis in (0, 1)]
        except (LimelightError, torch.OutOfMemoryError):  # say nothing of the network
            raise
        except Exception as error:  # the code of a network raises whatever it likes
            log.info("%s: the network takes no input of another size", layer, exc_info=error)
            edges = [None, None]
    if None in edges:
        return Field((size_of_input[0], size_of_input[1]), (0, 0), (0, 0), False)
    (rows, columns) = edges
    assert rows is not None
    assert columns is not None
    return Field(*zip(rows, columns, strict=True))  # type: ignore[arg-type]


def _along(activation: Callable[[Tensor], Tensor], axis: int, classifier: Classifier) -> tuple[int, int, int] | None:
    """Size, stride and start along one axis."""

    def values(length: int) -> Tensor:
        shape = (length, ACROSS) if axis == 0 else (ACROSS, length)
        return torch.zeros(1, 3, *shape, device=classifier.mean.device)

    def marked(length: int, first: int, last: int) -> np.ndarray:
        """Which units along the axis depend on pixels `first` to `last` of it."""
        probe = values(length)
        probe.narrow(2 + axis, first, last - first).fill_(torch.nan)
        depends: np.ndarray = activation(probe)[0].isnan().any(0).any(1 - axis).cpu().numpy()
        return depends

    def measure(length: int) -> tuple[int, int, int] | None:
        """The same, from one input; None where no unit is free of the one or the other half of it."""
        half = length // 2
        below, above = marked(length, 0, half), marked(length, half, length)
        units = len(below)
        if not below.any() or not above.any():
            return None
        # Not counts: units at the border may look at nothing but padding.
        behind, before = int(np.flatnonzero(below)[-1]) + 1, int(np.flatnonzero(above)[0]) - 1
        if behind >= units or before < 0:
            return None
        more = activation(values(2 * length)).shape[2 + axis] - units
        stride = length // more if more else length
        # The first pixel that unit `behind` sees lies in [half, half + stride): the unit before sees an earlier one.
        begin = _last(lambda at: not marked(length, 0, at)[behind], half, min(half + stride, length))
        end = -_last(lambda at: not marked(length, -at, length)[before], -half, min(stride - half, -1))
        start = begin - behind * stride
        return end - before * stride - start, stride, start

    if activation(values(LENGTHS[0])).ndim != 4:
        return None
    return next((edge for edge in map(measure, LENGTHS) if edge is not None), None)


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The last number from `low`, for which something holds, to below `high`, for which it does not."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


@contextmanager
def _exact() -> Iterator[None]:
    """Convolutions by their definition: a fast algorithm may mix neighbouring units, which NaN would betray."""
    with torch.backends.cudnn.flags(enabled=False):
        yield


@contextmanager
def _without_gates(network: nn.Module, layer: str) -> Iterator[None]:
    """Values that stand for the whole picture, 1 x 1 in size, are numbers meanwhile."""

    def tamed(name: str, module: nn.Module, output: Any) -> Any:
        whole = isinstance(output, Tensor) and output.ndim == 4 and output.shape[2:] == (1, 1)
        return output.nan_to_num() if whole else output

    leaves = {name: module for name, module in network.named_modules() if name != layer and not any(module.children())}
    with forward_hooks(leaves, tamed):
        yield
