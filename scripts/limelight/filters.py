"""What do the filters of a layer answer to? Activation maps, and the inputs that excite them most.

Yosinski et al.: Understanding Neural Networks Through Deep Visualization, 2015 (arXiv 1506.06579). A deep dream
(Mordvintsev et al., 2015) is the same ascent from a photograph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from limelight.ascent import Schedule, State, ascend, filter_mean
from limelight.digests import seed
from limelight.images import to_uint8
from limelight.model import Classifier, explaining

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.arrays import Arrays
    from limelight.job import Failure, Unit
    from limelight.work import Work


def activations(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each image the activation `maps` of some filters, (F, h, w) float32. Parameters: `layer` and `filters`."""

    def step(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        wanted = part[0].parameters
        maps = activation_maps(work.classifier, wanted["layer"], wanted["filters"], photographs)
        return [{"maps": of_one} for of_one in maps.cpu().numpy()]

    return work.steps(units, step)


def activation_maps(classifier: Classifier, layer: str, filters: Sequence[int], photographs: Tensor) -> Tensor:
    """Activation maps of some filters of `layer`, (N, F, h, w) in the layer's own size; 1 x 1 if it is linear."""
    with explaining(classifier), torch.no_grad():
        activation = classifier.activation(layer, photographs)[:, list(filters)]
    if activation.ndim == 4:
        return activation
    return activation.reshape(*activation.shape[:2], -1).mean(2)[..., None, None]


def noise(shape: tuple[int, int], *identity: object) -> Tensor:
    """Grey with a little noise that belongs to `identity`: (3, H, W), 0.5 + 0.05 N(0, 1) clipped to [0, 1]."""
    generator = torch.Generator().manual_seed(seed("noise", *identity))
    return (0.5 + 0.05 * torch.randn(3, *shape, generator=generator)).clamp(0, 1)


def ascents(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """What gradient ascent makes of photographs or of noise, to excite one filter of a layer.

    For each unit the R recorded `iterations` (R,), `frames` (R, H, W, 3) uint8 and `scores` (R,), the filter's mean
    activation. Parameters: `layer`, `filter`, `noise` (what its noise belongs to; without it the ascent starts from
    the image), `record` and `ascent`. States on the way are in the store, so that a run that was stopped goes on.
    """
    # What climbs together shares a layer, for each ends the forward pass elsewhere, and a schedule.
    for _, members in groupby(units, key=lambda unit: [unit.parameters[key] for key in ("layer", "record", "ascent")]):
        yield from work.steps(list(members), lambda part, photographs: _climb(work, part, photographs))


def _climb(work: Work, units: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
    wanted = units[0].parameters
    schedule = Schedule.of(wanted["record"], wanted["ascent"])
    states = [_resumed(work, unit, photograph, schedule) for unit, photograph in zip(units, photographs, strict=True)]
    found: dict[str, Arrays] = {}
    # A run that was killed while it kept the states of a step leaves some of them further on than others.
    for iteration in sorted({state.iteration for state in states}):
        rows = [row for row, state in enumerate(states) if state.iteration == iteration]
        rows += [rows[-1]] * (len(units) - len(rows))
        members = [units[row] for row in rows]
        with explaining(work.classifier):
            recording = ascend(
                filter_mean(work.classifier, wanted["layer"], [unit.parameters["filter"] for unit in members]),
                _joined([states[row] for row in rows]),
                schedule,
                gradient=work.classifier.gradient,
                keep=lambda state, members=members: _keep(work, members, state),  # type: ignore[misc]
            )
        frames, scores = to_uint8(recording.photographs.cpu().numpy()), recording.scores.cpu().numpy()
        for row, unit in enumerate(members):
            passed = {"iterations": np.array(recording.iterations)}
            found[unit.name] = {**passed, "frames": frames[:, row], "scores": scores[:, row]}
    return [found[unit.name] for unit in units]


def _resumed(work: Work, unit: Unit, photograph: Tensor, schedule: Schedule) -> State:
    """The last state of a unit's ascent that is in the store, or its start."""
    entry = work.store.get(work.summary.trails[unit.name])
    if entry is not None:
        kept = {name: torch.from_numpy(array) for name, array in entry.arrays.items()}
        passed = kept["recorded"].tolist()
        frames = (
            kept["frames"].reshape(len(passed), *photograph.shape[1:], 3).permute(0, 3, 1, 2).float().to(work.device)
            / 255
        )
        state = State(
            int(kept["iteration"]),
            kept["values"][None].to(work.device),
            tuple(moment[None] for moment in kept["moments"].to(work.device)),
            dict(zip(passed, frames[:, None], strict=True)),
            dict(zip(passed, kept["scores"][:, None].to(work.device), strict=True)),
        )
        if state.leads_to(schedule):
            return state
    if "noise" in unit.parameters:
        photograph = noise(work.classifier.resize.size, *unit.parameters["noise"]).to(work.device)
    return State(0, photograph[None])


def _joined(states: Sequence[State]) -> State:
    """One state of several ascents at the same iteration."""
    first = states[0]
    passed = [iteration for iteration in first.scores if all(iteration in state.scores for state in states)]
    return State(
        first.iteration,
        torch.cat([state.values for state in states]),
        tuple(torch.cat(moments) for moments in zip(*(state.moments for state in states), strict=True)),
        {iteration: torch.cat([state.photographs[iteration] for state in states]) for iteration in passed},
        {iteration: torch.cat([state.scores[iteration] for state in states]) for iteration in passed},
    )


def _keep(work: Work, units: Sequence[Unit], state: State) -> None:
    """Put the state of each unit into the store."""
    passed = sorted(state.scores)
    for row, unit in {unit.name: (row, unit) for row, unit in enumerate(units)}.values():
        photographs = [state.photographs[iteration][row].cpu().numpy() for iteration in passed]
        kept = {
            "iteration": np.array(state.iteration),
            "values": state.values[row].cpu().numpy(),
            "moments": np.array([moment[row].cpu().numpy() for moment in state.moments], dtype=np.float32),
            "recorded": np.array(passed, dtype=np.int64),
            "frames": np.array([to_uint8(photograph) for photograph in photographs], dtype=np.uint8),
            "scores": np.array([float(state.scores[iteration][row]) for iteration in passed], dtype=np.float32),
        }
        work.store.put(work.summary.trails[unit.name], kept, {"trail": unit.trail})
