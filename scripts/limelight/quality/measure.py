"""What does one method say of one photograph, and what is that worth? The two computations of the quality section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from limelight.attribution.registry import find
from limelight.errors import LimelightError
from limelight.model import Classifier, explaining
from limelight.quality.faithfulness import deletion, insertion, pixel_order, superpixel_order
from limelight.quality.randomisation import randomisation
from limelight.quality.stability import stability

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.arrays import Arrays
    from limelight.job import Failure, Unit
    from limelight.work import Work


def measure(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """The map of the label (of the prediction where there is none), and how it stands up.

    For each unit `map`, (H, W) float32; `predicted`, the map of the predicted class where that is another; `deletion`
    and `insertion`, (steps + 1,); `max_sensitivity` and `agreement`, (), which lack where they have no value.

    Parameters of a unit: `attribution` (a method's name), `label`, `seed`, `steps`, `noise`, `samples`.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = part[0].parameters
        targets, predicted = _targets(work.classifier, photographs, settings["label"])
        attribute = partial(_maps, settings["attribution"], work.batch)
        seeds = [settings["seed"]]
        maps = attribute(work.classifier, photographs, targets, seeds=seeds)
        found = {"map": maps[0].cpu().numpy()}
        if not torch.equal(targets, predicted):
            found["predicted"] = attribute(work.classifier, photographs, predicted, seeds=seeds)[0].cpu().numpy()
        found |= _curves(work, photographs, targets, pixel_order(maps), settings["steps"])
        stable = stability(
            attribute,
            work.classifier,
            photographs,
            targets,
            seeds=seeds,
            radius=settings["noise"],
            samples=settings["samples"],
            batch=work.batch,
        )
        values = {"max_sensitivity": stable.max_sensitivity[0], "agreement": stable.agreement[0]}
        return [found | {name: value for name, value in values.items() if np.isfinite(value)}]

    return work.steps(units, step, size=1)


def measure_lime(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """As `measure`, of an explanation by LIME that is in the store, and its `r2`, (); not how stable it is.

    Parameters of a unit: `explanation` (its key in the store), `label`, `steps`.
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = part[0].parameters
        entry = work.store.get(settings["explanation"])
        if entry is None:
            raise LimelightError(
                f"{part[0].name}: the store lacks LIME's explanation; expected it to be computed first"
            )
        targets, predicted = _targets(work.classifier, photographs, settings["label"])
        # LIME explains the label and at least the most probable class, whatever `lime.classes` is.
        row, other = (entry.arrays["classes"].tolist().index(int(target)) for target in (targets, predicted))
        segments, weights = entry.arrays["segments"], entry.arrays["weights"]
        order = superpixel_order(*(torch.from_numpy(part).to(photographs.device) for part in (segments, weights[row])))
        found = {"map": weights[row][segments].astype(np.float32), "r2": entry.arrays["r2"][row]}
        if row != other:
            found["predicted"] = weights[other][segments].astype(np.float32)
        return [found | _curves(work, photographs, targets, order[None], settings["steps"])]

    return work.steps(units, step, size=1)


def randomise(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """What a method's map of the predicted class keeps while the network forgets its layers.

    For each unit an array a step of the cascade, by the name of the layer that it ends at, from the logits down:
    |Spearman|, Spearman and SSIM, (3,) float64; (0,) where a map has become constant, so that there is no rank.

    Parameters of a unit: `attribution`, `seed` (of the method), `forgets` (the seed of the random parameters) and
    `cascade` (steps).
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = part[0].parameters
        targets, _ = _targets(work.classifier, photographs, None)
        found = randomisation(
            partial(_maps, settings["attribution"], work.batch),
            work.classifier,
            photographs,
            targets,
            seeds=[settings["seed"]],
            seed=settings["forgets"],
            steps=settings["cascade"],
        )
        values = np.stack([found.absolute[:, 0], found.signed[:, 0], found.ssim[:, 0]], axis=1)
        return [
            {
                layer: kept if np.isfinite(kept).all() else kept[:0]
                for layer, kept in zip(found.layers, values, strict=True)
            }
        ]

    return work.steps(units, step, size=1)


def _targets(classifier: Classifier, photographs: Tensor, label: int | None) -> tuple[Tensor, Tensor]:
    """The class that is explained and the predicted one, (1,) each."""
    with explaining(classifier), torch.no_grad():
        predicted = classifier(photographs).argmax(1)
    return predicted if label is None else torch.full_like(predicted, label), predicted


def _maps(
    name: str, batch: int, classifier: Classifier, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]
) -> Tensor:
    return find(name)(classifier, photographs, targets, seeds=seeds, batch=batch).maps


def _curves(work: Work, photographs: Tensor, targets: Tensor, order: Tensor, steps: int) -> dict[str, np.ndarray]:
    given: dict[str, Any] = {"steps": steps, "batch": work.batch}
    return {
        kind.__name__: kind(work.classifier, photographs, targets, order, **given).probabilities[0]
        for kind in (deletion, insertion)
    }
