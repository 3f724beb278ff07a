"""Redirected gradients of ReLUs that would block them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_RELUS = frozenset({F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_})
_IN_PLACE = frozenset({torch.relu_, Tensor.relu_, F.hardtanh_})
_CLAMPS = frozenset({F.hardtanh, F.hardtanh_})


class _Redirected(torch.autograd.Function):
    """clamp(x, low, high) whose gradient, where none of a picture's gets through, passes all that would bring x back.

    That is what pushes x up where it is below, and down where it is above.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, low: float, high: float, in_place: bool) -> Tensor:
        ctx.save_for_backward(inputs <= low, inputs >= high)
        if in_place:
            ctx.mark_dirty(inputs)
            return inputs.clamp_(low, high)
        return inputs.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = gradients
        below, above = ctx.saved_tensors
        passed = gradient.masked_fill(below | above, 0)
        redirected = gradient.masked_fill((below & (gradient < 0)) | (above & (gradient > 0)), 0)
        # A gradient that is no number gets through.
        blocked = (passed == 0).flatten(1).all(1).view(-1, *[1] * (gradient.ndim - 1))
        return torch.where(blocked, redirected, passed), None, None, None


class redirected(TorchFunctionMode):  # noqa: N801 - reads as what it does: `with redirected():`
    """While it is active, ReLUs that block all of a picture's gradient redirect it (after Lucid).

    Any ReLU or ReLU6 counts, whether module or function, in place or used again. Nothing of the network is touched, so
    there is nothing to put back. Values are as ever, only gradients differ.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        arguments: Sequence[Any] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(named or {})
        if function in _RELUS:
            place = function in _IN_PLACE or _argument("inplace", 1, arguments, named, False)
            return _redirected(_argument("input", 0, arguments, named, None), 0.0, float("inf"), place)
        if function is F.relu6:
            place = _argument("inplace", 1, arguments, named, False)
            return _redirected(_argument("input", 0, arguments, named, None), 0.0, 6.0, place)
        if function in _CLAMPS and _argument("min_val", 1, arguments, named, -1.0) == 0:
            high = _argument("max_val", 2, arguments, named, 1.0)
            place = function in _IN_PLACE or _argument("inplace", 3, arguments, named, False)
            return _redirected(_argument("input", 0, arguments, named, None), 0.0, high, place)
        return function(*arguments, **named)


def _redirected(inputs: Tensor, low: float, high: float, in_place: bool) -> Tensor:
    return _Redirected.apply(inputs, low, high, in_place)


def _argument(name: str, position: int, given: Sequence[Any], named: Mapping[str, Any], default: Any) -> Any:
    if name in named:
        return named[name]
    return given[position] if len(given) > position else default
