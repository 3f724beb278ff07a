"""Confidence intervals and p values of means and rank correlations over few images or classes."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, t

from limelight.statistics import spearman

FEWEST = 5
"""Fewer values have no interval: they say little of the values that are missing."""

FEWEST_COMPARED = 6
"""Fewer images tell no two methods apart: even if one is ahead on each of five, chance gives that in 2 of 32 cases."""

LEVEL = 0.95
RESAMPLES = 4000

_FLIPS = 4096  # of signs: all there are, up to 13 images
_BLOCK = 1024  # images whose signs are held at once
_FEWEST_PAIRS = 3
_EXACT = 7  # pairs, of which all 5040 permutations are counted


def interval_of_mean(values: np.ndarray) -> tuple[float, float]:
    """Student's 95 % interval of the mean of `values`, (N,) finite; NaN for fewer than five."""
    if len(values) < FEWEST:
        return np.nan, np.nan
    mean, error = values.mean(), values.std(ddof=1) / math.sqrt(len(values))
    half = t.ppf((1 + LEVEL) / 2, len(values) - 1) * error
    return float(mean - half), float(mean + half)


def adjusted_p(leads: np.ndarray, seed: int) -> np.ndarray:
    """How often chance would give a lead as strong as each of some, (C,): two-sided p, adjusted for all C.

    The signs of all leads of an image are flipped together, which changes nothing where two methods are equally good,
    and the strongest lead of each flip is compared with those observed: the step-down procedure of Westfall and Young,
    Resampling-Based Multiple Testing, 1993. It keeps the probability of any false verdict below the level, whatever
    the dependence of the leads, and assumes that leads of methods that are equally good are symmetric around 0.

    Parameters
    ----------
    leads
        (N, C): by how much one is ahead of another on each image, NaN where that is unknown. Up to 13 images all flips
        are counted, beyond that 4096 random ones.
    seed
        Decides these.
    """
    values = np.nan_to_num(leads)
    lengths = np.sqrt((values**2).sum(0))
    values = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    sums = np.zeros((min(_FLIPS, 2 ** max(len(values) - 1, 0)), values.shape[1]))
    for rows, signs in _signs(len(values), len(sums), seed):
        sums += signs @ values[rows]
    strengths = np.abs(sums)
    order = strengths[0].argsort()
    strongest = np.maximum.accumulate(strengths[:, order], axis=1)
    by_strength = (strongest >= strengths[0, order] - 1e-9).mean(0)
    p = np.empty(len(order))
    p[order] = np.maximum.accumulate(by_strength[::-1])[::-1]
    return p


