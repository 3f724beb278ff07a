"""What tests of figures draw, and how they look at it."""

import itertools

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from limelight.figures.style import drawing
from limelight.figures.subject import Subject

NAMES = [
    "Vegetable/Fruit",
    "great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias",
    "麵包",
    "$x$ <script>alert(1)</script>",
    "Supercalifragilisticexpialidocious_and_more_without_a_space",
    "",
]


def photograph(seed: int, size: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def subject(number: int, label: str | None = "Egg", predicted: str = "Egg") -> Subject:
    return Subject(f"folder/egg_{number:02}", photograph(number), label, predicted, 0.9)


def pixels(figure: Figure) -> np.ndarray:
    with drawing():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def check_words(figure: Figure) -> None:
    """No text leaves the canvas, and no two overlap."""
    with drawing():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        texts = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
        boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    page = figure.bbox
    for text, box in zip(texts, boxes, strict=True):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
        assert inside, f"{text.get_text()!r} leaves the sheet: {box} of {page}"
        assert text.get_fontsize() >= 7
    for (a, one), (b, two) in itertools.combinations(zip(texts, boxes, strict=True), 2):
        across = min(one.x1, two.x1) - max(one.x0, two.x0)
        down = min(one.y1, two.y1) - max(one.y0, two.y0)
        assert across <= 1 or down <= 1, f"{a.get_text()!r} overlaps {b.get_text()!r}"
