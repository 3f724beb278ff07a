"""The sanity check: its rule, and the verdict on a method."""

from dataclasses import dataclass

import numpy as np

from limelight.capabilities.quality.cascade import Randomisation

THRESHOLD = 0.5
"""Similarity to the maps of the trained network, averaged over the cascade, below which a method passes."""

RULE = (
    "Sanity check by cascading parameter randomisation: the parameters are randomised, layer by layer from the logits "
    "down. A method passes if its maps keep less than half of their similarity to those of the trained network, on "
    "average over these steps, both by |Spearman| and by SSIM. An edge detector does not depend on the network and "
    "keeps all of it: 1. A constant map has no ranks and decides nothing."
)


@dataclass(frozen=True)
class Verdict:
    """passed: None where undecided, for that `reason`. spearman, ssim: similarity that is kept, NaN if unknown."""

    passed: bool | None
    spearman: float
    ssim: float
    reason: str = ""

    @property
    def words(self) -> str:
        """The verdict with its numbers: `fails: keeps 0.69 by rank, 0.52 by SSIM`."""
        if self.passed is None:
            return f"undecided: {self.reason}"
        return f"{'passes' if self.passed else 'fails'}: keeps {self.spearman:.2f} by rank, {self.ssim:.2f} by SSIM"


def verdict(randomisation: Randomisation) -> Verdict:
    """Apply `RULE` to what a cascade left of the maps.

    What is kept is the absolute mean over the photographs, averaged over the steps: maps that turn into their negative
    have kept everything, and maps that agree by chance, now one way and now the other, nothing. Constant maps decide
    nothing: those of any method become constant when no unit of the randomised network is active. A map that is
    not finite counts as constant. Where fewer than half of the maps can be compared, or none of a step, there is no
    verdict.
    """
    ranks, structure = randomisation.absolute, randomisation.ssim
    known = np.isfinite(ranks) & np.isfinite(structure)
    silent = int((~known.any(1)).sum())
    if silent or known.mean() < 0.5:
        constant = f"all maps constant at {silent} of {len(known)} steps"
        some = f"{known.size - int(known.sum())} of {known.size} maps constant"
        return Verdict(None, np.nan, np.nan, constant if silent else some)
    by_rank, by_structure = (float(abs(values.mean(1, where=known)).mean()) for values in (ranks, structure))
    return Verdict(max(by_rank, by_structure) < THRESHOLD, by_rank, by_structure)
