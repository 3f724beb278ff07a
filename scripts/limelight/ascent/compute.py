"""Gradient ascent from photographs or from noise, as units of a job.

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

from limelight.ascent import (
    Diversity,
    Objective,
    Schedule,
    State,
    Transforms,
    ascend,
    likeness,
    parse,
    scorer,
)
from limelight.ascent.canvases import Spectrum, canvas
from limelight.ascent.objectives import Score
from limelight.ascent.starts import noise, soft_noise
from limelight.network.classifier import explaining
from limelight.network.photographs import to_float, to_uint8
from limelight.study.digests import seed
from limelight.study.errors import LimelightError, first_line

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.items import Item
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def ascents(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """What gradient ascent makes of photographs or of noise, to excite one filter of a layer.

    For each unit the R recorded `iterations` (R,), `frames` (R, H, W, 3) uint8, `scores` (R,), the objective of each,
    and `blocked` (), the steps for which no gradient came through; with `held_out` also that (), the mean objective of
    as many random views that were not used in the ascent. Parameters: as `job.ascent` makes them. States on the way are
    in the store, so that a run that was stopped goes on.

    With F `facets` frames are (R, F, H, W, 3), scores (R, F) and blocked (F,), and there are also `activations` (F,),
    the objective of the last pictures without their diversity, and `likeness` (F,), of each of them to the others.
    """
    # Ascents in one batch share a layer (the forward pass ends there), a schedule and a size.
    together = ("layer", "record", "ascent", "size", "held_out", "facets")
    for _, members in groupby(units, key=lambda unit: [unit.parameters.get(key) for key in together]):
        batch = list(members)
        resize = work.classifier.resize.at(batch[0].parameters.get("size"))
        at_once = max(1, work.batch // len(_pictures(batch[0])))
        yield from work.steps(batch, lambda part, photographs: _ascend(work, part, photographs), at_once, resize)


HELD_OUT = Transforms(jitter=8, scale=0.1, rotate=10)
"""Random views that test whether a picture excites a filter also when it is shifted, scaled or turned."""


def _pictures(unit: Unit) -> list[tuple[int, ...]]:
    """The pictures of a unit that ascend, by what tells apart their noise and their views: nothing of a single one."""
    facets = unit.parameters.get("facets")
    return [()] if facets is None else [(facet,) for facet in range(facets["count"])]


def _ascend(work: Work, units: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
    parameters = units[0].parameters
    schedule, each = Schedule.of(parameters["record"], parameters["ascent"]), len(_pictures(units[0]))
    starts = [_starts(work, unit, photograph, schedule) for unit, photograph in zip(units, photographs, strict=True)]
    states = [_resumed(work, unit, photographs.shape[2:], schedule) for unit in units]
    results: dict[Item, Arrays] = {}
    # A run that was killed while it kept the states of a step leaves some of them further on than others.
    for iteration in sorted({state.iteration if state else 0 for state in states}):
        rows = [row for row, state in enumerate(states) if (state.iteration if state else 0) == iteration]
        rows += [rows[-1]] * (len(units) - len(rows))
        members = [units[row] for row in rows]
        resumed = [state for row in rows if (state := states[row]) is not None]
        with explaining(work.classifier):
            score = _score(work, [one for place, unit in enumerate(members) for one in _objectives(work, unit, place)])
            recording = ascend(
                score,
                torch.cat([starts[row] for row in rows]),
                schedule,
                seeds=[view_seed for unit in members for view_seed in _seeds(unit)],
                state=_joined(resumed) if len(resumed) == len(rows) else None,
                gradient=work.classifier.gradient,
                keep=lambda state, members=members: _keep(work, members, state),  # type: ignore[misc]
            )
            frames = to_uint8(recording.photographs.cpu().numpy())
            # As they are stored: an ascent that resumes from a state in the store has its photographs from there.
            ends = torch.from_numpy(to_float(frames[-1])).to(work.device)
            of_each = {"blocked": recording.blocked}
            if parameters.get("held_out"):
                of_each["held_out"] = _held_out(score, ends, parameters["held_out"])
            if "facets" in parameters:
                alone = [_objective(work, unit) for unit in members for _ in range(each)]
                of_each["activations"] = _score(work, alone)(ends).detach()
                of_each["likeness"] = _likeness(work, parameters["layer"], ends, each)
        scores, ended = recording.scores.cpu().numpy(), {name: one.cpu().numpy() for name, one in of_each.items()}
        for place, unit in enumerate(members):
            rows_of_item = slice(each * place, each * (place + 1)) if "facets" in parameters else place
            results[unit.item] = {
                "iterations": np.array(recording.iterations),
                "frames": frames[:, rows_of_item],
                "scores": scores[:, rows_of_item],
                **{name: values[rows_of_item] for name, values in ended.items()},
            }
    return [results[unit.item] for unit in units]


def _objective(work: Work, unit: Unit) -> Objective:
    parameters = unit.parameters
    return parse(
        parameters.get("objective", "mean"), parameters["layer"], parameters["filter"], work.classifier.classes
    )


def _objectives(work: Work, unit: Unit, place: int) -> list[Objective]:
    """Of each picture of the unit at a place of a step, which may have a unit twice; facets are kept apart."""
    objective, facets = _objective(work, unit), unit.parameters.get("facets")
    if facets is None:
        return [objective]
    return [objective + facets["diversity"] * Diversity(unit.parameters["layer"], str(place))] * facets["count"]


def _score(work: Work, objectives: Sequence[Objective]) -> Score:
    """Of a batch of pictures; a network that cannot take a picture of that size says so in a sentence."""
    classifier = work.classifier
    score = scorer(classifier, objectives)

    def checked(photographs: Tensor) -> Tensor:
        try:
            return score(photographs)
        except (RuntimeError, ValueError, AssertionError) as error:  # which of them is for the network's code to say
            if tuple(photographs.shape[2:]) == classifier.resize.size or "memory" in str(error):
                raise
            height, width = photographs.shape[2:]
            layer = next(term.layer for objective in objectives for _, term in objective.parts)
            raise LimelightError(
                f"layer {layer or 'logits'}: the network fails on {height} x {width} pixels ({first_line(error)}); "
                "expected one octave, no padding, no tiles and the network's own size"
            ) from error

    return checked


def _seeds(unit: Unit) -> list[int]:
    """Of the random views of a unit's pictures; settings of the ascent share them, so that they can be compared."""
    decisive = ("layer", "filter", "objective", "noise", "seed", "size")
    identity = [repr(unit.parameters.get(key)) for key in decisive]
    return [seed("views", *identity, *facet) for facet in _pictures(unit)]


