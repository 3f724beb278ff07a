"""Redirected gradients of ReLUs that would block them."""

from typing import Any

import torch
from torch import Tensor

from limelight.network.relu import ReLUCall, ReLUMode


class _Redirected(torch.autograd.Function):
    """clamp(x, low, high); where it blocks all of a picture's gradient, what moves x back into the range passes.

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


class redirected(ReLUMode):  # noqa: N801 - reads as what it does: `with redirected():`
    """While it is active, ReLUs that block all of a picture's gradient redirect it (after Lucid).

    Values are unchanged, only gradients differ.
    """

    def relu(self, call: ReLUCall) -> Tensor:
        """The clamped inputs, in place where the call is."""
        output: Tensor = _Redirected.apply(call.inputs, 0.0, call.high, call.in_place)
        return output
