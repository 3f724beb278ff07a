"""What changes while a network learns? The same picture over the checkpoints of one training run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from limelight.capabilities.saliency.sheet import SaliencyTile
from limelight.figures.scale import ceiling
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style


@dataclass(frozen=True, eq=False)
class Course:
    """One row of a strip.

    Attributes
    ----------
    name : str
        Of what is followed, such as "filter 3".
    start : Tile or None
        What stands before the first checkpoint, such as the photograph.
    steps : sequence of Tile
        One a checkpoint.
    """

    name: str
    start: Tile | None
    steps: Sequence[Tile]


def training_sheet(
    courses: Sequence[Course],
    checkpoints: Sequence[str],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 11,
) -> Figure:
    """A column a course, and time runs downwards: a row a checkpoint."""
    _check(courses, checkpoints)
    started = any(course.start is not None for course in courses)
    rows: list[list[Tile | None]] = [[course.start for course in courses]] if started else []
    rows += [[course.steps[number] for course in courses] for number in range(len(checkpoints))]
    if not started:
        rows[0] = [_named(course, 0) for course in courses]
    return contact_sheet(
        rows,
        row_titles=[*(["photograph"] if started else []), *checkpoints],
        title=title,
        subtitle=subtitle,
        style=style,
        columns_per_band=columns_per_band,
    )


def training_frames(
    courses: Sequence[Course],
    checkpoints: Sequence[str],
    *,
    title: str,
    style: Style | None = None,
    columns_per_band: int = 6,
) -> list[Figure]:
    """One figure a checkpoint, all alike but for what the checkpoint changes: frames of an animation."""
    _check(courses, checkpoints)
    frames = []
    for number, checkpoint in enumerate(checkpoints):
        rows: list[list[Tile | None]] = [[course.steps[number] for course in courses]]
        if any(course.start is not None for course in courses):
            rows.insert(0, [course.start for course in courses])
        else:
            rows[0] = [_named(course, number) for course in courses]
        frames.append(
            contact_sheet(rows, title=f"{title}: {checkpoint}", style=style, columns_per_band=columns_per_band)
        )
    return frames


def saliency_step(tile: SaliencyTile, style: Style) -> Tile:
    """The map of a photograph at one checkpoint, with what the network says of it by then."""
    said, tone = tile.subject.verdict, tile.subject.tone
    if tile.own is None:
        return Tile(None, caption=said, tone=tone, reason=tile.reason or "not computed")
    top = ceiling(np.abs(tile.own))
    low, cmap = (-top, style.signed) if tile.signed else (0.0, style.saliency)
    return Tile(tile.own, cmap=cmap, vmin=low, vmax=top, caption=said, tone=tone)


def _named(course: Course, number: int) -> Tile:
    return replace(course.steps[number], title=course.name)


def _check(courses: Sequence[Course], checkpoints: Sequence[str]) -> None:
    if not courses:
        raise ValueError("training strip: nothing to follow; expected at least one course")
    for course in courses:
        if len(course.steps) != len(checkpoints):
            raise ValueError(
                f"training strip: {course.name} has {len(course.steps)} steps for {len(checkpoints)} models"
            )
