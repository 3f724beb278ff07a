"""The layer table of a network, measured by one forward pass."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier, explaining
from limelight.network.depth import convolution_depths
from limelight.network.hooks import forward_hooks
from limelight.network.layers import DEPTHS, LOGITS, NO_MAP, Layer, UnsuitedError, check_filters, depths_of, find_layer
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
    outputs, logits = tried(classifier, (height, width))
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
    depths = convolution_depths(classifier)
    table, index = [], 0
    for name, module in classifier.network.named_modules():
        if name == LOGITS:
            continue
        leaf = next(module.children(), None) is None
        calls = outputs.get(name, [])
        shape = next(filter(None, calls), ())
        filters = shape[0] if shape else None
        kind = type(module).__name__
        table.append(Layer(index if leaf else None, name, kind, shape, filters, len(calls), depths.get(name)))
        index += leaf
    return table


def tried(classifier: Classifier, size: Sequence[int]) -> tuple[dict[str, list[tuple[int, ...]]], Any]:
    """What becomes of one photograph of that height and width.

    Returns
    -------
    tuple
        By name, the shapes of the outputs of all modules that it reaches, call by call and without the batch, empty
        for what is no tensor; and the output of the network, or the exception that it ends in.
    """
    outputs: dict[str, list[tuple[int, ...]]] = {}

    def record(name: str, module: nn.Module, output: Any) -> None:
        outputs.setdefault(name, []).append(tuple(output.shape[1:]) if isinstance(output, Tensor) else ())

    photographs = torch.full((1, 3, *size), 0.5, device=classifier.mean.device)
    modules = dict(classifier.network.named_modules())
    try:
        with forward_hooks(modules, record), torch.no_grad(), explaining(classifier):
            return outputs, classifier(photographs)
    except Exception as error:  # the code of a network raises whatever it likes, AssertionErrors among it
        return outputs, error


def why(error: Exception) -> str:
    """What an exception of a network says, or its name where it says nothing, to go into a sentence."""
    return first_line(error) if str(error).strip() else type(error).__name__


def check_map(last_map: str | None, asked: Sequence[str]) -> None:
    """Raise a LimelightError if some keys ask for attribution methods that look at a layer, and there is none for them.

    Parameters
    ----------
    last_map
        The layer that these methods take by default, if the network has one.
    """
    if asked and last_map is None:
        raise UnsuitedError(f"{asked[0]}: {NO_MAP}; expected attribution methods that look at no layer")


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
    """The layer table as CSV.

    Index among the leaf modules, name, type, output shape, number of filters, how often it is called, and whether it is
    the shallow, middle or deep layer.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("index", "name", "type", "output_shape", "filters", "calls", "depth"))
    for layer in table:
        shape = " x ".join(map(str, layer.shape))
        depth = " ".join(depths_of(table, layer))
        index = "" if layer.index is None else layer.index
        rows.writerow((index, layer.name, layer.type, shape, layer.filters, layer.calls, depth))
    return text.getvalue()
