"""Sheets and figures of deep dreams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import Subject


@dataclass(frozen=True, eq=False)
class Dream:
    """One picture of a sweep.

    Attributes
    ----------
    image : array or None, (H, W, 3) in [0, 1]
    name : str
        Where in the sweep: "filter 12", "iteration 40", "cnn.4".
    caption : str
        A line below it, such as the score reached.
    reason : str
        Why there is no picture.
    """

    image: np.ndarray | None
    name: str = ""
    caption: str = ""
    reason: str = ""


def dream_classes_sheet(
    subjects: Sequence[Subject],
    dreams: Sequence[Dream],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 11,
) -> Figure:
    """Over the classes: photographs above, what one filter makes of them below."""
    if len(subjects) != len(dreams):
        raise ValueError(f"dream sheet: {len(dreams)} dreams of {len(subjects)} photographs; expected one each")
    return contact_sheet(
        [[subject.tile() for subject in subjects], [_tile(dream, named=False) for dream in dreams]],
        row_titles=["photograph", "dream"],
        title=title,
        subtitle=subtitle,
        style=style,
        columns_per_band=columns_per_band,
    )


def dream_sweep_sheet(
    sweeps: Sequence[tuple[Subject, Sequence[Dream]]],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 9,
) -> Figure:
    """Over filters, iterations, layers or checkpoints: a row a photograph, which stands at the left of its dreams."""
    rows: list[list[Tile | None]] = []
    above: list[str] = []
    for subject, dreams in sweeps:
        names = [dream.name for dream in dreams]
        repeated = names == above  # one heading does for all rows
        rows.append([subject.tile(), *(_tile(dream, named=not repeated) for dream in dreams)])
        above = names
    return contact_sheet(rows, title=title, subtitle=subtitle, style=style, columns_per_band=columns_per_band, pinned=1)


def class_images_sheet(
    images: Sequence[Dream],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 6,
) -> Figure:
    """What excites each class most."""
    row = [_tile(image, named=True) for image in images]
    return contact_sheet([row], title=title, subtitle=subtitle, style=style, columns_per_band=columns_per_band)


def _tile(dream: Dream, named: bool) -> Tile:
    return Tile(dream.image, dream.name if named else "", dream.caption, reason=dream.reason)
