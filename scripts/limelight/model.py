"""How does a checkpoint become a network? Factory, safe loading, layer table, truncated forward pass."""

import hashlib
import importlib
import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from limelight.errors import LimelightError, first_line
from limelight.files import resolve
from limelight.images import Resize
from limelight.layers import Layer
from limelight.precision import HALF, autocast, check_precision, synchronise, tensor_float_32

log = logging.getLogger(__name__)

_SCALES = tuple(2.0**exponent for exponent in range(15, -16, -5))
"""What a score is multiplied by before its gradient is taken in float16, whose largest number is just under 2^16."""

_NESTED = ("state_dict", "model_state_dict", "model", "network", "net", "weights")


class Classifier(nn.Module):
    """A trained network that takes photographs, (N, 3, H, W) RGB in [0, 1], and gives logits, (N, C).

    The network's own value range, channel order, mean and std are applied inside, so that every gradient and every
    ascent is taken with respect to the photograph.

    Parameters
    ----------
    precision
        What the network computes in: float32, tf32, bfloat16 or float16. Photographs, logits, activations and gradients
        are float32 with any of them.
    compiled
        Whether full forward passes run compiled. Passes that end at a layer, or in which hooks watch modules, do not.

    Attributes
    ----------
    seconds
        Wall time spent in `explaining` so far.
    """

    low: Tensor
    span: Tensor
    mean: Tensor
    std: Tensor
    _compiled: Callable[[Tensor], Tensor] | None

    def __init__(
        self,
        network: nn.Module,
        classes: Sequence[str],
        preprocessing: Mapping[str, Any],
        precision: str = "float32",
        compiled: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.classes = tuple(classes)
        self.precision = precision
        self.seconds = 0.0
        self._explaining = 0
        self.resize = Resize.of(preprocessing)
        self.flip = preprocessing["channels"] == "BGR"
        black, white = preprocessing["range"]
        for name, values in (
            ("low", [black] * 3),
            ("span", [white - black] * 3),
            ("mean", preprocessing["mean"]),
            ("std", preprocessing["std"]),
        ):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32).view(1, 3, 1, 1), persistent=False)
        # Compiled at its first pass. As a submodule it would put all modules into the classifier twice.
        object.__setattr__(self, "_compiled", torch.compile(network) if compiled else None)

    def normalise(self, photographs: Tensor) -> Tensor:
        """Photographs as the network's input."""
        values = photographs * self.span + self.low
        if self.flip:
            values = values.flip(1)
        return (values - self.mean) / self.std

    def forward(self, photographs: Tensor) -> Tensor:
        """Logits, (N, C)."""
        if self._compiled is None or _is_watched(self.network):
            return self._run(self.network, photographs)
        try:
            return self._run(self._compiled, photographs)
        except RuntimeError as error:
            from torch._dynamo.exc import TorchDynamoException

            if not isinstance(error, TorchDynamoException):
                raise
            said = first_line(getattr(error, "inner_exception", error))
            raise LimelightError(
                f"compile: the network cannot be compiled ({said}); expected compile: false"
            ) from error

    def activation(self, layer: str, photographs: Tensor) -> Tensor:
        """Output of the module `layer`, (N, K, h, w) or (N, K); no module behind it runs.

        Ending the pass there also keeps a later in-place operation from overwriting the activation.
        """
        return self.activations([layer], photographs)[layer]

    def activations(self, layers: Sequence[str], photographs: Tensor) -> dict[str, Tensor]:
        """Outputs of some modules by name, as of `activation`, from one pass that ends at the deepest of them.

        The empty name is the network itself, with its logits. Of a module that runs several times it is the first time.

        Raises
        ------
        LimelightError
            The pass does not reach a layer, or its output is no tensor.
        """
        found: dict[str, Tensor] = {}

        def reached(layer: str) -> Callable[..., None]:
            def hook(module: nn.Module, inputs: Any, output: Any) -> None:
                if not isinstance(output, Tensor):
                    raise LimelightError(f"layer {layer}: its output is no tensor; expected one that is")
                if layer in found:
                    return
                found[layer] = output
                if len(found) == len(wanted):
                    raise _Reached
                found[layer] = output.clone()  # what runs behind it may overwrite the output in place

            return hook

        wanted = dict.fromkeys(layers)
        hooks = [self.network.get_submodule(layer).register_forward_hook(reached(layer)) for layer in wanted]
        try:
            self._run(self.network, photographs)
        except _Reached:
            return {layer: _float32(found[layer]) for layer in wanted}
        finally:
            for hook in hooks:
                hook.remove()
        missing = next(layer for layer in wanted if layer not in found)
        raise LimelightError(f"layer {missing}: the forward pass does not reach it; expected a layer that is used")

    def gradient(self, score: Tensor, photographs: Tensor) -> Tensor:
        """Gradient of the score of each photograph, (N, 3, H, W), in score units per unit of photograph value.

        In float16 small gradients become 0 and large ones infinite on their way back through the network. So there the
        score is multiplied by the largest of some powers of two, 2^15 to 2^-15, with which the gradient of the
        photograph is finite, and the gradient is divided by it, which is exact. Each photograph has a scale of its own:
        what is found for one does not depend on the others.

        Parameters
        ----------
        score
            (N,) or their sum, computed from `photographs`, each from its own; the graph of float16 outlives the call.
        photographs
            (N, 3, H, W), requiring gradients.

        Returns
        -------
        Tensor
            Not finite for photographs whose gradient is not finite with any scale.
        """
        total = score.sum()
        with tensor_float_32(self.precision == "tf32"):
            if self.precision != "float16":
                return torch.autograd.grad(total, photographs)[0]
            found, finite = photographs, torch.zeros(len(photographs), 1, 1, 1, dtype=torch.bool, device=total.device)
            for scale in _SCALES:
                (scaled,) = torch.autograd.grad(total, photographs, total.new_tensor(scale), retain_graph=True)
                found = torch.where(finite, found, scaled / scale)
                finite = found.isfinite().flatten(1).all(1).view(-1, 1, 1, 1)
                if finite.all():
                    break
            return found.detach()

    def _run(self, network: Callable[[Tensor], Tensor], photographs: Tensor) -> Tensor:
        with tensor_float_32(self.precision == "tf32"), autocast(self.precision, self.mean.device):
            return _float32(network(self.normalise(photographs)))


