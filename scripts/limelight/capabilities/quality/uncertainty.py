"""Confidence intervals and p values of means and rank correlations over few images or classes."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from limelight.statistics import spearman

FEWEST = 5
"""Fewer values have no interval: resampling them says little of the values that are missing."""

FEWEST_PAIRS = 3
EXACT = 7  # pairs, of which all 5040 permutations are counted
LEVEL = 0.95
RESAMPLES = 4000


def interval_of_mean(values: np.ndarray, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval (percentiles) of the mean of `values`, (N,) finite; NaN for fewer than five."""
    if len(values) < FEWEST:
        return np.nan, np.nan
    means = values[np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))].mean(1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation over `count` pairs, and how sure it is.

    low, high: the 95 % bootstrap interval (percentiles) over pairs, NaN for fewer than five pairs. p: how often pairing
    at random gives a correlation as strong, of either sign. rho, low, high and p are NaN where there are fewer than
    three pairs or one side is all equal.
    """

    count: int
    rho: float
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan

    @property
    def words(self) -> str:
        """What it says, claiming no more than it can: `ρ = +0.43 over 11 classes (95 % interval ...), ...`."""
        if np.isnan(self.rho):
            return f"no rank correlation: {self.count} classes, or all of them equal"
        result = f"ρ = {_signed(self.rho)} over {self.count} classes"
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.2g}"
        if np.isnan(self.low):
            # Of n! ways to pair n classes, the two perfect ones are the rarest.
            least = 2 / math.factorial(self.count)
            return f"{result}, too few for an interval or a conclusion ({p}; no p below {least:.2g} is possible)"
        meaning = "no more than chance may give"
        if self.p < 1 - LEVEL:
            meaning = "they rise together" if self.rho > 0 else "one falls as the other rises"
        return f"{result} (95 % interval {_signed(self.low)} to {_signed(self.high)}, {p}): {meaning}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def rank_correlation(one: np.ndarray, two: np.ndarray, seed: int) -> RankCorrelation:
    """Spearman's rank correlation of two columns, (N,) each, with a bootstrap interval and a permutation p.

    Pairs with a NaN are left out. Up to seven pairs all permutations are counted, beyond that 4000 random ones. The
    interval resamples pairs and takes each value as it is; it knows nothing of how sure a class's accuracy is.
    """
    known = np.isfinite(one) & np.isfinite(two)
    one, two = np.asarray(one, float)[known], np.asarray(two, float)[known]
    count = len(one)
    rho = float(spearman(one[None], two[None])[0]) if count >= FEWEST_PAIRS else np.nan
    if np.isnan(rho):
        return RankCorrelation(count, np.nan)
    generator = np.random.default_rng(seed)
    if count <= EXACT:
        paired = np.array(list(itertools.permutations(two)))
    else:
        # The pairing that was found is one of those that chance can give, so p is never 0.
        paired = np.vstack([two, generator.permuted(np.tile(two, (RESAMPLES - 1, 1)), axis=1)])
    by_chance = spearman(np.broadcast_to(one, paired.shape), paired)
    p = float((np.abs(by_chance) >= abs(rho) - 1e-12).mean())
    if count < FEWEST:
        return RankCorrelation(count, rho, p=p)
    rows = generator.integers(count, size=(RESAMPLES, count))
    low, high = np.nanquantile(spearman(one[rows], two[rows]), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return RankCorrelation(count, rho, float(low), float(high), p)
