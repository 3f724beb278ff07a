"""Gradient ascent of a batch of images, recorded at some iterations, that can be resumed."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from limelight.ascent.canvases import Canvas, canvas
from limelight.ascent.objectives import Score
from limelight.ascent.octaves import resized
from limelight.ascent.rectifiers import redirected
from limelight.ascent.schedule import Schedule
from limelight.ascent.tiles import Gradient, scored, scores_and_gradient

ADAM_EPSILON = 1e-16
"""Adam's epsilon: at its usual 1e-8, gradients as small as those of untrained networks would have no effect."""


@dataclass(frozen=True)
class Recording:
    """What an ascent passed at its R `iterations`.

    photographs: (R, B, 3, H, W) in [0, 1]. scores: (R, B). blocked: (B,), the steps for which no gradient came through.
    """

    iterations: tuple[int, ...]
    photographs: Tensor
    scores: Tensor
    blocked: Tensor


@dataclass(frozen=True)
class State:
    """Where B ascents are after `iteration` steps, and what they recorded until then.

    values: (B, ...), of the canvas of that iteration's octave. moments: Adam's two, shaped like the values, or none.
    blocked: (B,), the steps until now for which no gradient came through. photographs: by iteration, (B, 3, H, W) in
    [0, 1]; scores: by iteration, (B,).
    """

    iteration: int
    values: Tensor
    blocked: Tensor
    moments: tuple[Tensor, ...] = ()
    photographs: Mapping[int, Tensor] = field(default_factory=dict)
    scores: Mapping[int, Tensor] = field(default_factory=dict)

    def leads_to(self, schedule: Schedule) -> bool:
        """Whether going on from here gives all that the schedule records."""
        return all(iteration in self.photographs for iteration in schedule.record if iteration < self.iteration)


def ascend(
    score: Score,
    start: Tensor,
    schedule: Schedule,
    *,
    seeds: Sequence[int] | None = None,
    state: State | None = None,
    gradient: Gradient = lambda score, photographs: torch.autograd.grad(score, photographs)[0],
    keep: Callable[[State], None] = lambda state: None,
    every: float = 30.0,
) -> Recording:
    """Ascend from each photograph of `start`, (B, 3, H, W) in [0, 1], independently.

    A photograph whose gradient is zero everywhere (a dead filter) stays as it is.

    Parameters
    ----------
    seeds
        Of the random views, one a photograph.
    state
        Where an earlier ascent with the same start, objective, seeds and schedule has come to.
    gradient
        Of a total score with respect to the photographs that the network saw.
    keep
        Called with the state at each recorded iteration, and wherever `every` seconds have passed since. To go on from
        any of them gives the same bits as never to have stopped, where the device computes the same bits again.
    """
    ascent = _Ascent(score, start.detach(), schedule, seeds or [0] * len(start), gradient)
    state = state or ascent.begin()
    kept = time.monotonic()
    while not state.photographs.keys() >= set(schedule.record):
        recorded, last = state.iteration in schedule.record, state.iteration == schedule.iterations[-1]
        scores, derivative, blocked = (None, None, None) if last else ascent.differentiate(state)
        if recorded:
            state = ascent.recorded(state, scores)
        if state.iteration and (recorded or time.monotonic() - kept >= every):
            keep(state)
            kept = time.monotonic()
        if derivative is not None and blocked is not None:
            state = ascent.moved(state, derivative, blocked)
    return Recording(
        schedule.iterations,
        torch.stack([state.photographs[iteration] for iteration in schedule.iterations]),
        torch.stack([state.scores[iteration] for iteration in schedule.iterations]),
        state.blocked,
    )


