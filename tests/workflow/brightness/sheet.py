"""How bright is each photograph?"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style
from limelight.figures.subject import Subject


def brightness_sheet(
    tiles: Sequence[tuple[Subject, Mapping[str, np.ndarray] | None, str]], title: str, style: Style
) -> Figure:
    """Photographs above, maps of their brightness below; where there is none, the reason."""
    maps = [
        Tile(None, reason=reason) if of is None else Tile(of["map"], "", f"mean {of['mean']:.2f}", "gray", 0, 1)
        for _, of, reason in tiles
    ]
    photographs = [subject.tile() for subject, *_ in tiles]
    return contact_sheet([photographs, maps], row_titles=["photograph", "brightness"], title=title, style=style)
