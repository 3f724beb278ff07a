"""The two computations of the quality section: the map of one photograph by one method, and its measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from limelight.attribution.contract import Attribution
from limelight.attribution.sources import find
from limelight.capabilities.quality.attribute import Attribute
from limelight.capabilities.quality.faithfulness import deletion, insertion, pixel_orders
from limelight.capabilities.quality.randomisation import randomisation
from limelight.capabilities.quality.stability import stability
from limelight.network.classifier import Classifier, explaining
from limelight.study.digests import seed as seed_of

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def measure(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """The map of the label (of the prediction where there is none), its faithfulness and its stability.

    For each unit `map`, (H, W) float32; `predicted`, the map of the predicted class where that is another; `deletion`
    and `insertion`, (steps + 1,); `max_sensitivity` and `agreement`, (), left out where they have no value; and the
    method's own numbers, such as `completeness_error`, ().

    Parameters of a unit: `attribution` (a method's name), its `parameters` and, where it needs them, its `layer` and
    `seed`; `label`; `steps`, `noise`, `samples`; `measuring_seed` (of equal values and of the noise).
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = part[0].parameters
        targets, predicted = explained(work.classifier, photographs, settings["label"])
        seeds = method_seeds(settings)
        first = _attributed(settings, work.batch, work.classifier, photographs, targets, seeds=seeds)
        numbers = {name: values[0].cpu().numpy() for name, values in first.numbers.items()}
        arrays = {"map": first.maps[0].cpu().numpy(), **numbers}
        attribute = _attribute(settings, work.batch)
        if not torch.equal(targets, predicted):
            other = attribute(work.classifier, photographs, predicted, seeds=seeds)
            arrays["predicted"] = other[0].cpu().numpy()
        arrays |= curves(work, photographs, targets, first.maps, settings)
        return [arrays | under_noise(work, photographs, targets, attribute, settings)]

    return work.steps(units, step, size=1)


def randomise(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """What is left of a method's map of the predicted class while the network's layers are randomised.

    For each unit what `under_randomisation` gives. Parameters of a unit: `attribution`, `parameters`, `layer` and
    `seed` of the method, as above; `randomisation_seed` (of the random parameters) and `cascade` (steps).
    """

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        settings = part[0].parameters
        return [under_randomisation(work, photographs, _attribute(settings, work.batch), settings)]

    return work.steps(units, step, size=1)


def _attributed(
    settings: Mapping[str, Any],
    batch: int,
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    seeds: Sequence[int],
) -> Attribution:
    given = {"seeds": seeds, "layer": settings.get("layer"), "batch": batch, **settings["parameters"]}
    return find(settings["attribution"])(classifier, photographs, targets, **given)


def _attribute(settings: Mapping[str, Any], batch: int) -> Attribute:
    def maps(classifier: Classifier, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        return _attributed(settings, batch, classifier, photographs, targets, seeds=seeds).maps

    return maps


# --- what is asked of every method, LIME among them ---------------------------------------------------------------


def method_seeds(settings: Mapping[str, Any]) -> list[int]:
    """The seed of the one photograph of a step; a method that draws no random numbers has none, and looks at none."""
    return [settings.get("seed", 0)]


def explained(classifier: Classifier, photographs: Tensor, label: int | None) -> tuple[Tensor, Tensor]:
    """The class that is explained and the predicted one, (1,) each."""
    with explaining(classifier), torch.no_grad():
        predicted = classifier(photographs).argmax(1)
    return predicted if label is None else torch.full_like(predicted, label), predicted


def curves(
    work: Work, photographs: Tensor, targets: Tensor, maps: Tensor, settings: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """The `deletion` and `insertion` curves of one photograph, (steps + 1,), for its map, (1, H, W)."""
    orders = pixel_orders(maps, [seed_of(settings["measuring_seed"], "equal values")])
    given: dict[str, Any] = {"steps": settings["steps"], "batch": work.batch}
    return {
        kind.__name__: kind(work.classifier, photographs, targets, orders, **given).probabilities[0]
        for kind in (deletion, insertion)
    }


def under_noise(
    work: Work, photographs: Tensor, targets: Tensor, attribute: Attribute, settings: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """`max_sensitivity` and `agreement` of one photograph's map, (); what has no value is left out."""
    noisy = stability(
        attribute,
        work.classifier,
        photographs,
        targets,
        seeds=method_seeds(settings),
        noise_seeds=[settings["measuring_seed"]],
        radius=settings["noise"],
        samples=settings["samples"],
        batch=work.batch,
    )
    values = {"max_sensitivity": noisy.max_sensitivity[0], "agreement": noisy.agreement[0]}
    return {name: value for name, value in values.items() if np.isfinite(value)}


def under_randomisation(
    work: Work, photographs: Tensor, attribute: Attribute, settings: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """What cascading parameter randomisation leaves of one photograph's map of the predicted class.

    An array a step, by the name of the layer that it ends at, from the logits down: |Spearman|, Spearman and SSIM,
    (3,) float64; (0,) where a map has become constant, so that there is no rank.
    """
    targets, _ = explained(work.classifier, photographs, None)
    kept = randomisation(
        attribute,
        work.classifier,
        photographs,
        targets,
        seeds=method_seeds(settings),
        seed=settings["randomisation_seed"],
        steps=settings["cascade"],
    )
    values = np.stack([kept.absolute[:, 0], kept.signed[:, 0], kept.ssim[:, 0]], axis=1)
    return {layer: row if np.isfinite(row).all() else row[:0] for layer, row in zip(kept.layers, values, strict=True)}
