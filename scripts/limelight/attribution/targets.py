"""Which class is explained? The label, and the predicted class where it differs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from limelight.attribution.contract import Method
from limelight.model import Classifier, explaining


def attribute_label_and_prediction(
    method: Method,
    classifier: Classifier,
    photographs: Tensor,
    labels: Sequence[int | None],
    *,
    seeds: Sequence[int],
    layer: str | None = None,
    batch: int,
    **parameters: Any,
) -> list[dict[str, np.ndarray]]:
    """For each photograph the map of its `label` (if known) and of the `predicted` class.

    Where label and prediction agree there is one map, under `label`. Both are made with the photograph's one seed, so
    that they differ in nothing but the class.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1].
    labels
        N class indices; None where unknown.
    seeds, layer, batch, parameters
        As `Method` takes them.

    Returns
    -------
    list
        For each photograph `label` and `predicted`, (H, W) float32, and each number of the method beside them, such as
        `label.completeness_error`, () float32.
    """
    with explaining(classifier), torch.no_grad():
        predicted = [int(top) for part in photographs.split(batch) for top in classifier(part).argmax(1)]
    asked = [
        (row, name, target)
        for row, (label, prediction) in enumerate(zip(labels, predicted, strict=True))
        for name, target in (("label", label), ("predicted", prediction if prediction != label else None))
        if target is not None
    ]
    count = len(asked)
    # Passes of one shape give the same bits for a photograph whatever its neighbours are.
    asked += [asked[-1]] * (-count % batch)
    rows = [row for row, _, _ in asked]
    attribution = method(
        classifier,
        photographs[rows],
        torch.tensor([target for _, _, target in asked], device=photographs.device),
        seeds=[seeds[row] for row in rows],
        layer=layer,
        batch=batch,
        **parameters,
    )
    maps = attribution.maps.cpu().numpy()
    numbers = {name: values.cpu().numpy() for name, values in attribution.numbers.items()}
    found: list[dict[str, np.ndarray]] = [{} for _ in labels]
    for place, (row, name, _) in enumerate(asked[:count]):
        found[row][name] = maps[place]
        found[row] |= {f"{name}.{number}": values[place] for number, values in numbers.items()}
    return found
