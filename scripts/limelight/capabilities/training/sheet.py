"""The sheet and the animation of the same picture over the checkpoints of one training run."""

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
class Series:
    """The same picture over the checkpoints.

    Attributes
    ----------
    name : str
        Of what is shown, such as "filter 3".
    start : Tile or None
        What stands before the first checkpoint, such as the photograph.
    steps : sequence of Tile
        One a checkpoint.
    """

    name: str
    start: Tile | None
    steps: Sequence[Tile]


def training_sheet(
    series: Sequence[Series],
    checkpoints: Sequence[str],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 11,
) -> Figure:
    """A column a series, and time runs downwards: a row a checkpoint."""
    _check(series, checkpoints)
    started = any(one.start is not None for one in series)
    rows: list[list[Tile | None]] = [[one.start for one in series]] if started else []
    rows += [[one.steps[number] for one in series] for number in range(len(checkpoints))]
    if not started:
        rows[0] = [_named(one, 0) for one in series]
    return contact_sheet(
        rows,
        row_titles=[*(["photograph"] if started else []), *checkpoints],
        title=title,
        subtitle=subtitle,
        style=style,
        columns_per_band=columns_per_band,
    )


def training_frames(
    series: Sequence[Series],
    checkpoints: Sequence[str],
    *,
    title: str,
    style: Style | None = None,
    columns_per_band: int = 6,
) -> list[Figure]:
    """One figure a checkpoint, all alike but for what the checkpoint changes: frames of an animation."""
    _check(series, checkpoints)
    frames = []
    for number, checkpoint in enumerate(checkpoints):
        rows: list[list[Tile | None]] = [[one.steps[number] for one in series]]
        if any(one.start is not None for one in series):
            rows.insert(0, [one.start for one in series])
        else:
            rows[0] = [_named(one, number) for one in series]
        frames.append(
            contact_sheet(rows, title=f"{title}: {checkpoint}", style=style, columns_per_band=columns_per_band)
        )
    return frames


def saliency_step(tile: SaliencyTile, style: Style) -> Tile:
    """The map of a photograph at one checkpoint, with what the network says of it by then."""
    verdict, tone = tile.subject.verdict, tile.subject.tone
    if tile.explained is None:
        return Tile(None, caption=verdict, tone=tone, reason=tile.reason or "not computed")
    top = ceiling(np.abs(tile.explained))
    low, cmap = (-top, style.signed) if tile.signed else (0.0, style.saliency)
    return Tile(tile.explained, cmap=cmap, vmin=low, vmax=top, caption=verdict, tone=tone)


def _named(one: Series, number: int) -> Tile:
    return replace(one.steps[number], title=one.name)


def _check(series: Sequence[Series], checkpoints: Sequence[str]) -> None:
    if not series:
        raise ValueError("training sheet: nothing to follow; expected at least one series")
    for one in series:
        if len(one.steps) != len(checkpoints):
            raise ValueError(f"training sheet: {one.name} has {len(one.steps)} steps for {len(checkpoints)} models")
