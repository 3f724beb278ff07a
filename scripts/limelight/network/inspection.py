"""The layer table of a network, measured by one forward pass."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from limelight.network.classifier import Classifier, explaining
from limelight.network.depth import convolution_depths
from limelight.network.hooks import forward_hooks
from limelight.network.last_map import last_map
from limelight.network.layers import DEPTHS, Layer, check_filters, depths_of, find_layer
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
    shapes: dict[str, tuple[int, ...]] = {}
    calls: Counter[str] = Counter()

    def record(name: str, module: nn.Module, output: Any) -> None:
        calls[name] += 1
        if isinstance(output, Tensor):
            shapes.setdefault(name, tuple(output.shape[1:]))

    modules = {name: module for name, module in classifier.network.named_modules() if name}
    height, width = classifier.resize.size
    photographs = torch.full((1, 3, height, width), 0.5, device=classifier.mean.device)
    try:
        with forward_hooks(modules, record), torch.no_grad(), explaining(classifier):
            logits = classifier(photographs)
    except (RuntimeError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise LimelightError(
            f"the network fails on an input of {height} x {width} pixels ({first_line(error)}); "
            "expected preprocessing.size to be the input size of its training"
        ) from error
    shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if shape != (1, len(classifier.classes)):
        raise LimelightError(
            f"the network's output is {shape}; expected (1, {len(classifier.classes)}), a logit for each of the classes"
        )
    depths = convolution_depths(classifier)
    table, index = [], 0
    for name, module in modules.items():
        leaf = next(module.children(), None) is None
        shape = shapes.get(name, ())
        filters = shape[0] if shape else None
        kind = type(module).__name__
        table.append(Layer(index if leaf else None, name, kind, shape, filters, calls[name], depths.get(name)))
        index += leaf
    return table


def check_layers(table: Sequence[Layer], named: Iterable[tuple[str | int, Sequence[int]]]) -> None:
    """Raise a LimelightError now, not after an hour, if a layer or filter that the study names does not exist."""
    for layer, filters in named:
        check_filters(find_layer(table, layer), filters)


def model_record(
    name: str, settings: Mapping[str, Any], classifier: Classifier, table: Sequence[Layer]
) -> dict[str, Any]:
    """The content of `model.json`: what a study calls the model, where it comes from, its classes and layers."""
    return {
        "model": name,
        "factory": settings["factory"],
        "arguments": settings["arguments"],
        "checkpoint": settings["checkpoint"],
        "checkpoint_sha256": file_digest(resolve(settings["checkpoint"])),
        "parameters": sum(parameter.numel() for parameter in classifier.parameters()),
        "preprocessing": settings["preprocessing"],
        "classes": classifier.classes,
        "last_map": _last_map(classifier),
        "depths": {depth: find_layer(table, depth).name for depth in DEPTHS},
        "layers": [asdict(layer) for layer in table],
    }


def _last_map(classifier: Classifier) -> str | None:
    """The layer that Grad-CAM takes unless the study names one; None where the network has no map."""
    photographs = torch.full((1, 3, *classifier.resize.size), 0.5, device=classifier.mean.device)
    try:
        with explaining(classifier):
            return last_map(classifier, photographs)
    except LimelightError:
        return None


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