def _held_out(score: Score, photographs: Tensor, count: int) -> Tensor:
    """Mean score of some random views of each photograph, (B,), the same for all."""
    with torch.no_grad():
        views = [HELD_OUT.views(photographs, [seed("held out")] * len(photographs), view) for view in range(count)]
        return torch.stack([score(view) for view in views]).mean(0)


def _likeness(work: Work, layer: str, photographs: Tensor, each: int) -> Tensor:
    """How like each of some pictures, (B,), is to those that ascended with it."""
    with torch.no_grad():
        return torch.cat([likeness(part) for part in work.classifier.activation(layer, photographs).split(each)])


def _starts(work: Work, unit: Unit, photograph: Tensor, schedule: Schedule) -> Tensor:
    """The photographs that a unit's ascents begin with, (P, 3, H, W) in [0, 1]."""
    if "noise" not in unit.parameters:
        return photograph[None]
    height, width = photograph.shape[1:]
    made = canvas(schedule.parameterisation, (height, width), schedule.colours)
    identities = [(*unit.parameters["noise"], *facet) for facet in _pictures(unit)]
    starts = [
        soft_noise(made, *identity) if isinstance(made, Spectrum) else noise((height, width), *identity)
        for identity in identities
    ]
    return torch.stack(starts).to(work.device)


def _resumed(work: Work, unit: Unit, size: Sequence[int], schedule: Schedule) -> State | None:
    """The last state of a unit's ascents that is in the store, if one is that helps."""
    entry = work.store.get(work.summary.trails[str(unit.item)])
    if entry is None:
        return None
    kept = {name: torch.from_numpy(array).to(work.device) for name, array in entry.arrays.items() if name != "frames"}
    passed = kept["recorded"].tolist()
    kept_frames = entry.arrays["frames"].reshape(len(passed), len(_pictures(unit)), *size, 3)
    frames = torch.from_numpy(to_float(kept_frames)).to(work.device)
    state = State(
        int(kept["iteration"]),
        kept["values"],
        kept["blocked"],
        tuple(kept["moments"]),
        dict(zip(passed, frames, strict=True)),
        dict(zip(passed, kept["scores"], strict=True)),
    )
    return state if state.leads_to(schedule) else None


def _joined(states: Sequence[State]) -> State:
    """One state of several ascents at the same iteration."""
    first = states[0]
    passed = [iteration for iteration in first.scores if all(iteration in state.scores for state in states)]
    return State(
        first.iteration,
        torch.cat([state.values for state in states]),
        torch.cat([state.blocked for state in states]),
        tuple(torch.cat(moments) for moments in zip(*(state.moments for state in states), strict=True)),
        {iteration: torch.cat([state.photographs[iteration] for state in states]) for iteration in passed},
        {iteration: torch.cat([state.scores[iteration] for state in states]) for iteration in passed},
    )


def _keep(work: Work, units: Sequence[Unit], state: State) -> None:
    """Put the state of each unit into the store; all arrays have an axis for its pictures."""
    passed, each = sorted(state.scores), len(_pictures(units[0]))
    for place, unit in {unit.item: (place, unit) for place, unit in enumerate(units)}.values():
        rows = slice(each * place, each * (place + 1))
        photographs = [state.photographs[iteration][rows].cpu().numpy() for iteration in passed]
        kept = {
            "iteration": np.array(state.iteration),
            "values": state.values[rows].cpu().numpy(),
            "blocked": state.blocked[rows].cpu().numpy(),
            "moments": np.array([moment[rows].cpu().numpy() for moment in state.moments], dtype=np.float32),
            "recorded": np.array(passed, dtype=np.int64),
            "frames": np.array([to_uint8(photograph) for photograph in photographs], dtype=np.uint8),
            "scores": np.array([state.scores[iteration][rows].cpu().numpy() for iteration in passed], dtype=np.float32),
        }
        work.store.put(work.summary.trails[str(unit.item)], kept, {"trail": unit.trail})
