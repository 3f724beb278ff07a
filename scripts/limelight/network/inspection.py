"""The layer table of a network, measured by one forward pass."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier, explaining
from limelight.network.hooks import forward_hooks
from limelight.network.layers import DEPTHS, LOGITS, NO_MAP, Layer, UnsuitedError, check_filters, find_layer
from limelight.study.digests import file_digest
from limelight.study.errors import LimelightError, first_line
from limelight.study.paths import resolve


def layer_table(classifier: Classifier) -> list[Layer]:
    """Every module of the network, in order, with the shape of its (first) output for one photograph.

    Raises
    ------
    LimelightError
        The network does not take the configured input size, or does not give one logit a class.
    """
    height, width = classifier.resize.size
    shapes, logits = tried(classifier, (height, width))
    if isinstance(logits, Exception):
        raise LimelightError(
            f"the network fails on an input of {height} x {width} pixels ({why(logits)}); "
            "expected preprocessing.size to be the input size of its training"
        ) from logits
    shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if shape != (1, len(classifier.classes)):
        raise LimelightError(
            f"the network's output is {shape}; expected (1, {len(classifier.classes)}), a logit for each of the classes"
        )
    table, index = [], 0
    for name, module in classifier.network.named_modules():
        if name == LOGITS:
            continue
        leaf = next(module.children(), None) is None
        shape = shapes.get(name, ())
        table.append(Layer(index if leaf else None, name, type(module).__name__, shape, shape[0] if shape else None))
        index += leaf
    return table


def tried(classifier: Classifier, size: Sequence[int]) -> tuple[dict[str, tuple[int, ...]], Any]:
    """What becomes of one photograph of that height and width.

    Returns
    -------
    tuple
        By name, the shapes of the (first) outputs of all modules that it reaches, without the batch; and the output of
        the network, or the exception that it ends in.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def record(name: str, module: nn.Module, output: Any) -> None:
        if isinstance(output, Tensor):
            shapes.setdefault(name, tuple(output.shape[1:]))

    photographs = torch.full((1, 3, *size), 0.5, device=classifier.mean.device)
    modules = dict(classifier.network.named_modules())
    try:
        with forward_hooks(modules, record), torch.no_grad(), explaining(classifier):
            return shapes, classifier(photographs)
    except Exception as error:  # the code of a network raises whatever it likes, AssertionErrors among it
        return shapes, error


def why(error: Exception) -> str:
    """What an exception of a network says, or its name where it says nothing, to go into a sentence."""
    return first_line(error) if str(error).strip() else type(error).__name__


def check_map(last_map: str | None, asked: Iterable[str]) -> None:
    """Raise a LimelightError if some keys ask for attribution methods that look at a layer, and there is none for them.

    Parameters
    ----------
    last_map
        The layer that these methods take by default, if the network has one.
    """
    for key in asked:
        if last_map is None:
            raise UnsuitedError(f"{key}: {NO_MAP}; expected attribution methods that look at no layer")


def check_layers(table: Sequence[Layer], named: Iterable[tuple[str | int, Sequence[int], str]]) -> None:
    """Raise a LimelightError now, not after an hour, if the network lacks a layer or filter that the user asked for."""
    for layer, filters, key in named:
        try:
            named_layer = find_layer(table, layer)
        except UnsuitedError as error:
            if key:
                raise UnsuitedError(f"{key}: {error}") from error
            continue
        check_filters(named_layer, filters or ([0] if key else []))


def model_record(
    name: str, settings: Mapping[str, Any], sha256: str, classifier: Classifier, table: Sequence[Layer], **more: Any
) -> dict[str, Any]:
    """The content of `model.json`: name, origin, classes and layers of the model, and what `more` is known.

    Parameters
    ----------
    sha256
        Of the checkpoint, before it was loaded.

    Raises
    ------
    LimelightError
        The checkpoint is no longer what it was then.
    """
    path = resolve(settings["checkpoint"])
    if file_digest(path) != sha256:
        raise LimelightError(f"{path} changed while it was loaded; expected it to stay as it is; run the study again")
    return {
        "model": name,
        "factory": settings["factory"],
        "arguments": settings["arguments"],
        "checkpoint": settings["checkpoint"],
        "checkpoint_sha256": sha256,
        "parameters": sum(parameter.numel() for parameter in classifier.parameters()),
        "preprocessing": settings["preprocessing"],
        "classes": classifier.classes,
        "depths": _depths(table),
        "layers": [asdict(layer) for layer in table],
        **more,
    }


def _depths(table: Sequence[Layer]) -> dict[str, str]:
    """The layers at the depths, as far as the network has any."""
    try:
        return {depth: find_layer(table, depth).name for depth in DEPTHS}
    except UnsuitedError:
        return {}


def layers_csv(table: Sequence[Layer]) -> str:
    """The layer table as CSV: index among the leaf modules, name, type, output shape and number of filters."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("index", "name", "type", "output_shape", "filters"))
    for layer in table:
        shape = " x ".join(map(str, layer.shape))
        rows.writerow(("" if layer.index is None else layer.index, layer.name, layer.type, shape, layer.filters))
    return text.getvalue()
