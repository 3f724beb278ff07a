"""Egg, meat and seafood."""

from __future__ import annotations

import numpy as np

from limelight.demo.crockery import bowl, serve
from limelight.demo.heap import lay_heap, pieces, scatter, shades
from limelight.demo.paint import (
    Field,
    Frame,
    Scene,
    Spot,
    arc,
    box,
    bulge,
    disc,
    fill,
    lay,
    mix,
    noise,
    oval,
    paint,
    pick,
    resting,
    step,
    union,
    vary,
    window,
    within,
)


def fried_egg(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """One or two eggs, sunny side up."""
    serve(scene, generator, spot, "plate", "plate", "board")
    frame = window(scene, spot, 1.2)
    double = generator.random() < 0.4
    yolks = (
        [(-0.36, 0.05), (0.36, -0.05)]
        if double
        else [(float(v), float(w)) for v, w in generator.normal(0, 0.12, (1, 2))]
    )
    body = disc(frame, radius=0.86)
    if double:
        body = union(disc(frame, -0.36, 0.05, 0.6), disc(frame, 0.36, -0.05, 0.6), 0.3)
    ripple = noise(generator, frame, 1.5, 2)
    shape = body + 0.16 * ripple
    crisp = step(-0.16, 0.0, shape + 0.06 * noise(generator, frame, 6.0, 2)) * float(generator.uniform(0.1, 0.95))
    blister = noise(generator, frame, 4.0, 2)
    white = mix(vary(generator, "#fbf7ee", 0.01), vary(generator, "#b8793a"), crisp * 0.85)
    relief = 0.07 * bulge(shape, 0.12) + 0.018 * blister + 0.02 * ripple
    lay(scene, frame, fill(frame, shape), white, relief, 0.5, food=True)
    for x, y in yolks:
        size = float(generator.uniform(0.3, 0.37))
        collar = disc(frame, x, y, size * 1.35)
        lay(scene, frame, fill(frame, collar), "#fdfaf3", 0.09 * bulge(collar, 0.3), 0.5, food=True)
        yolk = disc(frame, x, y, size) + 0.02 * ripple
        tone = vary(generator, pick(generator, "#f2a81d", "#f7bf2f", "#e8861a"), 0.03)
        colour = mix(tone * 0.9, tone, bulge(yolk, 0.15))
        lay(scene, frame, fill(frame, yolk), colour, 0.2 * bulge(yolk, size), 0.85, food=True)
    if generator.random() < 0.6:
        _seasoned(scene, generator, frame, 26)


def _seasoned(scene: Scene, generator: np.random.Generator, frame: Frame, count: int) -> None:
    x, y = scatter(generator, count, 0.75)
    size = generator.uniform(0.01, 0.024, count)
    dust = pieces(x, y, 0, size, size, size)
    lay_heap(scene, frame, dust, shades(generator, count, "#2d2622", "#6b4a30", "#4d6b2f"), 0.1, food=True)


def boiled_eggs(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Halves of boiled eggs."""
    serve(scene, generator, spot, "plate", "board", "bare")
    count = int(generator.integers(2, 6))
    size = (0.62, 0.5, 0.47, 0.45)[count - 2]
    tone = vary(generator, pick(generator, "#f2b632", "#f0c95c", "#e6922b"), 0.04)
    turn = float(generator.uniform(0, 6))
    for i in range(count):
        away = 0.0 if i == 0 and count == 5 else (0.56 if count == 2 else 0.6)
        angle = turn + 2 * np.pi * i / (4 if count == 5 else count)
        here = within(
            spot, away * float(np.cos(angle)), away * float(np.sin(angle)), size, float(generator.uniform(0, 6))
        )
        frame = window(scene, here, 1.1)
        taper = 0.76 + 0.12 * frame.u
        shape = (np.sqrt(frame.u * frame.u + (frame.v / taper) ** 2) - 0.97) * 0.8
        lay(scene, frame, fill(frame, shape), "#faf6ee", 0.4 * bulge(shape, 0.16), 0.45, food=True)
        yolk = disc(frame, 0.14, 0.0, 0.45) + 0.03 * noise(generator, frame, 2.0)
        grain = noise(generator, frame, 12.0, 2)
        colour = mix(tone, tone * paint("#d9c07a") * 1.1, step(-0.1, 0.0, yolk)) * (1 + 0.05 * grain)
        lay(
            scene,
            frame,
            fill(frame, yolk),
            np.clip(colour, 0, 1),
            0.03 * bulge(yolk, 0.1) + 0.008 * grain,
            0.2,
            food=True,
        )


def shell_eggs(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Whole eggs in their shells, loose, on a cloth or in a bowl."""
    level = None
    if generator.random() < 0.4:
        _, level = bowl(scene, generator, Spot(spot.x, spot.y, spot.radius * 1.2, spot.angle), 0.4)
        spot = Spot(spot.x, spot.y, spot.radius * 0.95, spot.angle)
    else:
        serve(scene, generator, spot, "bare", "board", "paper", "plate")
    count = int(generator.integers(3, 6))
    size = (0.46, 0.42, 0.38)[count - 3]
    model = pick(generator, "#f4ece0", "#c98f62", "#e3bd96", "#cfd8cf")
    freckled = generator.random() < 0.5
    turn = float(generator.uniform(0, 6))
    for i in range(count):
        away = 0.0 if i == count - 1 and count > 3 else 0.58
        angle = turn + 2 * np.pi * i / (count - 1 if count > 3 else count)
        here = within(
            spot, away * float(np.cos(angle)), away * float(np.sin(angle)), size, float(generator.uniform(0, 6))
        )
        frame = window(scene, here, 1.1)
        taper = 0.77 + 0.13 * frame.u
        shape = (np.sqrt(frame.u * frame.u + (frame.v / taper) ** 2) - 0.97) * 0.8
        pores = noise(generator, frame, 11.0, 2)
        tone = vary(generator, model, 0.04) * (1 + 0.02 * pores)
        if freckled:
            tone = mix(tone, "#7a4e34", step(0.62, 0.95, noise(generator, frame, 8.0, 2)) * 0.7)
        relief = 0.75 * bulge(shape, 0.78)
        floor = resting(scene, frame, shape + 0.3) if level is None else level
        lay(scene, frame, fill(frame, shape), np.clip(tone, 0, 1), relief, 0.3, food=True, level=floor)


def raw_steak(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A raw steak with its marbling and a rim of fat."""
    serve(scene, generator, spot, "board", "paper", "plate", "bare")
    frame, shape = _steak_outline(scene, generator, spot)
    flow = noise(generator, frame, (1.6, 2.6), 2)
    coarse = 1 - step(0.0, 0.16, np.abs(noise(generator, frame, (2.2, 3.4), 3) + 0.25 * flow))
    fine = 1 - step(0.0, 0.2, np.abs(noise(generator, frame, (5.0, 8.0), 2)))
    fibre = noise(generator, frame, (5.0, 18.0), 2)
    red = vary(generator, pick(generator, "#a5262b", "#8e1f2a", "#bf4a44", "#cf7a72"), 0.05)
    fat = vary(generator, "#efdcc8", 0.02)
    colour = mix(red * (1 + 0.1 * fibre), fat, np.clip(coarse * 0.85 + fine * 0.3, 0, 1))
    rim = step(-0.13, -0.08, shape + 0.05 * flow + 0.06 * frame.v)
    colour = mix(colour, fat, rim)
    relief = 0.2 * bulge(shape, 0.16) + 0.01 * fibre - 0.012 * coarse
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.5, food=True)


def _steak_outline(scene: Scene, generator: np.random.Generator, spot: Spot) -> tuple[Frame, Field]:
    frame = window(scene, spot, 1.15)
    lobe = float(generator.uniform(0.1, 0.4))
    shape = union(oval(frame, -0.2, 0, 0.72, 0.62), oval(frame, 0.45, lobe, 0.48, 0.4, 0.5), 0.35)
    return frame, shape + 0.07 * noise(generator, frame, 1.3, 2)


def grilled_steak(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A steak from the grill, with marks, at times half sliced to show its pink inside."""
    serve(scene, generator, spot, "plate", "board", "paper")
    frame, shape = _steak_outline(scene, generator, spot)
    crust = noise(generator, frame, 6.0, 3)
    brown, dark = vary(generator, pick(generator, "#7a4629", "#8d5432", "#63381f")), vary(generator, "#2b1a12")
    slant = frame.u * 0.8 + frame.v * 0.6 + 0.03 * crust
    bars = np.abs((slant * float(generator.uniform(2.6, 3.8))) % 1 - 0.5)
    marks = 1 - step(0.1, 0.2, bars)
    colour = mix(brown * (1 + 0.18 * crust), dark, marks * 0.8)
    relief = 0.24 * bulge(shape, 0.2) + 0.018 * crust - 0.03 * marks
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.45, food=True)
    if generator.random() < 0.5:
        _sliced_side(scene, generator, frame, shape, crust)


def _sliced_side(scene: Scene, generator: np.random.Generator, frame: Frame, shape: Field, crust: Field) -> None:
    across = (frame.u - np.float32(generator.uniform(-0.2, 0.15))) * np.float32(4.5) + 0.15 * crust
    number = across % 1
    cut = (across > 0) & (shape < 0)
    pink = mix(vary(generator, "#c4585a"), vary(generator, "#7a4327"), step(0.2, 0.45, np.abs(number - 0.45)))
    pink = pink * (1 + 0.12 * noise(generator, frame, (4.0, 14.0), 2))
    relief = 0.1 * (number - 0.5) - 0.12 * (1 - step(0.0, 0.1, number))
    lay(scene, frame, cut.astype(np.float32) * step(0.0, 0.05, -shape), np.clip(pink, 0, 1), relief, 0.45, food=True)


def sausages(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Two to four fried sausages."""
    serve(scene, generator, spot, "plate", "board", "paper")
    count = int(generator.integers(2, 5))
    model = pick(generator, "#8f4426", "#a8582e", "#b8685a", "#73321f")
    scored = generator.random() < 0.5
    size = (1.05, 0.95, 0.85)[count - 2]
    for i in range(count):
        place = (i - (count - 1) / 2) * 0.46 * size
        frame = window(scene, within(spot, 0, place, size, float(generator.normal(0, 0.1))), 1.05)
        bow = float(generator.uniform(1.0, 2.4))
        shape, along, side = arc(frame, 0, bow, bow, -np.pi / 2 - 0.72 / bow, -np.pi / 2 + 0.72 / bow, 0.21)
        roast = noise(generator, frame, (2.0, 3.5), 3)
        tone = vary(generator, model, 0.04)
        colour = mix(tone * (1.1 + 0.1 * roast), "#341a10", step(0.2, 1.1, roast + 0.5 * bulge(shape, 0.2)) * 0.6)
        relief = 0.3 * bulge(shape, 0.21) + 0.008 * roast
        if scored:
            cut = np.abs((along * 4.0 + side * 0.25) % 1 - 0.5) + 0.3 * step(0.5, 0.9, np.abs(side))
            score = (1 - step(0.05, 0.12, cut)) * (np.abs(along - 0.5) < 0.45)
            colour, relief = mix(colour, "#d99a72", score * 0.8), relief - 0.03 * score
        level = resting(scene, frame, shape)
        lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.7, food=True, level=level)


def shrimps(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Curled shrimps with their stripes and tails."""
    serve(scene, generator, spot, "plate", "board", "paper", "bare")
    count = int(generator.integers(3, 7))
    size = 0.62 if count < 5 else 0.5
    x, y = scatter(generator, count, 0.58)
    model = pick(generator, "#f4a078", "#f6b592", "#ec8a62", "#d3bfb2")
    for i in range(count):
        here = within(spot, float(x[i]), float(y[i]), size, float(generator.uniform(0, 6)))
        _shrimp(scene, generator, window(scene, here, 1.1), vary(generator, model))


def _shrimp(scene: Scene, generator: np.random.Generator, frame: Frame, tone: Field) -> None:
    start, stop = -2.3, float(generator.uniform(1.4, 1.9))
    for spread in (-0.3, 0.12):
        turn = stop + 0.28
        tail = oval(frame, 0.6 * np.cos(turn), 0.6 * np.sin(turn), 0.3, 0.1, turn + np.pi / 2 + spread)
        lay(scene, frame, fill(frame, tail), tone * paint("#e0603c") * 1.25, 0.06 * bulge(tail, 0.1), 0.5, food=True)
    shape, along, side = arc(frame, 0, 0, 0.62, start, stop, 0.25)
    shape = shape + 0.15 * step(0.35, 1.0, along)
    rings = (along * 6.5) % 1
    groove = 1 - step(0.0, 0.16, np.minimum(rings, 1 - rings))
    pale = mix("#fdeadb", tone, np.clip(0.75 + 0.6 * side, 0, 1))
    bands = np.clip(groove * 0.5 + 0.45 * step(0.3, 1.0, rings) * step(-0.6, 0.6, side), 0, 1)
    colour = mix(pale, tone * paint("#f08a5c") * 1.05, bands)
    relief = 0.3 * bulge(shape, 0.24) - 0.035 * groove
    level = resting(scene, frame, shape)
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.65, food=True, level=level)


def fish(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A whole fish with scales, fins and an eye."""
    serve(scene, generator, within(spot, 0, 0, 0.9), "plate", "board", "paper", "bare")
    frame = window(scene, spot, 1.05)
    deep = float(generator.uniform(0.3, 0.42))
    back = vary(generator, pick(generator, "#4f6672", "#7b8a7a", "#8c6a5a", "#c46a5a", "#5f7488"))
    tail = np.maximum(np.abs(frame.v) - (0.08 + 0.95 * (frame.u - 0.62)), frame.u - 0.98 + 0.12 * np.cos(frame.v * 6))
    tail = np.maximum(tail, 0.6 - frame.u)
    fins = union(oval(frame, 0.05, -deep * 0.9, 0.34, 0.13, 0.12), oval(frame, 0.2, deep * 0.85, 0.2, 0.1, -0.3), 0.02)
    rays = np.sin((frame.v * 0.5 + frame.u * 0.2) * 90)
    for part in (tail, fins):
        lay(
            scene,
            frame,
            fill(frame, part),
            np.clip(back * (0.85 + 0.12 * rays), 0, 1),
            0.05 + 0.008 * rays,
            0.4,
            food=True,
        )
    along = np.clip((frame.u + 1) / 1.72, 0, 1)
    half = deep * np.sqrt(np.maximum(np.sin(np.pi * along**0.72), 0)) * (1.06 - 0.45 * along) + 0.03
    shape = np.maximum(np.abs(frame.v) - half, np.abs(frame.u + 0.14) - 0.84)
    cell = 0.085
    row = np.floor(frame.v / (cell * 0.5))
    local = ((frame.u / cell + 0.5 * (row % 2)) % 1 - 0.5, (frame.v / (cell * 0.5)) % 1 - 0.5)
    scale = np.sqrt((local[0] + 0.25) ** 2 + (local[1] * 0.8) ** 2)
    rim = step(0.3, 0.62, scale)
    belly = step(-0.2, 0.9, frame.v / deep)
    colour = mix(back, "#e4e3dc", belly * 0.9) * (1.05 - 0.3 * rim)
    head = step(-0.02, 0.02, -0.5 + 0.12 * np.cos(frame.v * 5) - frame.u)
    colour = mix(colour, mix(back * 1.1, "#d8cfc4", belly), head)
    relief = 0.32 * bulge(shape, deep) - 0.018 * rim * (1 - head)
    gill = np.abs(frame.u + 0.5 - 0.12 * np.cos(frame.v * 5))
    relief = relief - 0.05 * (1 - step(0.0, 0.04, gill)) * step(0.03, 0.1, -shape)
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.7, food=True)
    eye = disc(frame, -0.74, -0.08, 0.065)
    lay(
        scene,
        frame,
        fill(frame, eye),
        mix("#15161a", "#e6dcb4", step(-0.03, -0.02, eye)),
        0.03 * bulge(eye, 0.06),
        0.9,
        food=True,
    )


def salmon(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """One or two salmon fillets with their pale lines."""
    serve(scene, generator, spot, "plate", "board", "paper", "bare")
    count = int(generator.integers(1, 3))
    for i in range(count):
        place = (i - (count - 1) / 2) * 0.86
        here = within(spot, 0, place, 1.0, float(generator.normal(0, 0.1)))
        frame = window(scene, here, 1.15)
        high = 0.6 if count == 1 else 0.38
        shape = box(frame, 0, 0, 0.95, high, corner=0.2) + 0.05 * noise(generator, frame, 1.2) + 0.06 * frame.u
        bent = (
            np.sqrt((frame.v + 0.1 * np.sin(frame.u * 2)) ** 2 * 2.4 + 0.01)
            + frame.u
            + 0.05 * noise(generator, frame, 2.0)
        )
        lines = np.abs((bent * float(generator.uniform(3.4, 5.0)) + 0.1 * noise(generator, frame, 3.0)) % 1 - 0.5)
        pale = 1 - step(0.03, 0.2, lines)
        tone = vary(generator, pick(generator, "#ee7d4e", "#f2936a", "#e3663f"), 0.04)
        fibre = noise(generator, frame, (10.0, 5.0), 2)
        colour = mix(tone * (1 + 0.05 * fibre), "#fbdcc4", pale * 0.7)
        skin = step(-0.07, -0.04, shape) * (frame.v > 0)
        colour = mix(colour, "#8f9698", skin * 0.9)
        relief = 0.26 * bulge(shape, 0.22) - 0.015 * pale + 0.006 * fibre
        lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.6, food=True)
