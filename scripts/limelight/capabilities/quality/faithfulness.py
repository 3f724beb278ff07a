"""Faithfulness by deletion and insertion: whether the pixels that an explanation ranks high decide the class.

Petsiuk, Das, Saenko: RISE: Randomized Input Sampling for Explanation of Black-box Models, 2018 (arXiv 1806.07421).
"""

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from limelight.network.blur import blurred
from limelight.network.classifier import Classifier, explaining

Reference = Literal["mean", "blur"] | float
"""What stands in for a pixel: the photograph's mean colour, the blurred photograph, or a grey value in [0, 1]."""

_BLUR = 0.1  # standard deviation, as a share of the shorter side


@dataclass(frozen=True, eq=False)
class Curves:
    """Probability of the target class of N photographs, (N, steps + 1), over `fractions` of their pixels, (steps + 1,).

    The fractions go from 0 to 1 in equal steps; a photograph whose map is not finite has NaN.
    """

    fractions: np.ndarray
    probabilities: np.ndarray

    @property
    def auc(self) -> np.ndarray:
        """Area under each curve by the trapezoid rule, (N,) in [0, 1]."""
        return np.trapezoid(self.probabilities, self.fractions, axis=1)


def pixel_order(maps: Tensor) -> Tensor:
    """When each pixel's turn is, (N, H, W) int64: the largest first, equal ones from the top left.

    In half pixels: 2r + 1 for the one behind r others, which is the middle of its turn; -1 where a map is not finite.
    """
    flat = maps.flatten(1)
    ranking = flat.argsort(dim=1, descending=True, stable=True)
    turns = torch.arange(flat.shape[1], device=maps.device).mul(2).add(1).expand_as(ranking)
    order = torch.empty_like(ranking).scatter_(1, ranking, turns)
    order[~flat.isfinite().all(1)] = -1
    return order.view(maps.shape)


def superpixel_order(segments: Tensor, weights: Tensor) -> Tensor:
    """As `pixel_order` of one photograph, (H, W): all pixels of a superpixel have their turn at once, in its middle.

    Parameters
    ----------
    segments
        (H, W) labels 0..K-1.
    weights
        (K,) floats; of equal ones the lower label comes first.
    """
    if not weights.isfinite().all():
        return torch.full_like(segments, -1, dtype=torch.int64)
    sizes = torch.bincount(segments.flatten(), minlength=len(weights))
    ranking = weights.argsort(descending=True, stable=True)
    until = sizes[ranking].cumsum(0)
    turns = torch.empty_like(until).scatter_(0, ranking, 2 * until - sizes[ranking])
    return turns[segments.long()]


def deletion(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    order: Tensor,
    *,
    steps: int = 50,
    reference: Reference = "mean",
    batch: int = 64,
) -> Curves:
    """Probability of the target class while pixels are taken away, the most important first: the lower, the better.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1], N at least 1.
    targets
        (N,) class indices.
    order
        (N, H, W), when each pixel's turn is: `pixel_order`, or `superpixel_order` of each photograph.
    steps
        Into how many equal parts the pixels are divided; at each fraction the nearest whole number of them has gone.
    reference
        What takes their place.
    batch
        Photographs in one forward pass; results do not depend on it.
    """
    return _curves(classifier, photographs, references(photographs, reference), targets, order, steps, batch)


def insertion(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    order: Tensor,
    *,
    steps: int = 50,
    reference: Reference = "blur",
    batch: int = 64,
) -> Curves:
    """Probability of the target class while pixels are put into `reference`: the higher, the better. See `deletion`."""
    return _curves(classifier, references(photographs, reference), photographs, targets, order, steps, batch)


def references(photographs: Tensor, reference: Reference) -> Tensor:
    """Photographs on which nothing is to be seen, (N, 3, H, W).

    `blur` is a Gaussian whose standard deviation is a tenth of the shorter side: that of RISE, 5 pixels of 224, leaves
    the class to be seen.
    """
    if reference == "mean":
        return photographs.mean((2, 3), keepdim=True).expand_as(photographs)
    if reference == "blur":
        return blurred(photographs, _BLUR * min(photographs.shape[2:]))
    return torch.full_like(photographs, reference)


def _curves(
    classifier: Classifier, before: Tensor, after: Tensor, targets: Tensor, order: Tensor, steps: int, batch: int
) -> Curves:
    """Probabilities while the pixels of `before` become those of `after`."""
    count, _, height, width = before.shape
    if steps < 1 or order.shape != (count, height, width):
        raise ValueError(f"{steps} steps of order {tuple(order.shape)}; expected 1 or more of {(count, height, width)}")
    work = torch.tensor(list(product(range(count), range(steps + 1))), device=before.device)
    parts = []
    with explaining(classifier), torch.no_grad():
        for rows, numbers in (part.T for part in work.split(batch)):
            # In whole numbers, so that nothing is rounded: whose middle of the turn lies before number / steps.
            changed = order[rows] * steps < 2 * height * width * numbers[:, None, None]
            mixed = torch.where(changed[:, None], after[rows], before[rows])
            parts.append(classifier(mixed).softmax(1).gather(1, targets[rows, None])[:, 0])
    probabilities = torch.cat(parts).view(count, steps + 1).cpu().double().numpy()
    probabilities[(order < 0).any(2).any(1).cpu().numpy()] = np.nan
    return Curves(np.linspace(0, 1, steps + 1), probabilities)
