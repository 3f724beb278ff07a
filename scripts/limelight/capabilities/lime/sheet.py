"""Sheets and figures of LIME."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from limelight.figures.page import DARK, FAINT, MUTED, Key
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import Subject, join, share

# A light bluish green and a dark red differ in lightness too, for readers who see green and red as one.
FOR, AGAINST = (0.10, 0.80, 0.55), (0.82, 0.10, 0.10)
PALE = 0.65  # share of the colour taken from what is not painted
LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, eq=False)
class LimeTile:
    """One class of one photograph, explained.

    Attributes
    ----------
    subject : Subject
    explained : str
        Class explained.
    explained_probability : float
        What the network gives it.
    segments : array, (H, W) int in 0..K-1
    weights : array, (K,) float
    r2 : float
        How well the linear model fits.
    local_prediction : float
        What the linear model gives for the whole photograph.
    class_accuracy : float or None
        Share of the class's images that the network recognises.
    stability : float or None
        Overlap (Jaccard) of the strongest segments between models of either half of the samples.
    reason : str
        Why there is no explanation; nothing else is read then but `subject` and `explained`.
    """

    subject: Subject
    explained: str
    explained_probability: float
    segments: np.ndarray
    weights: np.ndarray
    r2: float
    local_prediction: float
    class_accuracy: float | None = None
    stability: float | None = None
    reason: str = ""


def chosen(weights: np.ndarray, features: int, min_weight: float) -> np.ndarray:
    """Segments with the `features` largest absolute weights of at least `min_weight`, strongest first.

    Segments of weight 0 are never chosen; of equal ones, the lower number comes first.
    """
    size = np.abs(np.nan_to_num(np.asarray(weights, dtype=float)))
    order = np.argsort(-size, kind="stable")[:features]
    picked: np.ndarray = order[(size[order] >= min_weight) & (size[order] > 0)]
    return picked


def overlay(
    photograph: np.ndarray, segments: np.ndarray, weights: np.ndarray, *, features: int, min_weight: float
) -> np.ndarray:
    """Paint the segments that count: light green with a white edge for the class, dark red with a black one against.

    Paint is 25 to 65 % opaque, by weight, over the greyed photograph. Edges lie inside their segments. What is not
    painted loses 65 % of its colour and none of its lightness.

    Parameters
    ----------
    photograph : array, (H, W, 3) uint8
    segments : array, (H, W) int in 0..K-1
    weights : array, (K,) float
    features : int
        How many segments to paint at most.
    min_weight : float
        Smallest absolute weight to paint.

    Returns
    -------
    array, (H, W, 3) uint8
    """
    pixels = photograph / 255.0
    grey = (pixels @ LUMA)[..., None]
    painted = PALE * grey + (1 - PALE) * pixels
    picked = chosen(weights, features, min_weight)
    largest = np.abs(weights[picked]).max(initial=0.0)
    for segment in picked:
        inside = segments == segment
        opacity = 0.25 + 0.4 * abs(weights[segment]) / largest
        positive = weights[segment] > 0
        painted[inside] = (1 - opacity) * grey[inside] + opacity * np.array(FOR if positive else AGAINST)
        painted[_edge(inside)] = 1.0 if positive else 0.0
    picture: np.ndarray = np.round(np.clip(painted, 0, 1) * 255).astype(np.uint8)
    return picture


def _edge(inside: np.ndarray) -> np.ndarray:
    """Pixels of a region with a neighbour outside it; the frame of the photograph is no edge."""
    padded = np.pad(inside, 1, mode="edge")
    within = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: np.ndarray = inside & ~within
    return edge


def lime_sheet(
    tiles: Sequence[LimeTile],
    *,
    title: str,
    features: int,
    min_weight: float,
    subtitle: str = "",
    style: Style | None = None,
    columns_per_band: int = 11,
) -> Figure:
    """Photographs above, painted ones below, in the order given, with what the model and its linear stand-in say."""
    photographs: list[Tile | None] = [
        tile.subject.tile(tile.subject.verdict, tile.subject.image, toned=True) for tile in tiles
    ]
    painted: list[Tile | None] = [_painted(tile, features, min_weight) for tile in tiles]
    return contact_sheet(
        [photographs, painted],
        row_titles=["photograph\nand prediction", "superpixels\nfor and against the class named below"],
        title=title,
        subtitle=join(subtitle, _choice(features, min_weight)),
        keys=_keys(),
        style=style,
        columns_per_band=columns_per_band,
    )


def lime_figure(
    tiles: Sequence[LimeTile],
    *,
    title: str,
    features: int,
    min_weight: float,
    bars: int = 8,
    subtitle: str = "",
    style: Style | None = None,
) -> Figure:
    """One photograph, a column a class explained: its segments painted and numbered by rank, and their weights.

    Parameters
    ----------
    tiles : sequence of LimeTile
        Of one photograph; at least one.
    bars : int
        How many of the painted segments are numbered and drawn as bars.
    """
    first = tiles[0]
    top: list[Tile | None] = [first.subject.tile(first.subject.verdict, first.subject.image, toned=True)]
    bottom: list[Tile | None] = [_cut(first)]
    reach = max((np.abs(np.nan_to_num(tile.weights)).max(initial=0.0) for tile in tiles if not tile.reason), default=0)
    for tile in tiles:
        painted = _painted(tile, features, min_weight, title=True)
        if tile.reason:
            top.append(painted)
            bottom.append(None)
            continue
        strongest = chosen(tile.weights, features, min_weight)[:bars]
        draw = None if painted.image is None else _numbered(painted.image, tile.segments, strongest)
        top.append(Tile(painted.image, painted.title, painted.caption, draw=draw))
        bottom.append(Tile(None, "weights", draw=_bars(tile.weights, strongest, reach or 1.0, bars)))
    return contact_sheet(
        [top, bottom],
        title=title,
        subtitle=join(subtitle, _choice(features, min_weight), "Bars: weights of the numbered segments, on one scale."),
        keys=_keys(),
        style=style,
        columns_per_band=6,
        pinned=1,
        breaks=[1],
    )


def _painted(tile: LimeTile, features: int, min_weight: float, title: bool = False) -> Tile:
    reason = tile.reason or ("" if tile.subject.photograph is not None else "cannot be read")
    if reason or tile.subject.photograph is None:
        return Tile(None, tile.explained if title else "", "" if title else tile.explained, reason=reason)
    image = overlay(tile.subject.photograph, tile.segments, tile.weights, features=features, min_weight=min_weight)
    probability = share(tile.explained_probability)
    lines = [f"probability {probability}" if title else f"{tile.explained} {probability}"]
    lines += [f"R² {tile.r2:.2f} · linear {tile.local_prediction:.2f}"]
    if tile.stability is not None:
        lines.append(f"stability {tile.stability:.2f}")
    if tile.class_accuracy is not None:
        lines.append(f"class accuracy {share(tile.class_accuracy)}")
    if not chosen(tile.weights, features, min_weight).size:
        # A saturated probability: without any one superpixel the network is as sure as before.
        lines.append(f"no weight reaches {min_weight:g}")
    return Tile(image, tile.explained if title else "", "\n".join(lines))


def _choice(features: int, min_weight: float) -> str:
    least = f" of at least {min_weight:g}" if min_weight > 0 else ""
    return (
        f"Painted: the {features} largest absolute weights{least}; the stronger, the denser. "
        "R²: how well the linear model fits; linear: what it predicts for the whole photograph; stability: overlap of "
        "the strongest superpixels of either half of the samples."
    )


def _keys() -> list[Key]:
    keys = []
    for colour, edge, text in ((FOR, 1.0, "supports the class"), (AGAINST, 0.0, "contradicts the class")):
        swatch = np.full((16, 32, 3), edge)
        swatch[2:-2, 2:-2] = 0.6 * np.array(colour) + 0.4 * 0.6
        keys.append(Key(swatch, text))
    return keys


def _cut(tile: LimeTile) -> Tile | None:
    """The photograph with the borders of its superpixels."""
    if tile.reason or tile.subject.photograph is None:
        return None
    segments, image = tile.segments, tile.subject.photograph.copy()
    image[:, 1:][segments[:, 1:] != segments[:, :-1]] = 255
    image[1:][segments[1:] != segments[:-1]] = 255
    return Tile(image, caption=f"{len(np.unique(segments))} superpixels")


def _numbered(image: np.ndarray, segments: np.ndarray, strongest: np.ndarray) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        axes.imshow(image, aspect="equal", interpolation="bicubic")
        axes.set_axis_off()
        for rank, segment in enumerate(strongest, 1):
            inside = np.argwhere(segments == segment)
            if not len(inside):
                continue
            # The centre of a crescent lies outside it: its pixel nearest to there does not.
            y, x = inside[np.square(inside - inside.mean(0)).sum(1).argmin()]
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
            axes.text(x, y, str(rank), fontsize=7, color=DARK, ha="center", va="center", bbox=box, clip_on=True)

    return draw


def _bars(weights: np.ndarray, strongest: np.ndarray, reach: float, slots: int) -> Callable[[Axes], None]:
    digits = max(0, 2 - math.floor(math.log10(reach)))

    def draw(axes: Axes) -> None:
        axes.set_xlim(-2 * reach, 2 * reach)
        axes.set_ylim(slots - 0.4, -0.6)
        axes.set_axis_off()
        if not len(strongest):
            axes.text(0, 0, "no weight is large enough", fontsize=7, color=MUTED, ha="center", va="center")
            return
        axes.plot([0, 0], [-0.5, len(strongest) - 0.5], color=FAINT, linewidth=0.8)
        for rank, segment in enumerate(strongest):
            weight = float(weights[segment])
            positive = weight > 0
            axes.barh(rank, weight, 0.7, color=FOR if positive else AGAINST, edgecolor=FAINT if positive else "black")
            axes.text(
                0, rank, f" {rank + 1} ", fontsize=7, color=MUTED, ha="right" if positive else "left", va="center"
            )
            text = f" {weight:+.{digits}f} ".replace("-", "−")
            axes.text(weight, rank, text, fontsize=7, color=DARK, ha="left" if positive else "right", va="center")

    return draw
