"""Bread and fried food: what is brown, crusty and told apart by its surface."""

from __future__ import annotations

import numpy as np

from limelight.demo.crockery import serve
from limelight.demo.heap import lay_heap, pieces, scatter, shades, strands
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


def bread_slices(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Two or three slices of a tin loaf, one leaning on the other."""
    serve(scene, generator, spot, "board", "plate", "bare", "paper")
    count = int(generator.integers(2, 4))
    crumb = vary(generator, pick(generator, "#efdcb4", "#e2c596", "#b98f5f"), 0.04)
    crust = vary(generator, pick(generator, "#9c5f2c", "#7f4a22", "#b57a3c"))
    for i in range(count):
        place = (i - (count - 1) / 2) * (0.66, 0.52)[count - 2]
        tilt = float(generator.normal(0.1, 0.12))
        _slice(scene, generator, within(spot, place, 0.12 * place, (0.86, 0.7)[count - 2], tilt), crumb, crust)


def _slice(scene: Scene, generator: np.random.Generator, spot: Spot, crumb: Field, crust: Field) -> None:
    frame = window(scene, spot, 1.2)
    lobes = union(disc(frame, -0.32, -0.48, 0.42), disc(frame, 0.32, -0.48, 0.42), 0.3)
    shape = union(lobes, box(frame, 0, 0.15, 0.62, 0.7, corner=0.12), 0.25) + 0.02 * noise(generator, frame, 2.0)
    holes = step(0.6, 1.0, noise(generator, frame, 12.0, 2)) + 0.7 * step(0.4, 0.85, noise(generator, frame, 24.0))
    rim = step(-0.11, -0.055, shape + 0.015 * noise(generator, frame, 5.0))
    tone = mix(
        crumb * (1 + 0.05 * noise(generator, frame, 3.0, 3)), crumb * paint("#c79a68"), np.minimum(holes, 1) * 0.6
    )
    colour = mix(mix(tone, "#cf9f5e", step(-0.3, -0.05, shape) * 0.45), crust, rim)
    relief = 0.14 * bulge(shape, 0.06) - 0.016 * holes * (1 - rim) + 0.014 * rim
    level = resting(scene, frame, shape)
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.08, food=True, level=level)


def loaf(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A long scored loaf."""
    serve(scene, generator, within(spot, 0, 0, 0.85), "board", "bare", "paper", "plate")
    frame = window(scene, spot, 1.05)
    slim = float(generator.uniform(0.3, 0.42))
    bend = float(generator.normal(0, 0.08))
    middle = frame.v - bend * (1 - 2 * frame.u * frame.u)
    half = slim * np.clip(1 - np.abs(frame.u) ** 3.0, 0, 1) ** 0.5
    shape = np.maximum((np.abs(middle) - half) * 0.85, np.abs(frame.u) - 0.985)
    cuts = int(generator.integers(3, 6))
    slant = (frame.u + middle * 0.9) * np.float32(cuts / 1.75) + 0.04 * noise(generator, frame, 3.0)
    # Each cut opens like an almond: wide on the crest, closed towards the flanks.
    gape = 0.17 * np.clip(1 - (middle / np.float32(slim * 0.72)) ** 2, 0, 1)
    near = np.abs(slant % 1 - 0.5) - gape
    crest = (np.abs(frame.u) < 0.84) * step(0.0, 0.03, gape)
    open_cut = (1 - step(-0.03, 0.03, near)) * crest
    ear = np.exp(-((near - 0.03) ** 2) * 500) * crest
    bake = noise(generator, frame, 2.5, 3)
    dark, light = vary(generator, "#8f5426"), vary(generator, "#cf9450")
    top = bulge(shape, slim)
    colour = mix(light, dark, np.clip(0.35 + 0.35 * bake + 0.5 * ear + 0.2 * top, 0, 1))
    inner = mix("#e6c48a", "#c98f4e", np.clip(0.5 + noise(generator, frame, 9.0, 2), 0, 1))
    colour = mix(colour, inner, open_cut * 0.9)
    dusty = step(0.0, 0.7, noise(generator, frame, 9.0, 3)) * float(generator.choice([0.0, 0.45]))
    colour = mix(colour, "#f3e9d8", dusty * (1 - open_cut))
    crackle = noise(generator, frame, 11.0, 2)
    relief = 0.6 * slim * top + 0.008 * crackle - 0.025 * open_cut + 0.022 * ear
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, 0.2, food=True)


