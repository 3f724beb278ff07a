"""The sheet of misclassified photographs, with maps of the true and of the predicted class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from limelight.attribution import registry
from limelight.figures.methods import spoken
from limelight.figures.page import Key
from limelight.figures.scale import ceiling
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import Subject, join
from limelight.statistics import BRIGHTEST

SCALE = f"The two maps of a method share one scale, up to their {BRIGHTEST}th percentile."
WIDEST = 11  # columns


@dataclass(frozen=True, eq=False)
class Mistake:
    """One misclassified photograph.

    Attributes
    ----------
    subject : Subject
    maps : mapping from method to a pair of arrays or None, (H, W) float
        Maps of the true class and of the predicted one; None where there is none.
    """

    subject: Subject
    maps: Mapping[str, tuple[np.ndarray | None, np.ndarray | None]]


def mistakes_sheet(
    mistakes: Sequence[Mistake],
    methods: Sequence[str],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
) -> Figure:
    """Photographs, and beside each for every method the map of the true class and that of the predicted one.

    Without mistakes the sheet says so.
    """
    style = style or Style()
    if not mistakes:
        return contact_sheet([[Tile(None, reason="no explained image is misclassified")]], title=title, style=style)
    across = max(1, WIDEST // (1 + 2 * len(methods)))
    rows: list[list[Tile | None]] = [[] for _ in range(-(-len(mistakes) // across))]
    signs: set[bool] = set()
    for place, mistake in enumerate(mistakes):
        subject = mistake.subject
        rows[place // across].append(subject.tile(subject.verdict, subject.image, toned=True))
        for method in methods:
            pair = mistake.maps.get(method, (None, None))
            known = [values for values in pair if values is not None]
            top = ceiling(np.abs(np.stack(known))) if known else 1.0
            signed = registry.signed(method) or any((values < 0).any() for values in known)
            signs |= {signed} if known else set()
            roles = ((subject.heading, "true class"), (subject.predicted, "predicted class"))
            for values, (name, role) in zip(pair, roles, strict=True):
                caption = f"{role}\n{spoken(method)}"
                rows[place // across].append(_map(values, name, caption, top, signed, style))
    return contact_sheet(
        rows,
        title=title,
        subtitle=join(subtitle, SCALE),
        keys=_keys(signs, style),
        style=style,
        columns_per_band=len(rows[0]),
    )


def _map(values: np.ndarray | None, name: str, caption: str, top: float, signed: bool, style: Style) -> Tile:
    if values is None:
        return Tile(None, name, caption, reason="not computed")
    if not np.nan_to_num(values).any():
        caption = f"{caption}\nzero everywhere"
    return Tile(values, name, caption, style.signed if signed else style.saliency, -top if signed else 0.0, top)


def _keys(signs: set[bool], style: Style) -> list[Key]:
    ramp = np.linspace(0, 1, 64)[None]
    keys = []
    if False in signs:
        keys.append(Key(matplotlib.colormaps[style.saliency](ramp)[..., :3], "does not matter … matters most"))
    if True in signs:
        keys.append(Key(matplotlib.colormaps[style.signed](ramp)[..., :3], "contradicts the class … supports it"))
    return keys
