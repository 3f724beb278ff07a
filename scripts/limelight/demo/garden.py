"""Vegetables and fruit, whole and sliced."""

from __future__ import annotations

import numpy as np

from limelight.demo.crockery import serve
from limelight.demo.heap import lay_heap, pieces, scatter, shades
from limelight.demo.paint import (
    Scene,
    Spot,
    box,
    bulge,
    disc,
    fill,
    lay,
    mix,
    noise,
    pick,
    resting,
    step,
    union,
    vary,
    window,
    within,
)


def _places(generator: np.random.Generator, spot: Spot, count: int, size: float) -> list[Spot]:
    x, y = scatter(generator, count, 1.02 - size * 0.8)
    return [within(spot, float(a), float(b), size, float(generator.uniform(0, 6))) for a, b in zip(x, y, strict=True)]


def tomato_slices(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Slices of tomato with their chambers and seeds."""
    serve(scene, generator, spot, "plate", "board", "bare")
    chambers = int(generator.integers(3, 7))
    for here in _places(generator, spot, int(generator.integers(3, 7)), float(generator.uniform(0.44, 0.56))):
        frame = window(scene, here, 1.1)
        far, angle = disc(frame) + 1, np.arctan2(frame.v, frame.u)
        shape = far - 0.95 + 0.03 * np.cos(angle * chambers)
        flesh = vary(generator, pick(generator, "#d8402f", "#c9352a", "#e2673a"), 0.05)
        wave = np.cos(angle * chambers)
        pulp = step(0.0, 0.12, np.minimum(0.8 - far, np.minimum(far - 0.26, (wave + 0.45) * 0.3)))
        wet = noise(generator, frame, 4.0, 2)
        colour = mix(flesh * (1 + 0.05 * wet), vary(generator, "#d98a3a"), pulp * (0.45 + 0.2 * wet))
        colour = mix(colour, "#a81f1c", step(-0.07, -0.04, shape))
        colour = mix(colour, "#efb39a", 1 - step(0.05, 0.2, far))
        relief = 0.1 * bulge(shape, 0.05) - 0.03 * pulp
        level = resting(scene, frame, shape)
        lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.65, food=True, level=level)
        count = 5 * chambers
        turn = (np.arange(count) // 5) * 2 * np.pi / chambers + generator.normal(0, 0.2, count)
        away = generator.uniform(0.42, 0.72, count)
        seeds = pieces(away * np.cos(turn), away * np.sin(turn), 0.0, 0.055, 0.032, 0.02, turn)
        lay_heap(scene, frame, seeds, shades(generator, count, "#f0d9a0", "#e6c27a"), 0.5, food=True)


def kiwi(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Slices of kiwi: pale heart, rays and a ring of black seeds."""
    serve(scene, generator, spot, "plate", "board", "bare")
    model = pick(generator, "#7fa832", "#93b53c", "#d6b83a")
    for here in _places(generator, spot, int(generator.integers(3, 7)), float(generator.uniform(0.42, 0.54))):
        frame = window(scene, here, 1.1)
        far, angle = (disc(frame) + 1) / (1 - 0.05 * frame.u * frame.u), np.arctan2(frame.v, frame.u)
        rays = np.cos(angle * 22 + 1.2 * noise(generator, frame, 3.0))
        green = vary(generator, model, 0.05)
        colour = mix(green * (1 + 0.1 * rays * step(0.25, 0.5, far)), "#eef0c4", 1 - step(0.2, 0.36, far))
        colour = mix(colour, green * 0.72, step(0.75, 0.92, far))
        colour = mix(colour, "#6a4c2c", step(0.93, 0.96, far))
        shape = far - 0.98
        relief = 0.12 * bulge(shape, 0.05) + 0.006 * rays
        level = resting(scene, frame, shape)
        lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.6, food=True, level=level)
        count = 40
        turn, away = np.arange(count) * 2 * np.pi / count, generator.uniform(0.36, 0.58, count)
        seeds = pieces(away * np.cos(turn), away * np.sin(turn), 0.0, 0.045, 0.022, 0.02, turn)
        lay_heap(scene, frame, seeds, shades(generator, count, "#1d1714", "#33251d"), 0.6, food=True)


