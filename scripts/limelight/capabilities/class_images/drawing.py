"""The class images of a model."""

from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.dream.sheet import Dream, class_images_sheet
from limelight.figures.ascents import ascended, in_words
from limelight.figures.drawing import Drawing
from limelight.figures.subject import join
from limelight.machinery.items import Item


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """An image a class, in the order of the classes."""
    made = drawing.made()
    settings = made["made_from"][0]["parameters"]
    targets = {item.target for item in (*drawing.arrays, *drawing.failed) if item.target is not None}
    images = []
    for target in sorted(targets):
        item, name = Item(target=target), drawing.model["classes"][target]
        pixels = ascended(item, drawing.arrays, drawing.failed)
        if isinstance(pixels, str):
            images.append(Dream(None, name, reason=pixels))
        else:
            images.append(Dream(pixels, name, f"score {drawing.arrays[item]['scores'][-1]:.3g}"))
    figure = class_images_sheet(
        images,
        title=f"{drawing.model['model']}: which image maximises the score of each class?",
        subtitle=join(f"{in_words(settings)}, {settings['iterations']} iterations from noise.", drawing.left_out),
        style=drawing.style,
    )
    return figure, made
