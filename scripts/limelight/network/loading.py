"""From a checkpoint to a network: the factory, safe loading of weights, and class names."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier
from limelight.network.precision import check_precision
from limelight.study.errors import LimelightError, first_line
from limelight.study.paths import resolve

_NESTED = ("state_dict", "model_state_dict", "model", "network", "net", "weights")


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
        return tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
    source, _, name = where.rpartition(":")
    try:
        return tuple(str(item) for item in attribute_of(importlib.import_module(source), name))
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise LimelightError(f"classes: {where} is neither a text file nor package.module:attribute") from error


def read_checkpoint(path: str | Path, key: str | None = None) -> dict[str, Tensor]:
    """The state dict in a checkpoint, on the CPU; never runs code from the file.

    Parameters
    ----------
    key
        Where the state dict lies; by default the file itself or the one usual key (`state_dict`, `model`, ...).
    """
    content: Any
    if str(path).endswith(".safetensors"):
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            content = load_file(path)
        except (OSError, SafetensorError) as error:
            raise LimelightError(f"{path}: cannot be read ({first_line(error)}); expected safetensors") from error
    else:
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except FileNotFoundError as error:
            raise LimelightError(f"{path}: no such file; expected a checkpoint") from error
        except Exception as error:  # torch raises whatever the pickle machinery met
            raise LimelightError(f"{path}: {_refusal(error)}; expected a state dict of tensors") from error
    return _state_dict(content, path, key)


def _refusal(error: Exception) -> str:
    text = str(error)
    if "Unsupported global: GLOBAL " in text:
        name = text.split("Unsupported global: GLOBAL ", 1)[1].split()[0]
        return f"holds Python objects ({name}), which are not loaded because that would run code from the file"
    if "Weights only load failed" in text:  # followed by half a page of advice to load it unsafely
        return "is not a checkpoint that torch can read"
    return f"cannot be read as a checkpoint ({first_line(error)})"


def _is_state_dict(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(name, str) and isinstance(item, Tensor) for name, item in value.items())
    )


def _state_dict(content: Any, path: str | Path, key: str | None) -> dict[str, Tensor]:
    if key is not None:
        for part in [key] if isinstance(content, Mapping) and key in content else key.split("."):
            if not isinstance(content, Mapping) or part not in content:
                keys = ", ".join(map(str, content)) if isinstance(content, Mapping) else type(content).__name__
                raise LimelightError(f"{path}: no key {key!r}; its keys are {keys}")
            content = content[part]
    if _is_state_dict(content):
        return dict(content)
    if isinstance(content, Mapping):
        candidates = [name for name, value in content.items() if _is_state_dict(value)]
        usual = [name for name in _NESTED if name in candidates] or candidates
        if len(usual) == 1 or (usual and usual[0] in _NESTED):
            return dict(content[usual[0]])
        if usual:
            raise LimelightError(
                f"{path}: several state dicts ({', '.join(usual)}); expected checkpoint_key to name one"
            )
        raise LimelightError(f"{path}: no state dict among its keys {', '.join(map(str, content))[:200]}")
    raise LimelightError(f"{path}: contains {type(content).__name__}; expected a state dict of tensors")


def fit(network: nn.Module, state: Mapping[str, Tensor], what: str = "the checkpoint does not fit") -> None:
    """Load `state` into `network`, strictly, after dropping a prefix that wrappers add (`module.`, `model.`, ...).

    Raises
    ------
    LimelightError
        One sentence that starts with `what` and names the first missing, unexpected and mis-shaped entries.
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
        differences = "; ".join(f"{len(names)} {kind}, first {names[0]}" for kind, names in kinds.items() if names)
        raise LimelightError(f"{what}: {differences}")
    # In place: some modules, such as MNASNet, refuse a state dict without the versions that it has as an attribute.
    expected.update(state)
    network.load_state_dict(expected)
