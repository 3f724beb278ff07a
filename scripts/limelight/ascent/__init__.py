"""Gradient ascent on an input, by one engine: an objective, a canvas, transforms and a schedule.

Filter activation (Yosinski et al., 2015), class visualisation (Simonyan et al., 2014), feature visualisation (Olah et
al., 2017) and deep dream (Mordvintsev et al., 2015) differ only in these. Everything is for a batch of ascents, each
with its own objective, start, random transforms and octaves, and none depends on the others.
"""

from limelight.ascent.engine import Recording, State, ascend
from limelight.ascent.objectives import (
    Channel,
    DeepDream,
    Direction,
    Diversity,
    Logit,
    Objective,
    filter_mean,
    likeness,
    parse,
    scorer,
)
from limelight.ascent.octaves import Octaves
from limelight.ascent.schedule import Regularisation, Schedule
from limelight.ascent.transforms import Transforms

__all__ = [
    "Channel",
    "DeepDream",
    "Direction",
    "Diversity",
    "Logit",
    "Objective",
    "Octaves",
    "Recording",
    "Regularisation",
    "Schedule",
    "State",
    "Transforms",
    "ascend",
    "filter_mean",
    "likeness",
    "parse",
    "scorer",
]
