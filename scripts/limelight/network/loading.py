"""From a checkpoint to a network: the factory, its weights, and class names."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from limelight.network.checkpoints import read_checkpoint
from limelight.network.classifier import Classifier
from limelight.network.precision import check_precision
from limelight.study.errors import LimelightError, first_line, shortened
from limelight.study.paths import resolve


def load(
    settings: Mapping[str, Any],
    device: torch.device | str = "cpu",
    precision: str = "float32",
    compiled: bool = False,
) -> Classifier:
    """The classifier that the settings of a model (`models.{name}`) describe, trained, frozen, in evaluation mode.

    Parameters
    ----------
    precision, compiled
        See `Classifier`.

    Raises
    ------
    LimelightError
        The factory fails, the checkpoint cannot be read or does not fit, the outputs are not the classes, or the device
        cannot compute in that precision.
    """
    check_precision(precision, torch.device(device))
    network = build(settings["factory"], settings["arguments"])
    path = resolve(settings["checkpoint"])
    fit(network, read_checkpoint(path, settings.get("checkpoint_key")), f"{path} does not fit {settings['factory']}")
    classes = read_classes(settings["classes"])
    classifier = Classifier(network, classes, settings["preprocessing"], precision, compiled)
    # Channels last, because convolution and pooling of oneDNN and cuDNN are made for it: 1.7 times as fast on a CPU.
    return classifier.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)


def build(factory: str, arguments: Mapping[str, Any]) -> nn.Module:
    """The untrained network that `torchvision:name`, `package.module:callable` or `path/to/file.py:callable` makes."""
    source, _, name = factory.rpartition(":")
    try:
        if source == "torchvision":
            from torchvision.models import get_model

            network = get_model(name, weights=None, **arguments)
        else:
            network = attribute_of(import_source(source), name)(**arguments)
    except Exception as error:
        raise LimelightError(
            f"factory {factory}: {type(error).__name__}: {first_line(error)}; expected a callable that builds a network"
        ) from error
    if not isinstance(network, nn.Module):
        raise LimelightError(f"factory {factory}: returned {type(network).__name__}; expected a torch.nn.Module")
    return network


def import_source(source: str) -> Any:
    if not source.endswith(".py"):
        return importlib.import_module(source)
    name = "limelight_factory_" + hashlib.sha256(source.encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles in the file look their module up
    spec.loader.exec_module(module)
    return module


def attribute_of(module: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        module = getattr(module, name)
    return module


def read_classes(classes: str | Sequence[str]) -> tuple[str, ...]:
    """Class names: as given, from a text file with one a line, or from `package.module:attribute`.

    A name that stands for several outputs (ImageNet has two kinds of crane) gets the output's number behind it.
    """
    names = tuple(classes) if not isinstance(classes, str) else _named_classes(classes)
    repeated = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
    return tuple(f"{name} ({number})" if name in repeated else name for number, name in enumerate(names))


def _named_classes(where: str) -> tuple[str, ...]:
    try:
        file = Path(resolve(where))
    except LimelightError:  # a module that is no package has attributes but no files
        file = Path(where)
    if file.is_file():
        try:
            lines = file.read_text("utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise LimelightError(f"classes: {where} is not encoded in UTF-8; expected text in UTF-8") from error
        return tuple(line.strip() for line in lines if line.strip())
    source, _, name = where.rpartition(":")
    try:
        return tuple(str(item) for item in attribute_of(importlib.import_module(source), name))
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise LimelightError(f"classes: {where} is neither a text file nor package.module:attribute") from error


def fit(network: nn.Module, state: Mapping[str, Tensor], what: str = "the checkpoint does not fit") -> None:
    """Load `state` into `network`, strictly, after dropping a prefix that wrappers add (`module.`, `model.`, ...).

    Raises
    ------
    LimelightError
        One sentence that starts with `what` and names the first missing, unexpected and mis-shaped entries, or the
        first whose values are of another kind (integers for weights) or not finite.
    """
    expected = network.state_dict()
    while not expected.keys() & state.keys() and len({name.partition(".")[0] for name in state}) == 1:
        if not all("." in name for name in state):
            break
        state = {name.partition(".")[2]: value for name, value in state.items()}
    # Checkpoints from before torch 0.4.1 have no such counters, and evaluation does not read them.
    missing = [name for name in expected if name not in state and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in state if name not in expected]
    misshaped = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in expected
        if name in state and state[name].shape != expected[name].shape
    ]
    kinds = {"missing": missing, "unexpected": unexpected, "mis-shaped": misshaped}
    if any(kinds.values()):
        differences = "; ".join(
            f"{len(names)} {kind}, first {shortened(names[0])}" for kind, names in kinds.items() if names
        )
        raise LimelightError(f"{what}: {differences}")
    parameters = dict(network.named_parameters(remove_duplicate=False))
    for name, value in expected.items():
        if name in state and (fault := _fault(value, state[name], name in parameters)):
            raise LimelightError(f"{what}: {name} {fault}")
    # In place: some modules, such as MNASNet, refuse a state dict without the versions that it has as an attribute.
    expected.update(state)
    network.load_state_dict(expected)


def _fault(expected: Tensor, value: Tensor, weight: bool) -> str:
    """Why `value` cannot take the place of an entry of the built network, of the same shape; empty if it can.

    PyTorch converts whatever it is given, in silence: quantised weights without their scale, complex ones without their
    imaginary part. Other precisions of the same kind are lawful. Buffers may hold what they are built with: masks of
    attention hold -inf.
    """
    kind, needed = _kind(value.dtype), _kind(expected.dtype)
    whole = needed == "integers" and kind == "real numbers" and torch.equal(value, value.trunc())
    if kind != needed and not whole:
        return f"holds {kind} ({str(value.dtype).removeprefix('torch.')}); expected {needed}"
    converted = value.to(expected.dtype)
    lawful = converted.isfinite() if weight else converted.isfinite() | (converted == expected)
    if not lawful.all():
        other = " within the range of " + str(expected.dtype).removeprefix("torch.") if value.isfinite().all() else ""
        return f"holds {int((~lawful).sum())} NaN or infinite values of {lawful.numel()}; expected finite ones{other}"
    return ""


def _kind(dtype: torch.dtype) -> str:
    if dtype.is_complex:
        return "complex numbers"
    return "real numbers" if dtype.is_floating_point else "integers"