class _Ascent:
    """One batch of ascents: what stays the same from step to step."""

    def __init__(
        self, score: Score, start: Tensor, schedule: Schedule, seeds: Sequence[int], gradient: Gradient
    ) -> None:
        self.score, self.start, self.schedule, self.seeds, self.gradient = score, start, schedule, seeds, gradient
        height, width = start.shape[2:]
        self.sizes = schedule.octaves.sizes((height, width))
        self.canvases = [canvas(schedule.parameterisation, size, schedule.colours) for size in self.sizes]
        self.bases = [resized(start, size) for size in self.sizes]

    def begin(self) -> State:
        """The state of the start."""
        values = self.canvases[0].encode(self.bases[0]).detach()
        return State(0, values, torch.zeros(len(values), dtype=torch.int64, device=values.device))

    def _octave(self, state: State) -> tuple[int, Canvas]:
        octave, _ = self.schedule.octaves.at(state.iteration, len(self.sizes))
        return octave, self.canvases[octave]

    def differentiate(self, state: State) -> tuple[Tensor | None, Tensor, Tensor]:
        """Scores of the pictures as they are (None where a view was scored), gradient of the values, rows without."""
        octave, current = self._octave(state)
        chosen = self.schedule
        values = state.values.detach().requires_grad_()
        with torch.enable_grad():
            picture = current.decode(values)
            views = chosen.transforms.views(picture, self.seeds, state.iteration)
        scores, derivative = scores_and_gradient(self.score, self.gradient, views.detach(), chosen.tile)
        blocked = derivative.abs().amax((1, 2, 3)) == 0
        if state.iteration < chosen.redirect and blocked.any():
            with redirected():
                _, redirected_derivative = scores_and_gradient(self.score, self.gradient, views.detach(), chosen.tile)
            derivative = torch.where(blocked.view(-1, 1, 1, 1), redirected_derivative, derivative)
        weight = chosen.regularisation.total_variation
        if weight:
            with torch.enable_grad():
                roughness = _total_variation(picture)
            (derivative,) = torch.autograd.grad(
                (views, roughness), values, (derivative, torch.full_like(roughness, -weight))
            )
        elif views is not values:
            (derivative,) = torch.autograd.grad(views, values, derivative)
        whole = octave == len(self.sizes) - 1 and not chosen.transforms.any and not chosen.tile
        return scores if whole else None, derivative, blocked

    @torch.no_grad()
    def recorded(self, state: State, score: Tensor | None) -> State:
        """The same state with its photographs on record, and with their scores."""
        picture = self._picture(state)
        if score is None:
            score = scored(self.score, picture, self.schedule.tile)
        photographs = {**state.photographs, state.iteration: picture.clamp(0, 1)}
        return replace(state, photographs=photographs, scores={**state.scores, state.iteration: score.detach()})

    def _picture(self, state: State) -> Tensor:
        """At the full size: of an octave the photograph with what was added to its smaller self, enlarged."""
        octave, current = self._octave(state)
        picture = current.decode(state.values)
        return picture if octave == len(self.sizes) - 1 else self._carried(picture, octave, len(self.sizes) - 1)

    def _carried(self, picture: Tensor, octave: int, to: int) -> Tensor:
        return self.bases[to] + resized(picture - self.bases[octave], self.sizes[to])

    @torch.no_grad()
    def moved(self, state: State, derivative: Tensor, blocked: Tensor) -> State:
        """The next state, in a larger octave where this one is done."""
        octave, current = self._octave(state)
        values, moments = self._stepped(state, derivative)
        regularisation = self.schedule.regularisation
        if regularisation.decay:
            values = current.faded(values, regularisation.decay)
        if regularisation.blur and (state.iteration + 1) % regularisation.blur_every == 0:
            values = current.blurred(values, regularisation.blur)
        if self.schedule.clip == "each":
            values = current.clipped(values)
        after = replace(
            state, iteration=state.iteration + 1, values=values, moments=moments, blocked=state.blocked + blocked
        )
        following, larger = self._octave(after)
        if following != octave:
            carried = self._carried(current.decode(values), octave, following)
            after = replace(after, values=larger.encode(carried), moments=())
        return after

    def _stepped(self, state: State, derivative: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        step, values, moments = self.schedule.step, state.values, state.moments
        match self.schedule.optimiser:
            case "adam":
                _, since = self.schedule.octaves.at(state.iteration, len(self.sizes))
                return _adam(values, derivative, moments, step, state.iteration - since)
            case "normalised":
                size = derivative.abs().mean(tuple(range(1, derivative.ndim)), keepdim=True).clamp_min(1e-30)
                return torch.addcmul(values, derivative, step / size), moments
        return torch.add(values, derivative, alpha=step), moments


def _adam(
    values: Tensor, derivative: Tensor, moments: tuple[Tensor, ...], step: float, taken: int
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The values and Adam's moments after one step more than `taken`."""
    # The fused Adam goes through memory, whatever the strides, and a network in channels_last gives other ones.
    moved = values.detach().clone(memory_format=torch.contiguous_format)
    moved.grad = derivative.contiguous()
    adam = torch.optim.Adam([moved], lr=step, eps=ADAM_EPSILON, maximize=True, fused=True)
    if moments:
        first, second = (moment.clone() for moment in moments)
        count = torch.tensor(float(taken), device=values.device)
        adam.state[moved] = {"step": count, "exp_avg": first, "exp_avg_sq": second}
    adam.step()
    return moved.detach(), (adam.state[moved]["exp_avg"], adam.state[moved]["exp_avg_sq"])


def _total_variation(pictures: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels down and across, (B,)."""
    down, across = pictures.diff(dim=2).abs(), pictures.diff(dim=3).abs()
    return down.flatten(1).mean(1) + across.flatten(1).mean(1)
