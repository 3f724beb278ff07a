"""How does it look? Draws arrays; computes no gradient and needs no PyTorch."""

from limelight.figures.confusion import accuracies, confusion_matrix
from limelight.figures.dream import Dream, dream_classes_sheet, dream_sweep_sheet
from limelight.figures.filters import FilterRow, filters_figure, filters_sheet
from limelight.figures.lime import LimeTile, chosen, lime_figure, lime_sheet, overlay
from limelight.figures.page import Key
from limelight.figures.saliency import SaliencyTile, ceiling, heat, saliency_figure, saliency_sheet
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style, provenance, save
from limelight.figures.subject import Subject

__all__ = [
    "Dream",
    "FilterRow",
    "Key",
    "LimeTile",
    "SaliencyTile",
    "Style",
    "Subject",
    "Tile",
    "accuracies",
    "ceiling",
    "chosen",
    "confusion_matrix",
    "contact_sheet",
    "dream_classes_sheet",
    "dream_sweep_sheet",
    "filters_figure",
    "filters_sheet",
    "heat",
    "lime_figure",
    "lime_sheet",
    "overlay",
    "provenance",
    "saliency_figure",
    "saliency_sheet",
    "save",
]
