"""Does a method pass the sanity check? The rule, and what it says of a method."""

from dataclasses import dataclass

import numpy as np

THRESHOLD = 0.5
RULE = (
    "Sanity check: the network forgets its layers one by one, from the logits down; a method passes if its maps keep, "
    "on average over these steps, less than half of what an edge detector keeps, both by |Spearman| and by SSIM. "
    "An edge detector knows nothing of the network, so it keeps everything: 1."
)


@dataclass(frozen=True, eq=False)
class Randomisation:
    """How much the maps of N photographs have in common with themselves after each of L steps of the cascade.

    layers: the layers that the steps end at, from the logits down. absolute, signed: Spearman's rank correlation of
    the maps' absolute values and of the maps, (L, N) in [-1, 1]. ssim: structural similarity, (L, N) in [-1, 1].
    """

    layers: tuple[str, ...]
    absolute: np.ndarray
    signed: np.ndarray
    ssim: np.ndarray


@dataclass(frozen=True)
class Verdict:
    """passed: None where too little is known. spearman, ssim: what is kept, means over the cascade, NaN if unknown."""

    passed: bool | None
    spearman: float
    ssim: float

    @property
    def words(self) -> str:
        """The verdict with its numbers: `fails: keeps 0.69 by rank, 0.52 by SSIM`."""
        if self.passed is None:
            return "undecided: most maps became constant"
        return f"{'passes' if self.passed else 'fails'}: keeps {self.spearman:.2f} by rank, {self.ssim:.2f} by SSIM"


def verdict(randomisation: Randomisation) -> Verdict:
    """Apply `RULE` to what a cascade left of the maps.

    What is kept is the absolute mean over the photographs, averaged over the steps: maps that turn into their negative
    have not forgotten, and maps that agree by chance, now one way and now the other, have. Maps that became constant
    say nothing of a method, for any method's do so when all units of the randomised network fall silent: where fewer
    than half of the pairs of maps can be compared, or none of a step, there is no verdict.
    """
    ranks, structure = randomisation.absolute, randomisation.ssim
    known = np.isfinite(ranks) & np.isfinite(structure)
    if not known.size or known.mean() < 0.5 or not known.any(1).all():
        return Verdict(None, np.nan, np.nan)
    by_rank, by_structure = (float(abs(values.mean(1, where=known)).mean()) for values in (ranks, structure))
    return Verdict(max(by_rank, by_structure) < THRESHOLD, by_rank, by_structure)
