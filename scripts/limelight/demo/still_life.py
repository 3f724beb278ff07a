"""A still life: one food among things that lie on any table, and the exact mask of the food's visible pixels."""

from __future__ import annotations

import numpy as np

from limelight.demo.foods import FOODS
from limelight.demo.light import illuminate, photograph, some_light
from limelight.demo.paint import SUPERSAMPLING, Scene, Spot, blank
from limelight.demo.props import FLAT, OVER, STANDING, Prop
from limelight.demo.table import lay_table


def still_life(label: int, generator: np.random.Generator, size: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """Draw one picture of a food.

    Parameters
    ----------
    label : int
        0 to 10: bread, dairy product, dessert, egg, fried food, meat, noodles/pasta, rice, seafood, soup,
        vegetable/fruit.
    generator : numpy.random.Generator
        Source of all that varies; it is the only state that is read or changed.
    size : int
        Width and height in pixels.

    Returns
    -------
    tuple[numpy.ndarray, numpy.ndarray]
        (size, size, 3) uint8 RGB photograph and (size, size) bool mask of the food.
    """
    if not 0 <= label < len(FOODS):
        raise ValueError(f"The label of a still life is a number from 0 to {len(FOODS) - 1}, not {label}.")
    variants = FOODS[label][1]
    variant = variants[int(generator.integers(len(variants)))]
    area = float(generator.uniform(0.15, 0.43))
    radius = min(float(np.sqrt(area / variant.area)), 0.5)
    room = max(0.03, 0.42 - radius)
    x, y = 0.5 + generator.uniform(-room, room, 2) * 0.8
    spot = Spot(float(x), float(y), radius, float(generator.uniform(0, 2 * np.pi)))

    scene = blank(size * SUPERSAMPLING)
    lay_table(scene, generator)
    for _ in range(int(generator.integers(1, 4))):
        _lay_beside(scene, generator, spot, FLAT, 0.9)
    variant.draw(scene, generator, spot)
    for _ in range(int(generator.integers(0, 3))):
        _lay_beside(scene, generator, spot, STANDING, 1.1)
    if generator.random() < 0.55:
        _lay_over(scene, generator, spot)
    picture = photograph(illuminate(scene, some_light(generator), generator), generator)
    return picture, _shrunk(scene.food)


def _lay_beside(
    scene: Scene, generator: np.random.Generator, spot: Spot, props: tuple[tuple[Prop, float], ...], apart: float
) -> None:
    """Lay a prop where it leaves the food mostly free, if a few tries find such a place."""
    prop, radius = props[int(generator.integers(len(props)))]
    radius *= float(generator.uniform(0.85, 1.15))
    angle = float(generator.uniform(0, 2 * np.pi))
    for x, y in generator.uniform(-0.05, 1.05, (12, 2)):
        if np.hypot(x - spot.x, y - spot.y) > spot.radius * apart + radius * 0.75:
            prop(scene, generator, Spot(float(x), float(y), radius, angle))
            return


def _lay_over(scene: Scene, generator: np.random.Generator, spot: Spot) -> None:
    prop, radius = OVER[int(generator.integers(len(OVER)))]
    angle = float(generator.uniform(0, 2 * np.pi))
    # A utensil reaches in from outside; small things lie anywhere on the food.
    away = spot.radius * float(generator.uniform(0.0, 0.6)) + (radius if radius >= 0.3 else 0.0)
    x, y = spot.x + away * np.cos(angle), spot.y + away * np.sin(angle)
    prop(scene, generator, Spot(float(x), float(y), radius * float(generator.uniform(0.85, 1.15)), angle))


def _shrunk(mask: np.ndarray) -> np.ndarray:
    size = mask.shape[0] // SUPERSAMPLING
    parts = mask.reshape(size, SUPERSAMPLING, size, SUPERSAMPLING).sum(axis=(1, 3))
    return parts * 2 >= SUPERSAMPLING**2
