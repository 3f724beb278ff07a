"""Similarity of maps along cascading parameter randomisation: only the numbers; `verdict` interprets them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Randomisation:
    """How similar the maps of N photographs are to those of the trained network, after each of L steps of the cascade.

    layers: the layers that the steps end at, from the logits down. absolute, signed: Spearman's rank correlation of
    the maps' absolute values and of the maps, (L, N) in [-1, 1]. ssim: structural similarity, (L, N) in [-1, 1].
    """

    layers: tuple[str, ...]
    absolute: np.ndarray
    signed: np.ndarray
    ssim: np.ndarray
