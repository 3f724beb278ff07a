"""Noodles, rice and soup: what is eaten from bowls, and told apart by strand, grain and liquid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from limelight.demo.crockery import bowl, serve
from limelight.demo.heap import lay_heap, pieces, scatter, shades, strands
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
    paint,
    pick,
    resting,
    step,
    vary,
    window,
    within,
)

Vector = npt.NDArray[np.float64]
_PASTA = ("#efd08a", "#f2dba0", "#e8be6c", "#f4e2b8")


def spaghetti(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A nest of long pasta on a plate, plain or with sauce."""
    serve(scene, generator, spot, "plate", "plate", "board")
    thick = float(generator.uniform(0.034, 0.06))
    frame = window(scene, spot, 1.2)
    x, y, z = _nest(generator, 56, 0.9)
    colours = shades(generator, 56, pick(generator, *_PASTA), spread=0.05)
    lay_heap(scene, frame, strands(x, y, z, thick), colours, 0.4, food=True, deep=0.45)
    if generator.random() < 0.55:
        _sauce(scene, generator, frame)


def _nest(generator: np.random.Generator, count: int, radius: float) -> tuple[Vector, Vector, Vector]:
    """Strands that circle about a common centre, (count, 40) each of x, y and z."""
    part = np.linspace(0, 1, 40)[None, :]
    turn = generator.uniform(0, 6.3, (count, 1)) + part * generator.uniform(1.6, 3.6, (count, 1))
    away = np.sqrt(generator.uniform(0.02, 0.8, (count, 1))) * radius
    drift = generator.normal(0, 0.13, (count, 1)) * radius
    wobble = 0.05 * np.sin(turn * generator.uniform(2, 4, (count, 1)) + generator.uniform(0, 6, (count, 1)))
    far = away + drift * (part - 0.5) + wobble
    cx, cy = generator.normal(0, 0.14, (2, count, 1))
    x, y = cx + far * np.cos(turn), cy + far * np.sin(turn)
    lift = generator.normal(0, 0.05, (count, 1)) + 0.03 * np.sin(part * 9 + generator.uniform(0, 6, (count, 1)))
    z = 0.08 + 0.32 * (1 - np.hypot(x, y) / radius).clip(0, 1) + lift
    return x, y, z


def _sauce(scene: Scene, generator: np.random.Generator, frame: Frame) -> None:
    shape = disc(frame, radius=0.42) + 0.25 * noise(generator, frame, 2.0, 2)
    lumps = noise(generator, frame, 7.0, 2)
    tone = vary(generator, pick(generator, "#a8321f", "#7d3a22", "#5d7a35"))
    relief = 0.06 * bulge(shape, 0.2) + 0.035 * lumps
    lay(scene, frame, fill(frame, shape), np.clip(tone * (1 + 0.22 * lumps), 0, 1), relief, 0.55, food=True)


