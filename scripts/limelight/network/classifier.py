"""A trained network with its preprocessing: gradients, activations, and forward passes that end at a layer."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from limelight.network.hooks import forward_hooks
from limelight.network.photographs import Resize
from limelight.network.precision import HALF, autocast, synchronise, tensor_float_32
from limelight.study.errors import LimelightError, first_line

log = logging.getLogger(__name__)

_SCALES = tuple(2.0**exponent for exponent in range(15, -16, -5))
"""What a score is multiplied by before its gradient is taken in float16, whose largest number is just under 2^16."""


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
            reason = first_line(getattr(error, "inner_exception", error))
            raise LimelightError(
                f"compile: the network cannot be compiled ({reason}); expected compile: false"
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
        outputs: dict[str, Tensor] = {}

        def reached(layer: str, module: nn.Module, output: Any) -> None:
            if not isinstance(output, Tensor):
                raise LimelightError(
                    f"layer {layer}: its output is not a tensor; expected a layer with a tensor as output"
                )
            if layer in outputs:
                return
            outputs[layer] = output
            if len(outputs) == len(modules):
                raise _AllReached
            outputs[layer] = output.clone()  # what runs behind it may overwrite the output in place

        modules = {layer: self.network.get_submodule(layer) for layer in layers}
        try:
            with forward_hooks(modules, reached):
                self._run(self.network, photographs)
        except _AllReached:
            return {layer: _float32(outputs[layer]) for layer in modules}
        missing = next(layer for layer in modules if layer not in outputs)
        raise LimelightError(f"layer {missing}: the forward pass does not use it; expected a layer that it uses")

    def gradient(self, score: Tensor, photographs: Tensor) -> Tensor:
        """Gradient of the score of each photograph, (N, 3, H, W), in score units per unit of photograph value.

        In float16 small gradients become 0 and large ones infinite on their way back through the network. So there the
        score is multiplied by the largest of some powers of two, 2^15 to 2^-15, with which the gradient of the
        photograph is finite, and the gradient is divided by it, which is exact. Each photograph has its own scale:
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
            gradient = photographs
            finite = torch.zeros(len(photographs), 1, 1, 1, dtype=torch.bool, device=total.device)
            for scale in _SCALES:
                (scaled,) = torch.autograd.grad(total, photographs, total.new_tensor(scale), retain_graph=True)
                gradient = torch.where(finite, gradient, scaled / scale)
                finite = gradient.isfinite().flatten(1).all(1).view(-1, 1, 1, 1)
                if finite.all():
                    break
            return gradient.detach()

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


class _AllReached(Exception):  # noqa: N818 - the way out of a forward pass, not an error
    pass


@contextmanager
def explaining(classifier: Classifier) -> Iterator[None]:
    """Evaluation mode without parameter gradients; afterwards, also after an exception, everything is as it was.

    Backward passes inside are as exact as the classifier's precision says, and the time spent, until the device is
    done, is added to `classifier.seconds`, once where one `explaining` is inside another.
    """
    modes = {module: module.training for module in classifier.modules()}
    trainable = {parameter: parameter.requires_grad for parameter in classifier.parameters()}
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
        for parameter, requires_grad in trainable.items():
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
