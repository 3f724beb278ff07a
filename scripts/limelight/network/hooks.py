"""Hooks on the modules of a network, removed when the block ends, also by an exception."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from torch import nn


@contextmanager
def forward_hooks(modules: Mapping[str, nn.Module], hook: Callable[[str, nn.Module, Any], Any]) -> Iterator[None]:
    """Call `hook(name, module, output)` after each call of one of the modules; what it returns replaces the output."""

    def after(name: str, module: nn.Module, inputs: Any, output: Any) -> Any:
        return hook(name, module, output)

    with ExitStack() as stack:
        for name, module in modules.items():
            stack.callback(module.register_forward_hook(partial(after, name)).remove)
        yield


@contextmanager
def forward_pre_hooks(modules: Mapping[str, nn.Module], hook: Callable[[str], None]) -> Iterator[None]:
    """Call `hook(name)` before each call of one of the modules."""

    def before(name: str, module: nn.Module, inputs: Any) -> None:
        hook(name)

    with ExitStack() as stack:
        for name, module in modules.items():
            stack.callback(module.register_forward_pre_hook(partial(before, name)).remove)
        yield