def rolls(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """One to three rolls with seeds, flour or a cross."""
    serve(scene, generator, spot, "board", "plate", "bare", "paper")
    count = int(generator.integers(1, 4))
    topping = pick(generator, "seeds", "seeds", "flour", "cross")
    for i in range(count):
        turn = 2 * np.pi * i / count
        away, size = ((0.0, 0.95), (0.56, 0.56), (0.6, 0.5))[count - 1]
        here = within(
            spot, away * float(np.cos(turn)), away * float(np.sin(turn)), size, float(generator.uniform(0, 6))
        )
        _roll(scene, generator, here, topping)


def _roll(scene: Scene, generator: np.random.Generator, spot: Spot, topping: str) -> None:
    frame = window(scene, spot, 1.2)
    shape = disc(frame) + 0.05 * noise(generator, frame, 1.2)
    dome = bulge(shape, 1.0)
    bake = np.clip(dome * 0.8 - 0.1 + 0.3 * noise(generator, frame, 2.5, 3), 0, 1)
    colour = mix(vary(generator, "#deb070"), vary(generator, "#9a5524"), bake)
    relief = 0.62 * dome + 0.012 * noise(generator, frame, 8.0, 2)
    gloss = 0.45
    if topping == "cross":
        arm = np.minimum(np.abs(frame.u), np.abs(frame.v)) + 0.03 * noise(generator, frame, 3.0)
        cut = (1 - step(0.06, 0.13, arm)) * step(0.1, 0.25, -shape)
        colour, relief = mix(colour, "#ecd5a6", cut * 0.9), relief - 0.05 * cut
    if topping != "seeds":
        dust = step(-0.1, 0.7, noise(generator, frame, 7.0, 3)) * step(0.0, 0.4, -shape)
        colour, gloss = mix(colour, "#f5ecdc", dust * 0.7), 0.1
    level = resting(scene, frame, shape)
    lay(scene, frame, fill(frame, shape), np.clip(colour, 0, 1), relief, gloss, food=True, level=level)
    if topping == "seeds":
        x, y = scatter(generator, 46, 0.72)
        seeds = pieces(x, y, 0.0, 0.062, 0.036, 0.03, generator.uniform(0, 3, 46))
        lay_heap(scene, frame, seeds, shades(generator, 46, "#f0dfb8", "#e2c892", "#f0dfb8"), 0.3, food=True)


def chips(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """A pile of potato chips cut as sticks."""
    serve(scene, generator, spot, "plate", "paper", "board")
    count = int(generator.integers(34, 50))
    x, y = scatter(generator, count, 0.68)
    turn = generator.normal(generator.uniform(0, 3), 0.65, count)
    half = generator.uniform(0.26, 0.48, count)
    part = np.linspace(-1, 1, 7)[None, :]
    along = part * half[:, None]
    rise = (0.05 + 0.42 * (1 - np.hypot(x, y)) + generator.normal(0, 0.05, count))[:, None]
    lean = generator.normal(0, 0.06, (count, 1))
    bend = generator.normal(0, 0.05, (count, 1)) * part**2
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    sticks = strands(
        x[:, None] + along * cos - bend * sin,
        y[:, None] + along * sin + bend * cos,
        rise + lean * part,
        0.062,
        0.8,
        0.45,
    )
    frame = window(scene, spot, 1.15)
    golden = shades(generator, count, "#e9b949", "#dd9f35", "#f0cc6e", "#c9822a", spread=0.06)
    owner = lay_heap(scene, frame, sticks, golden, 0.3, food=True, deep=0.35)
    blister = step(0.25, 0.8, noise(generator, frame, 9.0, 3)) * (owner >= 0) * 0.5
    lay(scene, frame, blister, "#a8641f", 0.01, 0.3, food=True)


def nuggets(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Crumbed nuggets, or one large cutlet."""
    serve(scene, generator, spot, "plate", "paper", "board", "bare")
    count = int(generator.choice([1, 3, 4, 5, 6]))
    if count == 1:
        frame = window(scene, spot, 1.15)
        shape = oval(frame, 0, 0, 1.0, 0.74) + 0.13 * noise(generator, frame, 1.3, 2)
        _crumbed(scene, generator, frame, shape, 0.2)
        return
    turn = float(generator.uniform(0, 6))
    for i in range(count):
        away = 0.0 if i == 0 and count > 4 else 0.58
        angle = turn + 2 * np.pi * i / (count - (count > 4))
        x, y = away * float(np.cos(angle)), away * float(np.sin(angle))
        frame = window(scene, within(spot, x, y, 0.42, float(generator.uniform(0, 6))), 1.25)
        shape = oval(frame, 0, 0, 1.05, float(generator.uniform(0.68, 0.9))) + 0.12 * noise(generator, frame, 1.4)
        _crumbed(scene, generator, frame, shape, 0.5)


def _crumbed(scene: Scene, generator: np.random.Generator, frame: Frame, shape: Field, tall: float) -> None:
    # Crumbs keep their size on the table, however large the piece.
    fine = frame.scale / 0.015
    crust = noise(generator, frame, fine, 2)
    bubbles = step(0.1, 0.7, noise(generator, frame, fine * 0.4))
    dark, light = vary(generator, "#a4591c"), vary(generator, "#e3ab52")
    share = np.clip(0.42 - 0.4 * crust + 0.3 * noise(generator, frame, 1.5, 2) - 0.15 * bubbles, 0, 1)
    relief = tall * bulge(shape, 0.5) + (0.0035 * crust + 0.005 * bubbles) / frame.scale
    level = resting(scene, frame, shape)
    lay(scene, frame, fill(frame, shape + 0.02 * crust), mix(light, dark, share), relief, 0.28, food=True, level=level)


def onion_rings(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Battered onion rings."""
    serve(scene, generator, spot, "plate", "paper", "board")
    count = int(generator.integers(4, 8))
    x, y = scatter(generator, count, 0.66)
    for i in range(count):
        size = float(generator.uniform(0.3, 0.44))
        frame = window(scene, within(spot, float(x[i]), float(y[i]), size, float(generator.uniform(0, 6))), 1.25)
        thick = float(generator.uniform(0.22, 0.3))
        wobble = 0.1 * noise(generator, frame, 1.6)
        shape = np.abs(oval(frame, 0, 0, 0.84, 0.74) + wobble) - np.float32(thick)
        _crumbed(scene, generator, frame, shape, 0.3)


def churros(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    """Ridged sticks of fried dough, bent a little."""
    serve(scene, generator, spot, "plate", "paper", "board")
    count = int(generator.integers(3, 6))
    size = (1.0, 0.92, 0.84)[count - 3]
    for i in range(count):
        place = (i - (count - 1) / 2) * 0.4 * size
        frame = window(scene, within(spot, 0, place, size, float(generator.normal(0, 0.22))), 1.05)
        bow = float(generator.uniform(1.3, 2.6))
        shape, _, side = arc(frame, 0, bow, bow, -np.pi / 2 - 0.8 / bow, -np.pi / 2 + 0.8 / bow, 0.16)
        ridges = np.cos(side * 9)
        blister = noise(generator, frame, 9.0, 3)
        share = np.clip(0.35 - 0.3 * ridges + 0.3 * blister, 0, 1)
        relief = 0.2 * bulge(shape, 0.16) + 0.03 * ridges + 0.012 * blister
        colour = mix(vary(generator, "#e0a858"), vary(generator, "#9a5a24"), share)
        sugar = step(0.3, 0.9, noise(generator, frame, 26.0, 2)) * 0.7
        level = resting(scene, frame, shape)
        lay(scene, frame, fill(frame, shape), mix(colour, "#fbf3e2", sugar), relief, 0.15, food=True, level=level)
