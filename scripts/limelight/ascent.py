"""Which input excites this unit most? Gradient ascent on the photograph.

One engine for filter activation (Yosinski et al., 2015) and deep dream (Mordvintsev et al., 2015): they differ in the
objective and in the photograph that they start from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from limelight.model import Classifier

Objective = Callable[[Tensor], Tensor]
"""Photographs (B, 3, H, W) to scores (B,); the score of one must not depend on the others."""


@dataclass(frozen=True)
class Schedule:
    """How to climb. `step` is in units of the photograph, whose range is [0, 1].

    Parameters
    ----------
    record
        The iterations to keep, from one run; 0 is the start, the largest is the length of the run.
    optimiser
        `normalised`: x += step * g / mean |g| of that photograph; `plain`: x += step * g; `adam`: Adam at rate `step`.
    clip
        `each`: values are clipped to [0, 1] after each step; `end`: only in what is recorded.
    """

    record: tuple[int, ...]
    step: float
    optimiser: str = "normalised"
    clip: str = "each"

    @property
    def iterations(self) -> tuple[int, ...]:
        """The recorded iterations, in order."""
        return tuple(sorted(self.record))

    @classmethod
    def of(cls, record: Sequence[int], ascent: Mapping[str, Any]) -> "Schedule":
        """From the `ascent` section of a study."""
        return cls(tuple(record), ascent["step"], ascent["optimiser"], ascent["clip"])


@dataclass(frozen=True)
class Recording:
    """What an ascent passed at its R `iterations`: `photographs` (R, B, 3, H, W) in [0, 1], `scores` (R, B)."""

    iterations: tuple[int, ...]
    photographs: Tensor
    scores: Tensor


def filter_mean(classifier: Classifier, layer: str, filters: Sequence[int]) -> Objective:
    """The mean activation of one filter of `layer` for each photograph: of filter `filters[b]` for photograph b."""
    index = torch.tensor(filters)

    def objective(photographs: Tensor) -> Tensor:
        activation = classifier.activation(layer, photographs)
        chosen = activation[torch.arange(len(photographs)), index.to(activation.device)]
        return chosen.flatten(1).mean(1) if chosen.ndim > 1 else chosen

    return objective


def ascend(objective: Objective, start: Tensor, schedule: Schedule) -> Recording:
    """Climb `objective` from each photograph of `start`, (B, 3, H, W), independently.

    A photograph whose gradient is zero everywhere (a dead filter) stays as it is.
    """
    values = start.detach().clone().requires_grad_()
    adam = torch.optim.Adam([values], lr=schedule.step, maximize=True) if schedule.optimiser == "adam" else None
    iterations = schedule.iterations
    photographs, scores = [], []
    for iteration in range(iterations[-1] + 1):
        with torch.enable_grad():
            score = objective(values)
            gradient = torch.autograd.grad(score.sum(), values)[0]
        with torch.no_grad():
            if iteration in iterations:
                photographs.append(values.clamp(0, 1))
                scores.append(score.detach())
            if iteration == iterations[-1]:
                break
            if adam is not None:
                values.grad = gradient
                adam.step()
            else:
                if schedule.optimiser == "normalised":
                    gradient = gradient / gradient.abs().mean((1, 2, 3), keepdim=True).clamp_min(1e-30)
                values += schedule.step * gradient
            if schedule.clip == "each":
                values.clamp_(0, 1)
    return Recording(iterations, torch.stack(photographs), torch.stack(scores))