def noodle_bowl(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Wavy noodles in a bowl with spring onions, half sunk in broth."""
    inner, level = bowl(scene, generator, Spot(spot.x, spot.y, spot.radius * 1.13, spot.angle), 0.62)
    frame = window(scene, inner, 1.05)
    rim = disc(frame)
    broth = vary(generator, pick(generator, "#a86a2c", "#c98f4a", "#7d4a22", "#b8964f"))
    lay(scene, frame, fill(frame, rim), broth, -0.05, 0.8, food=True, level=level)
    count, part = 46, np.linspace(-1, 1, 46)[None, :]
    flow = generator.uniform(0, 3.1, (4, 1))[generator.integers(0, 4, count)] + generator.normal(0, 0.12, (count, 1))
    along = part * generator.uniform(0.35, 0.8, (count, 1))
    offset = generator.uniform(-0.72, 0.72, (count, 1))
    curl = float(generator.choice([0.02, 0.05]))
    wave = (
        curl * np.sin(along * 26 + generator.uniform(0, 6, (count, 1)))
        + generator.normal(0, 0.25, (count, 1)) * along**2
    )
    shift = generator.normal(0, 0.2, (count, 1))
    x = (along + shift) * np.cos(flow) - (offset + wave) * np.sin(flow)
    y = (along + shift) * np.sin(flow) + (offset + wave) * np.cos(flow)
    far = np.hypot(x, y)
    # Strands bend along the wall instead of running through it.
    press = np.minimum(1, 0.9 / np.maximum(far, 1e-6))
    z = 0.02 + 0.16 * (1 - far.clip(0, 1)) + generator.normal(0, 0.03, (count, 1))
    tones = shades(generator, count, pick(generator, "#efd691", "#f3e4bb", "#e8c878", "#b89a78"), spread=0.05)
    ropes = strands(x * press, y * press, z, float(generator.uniform(0.036, 0.05)))
    lay_heap(scene, frame, ropes, tones, 0.5, food=True, level=level, deep=0.3)
    if generator.random() < 0.7:
        spring_onions(scene, generator, frame, int(generator.integers(8, 20)), 0.55)


def penne(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Short tubes of pasta, ridged, with a little sauce."""
    level = None
    if generator.random() < 0.5:
        inner, level = bowl(scene, generator, Spot(spot.x, spot.y, spot.radius * 1.5, spot.angle), 0.5)
        frame = window(scene, inner, 1.05)
    else:
        serve(scene, generator, spot, "plate")
        frame = window(scene, spot, 1.1)
    count = int(generator.integers(30, 42))
    x, y = scatter(generator, count, 0.78)
    turn = generator.uniform(0, 6.3, count)
    half = generator.uniform(0.17, 0.23, count)
    part = np.linspace(-1, 1, 8)[None, :]
    rise = (0.08 + 0.28 * (1 - np.hypot(x, y)) + generator.normal(0, 0.06, count))[:, None]
    px, py = (
        x[:, None] + part * half[:, None] * np.cos(turn)[:, None],
        y[:, None] + part * half[:, None] * np.sin(turn)[:, None],
    )
    tones = shades(generator, count, pick(generator, *_PASTA[:3]), spread=0.05)
    if generator.random() < 0.5:
        tones = tones * np.array([[0.98], [0.72], [0.5]], np.float32)
    tubes = strands(px, py, rise + 0 * part, 0.085, apart=0.35)
    owner = lay_heap(scene, frame, tubes, tones, 0.45, food=True, level=level, deep=0.4)
    chosen = np.maximum(owner, 0)
    cos, sin = np.cos(turn).astype(np.float32)[chosen], np.sin(turn).astype(np.float32)[chosen]
    u, v = frame.u - x.astype(np.float32)[chosen], frame.v - y.astype(np.float32)[chosen]
    along, across = u * cos + v * sin, v * cos - u * sin
    ridges = np.sin(across * 130) * (owner >= 0)
    lay(scene, frame, (0.5 + 0.5 * ridges) * 0.16 * (owner >= 0), "#8a5a22", 0.0, 0.4, food=True)
    end = np.sqrt(((along - half.astype(np.float32)[chosen] - 0.03) / 0.045) ** 2 + (across / 0.06) ** 2)
    hollow = (1 - step(0.8, 1.1, end)) * (owner >= 0)
    lay(scene, frame, hollow, "#6a4218", -0.04, 0.1, food=True)


def rice_bowl(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A bowl of plain rice, at times with black sesame."""
    inner, level = bowl(scene, generator, Spot(spot.x, spot.y, spot.radius * 1.13, spot.angle), 0.66)
    frame = window(scene, inner, 1.05)
    base = disc(frame)
    model = pick(generator, "#f3efe4", "#efe6d0", "#f3efe4", "#d8c19a")
    _mound(scene, frame, base, model, level)
    x, y = scatter(generator, 640, 0.96)
    z = 0.3 * (1 - np.hypot(x, y).clip(0, 1) ** 2) + generator.normal(0, 0.008, x.size)
    _grains(scene, generator, frame, (x, y, z), (model,), level)
    if generator.random() < 0.5:
        count = 30
        sx, sy = scatter(generator, count, 0.5)
        seeds = pieces(sx, sy, 0.02, 0.034, 0.02, 0.02, generator.uniform(0, 3, count))
        lay_heap(scene, frame, seeds, shades(generator, count, "#26211d", "#3a302a"), 0.3, food=True)


def _mound(scene: Scene, frame: Frame, shape: Field, tone: str, level: float | None) -> None:
    """What shows between the grains: rice that lies just below, a little darker."""
    relief = 0.3 * (1 - np.clip(shape + 1, 0, 1) ** 2) - 0.012
    lay(scene, frame, fill(frame, shape), paint(tone) * 0.86, relief, 0.1, food=True, level=level)


def _grains(
    scene: Scene,
    generator: np.random.Generator,
    frame: Frame,
    place: tuple[Vector, Vector, Vector],
    palette: tuple[str, ...],
    level: float | None,
) -> None:
    x, y, z = place
    long = float(generator.uniform(0.062, 0.085))
    grains = pieces(x, y, z, long, long * 0.4, long * 0.3, generator.uniform(0, 3.2, x.size))
    lay_heap(scene, frame, grains, shades(generator, x.size, *palette, spread=0.03), 0.35, food=True, level=level)


def fried_rice(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A mound of fried rice with peas and diced carrot, on a plate or in a bowl."""
    level = None
    if generator.random() < 0.4:
        inner, level = bowl(scene, generator, Spot(spot.x, spot.y, spot.radius * 1.4, spot.angle), 0.6)
        frame = window(scene, inner, 1.05)
    else:
        serve(scene, generator, spot, "plate")
        frame = window(scene, spot, 1.15)
    x, y = scatter(generator, 640, 0.93)
    z = 0.3 * (1 - np.hypot(x, y).clip(0, 1) ** 2) + generator.normal(0, 0.014, x.size)
    tone = pick(generator, "#e9cf94", "#dcb878", "#efe2bd", "#e6a968")
    base = disc(frame, radius=0.93) + 0.04 * noise(generator, frame, 3.0)
    _mound(scene, frame, base, tone, level)
    _grains(scene, generator, frame, (x, y, z), (tone, tone, "#f4ead0"), level)
    count = int(generator.integers(22, 50))
    px, py = scatter(generator, count, 0.8)
    size = generator.uniform(0.045, 0.07, count)
    bits = pieces(px, py, 0.0, size, size * 0.85, size * 0.8, generator.uniform(0, 3, count), 2)
    lay_heap(scene, frame, bits, shades(generator, count, "#6a9a3a", "#e07a2c", "#7fae4a", "#f0c84a"), 0.45, food=True)


def rice_balls(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """One to three triangular rice balls with a strip of seaweed."""
    serve(scene, generator, spot, "plate", "board", "bare")
    count = int(generator.integers(1, 4))
    turn = float(generator.uniform(0, 6))
    for i in range(count):
        away, size = ((0.0, 0.95), (0.5, 0.6), (0.56, 0.56))[count - 1]
        angle = turn + 2 * np.pi * i / count
        here = within(
            spot, away * float(np.cos(angle)), away * float(np.sin(angle)), size, float(generator.uniform(0, 6))
        )
        _rice_ball(scene, generator, here)


def _rice_ball(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    frame = window(scene, spot, 1.15)
    turns = -np.pi / 2 + np.arange(3) * 2 * np.pi / 3
    sides = [frame.u * np.float32(-np.cos(t)) + frame.v * np.float32(-np.sin(t)) for t in turns]
    sharp = sum(np.exp(side * 7) for side in sides)
    shape = np.log(sharp) / 7 - np.float32(0.62)
    level = resting(scene, frame, shape)
    lay(scene, frame, fill(frame, shape + 0.02), "#e9e3d6", 0.3 * bulge(shape, 0.3), 0.1, food=True, level=level)
    x, y = scatter(generator, 460, 1.0)
    edge = np.log(sum(np.exp(7 * (-x * np.cos(t) - y * np.sin(t))) for t in turns)) / 7 - 0.62
    x, y, edge = (values[edge < -0.02] for values in (x, y, edge))
    z = generator.normal(-0.008, 0.006, x.size)
    _grains(scene, generator, frame, (x, y, z), ("#f6f2e8", "#f2ebdc"), None)
    if generator.random() < 0.75:
        strip = np.maximum(box(frame, 0, 0.32, 0.27, 0.36, corner=0.02), shape + 0.02)
        sheet = vary(generator, "#23302a", 0.05) * (1 + 0.15 * noise(generator, frame, 9.0, 2))
        relief = 0.33 * bulge(shape, 0.3) + 0.006 * noise(generator, frame, 6.0)
        lay(scene, frame, fill(frame, strip), sheet, relief, 0.4, food=True, level=level)


def spring_onions(scene: Scene, generator: np.random.Generator, frame: Frame, count: int, radius: float) -> None:
    """Rings of spring onion on what is in the frame; they are part of the food."""
    x, y = scatter(generator, count, radius)
    x, y = x + generator.normal(0, 0.1, count), y + generator.normal(0, 0.1, count)
    size = generator.uniform(0.04, 0.075, count)
    rings = pieces(x, y, 0.0, size, size * generator.uniform(0.6, 1, count), 0.02, generator.uniform(0, 3, count), 4)
    lay_heap(scene, frame, rings, shades(generator, count, "#6fae3f", "#4f8f35", "#9cc96a"), 0.4, food=True)
    cores = pieces(x, y, 0.0, size * 0.55, size * 0.4, 0.004, rings.angle, 4)
    lay_heap(scene, frame, cores, shades(generator, count, "#d3e3a8", "#b9d488"), 0.4, food=True)


def cream_soup(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A smooth soup with a swirl of cream and herbs."""
    frame = _filled(
        scene, generator, spot, pick(generator, "#c9531f", "#d98a2e", "#7f9a45", "#e2c88f", "#a8322a", "#efe0bb")
    )
    far = disc(frame) + 1
    angle = np.arctan2(frame.v, frame.u)
    swirl = np.sin(angle * 1.0 + far * 11 + 0.8 * noise(generator, frame, 1.4))
    ribbon = step(0.55, 0.85, swirl) * step(0.04, 0.2, 0.75 - far) * float(generator.uniform(0.5, 1.0))
    cream = pick(generator, "#f8f0df", "#f8f0df", "#5f7a2c")
    lay(scene, frame, ribbon * 0.9, cream, 0.01, 0.55, food=True)
    kind = int(generator.integers(3))
    if kind == 0:
        spring_onions(scene, generator, frame, int(generator.integers(8, 16)), 0.4)
    elif kind == 1:
        _croutons(scene, generator, frame)


def _filled(scene: Scene, generator: np.random.Generator, spot: Spot, tone: str, clear: bool = False) -> Frame:
    inner, level = bowl(
        scene, generator, Spot(spot.x, spot.y, spot.radius * 1.12, spot.angle), float(generator.uniform(0.62, 0.78))
    )
    frame = window(scene, inner, 1.03)
    rim = disc(frame)
    ripple = noise(generator, frame, 2.2, 2)
    tone_field = vary(generator, tone, 0.04) * (1 + 0.04 * ripple + 0.12 * step(-0.14, 0.0, rim))
    # A liquid climbs a little where it meets the wall.
    relief = 0.006 * ripple + 0.03 * step(-0.08, 0.0, rim)
    lay(
        scene,
        frame,
        fill(frame, rim),
        np.clip(tone_field, 0, 1),
        relief,
        0.9 if clear else 0.65,
        food=True,
        level=level,
    )
    return frame


def _croutons(scene: Scene, generator: np.random.Generator, frame: Frame) -> None:
    for _ in range(int(generator.integers(4, 9))):
        x, y = (float(value) for value in generator.normal(0, 0.28, 2))
        cube = box(frame, x, y, 0.1, 0.09, float(generator.uniform(0, 1.5)), 0.02)
        lay(scene, frame, fill(frame, cube), vary(generator, "#cf9a52"), 0.12 * bulge(cube, 0.03), 0.1, food=True)


def clear_soup(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A clear broth with drops of oil, spring onions and slices of carrot or tofu."""
    frame = _filled(scene, generator, spot, pick(generator, "#c08a35", "#a86a28", "#d9b56a", "#8a5a2c"), clear=True)
    count = int(generator.integers(16, 44))
    x, y = scatter(generator, count, 0.85)
    size = generator.uniform(0.02, 0.085, count)
    eyes = pieces(x, y, 0.0, size, size, 0.012, 0, 3)
    lay_heap(scene, frame, eyes, shades(generator, count, "#e0b55a", "#d6a24a", "#e8c478"), 0.95, food=True)
    _floating(scene, generator, frame, int(generator.integers(4, 9)))
    spring_onions(scene, generator, frame, int(generator.integers(14, 34)), 0.75)


def _floating(scene: Scene, generator: np.random.Generator, frame: Frame, count: int) -> None:
    for _ in range(count):
        away, turn = 0.75 * float(np.sqrt(generator.random())), float(generator.uniform(0, 6.3))
        x, y = away * float(np.cos(turn)), away * float(np.sin(turn))
        if generator.random() < 0.5:
            shape: Field = disc(frame, x, y, 0.13)
            tone = mix(vary(generator, "#e2782a"), "#f0a050", 1 - step(-0.09, -0.05, shape))
        else:
            shape = box(frame, x, y, 0.12, 0.11, turn, 0.02)
            tone = vary(generator, pick(generator, "#f2e8d2", "#d8b98c"), 0.03)
        lay(scene, frame, fill(frame, shape), tone, 0.05 * bulge(shape, 0.04), 0.5, food=True)


def stew(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A thick soup full of beans, diced vegetables and herbs."""
    frame = _filled(scene, generator, spot, pick(generator, "#a8401f", "#8f5a2a", "#b9772f", "#7d3a22"))
    count = int(generator.integers(50, 90))
    x, y = scatter(generator, count, 0.86)
    size = generator.uniform(0.05, 0.1, count)
    sunk = generator.uniform(-0.05, 0.0, count)
    chunks = pieces(
        x, y, sunk, size, size * generator.uniform(0.55, 0.95, count), 0.07, generator.uniform(0, 3, count), 2
    )
    tones = shades(generator, count, "#d9822f", "#8fa64a", "#c9a06a", "#b8352a", "#e6d3a0", "#7a2c22", spread=0.08)
    lay_heap(scene, frame, chunks, tones, 0.6, food=True)
    x, y = generator.normal(0, 0.4, (2, 30))
    herbs = pieces(x, y, 0.0, 0.03, 0.018, 0.02, generator.uniform(0, 3, 30))
    lay_heap(scene, frame, herbs, shades(generator, 30, "#4f7a2f", "#6d9a3f"), 0.2, food=True)
