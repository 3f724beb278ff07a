"""What a meal stands on: table tops of wood, stone and cloth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from limelight.demo.paint import Field, Frame, Scene, Spot, lay, mix, noise, paint, pick, step, vary, window

Surface = Callable[[Scene, Frame, np.random.Generator], None]
_DYES = ("#b8433b", "#3f6b8f", "#5f8a68", "#d9a441", "#7d5a86", "#c98a8a", "#4d8a8a", "#8a8f98", "#36495e")


def lay_table(scene: Scene, generator: np.random.Generator) -> None:
    """Cover the scene with one of the table tops."""
    angle = float(generator.choice([0.0, np.pi / 2]) + generator.normal(0, 0.25))
    frame = window(scene, Spot(0.5, 0.5, 0.5, angle), 1.0)
    SURFACES[int(generator.integers(len(SURFACES)))](scene, frame, generator)


def _cover(scene: Scene, frame: Frame, colour: Field, relief: Field | float, gloss: Field | float) -> None:
    lay(scene, frame, np.ones(frame.shape, np.float32), colour, relief, gloss)


def _wood(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    tone = pick(generator, "#a9774a", "#c79a66", "#7a5236", "#d8bb8f", "#8c8378", "#5a3d2b")
    planks = float(generator.uniform(1.2, 2.6))
    place = (frame.v + np.float32(generator.uniform(0, 1))) * np.float32(planks)
    floor = np.floor(place)
    number, across = floor.astype(int), place - floor
    warp = noise(generator, frame, (0.9, 3.0), 2)
    shift = generator.uniform(-1, 1, 16).astype(np.float32)[number % 16]
    rings = np.sin((across * 5 + shift * 4 + warp * 1.6) * np.float32(np.pi * 2))
    fibre = noise(generator, frame, (2.2, 34.0), 2)
    shade = 0.97 + 0.06 * shift + 0.05 * rings + 0.10 * fibre
    seam = step(0.0, 0.035, np.minimum(across, 1 - across))
    colour = paint(vary(generator, tone)) * (shade * (0.45 + 0.55 * seam))
    colour = mix(colour, colour * paint("#d9a982"), np.clip(warp, 0, 1) * 0.5)
    _cover(scene, frame, np.clip(colour, 0, 1), 0.008 * (seam - 1) + 0.0012 * fibre, 0.25)


def _marble(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    ground, vein = (("#f0ede8", "#8f8b8a"), ("#3a3f44", "#c9c4ba"), ("#dfe5df", "#6f8378"), ("#efe0d8", "#b07f6f"))[
        int(generator.integers(4))
    ]
    flow = noise(generator, frame, (1.3, 2.2), 3)
    veins = step(0.0, 0.14, np.abs(flow))
    thin = step(0.0, 0.05, np.abs(noise(generator, frame, (2.0, 3.2), 2) + 0.3 * flow))
    clouds = noise(generator, frame, 2.0, 2)
    share = (1 - veins) * 0.45 + (1 - thin) * 0.25 + 0.06 * clouds + 0.06
    _cover(scene, frame, mix(vary(generator, ground, 0.02), vein, np.clip(share, 0, 1)), 0.0, 0.45)


def _linen(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    tone = vary(generator, pick(generator, "#e6dccb", "#c8bda9", "#9fb0b8", "#b9c4ae", "#e3c9bf", "#6c7888"))
    threads = 42.0
    loose = noise(generator, frame, 3.0)
    warp = np.sin((frame.u * threads + 0.8 * loose) * 2.2) * (1 + noise(generator, frame, (30.0, 2.0)))
    weft = np.sin((frame.v * threads + 0.8 * loose) * 2.2) * (1 + noise(generator, frame, (2.0, 30.0)))
    folds = noise(generator, frame, (0.7, 1.8), 2)
    _cover(scene, frame, np.clip(tone * (1 + 0.045 * (warp + weft)), 0, 1), 0.02 * folds + 0.001 * warp, 0.03)


def _checked(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    dye = vary(generator, pick(generator, *_DYES))
    cells = float(generator.uniform(2.5, 5.5))
    loose = 0.03 * noise(generator, frame, 1.6)
    bands = [step(-0.08, 0.08, np.sin((axis + loose) * np.float32(cells * np.pi))) for axis in (frame.u, frame.v)]
    share = 0.46 * (bands[0] + bands[1])
    threads = 0.025 * np.sin(frame.u * 110) + 0.025 * np.sin(frame.v * 110)
    colour = np.clip(mix("#f4efe6", dye, share) * (1 + threads), 0, 1)
    _cover(scene, frame, colour, 0.018 * noise(generator, frame, 1.2, 2), 0.02)


def _striped(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    dye = vary(generator, pick(generator, *_DYES))
    ground = vary(generator, pick(generator, "#f1e9da", "#e3e4df", "#efe2d0"), 0.03)
    place = (frame.v + 0.02 * noise(generator, frame, 1.4)) * np.float32(generator.uniform(1.6, 3.4))
    across = np.abs(place % 1 - 0.5)
    wide = float(generator.uniform(0.08, 0.26))
    share = 1 - step(wide - 0.015, wide + 0.015, across)
    share = np.maximum(share, 0.8 * (1 - step(0.012, 0.03, np.abs(across - wide - 0.08))))
    threads = 0.03 * np.sin(frame.u * 120) + 0.02 * np.sin(frame.v * 120)
    _cover(
        scene, frame, np.clip(mix(ground, dye, share) * (1 + threads), 0, 1), 0.015 * noise(generator, frame, 1), 0.02
    )


def _slate(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    tone = vary(generator, pick(generator, "#454b52", "#565553", "#39454a", "#6a6f74"))
    flakes = noise(generator, frame, (2.0, 5.0), 3)
    dust = noise(generator, frame, 22.0, 2)
    colour = tone * (1 + 0.12 * flakes + 0.07 * dust)
    _cover(scene, frame, np.clip(colour, 0, 1), 0.006 * flakes + 0.002 * dust, 0.22)


def _plaster(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    tone = vary(generator, pick(generator, "#e9e2d6", "#c9d5d3", "#e8c9b8", "#a8b7a3", "#d6cfe0", "#f0d9a0", "#7a93a8"))
    wash = noise(generator, frame, 1.5, 4)
    _cover(scene, frame, np.clip(tone * (1 + 0.035 * wash), 0, 1), 0.004 * wash, 0.06)


def _terrazzo(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    colour = vary(generator, pick(generator, "#e8e3dc", "#d9d3cf", "#cfd6d2", "#4a4c50"), 0.03) + np.zeros(
        (1, *frame.shape), np.float32
    )
    for chip in ("#b5654a", "#5d6e6a", "#d8b36a", "#8f8f93"):
        share = step(0.78, 0.84, noise(generator, frame, float(generator.uniform(7, 13)), 2))
        colour = mix(colour, vary(generator, chip), share * 0.8)
    _cover(scene, frame, colour, 0.0, 0.35)


def _tiles(scene: Scene, frame: Frame, generator: np.random.Generator) -> None:
    tone = vary(generator, pick(generator, "#dfe6e4", "#9cc0bf", "#e9d9c5", "#5f83a6", "#b9745b"))
    cells = np.float32(generator.uniform(1.2, 2.4))
    u, v = frame.u * cells + np.float32(generator.uniform()), frame.v * cells + np.float32(generator.uniform())
    number = (np.floor(u) * 7 + np.floor(v) * 13).astype(int)
    shade = generator.normal(0, 0.04, 32).astype(np.float32)[number % 32] + 0.02 * noise(generator, frame, 3.0, 2)
    edge = 0.5 - np.maximum(np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5))
    face = step(0.015, 0.04, edge)
    colour = mix("#c9c3b8", np.clip(tone * (1 + shade), 0, 1), face)
    _cover(scene, frame, colour, 0.02 * step(0.01, 0.07, edge), 0.15 + 0.4 * face)


SURFACES: tuple[Surface, ...] = (_wood, _wood, _marble, _linen, _checked, _striped, _slate, _plaster, _terrazzo, _tiles)
