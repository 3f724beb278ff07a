"""LIME on superpixels: which regions support or contradict a class.

Ribeiro, Singh, Guestrin: "Why Should I Trust You?": Explaining the Predictions of Any Classifier,
2016 (arXiv 1602.04938).

With the same segments, samples and seed this is what `LimeImageExplainer` of the package `lime` 0.2.0.1 computes: the
same random numbers, the same perturbed photographs, the same ridge regression. Those photographs are composed where
the network runs, though, and one set of forward passes and one regression serve all classes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch

from limelight.capabilities.lime.neighbourhood import BatchedMap, Neighbourhood, States, fill, in_steps
from limelight.capabilities.lime.segmentation import segment
from limelight.capabilities.lime.surrogate import (
    Surrogate,
    agreement,
    effective_sample_size,
    halves_agreement,
    kernel_weights,
    ridge,
)
from limelight.network.classifier import Classifier, explaining
from limelight.study.digests import seed as derived_seed

log = logging.getLogger(__name__)

ROUND = 250
"""Samples that `samples: auto` adds before it looks again."""


@dataclass(frozen=True)
class Explanation:
    """A local linear model of the network for each of C classes over K superpixels, and how reliable it is.

    segments: (H, W) int, labels 0..K-1. classes: (C,) class indices. weights: (C, K). intercept, r2: (C,).
    local_prediction, network_output: (C,), what surrogate and network say of the unperturbed photograph;
    local_error: (C,), how far these two are apart.

    samples: perturbed photographs in a repetition; effective_samples: how many of equal weight would tell as much.
    halves: (C,) in [0, 1], agreement of the strongest superpixels between the models of either half of the samples.
    agreement: (C,) in [0, 1], the same between repetitions; weights_std: (C, K), standard deviation of the weights
    over repetitions; both are None where there is but one. All else belongs to the first, that of the seed itself.
    """

    segments: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    r2: np.ndarray
    local_prediction: np.ndarray
    network_output: np.ndarray
    local_error: np.ndarray
    samples: int
    effective_samples: float
    halves: np.ndarray
    agreement: np.ndarray | None
    weights_std: np.ndarray | None


@dataclass(frozen=True)
class Sampling:
    """How the neighbourhood of a photograph is sampled: keys of the `lime` section of a study."""

    samples: int | str
    outputs: str
    kernel_width: float
    fill: float | str
    batch: int
    max_samples: int = 4000
    agreement: float = 0.8
    top: int = 5
    repetitions: int = 1

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Sampling:
        """From the `lime` section of a study."""
        return cls(**{field.name: settings[field.name] for field in fields(cls) if field.name in settings})

    @property
    def rounds(self) -> list[int]:
        """Samples to draw before each look at whether they are enough."""
        if self.samples != "auto":
            return [int(self.samples)]
        whole, rest = divmod(self.max_samples, ROUND)
        return [ROUND] * whole + [rest] * (rest > 0)


def explain(
    classifier: Classifier,
    photograph: np.ndarray,
    classes: Sequence[int],
    settings: Mapping[str, Any],
    seed: int,
    *,
    mask: np.ndarray | None = None,
    steps: BatchedMap = in_steps,
) -> Explanation:
    """Explain some classes for one photograph, (H, W, 3) uint8, all from one set of perturbed photographs.

    Parameters
    ----------
    settings
        The `lime` section of a study. `samples: auto` goes on until the mean of `halves` over the classes reaches
        `agreement`, or to `max_samples`; the same number of samples set from the start gives the same explanation.
    seed
        Decides the perturbations, whatever has been explained before; those of repetitions derive from it.
    mask
        Labels of the regions, (H, W), for the segmentation `mask`.
    steps
        Drives the forward passes, in steps of at most `settings["batch"]` perturbed photographs.

    Raises
    ------
    LimelightError
        The photograph cannot be cut into superpixels, or the network's output is not finite.
    """
    sampling = Sampling.of(settings)
    image = photograph.astype(np.float64) / 255
    segments = segment(image, settings["segmentation"], seed % 2**32, mask)
    off = fill(image, segments, sampling.fill)
    neighbourhood = Neighbourhood(classifier, image, off, segments, classes, sampling.outputs == "probability")

    def repetition(rounds: Sequence[int], seed_of_states: int) -> _Repetition:
        states, values = States(int(segments.max()) + 1, seed_of_states), np.empty((0, len(classes)))
        for count in rounds:
            values = np.concatenate([values, neighbourhood.outputs(states.draw(count), steps, sampling.batch)])
            weights = kernel_weights(states.drawn, sampling.kernel_width)
            halves = halves_agreement(states.drawn, values, weights, sampling.top)
            if halves.mean() >= sampling.agreement:
                break
        return _Repetition(values[0], weights, halves, ridge(states.drawn, values, weights))

    with explaining(classifier), torch.no_grad():
        first = repetition(sampling.rounds, seed)
        samples = len(first.weights)
        seeds = [derived_seed("lime repetition", seed, number) for number in range(1, sampling.repetitions)]
        repetitions = np.stack([r.surrogate.coefficients for r in (first, *(repetition([samples], s) for s in seeds))])
    log.info("%d samples, halves agree by %.2f", samples, first.halves.mean())
    fit, output = first.surrogate, first.output
    return Explanation(
        segments=segments.astype(np.int32),
        classes=np.asarray(classes, dtype=np.int32),
        weights=fit.coefficients,
        intercept=fit.intercept,
        r2=fit.r2,
        local_prediction=fit.local_prediction,
        network_output=output,
        local_error=np.abs(fit.local_prediction - output),
        samples=samples,
        effective_samples=effective_sample_size(first.weights),
        halves=first.halves,
        agreement=agreement(repetitions, sampling.top) if seeds else None,
        weights_std=repetitions.std(0, ddof=1) if seeds else None,
    )


@dataclass(frozen=True)
class _Repetition:
    """Of one set of samples: the photograph's own output (C,), kernel weights (N,), halves (C,), linear models."""

    output: np.ndarray
    weights: np.ndarray
    halves: np.ndarray
    surrogate: Surrogate
