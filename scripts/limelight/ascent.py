"""Which input excites this unit most? Gradient ascent on the photograph.

One engine for filter activation (Yosinski et al., 2015) and deep dream (Mordvintsev et al., 2015): they differ in the
objective and in the photograph that they start from.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True)
class State:
    """Where B ascents are after `iteration` steps, and what they recorded until then.

    values: (B, 3, H, W). moments: Adam's two, (B, 3, H, W) each, or none. photographs: by iteration, (B, 3, H, W) in
    [0, 1]; scores: by iteration, (B,).
    """

    iteration: int
    values: Tensor
    moments: tuple[Tensor, ...] = ()
    photographs: Mapping[int, Tensor] = field(default_factory=dict)
    scores: Mapping[int, Tensor] = field(default_factory=dict)

    def leads_to(self, schedule: Schedule) -> bool:
        """Whether going on from here gives all that the schedule records."""
        return all(wanted in self.photographs for wanted in schedule.record if wanted < self.iteration)

    def recorded(self, score: Tensor) -> "State":
        """The same state with its photographs, whose scores are `score`, (B,), on record."""
        photographs = {**self.photographs, self.iteration: self.values.detach().clamp(0, 1)}
        return replace(self, photographs=photographs, scores={**self.scores, self.iteration: score.detach()})


def filter_mean(classifier: Classifier, layer: str, filters: Sequence[int]) -> Objective:
    """The mean activation of one filter of `layer` for each photograph: of filter `filters[b]` for photograph b."""
    index = torch.tensor(filters)

    def objective(photographs: Tensor) -> Tensor:
        activation = classifier.activation(layer, photographs)
        chosen = activation[torch.arange(len(photographs)), index.to(activation.device)]
        return chosen.flatten(1).mean(1) if chosen.ndim > 1 else chosen

    return objective


def ascend(
    objective: Objective,
    start: Tensor | State,
    schedule: Schedule,
    *,
    gradient: Callable[[Tensor, Tensor], Tensor] = lambda score, values: torch.autograd.grad(score, values)[0],
    keep: Callable[[State], None] = lambda state: None,
    every: float = 30.0,
) -> Recording:
    """Climb `objective` from each photograph of `start`, (B, 3, H, W), independently.

    A photograph whose gradient is zero everywhere (a dead filter) stays as it is.

    Parameters
    ----------
    start
        Photographs, or where an earlier ascent with the same objective and schedule has come to.
    gradient
        Of a total score with respect to the values.
    keep
        Called with the state at each recorded iteration, and wherever `every` seconds have passed since. To go on from
        any of them gives the same bits as never to have stopped.
    """
    state = start if isinstance(start, State) else State(0, start.detach())
    iterations = schedule.iterations
    kept = time.monotonic()
    while not state.photographs.keys() >= set(iterations):
        values = state.values.detach().clone().requires_grad_()
        with torch.enable_grad():
            score = objective(values)
            slope = gradient(score.sum(), values) if state.iteration < iterations[-1] else None
        recorded = state.iteration in iterations
        if recorded:
            state = state.recorded(score)
        if state.iteration and (recorded or time.monotonic() - kept >= every):
            keep(state)
            kept = time.monotonic()
        if slope is not None:
            state = _moved(state, slope, schedule)
    return Recording(
        iterations,
        torch.stack([state.photographs[iteration] for iteration in iterations]),
        torch.stack([state.scores[iteration] for iteration in iterations]),
    )


@torch.no_grad()
def _moved(state: State, gradient: Tensor, schedule: Schedule) -> State:
    moments = state.moments
    values = state.values.detach().clone()
    if schedule.optimiser == "adam":
        values.grad = gradient
        adam = torch.optim.Adam([values], lr=schedule.step, maximize=True)
        if moments:
            passed = {"step": torch.tensor(float(state.iteration)), "exp_avg": moments[0], "exp_avg_sq": moments[1]}
            adam.state[values] = {name: value.clone() for name, value in passed.items()}
        adam.step()
        moments = (adam.state[values]["exp_avg"], adam.state[values]["exp_avg_sq"])
    elif schedule.optimiser == "normalised":
        values += schedule.step * (gradient / gradient.abs().mean((1, 2, 3), keepdim=True).clamp_min(1e-30))
    else:
        values += schedule.step * gradient
    if schedule.clip == "each":
        values.clamp_(0, 1)
    return replace(state, iteration=state.iteration + 1, values=values, moments=moments)
