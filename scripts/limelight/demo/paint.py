"""Primitives the drawings are made of: a scene of layers, turned windows on it, noise, shapes and heaps of pieces.

A scene is painted unlit. Every stroke gives colour, relief and gloss; `limelight.demo.light` lights all of it at
once, so that shadows and highlights of the whole picture agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Field = npt.NDArray[np.floating]
Colour = str | Field
SUPERSAMPLING = 2
_TILE = 4


@dataclass
class Scene:
    """Layers of an unlit picture, `side` samples wide.

    colour is (3, side, side) in 0..1, height (side, side) in picture widths above the table, gloss (side, side) in
    0..1, food (side, side) bool.
    """

    colour: Field
    height: Field
    gloss: Field
    food: npt.NDArray[np.bool_]

    @property
    def side(self) -> int:
        """Samples a row."""
        return self.height.shape[0]


@dataclass(frozen=True)
class Spot:
    """Where a thing lies: centre and radius in picture widths, angle in radians."""

    x: float
    y: float
    radius: float
    angle: float = 0.0


@dataclass(frozen=True)
class Frame:
    """A window of the scene with its own turned coordinates.

    u and v are (rows, columns) fields measured in radii of the spot; `pixel` is the width of a sample in these units.
    """

    rows: slice
    columns: slice
    u: Field
    v: Field
    scale: float
    pixel: float
    reach: float
    affine: tuple[float, float, float, float, float, float]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.u.shape[0], self.u.shape[1]


def blank(side: int) -> Scene:
    """A scene with nothing on it, `side` samples wide."""
    plane = np.zeros((side, side), np.float32)
    return Scene(np.zeros((3, side, side), np.float32), plane, plane.copy(), np.zeros((side, side), bool))


def window(scene: Scene, spot: Spot, reach: float = 1.15) -> Frame:
    """The part of the scene within `reach` radii of a spot, cut at the picture's edge."""
    side = scene.side
    x, y, radius = spot.x * side, spot.y * side, spot.radius * side
    low = np.floor([x - reach * radius, y - reach * radius]).astype(int).clip(0, side - 1)
    high = np.ceil([x + reach * radius, y + reach * radius]).astype(int).clip(1, side)
    high = np.maximum(high, low + 1)
    cos, sin = float(np.cos(spot.angle) / radius), float(np.sin(spot.angle) / radius)
    dx, dy = low[0] + 0.5 - x, low[1] + 0.5 - y
    affine = (cos, sin, float(dx * cos + dy * sin), -sin, cos, float(dy * cos - dx * sin))
    column = np.arange(high[0] - low[0], dtype=np.float32)[None, :]
    row = np.arange(high[1] - low[1], dtype=np.float32)[:, None]
    u = affine[0] * column + (affine[1] * row + affine[2])
    v = affine[3] * column + (affine[4] * row + affine[5])
    rows, columns = slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
    return Frame(rows, columns, u, v, spot.radius, 1.0 / radius, reach * 1.4143, affine)


def lay(
    scene: Scene,
    frame: Frame,
    cover: Field,
    colour: Colour,
    relief: Field | float = 0.0,
    gloss: Field | float = 0.1,
    *,
    food: bool = False,
    level: Field | float | None = None,
) -> None:
    """Paint one layer into a frame.

    cover is (rows, columns) in 0..1; relief is in radii of the frame's spot and is added to what lies below, or to
    `level` (picture widths, see `resting`) where that is given. What is laid hides food below it; with `food` it is
    food.
    """
    here = frame.rows, frame.columns
    under = scene.colour[:, *here]
    under += (paint(colour) - under) * cover
    height = scene.height[here]
    if level is None:
        height += np.float32(frame.scale) * relief * cover
    else:
        height += (np.asarray(level, np.float32) + np.float32(frame.scale) * relief - height) * cover
    shine = scene.gloss[here]
    shine += (gloss - shine) * cover
    if food:
        scene.food[here] |= cover > 0.5
    else:
        scene.food[here] &= cover <= 0.5


