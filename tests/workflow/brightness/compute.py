"""How bright is a photograph?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:  # a change of the machinery changes no result
    from limelight.machinery.arrays import Arrays
    from limelight.machinery.units import Failure, Unit
    from limelight.machinery.work import Work


def measure(work: Work, units: Sequence[Unit]) -> Iterator[tuple[Unit, Arrays | Failure]]:
    """For each photograph its `map`, (H, W) float32 in [0, 1], the mean over the colours, and the `mean` of that."""

    def compute(part: Sequence[Unit], photographs: Tensor) -> list[Arrays]:
        maps = (brightness(photographs, unit.parameters["power"]) for unit in part)
        return [{"map": of[row].cpu().numpy(), "mean": of[row].mean().cpu().numpy()} for row, of in enumerate(maps)]

    return work.steps(units, compute)


def brightness(photographs: Tensor, power: float) -> Tensor:
    """(B, H, W) of photographs, (B, 3, H, W) in [0, 1]."""
    return photographs.mean(1) ** power
