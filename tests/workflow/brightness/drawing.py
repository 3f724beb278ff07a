"""The brightness of the photographs of a sheet, and of one photograph."""

from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.brightness.sheet import brightness_sheet
from limelight.figures.drawing import Drawing
from limelight.machinery.items import Item


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """All photographs of a sheet."""
    tiles = []
    for subject in drawing.subjects():
        item = Item(image=subject.image)
        tiles.append((subject, drawing.arrays.get(item), drawing.failed.get(item, "not computed")))
    title = f"{drawing.model['model']}: how bright is each photograph?"
    return brightness_sheet(tiles, title, drawing.style), drawing.made([name for name, *_ in drawing.images])


image = sheet
"""That of one photograph is a sheet of one."""
