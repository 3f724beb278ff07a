"""The settings of a gradient ascent except its objective and start, from the `ascent` section of a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from limelight.ascent.octaves import Octaves
from limelight.ascent.transforms import Transforms


@dataclass(frozen=True)
class Regularisation:
    """What keeps a picture plain (Yosinski et al., 2015; Mahendran and Vedaldi, 2015).

    Parameters
    ----------
    decay
        After each step the values are so much nearer to grey: 0.01 for a hundredth.
    total_variation
        Weight of the mean absolute difference of neighbouring pixels, which is subtracted from the objective.
    blur
        Standard deviation in pixels of a Gaussian, after every `blur_every` steps.
    """

    decay: float = 0.0
    total_variation: float = 0.0
    blur: float = 0.0
    blur_every: int = 4


@dataclass(frozen=True)
class Schedule:
    """How the ascent proceeds.

    Parameters
    ----------
    record
        The iterations to keep, from one run; 0 is the start, the largest is the length of the run.
    step
        In units of the photograph, whose range is [0, 1], or of the spectrum's values.
    optimiser
        `normalised`: x += step * g / mean |g| of that picture; `plain`: x += step * g; `adam`: Adam at rate `step`.
    clip
        `each`: pixels are clipped to [0, 1] after each step; `end`: only in what is recorded.
    parameterisation, colours
        As `canvases.canvas` takes them.
    redirect
        Number of first steps in which the gradient of a picture that ReLUs block entirely is redirected.
    tile
        Pixels of a side of the tiles in which gradients are taken; 0 takes them of the whole.
    """

    record: tuple[int, ...]
    step: float
    optimiser: str = "normalised"
    clip: str = "each"
    parameterisation: str = "pixels"
    colours: str | tuple[tuple[float, ...], ...] = "lucid"
    transforms: Transforms = field(default_factory=Transforms)
    regularisation: Regularisation = field(default_factory=Regularisation)
    octaves: Octaves = field(default_factory=Octaves)
    redirect: int = 0
    tile: int = 0

    @property
    def iterations(self) -> tuple[int, ...]:
        """The recorded iterations, in order."""
        return tuple(sorted(self.record))

    @classmethod
    def of(cls, record: Sequence[int], ascent: Mapping[str, Any]) -> "Schedule":
        """From the `ascent` section of a study; what it does not say is off."""
        plain = ("optimiser", "clip", "parameterisation", "redirect", "tile")
        colours = ascent.get("colours", "lucid")
        return cls(
            tuple(record),
            ascent["step"],
            colours=colours if isinstance(colours, str) else tuple(map(tuple, colours)),
            transforms=Transforms(**ascent.get("transforms", {})),
            regularisation=Regularisation(**ascent.get("regularisation", {})),
            octaves=Octaves(**ascent.get("octaves", {})),
            **{key: ascent[key] for key in plain if key in ascent},
        )