def _float32(output: Any) -> Any:
    """A half precision tensor as float32, anything else as it is."""
    return output.float() if isinstance(output, Tensor) and output.dtype in HALF.values() else output


def _is_watched(network: nn.Module) -> bool:
    """Whether a module has hooks, which a compiled pass would leave out."""
    return any(
        module._forward_hooks or module._forward_pre_hooks or module._backward_hooks or module._backward_pre_hooks
        for module in network.modules()
    )


class _Reached(Exception):  # noqa: N818 - the way out of a forward pass, not an error
    pass


@contextmanager
def explaining(classifier: Classifier) -> Iterator[None]:
    """Evaluation mode without parameter gradients; afterwards, also after an exception, everything is as it was.

    Backward passes inside are as exact as the classifier's precision says, and the time spent, until the device is
    done, is added to `classifier.seconds`, once where one `explaining` is inside another.
    """
    modes = {module: module.training for module in classifier.modules()}
    wanted = {parameter: parameter.requires_grad for parameter in classifier.parameters()}
    started = time.perf_counter()
    classifier._explaining += 1
    try:
        classifier.eval()
        classifier.requires_grad_(False)
        with tensor_float_32(classifier.precision == "tf32"):
            yield
        synchronise(classifier.mean.device)
    finally:
        for module, training in modes.items():
            module.training = training
        for parameter, requires_grad in wanted.items():
            parameter.requires_grad_(requires_grad)
        classifier._explaining -= 1
        if not classifier._explaining:
            classifier.seconds += time.perf_counter() - started


def probabilities(classifier: Classifier, batches: Iterable[Tensor]) -> np.ndarray:
    """Class probabilities, (N, C) float32, of photographs given in batches (B, 3, H, W) in [0, 1]."""
    rows = []
    for batch in batches:  # outside of `explaining`: the time to make a batch is not the network's
        with explaining(classifier), torch.no_grad():
            rows.append(classifier(batch).softmax(1).cpu().numpy())
    return np.concatenate(rows) if rows else np.zeros((0, len(classifier.classes)), np.float32)


# --- from the settings of a model to a classifier -----------------------------------------------------------------


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
            f"factory {factory}: {type(error).__name__}: {first_line(error)}; expected it to build a network"
        ) from error
    if not isinstance(network, nn.Module):
        raise LimelightError(f"factory {factory}: made {type(network).__name__}; expected a torch.nn.Module")
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
                found = ", ".join(map(str, content)) if isinstance(content, Mapping) else type(content).__name__
                raise LimelightError(f"{path}: no key {key!r}; it holds {found}")
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
    raise LimelightError(f"{path}: holds {type(content).__name__}; expected a state dict of tensors")


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
        said = "; ".join(f"{len(names)} {kind}, first {names[0]}" for kind, names in kinds.items() if names)
        raise LimelightError(f"{what}: {said}")
    network.load_state_dict({**expected, **state})


# --- layers ---------------------------------------------------------------------------------------------------------


def layer_table(classifier: Classifier) -> list[Layer]:
    """Every module of the network, in order, with the shape of its (first) output for one photograph.

    Raises
    ------
    LimelightError
        The network does not take the configured input size, or does not give one logit a class.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def record(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                shapes.setdefault(name, tuple(output.shape[1:]))

        return hook

    modules = [(name, module) for name, module in classifier.network.named_modules() if name]
    hooks = [module.register_forward_hook(record(name)) for name, module in modules]
    height, width = classifier.resize.size
    photographs = torch.full((1, 3, height, width), 0.5, device=classifier.mean.device)
    try:
        with torch.no_grad(), explaining(classifier):
            logits = classifier(photographs)
    except (RuntimeError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise LimelightError(
            f"the network fails on an input of {height} x {width} pixels ({first_line(error)}); "
            "expected preprocessing.size to be what it was trained with"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
    found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if found != (1, len(classifier.classes)):
        raise LimelightError(
            f"the network's output is {found}; expected (1, {len(classifier.classes)}), a logit for each of the classes"
        )
    table, index = [], 0
    for name, module in modules:
        leaf = next(module.children(), None) is None
        shape = shapes.get(name, ())
        table.append(Layer(index if leaf else None, name, type(module).__name__, shape, shape[0] if shape else None))
        index += leaf
    return table
