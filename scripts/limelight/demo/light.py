"""Light on a finished scene: sun or lamp, soft shadows, shade in hollows, highlights, and the camera's last touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from limelight.demo.paint import SUPERSAMPLING, Field, Frame, Scene, Spot, noise, step, window

_COARSE = 2
_MARCH = 14
_CLIFF = 3.0


@dataclass(frozen=True)
class Light:
    """One lamp: direction it comes from (radians), its height above the table (radians), warmth -1..1, strength about
    1, share of light from the sky 0..1, and softness of the shadows' edges in picture widths."""

    direction: float
    elevation: float
    warmth: float
    strength: float
    sky: float
    softness: float


def some_light(generator: np.random.Generator) -> Light:
    """A lamp as a photographer might set it."""
    return Light(
        direction=float(generator.uniform(0, 2 * np.pi)),
        elevation=float(generator.uniform(0.62, 1.1)),
        warmth=float(generator.normal(0.12, 0.35)),
        strength=float(generator.uniform(0.88, 1.18)),
        sky=float(generator.uniform(0.36, 0.56)),
        softness=float(generator.uniform(0.01, 0.04)),
    )


def illuminate(scene: Scene, light: Light, generator: np.random.Generator) -> Field:
    """The lit picture at its final size, (3, size, size) in 0..1 display values."""
    side = scene.side
    level = float(np.cos(light.elevation))
    lx, ly, lz = (
        float(np.cos(light.direction)) * level,
        float(np.sin(light.direction)) * level,
        float(np.sin(light.elevation)),
    )
    slope_x, slope_y = _slopes(scene.height, side)
    length = 1 / np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    towards = (lz - lx * slope_x - ly * slope_y) * length
    wrap = 0.18
    direct = np.maximum(towards + wrap, 0) * (1 / (lz + wrap))
    direct *= _enlarged(_lit(scene, light) * _curtain(generator, side), side)
    shine = _shine(slope_x, slope_y, length, towards, (lx, ly, lz), scene.gloss) * (0.35 + 0.65 * direct)

    albedo = scene.colour * scene.colour
    # Light bounced between bright neighbours keeps hollows in bright food from going grey.
    hollow = 1 - _enlarged(_openness(scene), side)
    shaded = (1 - hollow) / (1 - 0.8 * hollow * albedo[1])
    warm = light.warmth * 0.09
    lamp, sky = (1 + warm, 1.0, 1 - 1.25 * warm), (0.97 - warm / 2, 1.0, 1.05 + warm)
    direct *= (1 - light.sky) * shaded
    shaded *= light.sky
    for plane, ray, glow in zip(albedo, lamp, sky, strict=True):
        plane *= ray * direct + glow * shaded
        plane += ray * shine
    return _developed(_reduced(albedo) * np.float32(light.strength * 1.14), generator)


def photograph(lit: Field, generator: np.random.Generator) -> np.ndarray:
    """The lit picture as (size, size, 3) uint8, with a trace of film grain."""
    size = lit.shape[1]
    grain = generator.standard_normal((size, size), dtype=np.float32) * np.float32(generator.uniform(0.001, 0.008))
    picture = np.clip((lit + grain) * 255 + 0.5, 0, 255)
    return np.ascontiguousarray(picture.transpose(1, 2, 0).astype(np.uint8))


def _slopes(height: Field, side: int) -> tuple[Field, Field]:
    down = np.diff(height, axis=0, prepend=height[:1]) * np.float32(side)
    right = np.diff(height, axis=1, prepend=height[:, :1]) * np.float32(side)
    x, y = _slope(right[:, :-1], right[:, 1:]), _slope(down[:-1], down[1:])
    return np.pad(x, ((0, 0), (0, 1))), np.pad(y, ((0, 1), (0, 0)))


def _slope(before: Field, after: Field) -> Field:
    # At a cliff the mean of both sides is the slope of neither, and would draw a dotted line along every rim.
    cliff = np.abs(after - before) > np.float32(_CLIFF)
    gentler = np.where(np.abs(before) < np.abs(after), before, after)
    return np.clip(np.where(cliff, gentler, (before + after) * np.float32(0.5)), -3, 3)


