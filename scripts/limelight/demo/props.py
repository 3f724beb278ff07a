"""What else lies and stands on the table, with every food alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from limelight.demo.heap import lay_heap, pieces, scatter, shades
from limelight.demo.paint import (
    Field,
    Frame,
    Scene,
    Spot,
    box,
    bulge,
    disc,
    fill,
    lay,
    mix,
    noise,
    oval,
    pick,
    resting,
    step,
    union,
    vary,
    window,
)

Prop = Callable[[Scene, np.random.Generator, Spot], None]
_METALS = ("#b9bcc0", "#c8b27a", "#5a5c60", "#c9a08a", "#d8dadb")


def _metal(scene: Scene, generator: np.random.Generator, frame: Frame, shape: Field, dent: Field | float = 0.0) -> None:
    tone = vary(generator, pick(generator, *_METALS), 0.03)
    sheen = 1 + 0.16 * np.sin(frame.u * 5 + frame.v * 23)
    relief = 0.035 * bulge(shape, 0.05) + dent
    level = resting(scene, frame, shape)
    lay(scene, frame, fill(frame, shape), np.clip(tone * sheen, 0, 1), relief, 0.95, level=level)


def _handle(frame: Frame) -> Field:
    wide = 0.035 + 0.022 * step(0.0, 1.0, frame.u)
    return np.maximum(np.abs(frame.v) - wide, np.maximum(-frame.u - 0.35, frame.u - 0.97))


def fork(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A fork, its tines towards -u."""
    frame = window(scene, spot, 1.05)
    head = box(frame, -0.6, 0, 0.34, 0.12, corner=0.1)
    gaps = np.maximum(np.abs(np.abs(frame.v) - np.float32(0.058)) - 0.013, frame.u + 0.58)
    middle = np.maximum(np.abs(frame.v) - 0.012, frame.u + 0.58)
    _metal(scene, generator, frame, np.maximum(union(head, _handle(frame), 0.12), -np.minimum(gaps, middle)))


def knife(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A table knife, its blade towards -u."""
    frame = window(scene, spot, 1.05)
    blade = np.maximum(oval(frame, -0.2, 0.05, 0.8, 0.13), -frame.v - 0.055)
    _metal(scene, generator, frame, union(np.maximum(blade, frame.u - 0.1), _handle(frame), 0.05))


def spoon(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A spoon, its bowl towards -u."""
    frame = window(scene, spot, 1.05)
    head = oval(frame, -0.68, 0, 0.3, 0.19)
    dent = -0.05 * np.clip(-head / 0.19, 0, 1)
    _metal(scene, generator, frame, union(head, _handle(frame), 0.1), dent)


def chopsticks(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A pair of chopsticks."""
    frame = window(scene, spot, 1.05)
    tone = vary(generator, pick(generator, "#8c3b2e", "#3b2a22", "#b98a57", "#26303a"))
    for offset, tilt in ((-0.06, 0.02), (0.07, float(generator.uniform(-0.09, 0.03)))):
        middle = frame.v - np.float32(offset) - np.float32(tilt) * frame.u
        shape = np.maximum(np.abs(middle) - (0.022 + 0.014 * frame.u), np.abs(frame.u) - 0.98)
        colour = mix(tone, "#d9b45f", step(0.62, 0.66, frame.u) * (1 - step(0.72, 0.76, frame.u)))
        lay(
            scene,
            frame,
            fill(frame, shape),
            colour,
            0.05 * bulge(shape, 0.035),
            0.4,
            level=resting(scene, frame, shape),
        )


def napkin(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A folded napkin."""
    frame = window(scene, spot, 1.4)
    folds = noise(generator, frame, (0.9, 1.6), 2)
    shape = box(frame, 0, 0, 0.95, float(generator.uniform(0.5, 0.9)), corner=0.05) + 0.03 * folds
    dye = vary(generator, pick(generator, "#e9e1d2", "#7f98a5", "#c0705c", "#5e6f5a", "#d8b25c", "#a48ba8", "#32475c"))
    colour: Field = dye * (1 + 0.03 * np.sin(frame.u * 90) + 0.03 * np.sin(frame.v * 90))
    if generator.random() < 0.6:
        stripe = 1 - step(0.02, 0.035, np.abs(np.abs(frame.u) - 0.75))
        colour = mix(colour, vary(generator, "#f6f0e4"), stripe * 0.8)
    relief = 0.03 + 0.05 * folds + 0.02 * step(-0.02, 0.02, frame.v)
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), np.maximum(relief, 0.01), 0.02)