def citrus(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Slices of orange, lemon, lime or blood orange."""
    serve(scene, generator, spot, "plate", "board", "bare")
    model = pick(generator, "#f08c1e", "#f4cf3a", "#a9c23f", "#cf3b2c")
    peel = {"#f08c1e": "#e8761a", "#f4cf3a": "#efc021", "#a9c23f": "#5f8f2c"}.get(model, "#df6a2a")
    segments = int(generator.integers(8, 11))
    for here in _places(generator, spot, int(generator.integers(2, 6)), float(generator.uniform(0.46, 0.6))):
        frame = window(scene, here, 1.1)
        far, angle = disc(frame) + 1, np.arctan2(frame.v, frame.u)
        part = (angle * segments / (2 * np.pi)) % 1
        wall = np.minimum(part, 1 - part) * far * (2 * np.pi / segments)
        pulp = step(0.0, 0.04, np.minimum(np.minimum(wall - 0.02, 0.82 - far), far - 0.1))
        drops = noise(generator, frame, 7.0, 2) + np.cos(part * 25) * 0.3
        flesh = vary(generator, model, 0.04) * (1 + 0.12 * drops)
        colour = mix(mix("#f7ecd0", flesh, pulp), peel, step(0.9, 0.93, far))
        shape = far - 0.98
        relief = 0.12 * bulge(shape, 0.05) + 0.02 * pulp + 0.01 * drops * pulp
        level = resting(scene, frame, shape)
        lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.3 + 0.4 * pulp, food=True, level=level)


def broccoli(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Florets of broccoli, or of cauliflower."""
    serve(scene, generator, spot, "plate", "board", "bare")
    pale = generator.random() < 0.25
    stem, bud = ("#e9e3c0", "#f2ead2") if pale else ("#b3c873", "#5c9440")
    for here in _places(generator, spot, int(generator.integers(2, 5)), float(generator.uniform(0.56, 0.68))):
        frame = window(scene, here, 1.2)
        stalk = union(box(frame, 0, 0.62, 0.16, 0.36, corner=0.06), box(frame, 0, 0.3, 0.34, 0.14, corner=0.1), 0.3)
        lay(scene, frame, fill(frame, stalk), vary(generator, stem), 0.2 * bulge(stalk, 0.16), 0.3, food=True)
        clusters = 11
        cx, cy = scatter(generator, clusters, 0.56)
        count = 34 * clusters
        owner = np.repeat(np.arange(clusters), 34)
        turn, lift = generator.uniform(0, 6.3, count), generator.uniform(0.1, 1, count)
        away = 0.25 * np.sqrt(1 - lift**2)
        x, y = cx[owner] + away * np.cos(turn), cy[owner] - 0.25 + away * np.sin(turn)
        z = 0.15 + 0.22 * (1 - np.hypot(cx, cy)[owner]) + 0.25 * lift
        size = generator.uniform(0.045, 0.07, count)
        tones = shades(generator, clusters, bud, spread=0.08)[:, owner] * (0.75 + 0.35 * lift[None, :]).astype(
            np.float32
        )
        lay_heap(scene, frame, pieces(x, y, z, size, size, size), np.clip(tones, 0, 1), 0.15, food=True, deep=0.3)


def strawberries(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Strawberries with their seeds and leaves."""
    serve(scene, generator, spot, "plate", "board", "bare", "paper")
    for here in _places(generator, spot, int(generator.integers(3, 7)), float(generator.uniform(0.4, 0.52))):
        frame = window(scene, here, 1.15)
        width = 0.72 * np.sqrt(np.clip((frame.v + 0.75) * 1.4, 0, 1)) * np.sqrt(np.clip(1.05 - frame.v, 0, 2) / 1.55)
        shape = np.maximum(np.abs(frame.u) - width, np.abs(frame.v - 0.1) - 0.9) * 0.8
        red = vary(generator, pick(generator, "#c9202b", "#b3182a", "#d9392f"), 0.05)
        colour = mix(red, "#f0b8a0", (1 - step(-0.75, -0.35, frame.v)) * 0.5)
        row = np.floor(frame.v * 6.5)
        du, dv = (frame.u * 5.2 + 0.5 * (row % 2)) % 1 - 0.5, (frame.v * 6.5) % 1 - 0.5
        seed = np.sqrt((du * 1.5) ** 2 + dv**2)
        colour = mix(colour, "#f0cf6a", (1 - step(0.12, 0.2, seed)) * 0.9)
        pit = (1 - step(0.15, 0.5, seed)) * bulge(shape, 0.3)
        relief = 0.5 * bulge(shape, 0.6) - 0.035 * pit
        level = resting(scene, frame, shape)
        lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.6, food=True, level=level)
        turn = np.linspace(0, 2 * np.pi, 8)[:-1] + generator.normal(0, 0.1, 7)
        leaves = pieces(0.2 * np.cos(turn), -0.68 + 0.17 * np.sin(turn), 0.05, 0.25, 0.085, 0.05, turn)
        lay_heap(scene, frame, leaves, shades(generator, 7, "#5d8f35", "#7aa84a"), 0.2, food=True)
