"""Which pixels change the score?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from limelight.figures.page import Key
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import Subject, join

PERCENTILE = 99.5
SCALE = f"Each map has a scale of its own, from 0 to its {PERCENTILE}th percentile."


@dataclass(frozen=True, eq=False)
class SaliencyTile:
    """Saliency of one photograph.

    Attributes
    ----------
    subject : Subject
    label : array or None, (H, W) float >= 0
        Map of the label's score.
    predicted : array or None, (H, W) float >= 0
        Map of the predicted class's score, where it is not the label.
    reason : str
        Why a map is missing.
    """

    subject: Subject
    label: np.ndarray | None
    predicted: np.ndarray | None = None
    reason: str = ""

    @property
    def own(self) -> np.ndarray | None:
        """Map of the label's score; without a label there is nothing but the prediction to explain."""
        return self.predicted if self.subject.label is None and self.label is None else self.label


def ceiling(saliency: np.ndarray) -> float:
    """Value drawn as the brightest: the 99.5th percentile; the maximum where that is 0; 1 for a map of zeros."""
    finite = saliency[np.isfinite(saliency)]
    if not finite.size:
        return 1.0
    return float(np.percentile(finite, PERCENTILE)) or float(finite.max()) or 1.0


def heat(photograph: np.ndarray, saliency: np.ndarray, cmap: str) -> np.ndarray:
    """A map laid over its greyed photograph, (H, W, 3) in [0, 1]; the stronger the saliency the less shows through."""
    strength = np.clip(np.nan_to_num(saliency) / ceiling(saliency), 0, 1)
    grey = (photograph / 255.0) @ np.array([0.299, 0.587, 0.114])
    colours = matplotlib.colormaps[cmap](strength)[..., :3]
    opacity = (0.9 * np.sqrt(strength))[..., None]
    blended: np.ndarray = (1 - opacity) * (0.15 + 0.75 * grey[..., None]) + opacity * colours
    return blended


def saliency_sheet(
    tiles: Sequence[SaliencyTile],
    *,
    title: str,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 11,
) -> Figure:
    """Photographs above, maps below, a column an image; below a wrong prediction its own map."""
    style = style or Style()
    photographs: list[Tile | None] = [tile.subject.tile() for tile in tiles]
    maps: list[Tile | None] = []
    others: list[Tile | None] = []
    for tile in tiles:
        subject = tile.subject
        maps.append(_map(tile.own, tile.reason, style, caption=subject.verdict, tone=subject.tone))
        others.append(
            _map(tile.predicted, tile.reason, style, title=subject.predicted, tone="wrong") if subject.wrong else None
        )
    rows, names = (
        [photographs, maps],
        ["photograph", "saliency\nof the label's class (of the predicted one without label)"],
    )
    if all(tile.subject.label is not None for tile in tiles):
        names[1] = "saliency\nof the label's class"
    elif all(tile.subject.label is None for tile in tiles):
        names[1] = "saliency\nof the predicted class"
    if any(tile.predicted is not None for tile in tiles if tile.subject.wrong):
        rows.append(others)
        names.append("saliency\nof the predicted class, where it is not the label")
    return contact_sheet(
        rows,
        row_titles=names,
        title=title,
        subtitle=join(subtitle, SCALE),
        keys=_keys(style),
        style=style,
        columns_per_band=columns_per_band,
    )


def saliency_figure(tile: SaliencyTile, *, title: str, subtitle: str = "", style: Style | None = None) -> Figure:
    """One image: photograph, map and overlay, and the same of the predicted class where it is not the label."""
    style = style or Style()
    subject = tile.subject
    explained = [(subject.label or subject.predicted, tile.own, "label" if subject.label else "prediction")]
    if subject.wrong:
        explained.append((subject.predicted, tile.predicted, "prediction"))
    row: list[Tile | None] = [subject.tile(subject.verdict, subject.image, toned=True)]
    for name, saliency, role in explained:
        row.append(_map(saliency, tile.reason, style, title=name, caption=f"saliency of the {role}"))
        if saliency is not None and subject.photograph is not None:
            row.append(Tile(heat(subject.photograph, saliency, style.saliency), name, "over the photograph"))
    return contact_sheet([row], title=title, subtitle=join(subtitle, SCALE), keys=_keys(style), style=style)


def _map(
    saliency: np.ndarray | None, reason: str, style: Style, *, title: str = "", caption: str = "", tone: str = "plain"
) -> Tile:
    if saliency is None:
        return Tile(None, title, caption, tone=tone, reason=reason or "not computed")
    if not np.nan_to_num(saliency).any():
        caption = f"{caption}\nzero everywhere" if caption else "zero everywhere"
    return Tile(saliency, title, caption, style.saliency, 0.0, ceiling(saliency), tone)


def _keys(style: Style) -> list[Key]:
    ramp = matplotlib.colormaps[style.saliency](np.linspace(0, 1, 64))[None, :, :3]
    return [Key(ramp, "does not change the score … changes it most")]