def leaf(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A leaf of basil, bay or sage."""
    frame = window(scene, spot, 1.05)
    bend = 0.18 * frame.u * frame.u
    middle = frame.v - bend
    half = 0.42 * np.sqrt(np.clip(1 - frame.u * frame.u, 0, 1)) * (1 - 0.35 * frame.u)
    shape = np.abs(middle) - half
    veins = np.abs(((frame.u - np.abs(middle) * 0.9) * 5) % 1 - 0.5) * 0.2
    ribs = np.minimum(veins + 0.02, np.abs(middle))
    green = vary(generator, pick(generator, "#4c7a34", "#6d8f4a", "#3b5f36", "#8a9a6a"), 0.08)
    colour = mix(green * 1.3, green, step(0.0, 0.05, ribs))
    relief = 0.1 + 0.05 * np.abs(middle) / 0.4 + 0.03 * step(0, 0.06, ribs)
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.35, level=resting(scene, frame, shape))


def crumbs(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A sprinkling of crumbs."""
    count = int(generator.integers(8, 30))
    x, y = generator.normal(0, 0.4, (2, count))
    size = generator.uniform(0.02, 0.055, count)
    grains = pieces(x, y, 0.0, size, size * 0.75, size * 0.8, generator.uniform(0, 3, count))
    palette = shades(generator, count, "#b98a4e", "#d9b47c", "#8f6334", "#e8d3a8", spread=0.1)
    lay_heap(scene, window(scene, spot, 1.1), grains, palette, 0.05)


def peppercorns(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A few peppercorns."""
    count = int(generator.integers(5, 14))
    x, y = generator.normal(0, 0.38, (2, count))
    size = generator.uniform(0.035, 0.055, count)
    palette = shades(generator, count, "#2f2622", "#4a3a30", "#7d2f2a", "#d8ccb4", spread=0.1)
    lay_heap(scene, window(scene, spot, 1.1), pieces(x, y, 0.02, size, size, size), palette, 0.4)


def petals(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A small blossom."""
    frame = window(scene, spot, 1.0)
    turn = generator.uniform(0, 6) + np.arange(5) * 2 * np.pi / 5
    x, y = 0.34 * np.cos(turn), 0.34 * np.sin(turn)
    tone = pick(generator, "#e9a9b8", "#f2e3ec", "#b9a3d6", "#f0c65a", "#8fb0dd")
    lay_heap(scene, frame, pieces(x, y, 0.04, 0.32, 0.22, 0.08, turn), shades(generator, 5, tone), 0.08)
    heart = disc(frame, radius=0.15)
    lay(scene, frame, fill(frame, heart), "#e3b23c", 0.08 * bulge(heart, 0.15), 0.1)


def glass(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A glass of water, juice or wine seen from above."""
    frame = window(scene, spot, 1.0)
    far = disc(frame) + 1
    drink = pick(generator, "#dfeaec", "#dfeaec", "#d98b2b", "#6d1f2c", "#c7d7a0", "#e9c8b8")
    clear = drink == "#dfeaec"
    body = fill(frame, far - 0.94)
    colour = mix(vary(generator, drink, 0.03), "#ffffff", 0.25 * step(0.2, 0.9, far))
    lay(scene, frame, body * (0.35 if clear else 0.9), colour, 0.45, 0.8)
    ripple = np.abs(far - 0.6)
    lay(scene, frame, (1 - step(0.02, 0.08, ripple)) * 0.3, "#ffffff", 0.0, 0.9)
    rim = np.abs(far - 0.93) - 0.05
    lay(scene, frame, fill(frame, rim) * 0.7, "#eef3f4", 0.06 * bulge(rim, 0.05), 1.0)


def cup(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A cup of coffee or tea on its saucer."""
    frame = window(scene, spot, 1.0)
    far = disc(frame) + 1
    clay = vary(generator, pick(generator, "#f2efe9", "#8fa7a0", "#d9c3a5", "#4a5560", "#c98f7a"), 0.03)
    lay(scene, frame, fill(frame, far - 0.98), clay, 0.04 + 0.06 * step(0.6, 1.0, far), 0.55)
    handle = box(frame, 0.66, 0, 0.22, 0.08, corner=0.06)
    lay(scene, frame, fill(frame, handle), clay, 0.25, 0.55)
    wall = far - 0.6
    lay(scene, frame, fill(frame, wall), clay, 0.42 * bulge(wall, 0.04), 0.55)
    drink = pick(generator, "#3b2014", "#8a4a1c", "#b58a5e")
    foam = step(0.1, 0.5, noise(generator, frame, 3.0, 2)) * (1 - step(0.3, 0.5, far)) * 0.35
    inside = fill(frame, far - 0.52)
    lay(scene, frame, inside, mix(drink, "#e2c79c", foam), -0.12, 0.7)


def shaker(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A salt shaker seen from above."""
    frame = window(scene, spot, 1.0)
    far = disc(frame) + 1
    body = vary(generator, pick(generator, "#e8e4dc", "#5c3d2a", "#9fb4b8", "#2f3335"))
    lay(scene, frame, fill(frame, far - 0.95), body, 0.6 * bulge(far - 0.95, 0.3), 0.5)
    top = far - 0.58
    lay(scene, frame, fill(frame, top), "#c3c6c9", 0.3 * bulge(top, 0.3), 0.9)
    turn = np.arange(6) * np.pi / 3
    for x, y in zip([0, *(0.28 * np.cos(turn))], [0, *(0.28 * np.sin(turn))], strict=True):
        lay(scene, frame, fill(frame, disc(frame, float(x), float(y), 0.06)), "#33302e", -0.05, 0.1)


def salt(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A tiny dish of salt flakes."""
    frame = window(scene, spot, 1.0)
    far = disc(frame) + 1
    clay = vary(generator, pick(generator, "#5f6b70", "#caa98a", "#efe9df", "#7d8f70"))
    lay(scene, frame, fill(frame, far - 0.95), clay, 0.1 + 0.25 * step(0.5, 0.95, far), 0.5)
    x, y = scatter(generator, 60, 0.55)
    size = generator.uniform(0.05, 0.1, 60)
    flakes = pieces(x, y, 0.12 * (1 - np.hypot(x, y)), size, size * 0.7, 0.05, generator.uniform(0, 3, 60), 3)
    lay_heap(scene, frame, flakes, shades(generator, 60, "#f5f5f2", "#dcdcdc"), 0.3)


# Typical radius in picture widths beside each.
FLAT: tuple[tuple[Prop, float], ...] = (
    (fork, 0.36),
    (knife, 0.38),
    (spoon, 0.34),
    (chopsticks, 0.42),
    (napkin, 0.3),
    (napkin, 0.34),
    (crumbs, 0.22),
    (peppercorns, 0.16),
    (leaf, 0.1),
)
STANDING: tuple[tuple[Prop, float], ...] = ((glass, 0.13), (cup, 0.16), (shaker, 0.065), (salt, 0.09), (petals, 0.06))
OVER: tuple[tuple[Prop, float], ...] = (
    (leaf, 0.075),
    (crumbs, 0.2),
    (peppercorns, 0.15),
    (petals, 0.045),
    (fork, 0.34),
    (spoon, 0.3),
    (chopsticks, 0.4),
)
