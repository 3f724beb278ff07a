"""Faithfulness by deletion and insertion: whether the pixels that an explanation ranks high decide the class.

Petsiuk, Das, Saenko: RISE: Randomized Input Sampling for Explanation of Black-box Models, 2018 (arXiv 1806.07421).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from limelight.network.blur import blurred
from limelight.network.classifier import Classifier, explaining

Reference = Literal["mean", "blur"] | float
"""What stands in for a pixel: the photograph's mean colour, the blurred photograph, or a grey value in [0, 1]."""

ORDERS = 4
"""Random orders of equal values over which a curve is averaged."""

_BLUR = 0.1  # standard deviation, as a share of the shorter side


@dataclass(frozen=True, eq=False)
class Curves:
    """Probability of the target class of N photographs, (N, steps + 1), over `fractions` of their pixels, (steps + 1,).

    The fractions go from 0 to 1 in equal steps; a photograph whose map is not finite has NaN. A map does not say which
    of its equal values comes first, so where the pixels of a step are not determined, the probability is the mean over
    some random orders.
    """

    fractions: np.ndarray
    probabilities: np.ndarray

    @property
    def auc(self) -> np.ndarray:
        """Area under each curve by the trapezoid rule, (N,) in [0, 1]."""
        return np.trapezoid(self.probabilities, self.fractions, axis=1)


def pixel_orders(maps: Tensor, seeds: Sequence[int], count: int = ORDERS) -> Tensor:
    """Ranks of the pixels of N maps, (N, count, H, W) int64 on the CPU: 0 for the largest value.

    Equal values are in random order, each time in another one, as the map's own seed says. All pixels of a map that is
    not finite have -1.
    """
    flat = maps.detach().flatten(1).cpu()
    ranks = torch.full((len(flat), count, flat.shape[1]), -1)
    places = torch.arange(flat.shape[1])
    for values, seed, of_map in zip(flat, seeds, ranks, strict=True):
        if not values.isfinite().all():
            continue
        generator = torch.Generator().manual_seed(seed)
        for order in of_map:
            shuffled = torch.randperm(len(values), generator=generator)
            order[shuffled[values[shuffled].argsort(descending=True, stable=True)]] = places
    return ranks.view(len(flat), count, *maps.shape[1:])


def deletion(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    orders: Tensor,
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
    orders
        (N, K, H, W), ranks of the pixels as `pixel_orders` gives them. A step is run once if all orders remove the same
        pixels at it, and otherwise once for each order.
    steps
        Into how many equal parts the pixels are divided; at each fraction the nearest whole number of them has gone.
    reference
        What takes their place.
    batch
        Photographs in one forward pass; results do not depend on it.
    """
    return _curves(classifier, photographs, references(photographs, reference), targets, orders, steps, batch)


def insertion(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    orders: Tensor,
    *,
    steps: int = 50,
    reference: Reference = "blur",
    batch: int = 64,
) -> Curves:
    """Probability of the target class while pixels are put into `reference`: the higher, the better. See `deletion`."""
    return _curves(classifier, references(photographs, reference), photographs, targets, orders, steps, batch)


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
    classifier: Classifier, before: Tensor, after: Tensor, targets: Tensor, orders: Tensor, steps: int, batch: int
) -> Curves:
    """Probabilities while the pixels of `before` become those of `after`."""
    count, _, height, width = before.shape
    if steps < 1 or orders.ndim != 4 or (orders.shape[0], *orders.shape[2:]) != (count, height, width):
        expected = f"({count}, K, {height}, {width})"
        raise ValueError(f"{steps} steps of orders {tuple(orders.shape)}; expected 1 or more of {expected}")
    # In whole numbers, so that nothing is rounded: a pixel changes at the first step whose share is beyond its middle.
    first = orders.mul(2).add(1).mul(steps).div(2 * height * width, rounding_mode="floor").add(1)
    work = []
    for row in range(count):
        if (orders[row] < 0).any():
            continue
        # Orders that put a pixel into different steps disagree from the earlier of them until the later one.
        low, high = first[row].amin(0), first[row].amax(0)
        for step in range(steps + 1):
            disagree = bool(((low <= step) & (step < high)).any())
            work += [(row, step, number) for number in range(orders.shape[1] if disagree else 1)]
    sums, runs = np.zeros((count, steps + 1)), np.zeros((count, steps + 1))
    with explaining(classifier), torch.no_grad():
        for start in range(0, len(work), batch):
            rows, numbers, chosen = (list(part) for part in zip(*work[start : start + batch], strict=True))
            changed = first[rows, chosen] <= torch.tensor(numbers)[:, None, None]
            mixed = torch.where(changed[:, None].to(before.device), after[rows], before[rows])
            probabilities = classifier(mixed).softmax(1).gather(1, targets[rows, None])[:, 0]
            np.add.at(sums, (rows, numbers), probabilities.cpu().double().numpy())
            np.add.at(runs, (rows, numbers), 1)
    means = np.divide(sums, runs, out=np.full_like(sums, np.nan), where=runs > 0)
    return Curves(np.linspace(0, 1, steps + 1), means)