def _lit(scene: Scene, light: Light) -> Field:
    height = np.ascontiguousarray(scene.height[::_COARSE, ::_COARSE])
    side = height.shape[0]
    reach = 0.3
    padding = int(reach * side) + 1
    padded = np.pad(height, padding, mode="edge")
    fall = np.tan(light.elevation)
    blocker = np.full_like(height, -1)
    for far in np.geomspace(1.0 / side, reach, _MARCH):
        i = padding + round(float(np.cos(light.direction)) * far * side)
        j = padding + round(float(np.sin(light.direction)) * far * side)
        blocker = np.maximum(blocker, padded[j : j + side, i : i + side] - np.float32(far * fall))
    shadow = step(0.0, 0.6 * light.softness + 0.006, blocker - height - np.float32(0.003))
    width = max(1, round(light.softness * side * 0.6)) * 2 + 1
    return 1 - ndimage.uniform_filter(ndimage.uniform_filter(shadow, width), 3) * np.float32(0.9)


def _openness(scene: Scene) -> Field:
    height = np.ascontiguousarray(scene.height[::_COARSE, ::_COARSE])
    side = height.shape[0]
    closed = np.zeros_like(height)
    for reach, weight in ((0.012, 9.0), (0.05, 4.5)):
        width = max(1, round(reach * side)) * 2 + 1
        around = ndimage.uniform_filter(ndimage.uniform_filter(height, width), width)
        closed += np.maximum(around - height, 0) * np.float32(weight)
    return np.exp(-2.2 * closed).astype(np.float32)


def _curtain(generator: np.random.Generator, side: int) -> Field:
    """Light that reaches the table, as the window, a blind or a branch lets it through."""
    coarse = -(-side // _COARSE)
    frame = _whole(coarse, float(generator.uniform(0, np.pi)))
    kind = generator.integers(6)
    if kind == 0:
        phase = float(generator.uniform(0, 1))
        bars = np.abs((frame.u * 1.1 + phase) % 1 - 0.5)
        return 0.62 + 0.38 * step(0.06, 0.14, bars)
    if kind == 1:
        return 0.6 + 0.4 * step(-0.35, 0.25, noise(generator, frame, (2.5, 5.0), 2))
    falling = frame.u * np.float32(generator.uniform(0.0, 0.16))
    return 1 + falling


def _shine(
    slope_x: Field, slope_y: Field, length: Field, towards: Field, lamp: tuple[float, float, float], gloss: Field
) -> Field:
    half = np.array([lamp[0], lamp[1], lamp[2] + 1])
    half /= np.linalg.norm(half)
    facing = np.float32(half[2]) - np.float32(half[0]) * slope_x - np.float32(half[1]) * slope_y
    facing = np.clip(facing * length, 0, 1)
    broad = _power(facing, 3)
    sharp = step(0.965, 0.997, facing)
    return gloss * (0.10 * broad * broad + gloss * (0.5 * sharp + 0.12 * _power(facing, 5))) * (towards > 0)


def _reduced(radiance: Field) -> Field:
    parts = [
        radiance[:, i::SUPERSAMPLING, j::SUPERSAMPLING] for i in range(SUPERSAMPLING) for j in range(SUPERSAMPLING)
    ]
    total = parts[0] + parts[1]
    for part in parts[2:]:
        total += part
    return total * np.float32(1 / len(parts))


def _developed(radiance: Field, generator: np.random.Generator) -> Field:
    frame = _whole(radiance.shape[1], 0.0)
    x, y = generator.normal(0, 0.2, 2)
    far = (frame.u - np.float32(x)) ** 2 + (frame.v - np.float32(y)) ** 2
    radiance = radiance * (1 - np.float32(generator.uniform(0.04, 0.2)) * far)
    toned = np.sqrt(np.maximum(radiance, 0))
    # A gentle shoulder: highlights keep their colour instead of clipping.
    toned = np.where(toned > 0.8, 0.8 + 0.25 * (1 - np.exp((0.8 - toned) * 3.2)), toned)
    contrast = np.float32(generator.uniform(0.0, 0.35))
    toned = toned + contrast * toned * (1 - toned) * (toned - 0.42)
    grey = toned.mean(axis=0)
    return np.clip(grey + (toned - grey) * np.float32(generator.uniform(0.92, 1.16)), 0, 1)


def _whole(side: int, angle: float) -> Frame:
    plane = np.broadcast_to(np.float32(0), (side, side))
    return window(Scene(plane, plane, plane, plane), Spot(0.5, 0.5, 0.5, angle), 1.0)  # type: ignore[arg-type]


def _enlarged(coarse: Field, side: int) -> Field:
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BILINEAR))


def _power(value: Field, doublings: int) -> Field:
    for _ in range(doublings):
        value = value * value
    return value