def resting(scene: Scene, frame: Frame, shape: Field) -> Field:
    """The plane, in picture widths, on which a stiff thing of this signed distance leans on what is below it."""
    few = slice(None, None, 3), slice(None, None, 3)
    inside = shape[few] < 0
    below = scene.height[frame.rows, frame.columns][few][inside]
    if not below.size:
        return np.zeros(frame.shape, np.float32)
    known = np.stack([np.ones_like(below), frame.u[few][inside], frame.v[few][inside]], axis=1)
    # A narrow thing says little about the slope across it: a small ridge keeps that slope flat.
    normal = known.T @ known + np.diag([0, 1, 1]) * (0.02 * below.size)
    plane = np.linalg.lstsq(normal, known.T @ below, rcond=None)[0]
    lift = 0.6 * float(np.std(below - known @ plane))
    level = plane[0] + plane[1] * frame.u + plane[2] * frame.v
    return (np.clip(level, below.min(), below.max()) + lift).astype(np.float32)


@cache
def _hex(text: str) -> Field:
    return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32).reshape(3, 1, 1)


def paint(colour: Colour) -> Field:
    """A colour, "#rrggbb" or already (3, ...), as a float field in 0..1 that broadcasts over (3, rows, columns)."""
    return _hex(colour) if isinstance(colour, str) else colour


def mix(first: Colour, second: Colour, share: Field | float) -> Field:
    """Colours from `first` (share 0) to `second` (share 1), (3, rows, columns)."""
    start = paint(first)
    return start + (paint(second) - start) * share


def vary(generator: np.random.Generator, colour: Colour, spread: float = 0.05) -> Field:
    """The colour a little lighter or darker and a little off in hue, (3, 1, 1)."""
    shift = generator.normal(0, spread, (3, 1, 1)) * 0.5 + generator.normal(0, spread)
    return np.clip(paint(colour) * (1 + shift), 0, 1).astype(np.float32)


def pick(generator: np.random.Generator, *choices: str) -> str:
    """One of the choices."""
    return choices[int(generator.integers(len(choices)))]


def step(low: float, high: float, value: Field) -> Field:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) * np.float32(1 / (high - low)), 0, 1)
    return t * t * (3 - 2 * t)


def fill(frame: Frame, distance: Field) -> Field:
    """Cover of a shape from its signed distance in radii (negative inside), with a soft edge one sample wide."""
    return np.clip(0.5 - distance * np.float32(1 / frame.pixel), 0, 1)


def bulge(distance: Field, edge: float) -> Field:
    """Rounded-edge profile in 0..1: 0 on the outline, 1 from `edge` inwards."""
    t = 1 - np.clip(distance * np.float32(-1 / edge), 0, 1)
    return np.sqrt(1 - t * t)


def noise(generator: np.random.Generator, frame: Frame, cells: float | tuple[float, float], octaves: int = 1) -> Field:
    """Smooth noise in about -1..1 that turns with the frame; cells is blobs a radius, along u and v."""
    across, down = cells if isinstance(cells, tuple) else (cells, cells)
    sheet, kx, ky = _sheet(generator, frame.reach, across, down, octaves)
    a, b, c, d, e, f = frame.affine
    x, y = c + frame.reach + 1.5 / across, f + frame.reach + 1.5 / down
    height, width = frame.shape
    # Broad blobs are looked up at half the samples: nobody sees the difference, and look-ups are what takes long.
    skip = 2 if min(kx, ky) * frame.pixel < 0.7 and min(height, width) > 40 else 1
    data = (a * kx * skip, b * kx * skip, x * kx, d * ky * skip, e * ky * skip, y * ky)
    size = -(-width // skip), -(-height // skip)
    image = sheet.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    if skip > 1:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image)


