"""The classes that are explained: the label, the predicted class where it differs, and those the config asks for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from limelight.attribution.contract import Method
from limelight.network.classifier import Classifier, explaining


def attribute_classes(
    method: Method,
    classifier: Classifier,
    photographs: Tensor,
    labels: Sequence[int | None],
    *,
    seeds: Sequence[int],
    classes: Sequence[int] = (),
    layer: str | None = None,
    batch: int,
    **parameters: Any,
) -> list[dict[str, np.ndarray]]:
    """For each photograph the map of its `label` (if known), of the `predicted` class, and of some classes.

    Where label and prediction agree there is one map, under `label`. All are made with the photograph's one seed, so
    that they differ in nothing but the class.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1].
    labels
        N class indices; None where unknown.
    classes
        Class indices that are explained for every photograph.
    seeds, layer, batch, parameters
        As `Method` takes them.

    Returns
    -------
    list
        For each photograph `label`, `predicted` and, for each of `classes`, `class_3` or the like, (H, W) float32; and
        each number of the method beside them, such as `label.completeness_error`, () float32.
    """
    with explaining(classifier), torch.no_grad():
        predicted = [int(top) for part in photographs.split(batch) for top in classifier(part).argmax(1)]
    named: list[dict[str, int]] = []
    for label, prediction in zip(labels, predicted, strict=True):
        by_name = {} if label is None else {"label": label}
        by_name |= {} if prediction == label else {"predicted": prediction}
        named.append(by_name | {f"class_{number}": number for number in classes})
    asked = [(row, target) for row, by_name in enumerate(named) for target in dict.fromkeys(by_name.values())]
    place = {pair: position for position, pair in enumerate(asked)}
    # Passes of one shape give the same bits for a photograph whatever its neighbours are.
    asked += [asked[-1]] * (-len(asked) % batch)
    rows = [row for row, _ in asked]
    attribution = method(
        classifier,
        photographs[rows],
        torch.tensor([target for _, target in asked], device=photographs.device),
        seeds=[seeds[row] for row in rows],
        layer=layer,
        batch=batch,
        **parameters,
    )
    maps = attribution.maps.cpu().numpy()
    numbers = {name: values.cpu().numpy() for name, values in attribution.numbers.items()}
    results: list[dict[str, np.ndarray]] = [{} for _ in labels]
    for row, by_name in enumerate(named):
        for name, target in by_name.items():
            results[row][name] = maps[place[row, target]]
            results[row] |= {f"{name}.{number}": values[place[row, target]] for number, values in numbers.items()}
    return results
