"""Stability of an explanation under imperceptible noise.

Yeh, Hsieh, Suggala, Inouye, Ravikumar: On the (In)fidelity and Sensitivity of Explanations, 2019 (arXiv 1901.09392).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from limelight.capabilities.quality.attribute import Attribute
from limelight.network.classifier import Classifier
from limelight.statistics import spearman
from limelight.study.digests import seed as seed_of


@dataclass(frozen=True, eq=False)
class Stability:
    """How much the maps of N photographs change under noise; NaN where one of a photograph's maps is not finite.

    max_sensitivity: the largest |map of a noisy copy - map| / |map|, Euclidean, (N,) from 0 upwards; NaN for a map of
    zeros. agreement: Spearman's rank correlation of map and map of a noisy copy, its mean over the copies, (N,) in
    [-1, 1]; NaN for a constant map.
    """

    max_sensitivity: np.ndarray
    agreement: np.ndarray


def stability(
    attribute: Attribute,
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    seeds: Sequence[int],
    noise_seeds: Sequence[int],
    radius: float = 0.02,
    samples: int = 10,
    batch: int = 16,
) -> Stability:
    """Explain noisy copies of some photographs and compare.

    The method gets the same seed for each copy, so that its own randomness does not count. One that does not look at
    the photograph is perfectly stable.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1].
    targets
        (N,) classes explained, also of the copies.
    seeds
        N seeds of the method.
    noise_seeds
        N seeds; the noise of a photograph depends on its own and on nothing else.
    radius
        Noise is uniform between -radius and radius, in units of the photograph; 0.02 is five of 255 steps. As in the
        paper the result is not clipped to [0, 1].
    samples
        Noisy copies of each photograph.
    batch
        Copies explained at once; results do not depend on it.
    """
    maps = attribute(classifier, photographs, targets, seeds=seeds).detach()
    generators = [torch.Generator().manual_seed(seed_of(seed, "stability")) for seed in noise_seeds]
    copies = [row for row in range(len(photographs)) for _ in range(samples)]
    changes, correlations = [], []
    for start in range(0, len(copies), batch):
        rows = copies[start : start + batch]
        # Drawn on the CPU and one copy at a time: the same numbers on every device and for every batch.
        noise = torch.stack([torch.rand(photographs.shape[1:], generator=generators[row]) for row in rows])
        noisy = photographs[rows] + radius * (2 * noise - 1).to(photographs)
        noisy_maps = attribute(classifier, noisy, targets[rows], seeds=[seeds[row] for row in rows]).detach()
        changes.append((noisy_maps - maps[rows]).flatten(1).norm(dim=1).cpu().numpy())
        correlations.append(spearman(maps[rows].cpu().numpy(), noisy_maps.cpu().numpy()))
    change, correlation = (np.concatenate(parts).reshape(-1, samples) for parts in (changes, correlations))
    flat = maps.flatten(1).cpu().double().numpy()
    length = np.linalg.norm(flat, axis=1)
    # A copy's map without ranks agrees with nothing; a photograph's own has nothing to agree with.
    agreement = np.where(np.isnan(correlation) & np.isfinite(change), 0, correlation).mean(1)
    return Stability(
        np.divide(change.max(1), length, out=np.full(len(flat), np.nan), where=length > 0),
        np.where(np.ptp(flat, axis=1) > 0, agreement, np.nan),
    )
