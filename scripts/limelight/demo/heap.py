"""Heaps of many small pieces: grains, strands, crumbs, slices; the upper ones hide the lower ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.demo.paint import Colour, Field, Frame, Scene, lay, paint

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pieces:
    """N ellipsoids, all in radii of the spot they lie on.

    Centre (x, y), height z of the centre, half-axes along, across and tall, angle in radians, and the number of the
    thing each belongs to (a strand is many pieces). `blunt` flattens the top: 1 is an ellipsoid, 4 nearly a coin.
    """

    x: Vector
    y: Vector
    z: Vector
    along: Vector
    across: Vector
    tall: Vector
    angle: Vector
    thing: npt.NDArray[np.int64]
    blunt: int = 1


def pieces(
    x: Vector,
    y: Vector,
    z: Vector | float,
    along: Vector | float,
    across: Vector | float,
    tall: Vector | float,
    angle: Vector | float = 0.0,
    blunt: int = 1,
) -> Pieces:
    """Pieces of one thing each; numbers are spread over all of them."""
    parts = [np.asarray(part, np.float64) for part in np.broadcast_arrays(x, y, z, along, across, tall, angle)]
    px, py, pz, long, wide, high, turn = parts
    return Pieces(px, py, pz, long, wide, high, turn, np.arange(px.size), blunt)


def strands(x: Vector, y: Vector, z: Vector, radius: float, flat: float = 1.0, apart: float = 0.75) -> Pieces:
    """Pieces of K strands that run through the (K, M) points, `apart` radii from one to the next.

    `flat` below 1 presses the strands flat.
    """
    count = x.shape[0]
    longest = float(np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)).max())
    finer = max(1, round(longest / (apart * radius)))
    at = np.linspace(0, x.shape[1] - 1, (x.shape[1] - 1) * finer + 1)
    low = np.minimum(at.astype(int), x.shape[1] - 2)
    part = at - low
    x, y, z = (p[:, low] * (1 - part) + p[:, low + 1] * part for p in (x, y, z))
    thing = np.repeat(np.arange(count), at.size)
    size = np.full(thing.size, radius)
    return Pieces(x.ravel(), y.ravel(), z.ravel(), size, size, size * flat, np.zeros(thing.size), thing)


def scatter(
    generator: np.random.Generator, count: int, radius: float = 1.0, aspect: float = 1.0
) -> tuple[Vector, Vector]:
    """Places spread evenly, without clumps, over an ellipse."""
    turn = generator.uniform(0, 2 * np.pi)
    order = np.arange(count) + 0.5
    far = radius * np.sqrt(order / count)
    angle = turn + order * 2.399963 + generator.normal(0, 0.25, count)
    far = far + generator.normal(0, 0.35 * radius / np.sqrt(count), count)
    return far * np.cos(angle), far * np.sin(angle) * aspect


def heap(frame: Frame, items: Pieces) -> tuple[Field, npt.NDArray[np.int64]]:
    """Height of the topmost piece in radii (0 where there is none) and the thing it belongs to (-1 where none)."""
    rows, columns = frame.shape
    a, b, c, d, e, f = frame.affine
    # Centres in samples: the frame's affine map, inverted.
    det = a * e - b * d
    px = (e * (items.x - c) - b * (items.y - f)) / det
    py = (a * (items.y - f) - d * (items.x - c)) / det
    half = int(np.ceil(max(items.along.max(), items.across.max()) / frame.pixel))
    # A margin takes the pieces that stick out of the frame, so that no place needs a check.
    px, py = np.clip(px, -half - 1, columns + half), np.clip(py, -half - 1, rows + half)
    left, top = np.floor(px).astype(np.int32), np.floor(py).astype(np.int32)
    offset = np.arange(-half, half + 2, dtype=np.float32)
    dx = offset[None, None, :] - (px - left).astype(np.float32)[:, None, None]
    dy = offset[None, :, None] - (py - top).astype(np.float32)[:, None, None]
    turn = items.angle - np.arctan2(d, a)
    cos, sin = np.cos(turn) * frame.pixel, np.sin(turn) * frame.pixel
    along = dx * _column(cos / items.along) + dy * _column(sin / items.along)
    across = dy * _column(cos / items.across) - dx * _column(sin / items.across)
    inside = 1 - (along * along + across * across) ** items.blunt
    number, j, i = np.nonzero(inside > 0)
    height = items.z.astype(np.float32)[number] + items.tall.astype(np.float32)[number] * np.sqrt(inside[number, j, i])
    margin = 2 * half + 2
    wide = columns + 2 * margin
    place = (top[number] + j + half + 2).astype(np.int64) * wide + (left[number] + i + half + 2)
    # Height and owner in one integer: the maximum keeps both at once.
    key = ((height + 8) * 65536).astype(np.int64) << 24 | (items.thing[number] + 1)
    best = np.zeros((rows + 2 * margin) * wide, np.int64)
    np.maximum.at(best, place, key)
    best = best.reshape(-1, wide)[margin : margin + rows, margin : margin + columns]
    owner = (best & 0xFFFFFF) - 1
    top_height = np.where(owner >= 0, (best >> 24).astype(np.float32) / 65536 - 8, 0).astype(np.float32)
    return top_height, owner


def lay_heap(
    scene: Scene,
    frame: Frame,
    items: Pieces,
    colours: Field,
    gloss: float = 0.15,
    *,
    food: bool = False,
    level: float | None = None,
    deep: float = 0.0,
) -> npt.NDArray[np.int64]:
    """Paint a heap; colours is (3, things), `deep` in 0..1 darkens the pieces far below the top.

    Returns the thing seen at each place of the frame, -1 where there is none.
    """
    height, owner = heap(frame, items)
    cover = (owner >= 0).astype(np.float32)
    colour = np.take(colours, np.maximum(owner, 0), axis=1)
    if deep:
        shade = 1 - deep + deep * np.clip(height / max(float(height.max()), 1e-6), 0, 1)
        # Depth is warm: light that has passed through food has lost its blue.
        colour = colour * np.stack([np.sqrt(shade), shade, shade * np.sqrt(shade)])
    lay(scene, frame, cover, colour, height, gloss, food=food, level=level)
    return owner


def shades(generator: np.random.Generator, count: int, *palette: Colour, spread: float = 0.05) -> Field:
    """(3, count) colours drawn from a palette, each a little lighter or darker than its model."""
    base = np.concatenate([paint(colour).reshape(3, 1) for colour in palette], axis=1)
    chosen = base[:, generator.integers(base.shape[1], size=count)]
    return np.clip(chosen * (1 + generator.normal(0, spread, (1, count))), 0, 1).astype(np.float32)


def _column(values: Vector) -> Field:
    return values.astype(np.float32)[:, None, None]
