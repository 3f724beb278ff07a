"""The figure that is drawn where a network can compute nothing of one: it gives the reason."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from limelight.figures.drawing import Drawing
from limelight.figures.sheet import Tile, contact_sheet
from limelight.machinery import arrays


def left_out(drawing: Drawing) -> tuple[Figure, dict[str, Any], Sequence[Figure]] | None:
    """A sheet that says why nothing was computed, what made it, and itself as the one frame of an animation.

    None where something was computed, or failed.
    """
    if not drawing.left_out or any(arrays.read_index(path).entries for path in drawing.paths()):
        return None
    records = [arrays.read_provenance(path) for path in drawing.paths()]
    models = ", ".join(dict.fromkeys(record["model"]["model"] for record in records))
    figure = contact_sheet(
        [[Tile(None, reason="left out")]],
        title=f"{models}: {records[0]['method'].replace('_', ' ')}",
        subtitle=f"Left out. {drawing.left_out}",
        style=drawing.style,
    )
    return figure, drawing.made(), [figure]
