"""Dessert and dairy: what is creamy, and told apart by layers, holes and swirls."""

from __future__ import annotations

import numpy as np

from limelight.demo.crockery import bowl, serve
from limelight.demo.heap import lay_heap, pieces, shades
from limelight.demo.paint import (
    Field,
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
    vary,
    window,
    within,
)

_FROSTINGS = ("#f4e9dc", "#e9a9b4", "#6b3d26", "#f0d9a0", "#b9d3bf", "#c8b4de")


def cake(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A slice of layer cake on its side, with a berry."""
    serve(scene, generator, spot, "plate", "plate", "board", "bare")
    frame = window(scene, spot, 1.2)
    taper = float(generator.uniform(0.0, 0.32))
    half = np.float32(0.66) - np.float32(taper) * (frame.u + 1) * 0.5
    rough = 0.02 * noise(generator, frame, 5.0, 2)
    shape = np.maximum(np.abs(frame.v) - half, np.abs(frame.u) - 0.96) + rough
    sponge = vary(generator, pick(generator, "#e9c98c", "#5b3320", "#b3473f", "#d9b26a", "#f0dcae"))
    cream = vary(generator, pick(generator, *_FROSTINGS[:4]), 0.03)
    layers = int(generator.integers(3, 5))
    # Layers run along u; the frosting is the side towards -v.
    place = ((frame.v + half) / (2 * half) + 0.02 * noise(generator, frame, (2.5, 1.0))) * layers
    within_layer = place % 1
    filling = 1 - step(0.17, 0.24, within_layer)
    crumb = noise(generator, frame, 22.0, 2)
    pores = step(0.5, 1.0, crumb)
    colour = mix(sponge * (1 + 0.06 * crumb - 0.18 * pores), cream, filling)
    frosting = 1 - step(0.16, 0.2, (frame.v + half) + 0.02 * noise(generator, frame, 4.0))
    colour = mix(colour, cream, np.maximum(frosting, 1 - step(0.1, 0.14, frame.u + 0.96 + rough)))
    relief = 0.42 * bulge(shape, 0.07) - 0.02 * pores * (1 - filling) + 0.02 * filling
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.12 + 0.2 * frosting, food=True)
    for i in range(int(generator.integers(0, 4))):
        berry = disc(frame, -0.75 + 0.42 * i, float(-0.62 + 0.1 * i * taper), 0.15)
        tone = vary(generator, pick(generator, "#b3202f", "#33305e", "#c2384b"))
        level = resting(scene, frame, berry)
        lay(scene, frame, fill(frame, berry), tone, 0.14 * bulge(berry, 0.15), 0.6, food=True, level=level)


def doughnuts(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """One to three glazed rings with sprinkles."""
    serve(scene, generator, spot, "plate", "board", "paper", "bare")
    count = int(generator.integers(1, 4))
    for i in range(count):
        turn = 2 * np.pi * i / count
        away, size = (0.0, 0.98) if count == 1 else (0.5, 0.58)
        x, y = away * float(np.cos(turn)), away * float(np.sin(turn))
        _doughnut(scene, generator, within(spot, x, y, size, float(generator.uniform(0, 6))))


def _doughnut(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    frame = window(scene, spot, 1.1)
    far = disc(frame) + 1 + 0.02 * noise(generator, frame, 1.5)
    ring = np.abs(far - np.float32(0.65)) - np.float32(0.35)
    tube = bulge(ring, 0.35)
    dough = mix(vary(generator, "#e3b878"), vary(generator, "#a9682c"), tube * 0.8)
    level = resting(scene, frame, ring)
    lay(scene, frame, fill(frame, ring), dough, 0.42 * tube, 0.15, food=True, level=level)
    drip = np.abs(far - np.float32(0.65)) - np.float32(0.27) + 0.06 * noise(generator, frame, 3.2)
    glaze = vary(generator, pick(generator, *_FROSTINGS, "#5a2f1d", "#e88fa2"), 0.04)
    colour = np.clip(glaze * (1 + 0.04 * noise(generator, frame, 4.0)), 0, 1)
    lay(scene, frame, fill(frame, drip), colour, 0.035 * bulge(drip, 0.06), 0.75, food=True)
    if generator.random() < 0.75:
        count = 70
        turn, away = generator.uniform(0, 6.3, count), 0.65 + generator.normal(0, 0.1, count).clip(-0.2, 0.2)
        sprinkles = pieces(
            away * np.cos(turn), away * np.sin(turn), 0, 0.058, 0.02, 0.03, generator.uniform(0, 3, count), 2
        )
        tones = shades(generator, count, "#f4f1e8", "#e0567a", "#4a9ac4", "#f2c53d", "#6bb36a", "#5b3320")
        lay_heap(scene, frame, sprinkles, tones, 0.4, food=True)


def cupcake(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A cupcake from above: a piped swirl in its pleated paper."""
    serve(scene, generator, spot, "plate", "board", "bare")
    frame = window(scene, spot, 1.1)
    far = disc(frame) + 1
    angle = np.arctan2(frame.v, frame.u)
    pleats = np.sin(angle * 36)
    outline = far - 0.97 - 0.018 * pleats
    case = vary(generator, pick(generator, "#f1ece2", "#b07a4a", "#7fa6b5", "#c9607a"))
    lay(
        scene, frame, fill(frame, outline), case * (1 + 0.06 * pleats), 0.3 * far * bulge(outline, 0.05), 0.1, food=True
    )
    hand = 1 if generator.random() < 0.5 else -1
    teeth = int(generator.integers(5, 8))
    twirl = hand * angle + 6.8 * far
    cord = 0.5 + 0.5 * np.cos(twirl * 1.0 + 3.2 * far)
    flute = np.cos(teeth * (hand * angle * 1.0 + 4.2 * far) + 2.0 * cord)
    swirl = far - 0.84 - 0.035 * flute
    frosting = vary(generator, pick(generator, *_FROSTINGS[1:]), 0.04)
    shade = 0.9 + 0.1 * cord + 0.05 * flute
    relief = 0.15 + 0.62 * (1 - np.clip(far / 0.86, 0, 1)) + 0.12 * np.sqrt(cord) + 0.05 * flute
    lay(scene, frame, fill(frame, swirl), np.clip(frosting * shade, 0, 1), relief * bulge(swirl, 0.1), 0.3, food=True)
    if generator.random() < 0.6:
        berry = disc(frame, 0.03, -0.02, 0.19)
        tone = vary(generator, pick(generator, "#b5182c", "#2f2c58", "#5b2f1e"))
        lay(scene, frame, fill(frame, berry), tone, 0.18 * bulge(berry, 0.19), 0.75, food=True)


def cheese_wedge(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A wedge of hard cheese with holes, and a few cubes of it."""
    serve(scene, generator, spot, "board", "plate", "bare", "paper")
    frame = window(scene, spot, 1.2)
    slope = float(generator.uniform(0.36, 0.5))
    sides = (np.abs(frame.v) - np.float32(slope) * (frame.u + 1.0)) / np.float32(np.hypot(1, slope))
    back = np.sqrt((frame.u + 1) ** 2 + frame.v**2) - 1.82
    shape = np.maximum(sides, back) + 0.012 * noise(generator, frame, 3.0)
    tone = vary(generator, pick(generator, "#f0cd6a", "#f3e0a0", "#e8a94a", "#f2e6c0"), 0.04)
    rind = step(-0.1, -0.07, back) * 0.9
    colour = mix(tone * (1 + 0.03 * noise(generator, frame, 4.0, 3)), vary(generator, "#c98f3c"), rind)
    relief = 0.45 * bulge(shape, 0.05)
    count = int(generator.integers(6, 13))
    for _ in range(count):
        x = float(generator.uniform(-0.5, 0.72))
        y = float(generator.uniform(-1, 1)) * slope * (x + 1) * 0.85
        size = float(generator.uniform(0.05, 0.15))
        hole = disc(frame, x, y, size)
        dent = np.sqrt(np.clip(1 - ((hole + size) / size) ** 2, 0, 1))
        colour = mix(colour, tone * 0.86, fill(frame, hole) * 0.9)
        relief = relief - 0.9 * size * dent
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.3, food=True)
    for i in range(int(generator.integers(0, 3))):
        cube = box(frame, 0.1 + 0.4 * i, 0.84, 0.15, 0.14, float(generator.uniform(0, 1.5)), 0.03)
        lay(scene, frame, fill(frame, cube), tone, 0.24 * bulge(cube, 0.04), 0.3, food=True)


def yoghurt(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A bowl of yoghurt or curd, stirred into a swirl, at times with honey or berry purée."""
    inner, level = bowl(scene, generator, Spot(spot.x, spot.y, spot.radius * 1.15, spot.angle), 0.7)
    frame = window(scene, inner, 1.05)
    far = disc(frame) + 1
    angle = np.arctan2(frame.v, frame.u)
    bent = far + 0.04 * noise(generator, frame, 2.0)
    groove = np.cos(angle + bent * float(generator.uniform(9, 15)))
    soft = noise(generator, frame, 2.2, 2)
    tone = vary(generator, pick(generator, "#f7f3ea", "#f4ead8", "#f2dfe0"), 0.015)
    colour: Field = tone * (1 + 0.03 * groove)
    if generator.random() < 0.6:
        syrup = vary(generator, pick(generator, "#c98a2a", "#8c1f3f", "#4a3a78"))
        ribbon = step(0.55, 0.8, groove + 0.25 * soft) * step(0.1, 0.3, 0.85 - far)
        colour = mix(colour, syrup, ribbon * 0.75)
    relief = 0.05 * groove + 0.06 * soft + 0.1 * (1 - far)
    lay(scene, frame, fill(frame, far - 1), np.clip(colour, 0, 1), relief, 0.5, food=True, level=level)


def camembert(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A round of white-mould cheese with a wedge cut out."""
    serve(scene, generator, spot, "board", "board", "plate", "paper")
    frame = window(scene, spot, 1.1)
    spread = float(generator.uniform(0.25, 0.6))
    sine, cosine = float(np.sin(spread)), float(np.cos(spread))
    wedge = np.abs(frame.v) * cosine - frame.u * sine
    wheel = disc(frame, radius=0.97) + 0.015 * noise(generator, frame, 2.0)
    shape = np.maximum(wheel, -wedge)
    mould = noise(generator, frame, 4.5, 3)
    colour = mix("#f3ede0", "#c9ab78", np.clip(0.35 * step(0.3, 0.9, mould) + 0.25 * step(-0.14, 0.0, wheel), 0, 1))
    cut = 1 - step(0.07, 0.1, wedge)
    colour = mix(colour, vary(generator, "#f2dca2", 0.03), cut * step(0.03, 0.06, -wheel))
    relief = 0.36 * bulge(wheel, 0.12) + 0.012 * mould - 0.16 * cut
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.1 + 0.3 * cut, food=True)
    if generator.random() < 0.6:
        away = float(generator.uniform(0.12, 0.35))
        sides = wedge + (0.11 + away * sine)
        piece = np.maximum(disc(frame, away, 0, 0.97), sides)
        tone = mix("#f4eee2", "#f2dca2", step(-0.14, -0.1, sides))
        lay(scene, frame, fill(frame, piece), tone, 0.34 * bulge(piece, 0.06), 0.2, food=True)
