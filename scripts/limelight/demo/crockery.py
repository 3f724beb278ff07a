"""Plates, boards and bowls: what food is served on."""

from __future__ import annotations

import numpy as np

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
    paint,
    pick,
    resting,
    step,
    union,
    vary,
    window,
)

_CLAYS = ("#f4f1ec", "#f4f1ec", "#e7ddcf", "#c9d6d8", "#b8c4b0", "#54606b", "#d9b8a4", "#3d3f42", "#8fa7bd", "#e6c774")


def serve(scene: Scene, generator: np.random.Generator, spot: Spot, *kinds: str) -> None:
    """Put one of the kinds (plate, board, paper, bare) under a spot."""
    wider = Spot(spot.x, spot.y, spot.radius * float(generator.uniform(1.2, 1.5)), spot.angle)
    kind = pick(generator, *kinds)
    if kind == "plate":
        plate(scene, generator, wider)
    elif kind == "board":
        board(scene, generator, wider)
    elif kind == "paper":
        paper(scene, generator, wider)


def plate(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A plate as wide as the spot."""
    frame = window(scene, spot, 1.05)
    far = disc(frame) + 1
    edge = float(generator.uniform(0.6, 0.74))
    colour = _glazed(generator, far, noise(generator, frame, 30.0), edge)
    rise = step(edge - 0.04, edge + 0.12, far) * 0.05 + 0.04 * step(edge, 1.0, far)
    relief = (0.025 + rise) * bulge(far - 1, 0.03)
    level = resting(scene, frame, far - 1)
    lay(scene, frame, fill(frame, far - 1), colour, relief, 0.55, level=level)


def bowl(scene: Scene, generator: np.random.Generator, spot: Spot, full: float = 0.6) -> tuple[Spot, float]:
    """A bowl as wide as the spot. Returns the spot its contents may fill and their level in picture widths."""
    frame = window(scene, spot, 1.05)
    far = disc(frame) + 1
    inner = float(generator.uniform(0.86, 0.92))
    colour = _glazed(generator, far, noise(generator, frame, 30.0), inner - 0.02)
    deep = 0.40
    hollow = deep * (1 - np.clip(1 - (far / np.float32(inner)) ** 2, 0, 1) * 0.85)
    rim = deep + 0.03 * bulge(np.abs(far - np.float32((1 + inner) / 2)) - np.float32((1 - inner) / 2), 0.04)
    relief = np.where(far < inner, hollow, rim)
    lay(scene, frame, fill(frame, far - 1), colour, relief, 0.55, level=0.0)
    # The wall meets the contents where the hollow reaches their level.
    share = 1 - (1 - full) / 0.85
    radius = inner * float(np.sqrt(max(share, 0.2)))
    return Spot(spot.x, spot.y, spot.radius * radius, spot.angle), spot.radius * deep * full


def board(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A wooden board, round, oblong or with a handle."""
    frame = window(scene, spot, 1.5)
    kind = int(generator.integers(3))
    wide, high = float(generator.uniform(1.0, 1.25)), float(generator.uniform(0.82, 1.0))
    shape = disc(frame, radius=1.05) if kind == 0 else box(frame, 0, 0, wide, high, corner=0.14)
    if kind == 2:
        shape = union(shape, box(frame, wide + 0.12, 0, 0.28, 0.13, corner=0.1), 0.25)
        shape = np.maximum(shape, -disc(frame, wide + 0.26, 0, 0.05))
    tone = vary(generator, pick(generator, "#b98554", "#8f5f3a", "#d3ab78", "#6a4630"))
    warp = noise(generator, frame, (0.6, 2.6), 2)
    rings = np.sin((frame.v * 4 + warp * 1.2) * np.float32(6.3))
    fibre = noise(generator, frame, (1.6, 26.0), 2)
    colour = np.clip(tone * (1 + 0.06 * rings + 0.08 * fibre), 0, 1)
    relief = 0.07 * bulge(shape, 0.05) + 0.001 * fibre
    lay(scene, frame, fill(frame, shape), colour, relief, 0.2, level=resting(scene, frame, shape))


def paper(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A sheet of baking paper."""
    frame = window(scene, spot, 1.5)
    ragged = 0.015 * noise(generator, frame, 4.0, 2)
    shape = box(frame, 0, 0, float(generator.uniform(0.95, 1.2)), float(generator.uniform(0.85, 1.05)), corner=0.03)
    creases = noise(generator, frame, 1.6, 3)
    colour = vary(generator, pick(generator, "#f2ead9", "#d8bd92", "#fbf8f2"), 0.02)
    lay(scene, frame, fill(frame, shape + ragged), colour * (1 + 0.015 * creases), 0.03 + 0.03 * np.abs(creases), 0.12)


def _glazed(generator: np.random.Generator, far: Field, speckle: Field, edge: float) -> Field:
    clay = vary(generator, pick(generator, *_CLAYS), 0.025)
    kind = int(generator.integers(4))
    colour = clay + np.zeros((1, *far.shape), np.float32)
    if kind == 0:
        band = pick(generator, "#31589c", "#b5493f", "#c79a3a", "#3f7a63", "#5b5b66")
        line = 1 - step(0.012, 0.026, np.abs(far - np.float32(0.95)))
        second = 1 - step(0.006, 0.016, np.abs(far - np.float32(edge + 0.06)))
        colour = mix(colour, band, np.maximum(line, 0.8 * second) * 0.85)
    elif kind == 1:
        colour = mix(colour, paint(clay) * 0.55, step(0.62, 0.85, speckle) * 0.7)
    elif kind == 2:
        colour = mix(colour, vary(generator, pick(generator, *_CLAYS)), step(edge, edge + 0.02, far))
    return np.clip(colour, 0, 1)
