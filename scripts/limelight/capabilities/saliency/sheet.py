"""Sheets and figures of saliency maps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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

SCALE = f"Each map has its own scale, from 0 to its {BRIGHTEST}th percentile."
SIGNED_SCALE = "Where a map has a sign, its scale is centred on zero."


@dataclass(frozen=True, eq=False)
class SaliencyTile:
    """Saliency of one photograph.

    Attributes
    ----------
    subject : Subject
    label : array or None, (H, W) float
        Map of the label's score.
    predicted : array or None, (H, W) float
        Map of the predicted class's score, where it is not the label.
    reason : str
        Why a map is missing.
    method : str
        Which method made it.
    others : mapping of class names to arrays or None, (H, W) float
        Maps of the scores of classes that were asked for.
    note : str
        What the method says of the map beside it.
    layer : str
        The layer that the method looks at, if it does.
    """

    subject: Subject
    label: np.ndarray | None
    predicted: np.ndarray | None = None
    reason: str = ""
    method: str = ""
    others: Mapping[str, np.ndarray | None] = field(default_factory=dict)
    note: str = ""
    layer: str = ""

    @property
    def signed(self) -> bool:
        """Whether the method declares a sign, or some values are negative."""
        return registry.signed(self.method) or any(
            map is not None and bool((map < 0).any()) for map in (self.label, self.predicted, *self.others.values())
        )

    @property
    def explained(self) -> np.ndarray | None:
        """Map of the label's score; without a label there is nothing but the prediction to explain."""
        return self.predicted if self.subject.label is None and self.label is None else self.label


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
    groups = _by_method(tiles)
    signed = {method: any(tile.signed for tile in group) for method, group in groups.items()}
    first = next(iter(groups.values()))
    rows: list[list[Tile | None]] = [[tile.subject.tile() for tile in first]]
    names = ["photograph"]
    if all(tile.subject.label is not None for tile in tiles):
        explained = "of the label's class"
    elif all(tile.subject.label is None for tile in tiles):
        explained = "of the predicted class"
    else:
        explained = "of the label's class (of the predicted one without label)"
    for method, group in groups.items():
        what = _what(group[0], groups)
        # The verdict is said once, below the first row of maps.
        rows.append(
            [
                _map(
                    tile.explained,
                    tile.reason,
                    style,
                    signed[method],
                    caption=tile.subject.verdict if group is first else tile.note,
                    tone=tile.subject.tone if group is first else "plain",
                )
                for tile in group
            ]
        )
        names.append(f"{what}\n{explained}")
        if any(tile.predicted is not None for tile in group if tile.subject.wrong):
            rows.append(
                [
                    _map(tile.predicted, tile.reason, style, signed[method], title=tile.subject.predicted, tone="wrong")
                    if tile.subject.wrong
                    else None
                    for tile in group
                ]
            )
            names.append(f"{what}\nof the predicted class, where it is not the label")
        for name in group[0].others:
            rows.append([_map(tile.others[name], tile.reason, style, signed[method]) for tile in group])
            names.append(f"{what}\nof {name}")
    return contact_sheet(
        rows,
        row_titles=names,
        title=title,
        subtitle=join(subtitle, _scale(signed.values())),
        keys=_keys(style, signed.values()),
        style=style,
        columns_per_band=columns_per_band,
    )


def saliency_figure(*tiles: SaliencyTile, title: str, subtitle: str = "", style: Style | None = None) -> Figure:
    """One image: photograph, map and overlay, the same of a predicted class that is not the label; a row a method."""
    style = style or Style()
    groups = _by_method(tiles)
    rows: list[list[Tile | None]] = []
    for tile in tiles:
        subject, what = tile.subject, _what(tile, groups)
        maps = [(subject.label or subject.predicted, tile.explained, "label" if subject.label else "prediction")]
        if subject.wrong:
            maps.append((subject.predicted, tile.predicted, "prediction"))
        maps += [(name, saliency, "class asked for") for name, saliency in tile.others.items()]
        photograph = subject.tile(subject.verdict, subject.image, toned=True) if not rows else None
        row: list[Tile | None] = [photograph]
        for name, saliency, role in maps:
            caption = f"{what} of the {role}"
            if saliency is tile.explained and tile.note:
                caption = f"{caption}\n{tile.note}"
            row.append(_map(saliency, tile.reason, style, tile.signed, title=name, caption=caption))
            if saliency is not None and subject.photograph is not None:
                cmap = style.saliency
                row.append(Tile(heat(subject.photograph, np.abs(saliency), cmap), name, "over the photograph"))
        rows.append(row)
    widest = max(map(len, rows))
    signed = [tile.signed for tile in tiles]
    return contact_sheet(
        [row + [None] * (widest - len(row)) for row in rows],
        title=title,
        subtitle=join(subtitle, _scale(signed)),
        keys=_keys(style, signed),
        style=style,
    )


def _by_method(tiles: Sequence[SaliencyTile]) -> dict[str, list[SaliencyTile]]:
    groups: dict[str, list[SaliencyTile]] = {}
    for tile in tiles:
        groups.setdefault(tile.method, []).append(tile)
    return groups


def _what(tile: SaliencyTile, groups: Collection[str]) -> str:
    """What a map is called: by its method where there are several, and by the layer that this looks at."""
    name = "saliency" if len(groups) == 1 else spoken(tile.method)
    return f"{name}, layer {tile.layer}" if tile.layer else name


def _scale(signed: Iterable[bool]) -> str:
    return join(SCALE, SIGNED_SCALE) if any(signed) else SCALE


def _map(
    saliency: np.ndarray | None,
    reason: str,
    style: Style,
    signed: bool,
    *,
    title: str = "",
    caption: str = "",
    tone: str = "plain",
) -> Tile:
    if saliency is None:
        return Tile(None, title, caption, tone=tone, reason=reason or "not computed")
    if not np.nan_to_num(saliency).any():
        caption = f"{caption}\nzero everywhere" if caption else "zero everywhere"
    top = ceiling(np.abs(saliency))
    if signed:
        return Tile(saliency, title, caption, style.signed, -top, top, tone)
    return Tile(saliency, title, caption, style.saliency, 0.0, top, tone)


def _keys(style: Style, signed: Collection[bool]) -> list[Key]:
    keys = []
    if not all(signed):
        keys.append(Key(_ramp(style.saliency), "does not change the score … changes it most"))
    if any(signed):
        keys.append(Key(_ramp(style.signed), "contradicts the class … supports it"))
    return keys


def _ramp(cmap: str) -> np.ndarray:
    colours: np.ndarray = matplotlib.colormaps[cmap](np.linspace(0, 1, 64))[None, :, :3]
    return colours
