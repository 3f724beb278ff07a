"""The geometry of a layer's receptive field, which `receptive` measures. No torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Field:
    """Where the units of a layer look: unit i sees `size` pixels from `start + i * stride` on.

    Each is (rows, columns), in pixels of the network's input. A field that begins before the picture is cut off there.
    A layer whose units see everything, such as a linear one, has no `size`: `bounded` is false.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    start: tuple[int, int]
    bounded: bool = True

    def box(self, position: Sequence[int], size: Sequence[int]) -> tuple[int, int, int, int]:
        """What a unit sees of a picture of (height, width): top, left, bottom, right, the last two exclusive."""
        if not self.bounded:
            return 0, 0, int(size[0]), int(size[1])
        top, left = (
            start + stride * int(at) for start, stride, at in zip(self.start, self.stride, position, strict=True)
        )
        bottom, right = top + self.size[0], left + self.size[1]
        return max(top, 0), max(left, 0), min(bottom, int(size[0])), min(right, int(size[1]))

    def arrays(self) -> dict[str, np.ndarray]:
        """As arrays, by name."""
        return {name: np.array(getattr(self, name)) for name in ("size", "stride", "start", "bounded")}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "Field":
        """From what `arrays` gave."""
        size, stride, start = (tuple(map(int, arrays[name])) for name in ("size", "stride", "start"))
        return cls(size, stride, start, bool(arrays["bounded"]))  # type: ignore[arg-type]
