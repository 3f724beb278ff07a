"""The eleven foods: for each label its name and the ways it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from limelight.demo import animal, baked, bowls, garden, sweet
from limelight.demo.paint import Scene, Spot


@dataclass(frozen=True)
class Variant:
    """One way to draw a food, and the area it covers for a spot of radius 1."""

    draw: Callable[[Scene, np.random.Generator, Spot], None]
    area: float


FOODS: tuple[tuple[str, tuple[Variant, ...]], ...] = (
    ("bread", (Variant(baked.bread_slices, 2.5), Variant(baked.loaf, 1.35), Variant(baked.rolls, 2.7))),
    (
        "dairy product",
        (
            Variant(sweet.cheese_wedge, 1.5),
            Variant(sweet.yoghurt, 2.2),
            Variant(sweet.camembert, 2.7),
        ),
    ),
    (
        "dessert",
        (
            Variant(sweet.cake, 2.4),
            Variant(sweet.doughnuts, 2.6),
            Variant(sweet.cupcake, 3.0),
        ),
    ),
    ("egg", (Variant(animal.fried_egg, 2.4), Variant(animal.boiled_eggs, 2.0), Variant(animal.shell_eggs, 1.55))),
    (
        "fried food",
        (
            Variant(baked.chips, 2.1),
            Variant(baked.nuggets, 2.2),
            Variant(baked.onion_rings, 1.75),
            Variant(baked.churros, 2.2),
        ),
    ),
    ("meat", (Variant(animal.raw_steak, 1.85), Variant(animal.grilled_steak, 1.85), Variant(animal.sausages, 2.2))),
    ("noodles/pasta", (Variant(bowls.spaghetti, 2.9), Variant(bowls.noodle_bowl, 1.8), Variant(bowls.penne, 1.95))),
    ("rice", (Variant(bowls.rice_bowl, 1.95), Variant(bowls.fried_rice, 2.8), Variant(bowls.rice_balls, 1.6))),
    ("seafood", (Variant(animal.shrimps, 1.4), Variant(animal.fish, 1.3), Variant(animal.salmon, 2.75))),
    ("soup", (Variant(bowls.cream_soup, 2.1), Variant(bowls.clear_soup, 2.1), Variant(bowls.stew, 2.1))),
    (
        "vegetable/fruit",
        (
            Variant(garden.tomato_slices, 2.3),
            Variant(garden.kiwi, 2.3),
            Variant(garden.citrus, 2.2),
            Variant(garden.broccoli, 1.6),
            Variant(garden.strawberries, 1.5),
        ),
    ),
)
