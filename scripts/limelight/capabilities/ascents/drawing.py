"""Ways to ascend side by side: pictures, and how much each excites its filter."""

from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.ascents.sheet import Reached, ascents_sheet
from limelight.figures.ascents import ascended
from limelight.figures.drawing import Drawing
from limelight.figures.subject import join
from limelight.machinery import tables
from limelight.machinery.items import Item


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """A row a filter, a column a way."""
    rows: dict[tuple[str, int, float], dict[str, Reached]] = {}
    for row in tables.read(drawing.files["table"]).itertuples():
        image = ascended(Item(layer=row.layer, filter=row.filter, variant=row.setting), drawing.arrays, drawing.failed)
        picture, reason = (None, image) if isinstance(image, str) else (image, "")
        reached = Reached(picture, row.activation, row.held_out, reason)
        rows.setdefault((row.layer, row.filter, row.photographs), {})[row.setting] = reached
    made = drawing.made()
    steps = made["made_from"][0]["parameters"]["noise_iterations"]
    figure = ascents_sheet(
        rows,
        title=f"{drawing.model['model']}: which activation does each way of ascent reach?",
        subtitle=join(f"The same noise, {steps} steps each.", drawing.left_out),
        style=drawing.style,
    )
    return figure, made
