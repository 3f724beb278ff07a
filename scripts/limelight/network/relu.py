"""Calls of ReLUs, whether of a module or a function, whose gradient a method replaces."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_RELUS = frozenset({F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_})
_IN_PLACE = frozenset({torch.relu_, Tensor.relu_, F.hardtanh_})
_CLAMPS = frozenset({F.hardtanh, F.hardtanh_})


@dataclass(frozen=True)
class ReLUCall:
    """A call that clamps `inputs` to [0, `high`], with `high` infinite for a ReLU and 6 for a ReLU6.

    `plain()` runs it as it is, in place where `in_place`.
    """

    inputs: Tensor
    high: float
    in_place: bool
    plain: Callable[[], Tensor]


class ReLUMode(TorchFunctionMode, ABC):
    """While it is active, `relu` gives the output of every ReLU, ReLU6 and other clamp at zero (`hardtanh`).

    Modules and functions count, also in place or used several times. The network itself is not changed.
    """

    @abstractmethod
    def relu(self, call: ReLUCall) -> Tensor:
        """The output of a call, with the gradient that the method wants."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        arguments: Sequence[Any] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(named or {})

        def argument(name: str, position: int, default: Any = None) -> Any:
            return named.get(name, arguments[position] if len(arguments) > position else default)

        def plain() -> Any:
            return function(*arguments, **named)

        if function in _RELUS:
            high, in_place = float("inf"), argument("inplace", 1, False)
        elif function is F.relu6:
            high, in_place = 6.0, argument("inplace", 1, False)
        elif function in _CLAMPS and argument("min_val", 1, -1.0) == 0:
            high, in_place = argument("max_val", 2, 1.0), argument("inplace", 3, False)
        else:
            return plain()
        return self.relu(ReLUCall(argument("input", 0), high, in_place or function in _IN_PLACE, plain))
