"""What every sheet says about a photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.figures.sheet import Tile


@dataclass(frozen=True, eq=False)
class Subject:
    """One photograph and its prediction.

    Attributes
    ----------
    image : str
        Its id.
    photograph : array or None, (H, W, 3) uint8
        As the network sees it; None if its file cannot be read any more.
    label : str or None
        Class it belongs to; None if unlabelled.
    predicted : str
        Class with the highest score.
    probability : float
        Of the predicted class.
    """

    image: str
    photograph: np.ndarray | None
    label: str | None
    predicted: str
    probability: float

    @property
    def wrong(self) -> bool:
        """Whether there is a label and the prediction is another."""
        return self.label is not None and self.label != self.predicted

    @property
    def tone(self) -> str:
        """How a tile says so: `plain` without a label, `right` or `wrong`."""
        return "plain" if self.label is None else "wrong" if self.wrong else "right"

    @property
    def heading(self) -> str:
        """The label, above a column."""
        return self.label if self.label is not None else "(no label)"

    @property
    def verdict(self) -> str:
        """The prediction in a line: ``✓ Egg 0.93``, ``✗ Dessert 0.54``; ``→ Egg 0.93`` without a label."""
        mark = {"plain": "→", "wrong": "✗", "right": "✓"}[self.tone]
        return f"{mark} {self.predicted} {share(self.probability)}"

    def tile(self, *lines: str, toned: bool = False) -> Tile:
        """The photograph with its label above and its id, or `lines`, below."""
        caption = "\n".join(lines or (self.image,))
        return Tile(
            self.photograph, self.heading, caption, tone=self.tone if toned else "plain", reason="cannot be read"
        )


def share(value: float | None) -> str:
    """A number in [0, 1] to two places, never rounded to a certainty that it is not."""
    if value is None or not np.isfinite(value):
        return "–"
    if 0.995 <= value < 1:
        return ">0.99"
    if 0 < value < 0.005:
        return "<0.01"
    return f"{value:.2f}"


def join(*sentences: str) -> str:
    """Sentences of a subtitle; empty ones are left out."""
    return " ".join(sentence for sentence in sentences if sentence)