def _signs(count: int, flips: int, seed: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Signs of some images at a time, (flips, images) of 1 and -1; the first flip leaves all as they are."""
    generator = np.random.default_rng(seed)
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(start + _BLOCK, count))
        images = np.arange(rows.start, rows.stop)
        if flips == 2 ** (count - 1):
            negative = np.arange(flips)[:, None] >> images & 1
        else:
            negative = generator.integers(2, size=(flips, len(images)), dtype=np.int8)
            negative[0] = 0
        yield rows, 1.0 - 2.0 * negative


def holm(p: Sequence[float]) -> list[float]:
    """p of several questions, adjusted so that any of them is answered wrongly at the stated level; NaN stays NaN.

    Holm: A Simple Sequentially Rejective Multiple Test Procedure, 1979.
    """
    values = np.array(p, float)
    order = [place for place in values.argsort() if np.isfinite(values[place])]
    least = 0.0
    for passed, place in enumerate(order):
        least = max(least, min(1.0, (len(order) - passed) * values[place]))
        values[place] = least
    return values.tolist()


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation over `count` pairs, what remains of it if something else is held fixed, and how sure.

    given: what is held fixed, in words; nothing if empty. remaining: the partial rank correlation, `rho` itself if
    nothing is held fixed. low, high: its 95 % bootstrap interval (percentiles) over pairs, NaN for fewer than five
    pairs. p: how often pairing at random gives one as strong, of either sign, adjusted for so many `questions` where
    there are several. rho is NaN where there are fewer than three pairs or one side is all equal, remaining with low,
    high and p where nothing is left to be compared.
    """

    count: int
    rho: float
    remaining: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    given: str = ""
    questions: int = 1

    @property
    def words(self) -> str:
        """What it says, claiming no more than what remains: `ρ = +0.43 over 11 classes (95 % interval ...), ...`."""
        if np.isnan(self.rho):
            return f"no rank correlation: {self.count} classes, or all of them equal"
        result = f"ρ = {_signed(self.rho)} over {self.count} classes"
        if self.given and np.isnan(self.remaining):
            return f"{result}, of which nothing can be told from {self.given}"
        if self.given:
            result += f"; with {self.given} held fixed {_signed(self.remaining)}"
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.2g}"
        if self.questions > 1:
            p += f" among {self.questions} questions"
        if np.isnan(self.low):
            return f"{result}, too few for an interval or a conclusion"
        meaning = "no more than chance may give"
        if self.p < 1 - LEVEL:
            meaning = "they rise together" if self.remaining > 0 else "one falls as the other rises"
        return f"{result} (95 % interval {_signed(self.low)} to {_signed(self.high)}, {p}): {meaning}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def rank_correlation(
    one: np.ndarray, two: np.ndarray, seed: int, held: np.ndarray | None = None, given: str = ""
) -> RankCorrelation:
    """Spearman's rank correlation of two columns, (N,) each, with a bootstrap interval and a permutation p.

    With `held`, (N,), called `given`, they are those of the partial rank correlation: of what is left of the ranks of
    both columns by linear regression on its ranks. What is permuted then is that rest (Freedman and Lane: A
    Nonstochastic Interpretation of Reported Significance Levels, 1983).

    Pairs with a NaN are left out. Up to seven pairs all permutations are counted, beyond that 4000 random ones. The
    interval resamples pairs and takes each value as it is; it knows nothing of how sure a class's accuracy is.
    """
    columns = [np.asarray(column, float) for column in (one, two, *([] if held is None else [held]))]
    known = np.isfinite(columns).all(0)
    columns = [column[known] for column in columns]
    count = int(known.sum())
    rho = float(spearman(columns[0][None], columns[1][None])[0]) if count >= _FEWEST_PAIRS else np.nan
    # A rest has one degree of freedom fewer: of three pairs all are perfect.
    remaining = float(_remaining(*(column[None] for column in columns))[0])
    if np.isnan(rho) or np.isnan(remaining) or count < _FEWEST_PAIRS + (held is not None):
        return RankCorrelation(count, rho, given=given)
    generator = np.random.default_rng(seed)
    rests = [_rest(column[None], *(other[None] for other in columns[2:]), ranked=False)[0] for column in columns[:2]]
    if count <= _EXACT:
        paired = np.array(list(itertools.permutations(rests[1])))
    else:
        # The pairing that was observed is one of those that chance can give, so p is never 0.
        paired = np.vstack([rests[1], generator.permuted(np.tile(rests[1], (RESAMPLES - 1, 1)), axis=1)])
    again = _rest(paired, *(np.broadcast_to(other, paired.shape) for other in columns[2:]), ranked=True)
    p = float((np.abs(_cosine(rests[0][None], again)) >= abs(remaining) - 1e-9).mean())
    if count < FEWEST:
        return RankCorrelation(count, rho, remaining, p=p, given=given)
    rows = generator.integers(count, size=(RESAMPLES, count))
    low, high = np.nanquantile(_remaining(*(column[rows] for column in columns)), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return RankCorrelation(count, rho, remaining, float(low), float(high), p, given)


def _remaining(one: np.ndarray, two: np.ndarray, *held: np.ndarray) -> np.ndarray:
    """The (partial) rank correlation of each row, (B,); NaN where nothing is left of one side."""
    return _cosine(*(_rest(values, *held, ranked=False) for values in (one, two)))


def _rest(values: np.ndarray, *held: np.ndarray, ranked: bool) -> np.ndarray:
    """What is left of the ranks of each row, (B, N), less their mean and what is linear in the ranks of `held`."""
    rest = values if ranked else rankdata(values, axis=1)
    rest = rest - rest.mean(1, keepdims=True)
    before = (rest**2).sum(1, keepdims=True)
    for other in held:
        direction = _rest(other, ranked=False)
        length = (direction**2).sum(1, keepdims=True)
        share = np.divide((rest * direction).sum(1, keepdims=True), length, out=np.zeros_like(length), where=length > 0)
        rest = rest - share * direction
    # Of what is linear up to rounding nothing is left.
    return np.where((rest**2).sum(1, keepdims=True) > 1e-9 * before, rest, 0)


def _cosine(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Of each row; NaN where a row is zero."""
    lengths = np.sqrt((one**2).sum(1) * (two**2).sum(1))
    return np.divide((one * two).sum(1), lengths, out=np.full(len(lengths), np.nan), where=lengths > 0).clip(-1, 1)
