"""Hooks are called with the name of their module, and none stays behind."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from limelight.network.hooks import forward_hooks, forward_pre_hooks


def left(network: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules())


def test_hooks_see_names_and_may_replace_outputs() -> None:
    network = nn.Sequential(nn.Identity(), nn.ReLU())
    called: list[str] = []

    def double(name: str, module: nn.Module, output: Any) -> Any:
        called.append(name)
        return output * 2 if name == "1" else None

    modules = dict(network.named_children())
    with forward_pre_hooks(modules, lambda name: called.append(f"before {name}")), forward_hooks(modules, double):
        assert network(torch.ones(1)).item() == 2
    assert called == ["before 0", "0", "before 1", "1"]
    assert network(torch.ones(1)).item() == 1
    assert left(network) == 0


@pytest.mark.parametrize("register", [forward_hooks, forward_pre_hooks])
def test_hooks_are_removed_after_an_exception(register: Callable[..., Any]) -> None:
    network = nn.Sequential(nn.Identity(), nn.ReLU())

    def fail(*arguments: Any) -> None:
        assert left(network) == 2
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"), register(dict(network.named_children()), fail):
        network(torch.ones(1))
    assert left(network) == 0