def _sheet(
    generator: np.random.Generator, reach: float, across: float, down: float, octaves: int
) -> tuple[Image.Image, float, float]:
    """Unturned noise that spans the reach, and its samples a radius; octaves are added here, where that is cheap."""
    grids = []
    for octave in range(octaves):
        columns, rows = (int(np.ceil((2 * reach * cells + 3) * 2.0**octave)) for cells in (across, down))
        grids.append(generator.uniform(-1.2, 1.2, (rows, columns)).astype(np.float32) * np.float32(0.55**octave))
    rows, columns = grids[-1].shape
    fine = max(1, min(_TILE, int(np.sqrt(60000 / (rows * columns)))))
    size = columns * fine, rows * fine
    sheet = np.zeros((size[1], size[0]), np.float32)
    for grid in grids:
        sheet += np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))
    return Image.fromarray(sheet), size[0] / (2 * reach + 3 / across), size[1] / (2 * reach + 3 / down)


def disc(frame: Frame, x: float = 0.0, y: float = 0.0, radius: float = 1.0) -> Field:
    """Signed distance to a circle."""
    return _length(frame.u - np.float32(x), frame.v - np.float32(y)) - np.float32(radius)


def oval(frame: Frame, x: float, y: float, along: float, across: float, angle: float = 0.0) -> Field:
    """Signed distance, nearly, to an ellipse with its long half-axis `along` at `angle`."""
    u, v = turned(frame, x, y, angle)
    return (_length(u * np.float32(1 / along), v * np.float32(1 / across)) - 1) * np.float32(min(along, across))


def box(frame: Frame, x: float, y: float, wide: float, high: float, angle: float = 0.0, corner: float = 0.05) -> Field:
    """Signed distance to a rectangle with half-sides `wide` and `high` and rounded corners."""
    u, v = turned(frame, x, y, angle)
    p, q = np.abs(u) - np.float32(wide - corner), np.abs(v) - np.float32(high - corner)
    return _length(np.maximum(p, 0), np.maximum(q, 0)) + np.minimum(np.maximum(p, q), 0) - np.float32(corner)


def arc(
    frame: Frame, x: float, y: float, radius: float, start: float, stop: float, thick: float
) -> tuple[Field, Field, Field]:
    """A bent tube about (x, y): its signed distance, and the place along (0..1) and across (-1..1) it."""
    u, v = frame.u - np.float32(x), frame.v - np.float32(y)
    middle, half = (start + stop) / 2, (stop - start) / 2
    # Turning by the middle angle keeps the cut of arctan2 on the far side of the ring.
    cos, sin = np.float32(np.cos(middle)), np.float32(np.sin(middle))
    angle = np.arctan2(v * cos - u * sin, u * cos + v * sin)
    near = np.clip(angle, -half, half)
    ends = _length(u * cos + v * sin - radius * np.cos(near), v * cos - u * sin - radius * np.sin(near))
    side = (_length(u, v) - np.float32(radius)) * np.float32(1 / thick)
    return ends - np.float32(thick), (angle / np.float32(half) + 1) * 0.5, side


def turned(frame: Frame, x: float, y: float, angle: float) -> tuple[Field, Field]:
    """The frame's coordinates seen from (x, y), turned by `angle`."""
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u, v = frame.u - np.float32(x), frame.v - np.float32(y)
    return u * cos + v * sin, v * cos - u * sin


def union(first: Field, second: Field, soft: float = 0.1) -> Field:
    """Two shapes joined with a fillet."""
    h = np.maximum(np.float32(soft) - np.abs(first - second), 0) * np.float32(1 / soft)
    return np.minimum(first, second) - h * h * np.float32(soft / 4)


def _length(u: Field, v: Field) -> Field:
    return np.sqrt(u * u + v * v)


def within(spot: Spot, x: float, y: float, radius: float, angle: float = 0.0) -> Spot:
    """A spot on a spot: place, radius and angle are measured in the outer one's coordinates."""
    cos, sin = float(np.cos(spot.angle)), float(np.sin(spot.angle))
    x, y = x * spot.radius, y * spot.radius
    return Spot(spot.x + x * cos - y * sin, spot.y + x * sin + y * cos, spot.radius * radius, spot.angle + angle)
