"""Outputs of the network for a photograph of which some superpixels are switched off."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from limelight.network.classifier import Classifier
from limelight.study.errors import LimelightError

BatchedMap = Callable[[Tensor, int, Callable[[Tensor], Tensor]], Iterable[tuple[Tensor, Tensor]]]
"""Applies a function to batches of consecutive rows, of at most a given size; yields each with its result."""


def in_steps(rows: Tensor, size: int, compute: Callable[[Tensor], Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """The plain `BatchedMap`: `size` rows at a time, the last batch may be smaller."""
    for part in rows.split(size):
        yield part, compute(part)


class States:
    """Which of K superpixels are on in each perturbed photograph, drawn as the package `lime` draws them.

    However many are drawn at once, the rows are the same: drawing goes on where it stopped.
    """

    def __init__(self, superpixels: int, seed: int) -> None:
        self.superpixels = superpixels
        self.drawn = np.empty((0, superpixels), dtype=bool)
        self._random = np.random.RandomState(seed % 2**32)
        self._random.randint(0, 1000)  # the package first draws a seed for its segmentation, needed or not

    def draw(self, count: int) -> np.ndarray:
        """`count` more rows, (count, K) bool; the very first row is the photograph itself, all on."""
        rows = self._random.randint(0, 2, count * self.superpixels).reshape(count, self.superpixels).astype(bool)
        if not len(self.drawn):
            rows[0] = True  # after the draw, as in the package
        self.drawn = np.concatenate([self.drawn, rows])
        return rows


def fill(image: np.ndarray, segments: np.ndarray, colour: float | str) -> np.ndarray:
    """What superpixels show when they are off, (H, W, 3): the `mean` of each one's pixels, or a grey value."""
    if colour != "mean":
        return np.full_like(image, float(colour))
    # The package averages one channel of one superpixel at a time, and the last bit of a sum depends on its order.
    order = np.argsort(segments, axis=None, kind="stable")
    regions = np.split(image.reshape(-1, 3)[order], np.cumsum(np.bincount(segments.ravel()))[:-1])
    means = np.array([[np.mean(region[:, channel]) for channel in range(3)] for region in regions])
    return means[segments]


class Neighbourhood:
    """The outputs for some classes as a function of which superpixels are on.

    Photograph, fill and segments go to the network's device once, and the perturbed photographs are composed there.

    Parameters
    ----------
    image
        (H, W, 3) float64 in [0, 1].
    off
        What superpixels show when they are off, (H, W, 3).
    segments
        (H, W) int, labels 0..K-1.
    probability
        Whether class probabilities or logits.
    """

    def __init__(
        self,
        classifier: Classifier,
        image: np.ndarray,
        off: np.ndarray,
        segments: np.ndarray,
        classes: Sequence[int],
        probability: bool,
    ) -> None:
        self.classifier, self.classes, self.probability = classifier, list(classes), probability
        device, dtype = classifier.mean.device, classifier.mean.dtype
        planes = [torch.from_numpy(pixels.transpose(2, 0, 1).copy()).flatten(1)[None] for pixels in (image, off)]
        self._on, self._off = (pixels.to(dtype).to(device) for pixels in planes)  # not every device knows float64
        self._segments = torch.from_numpy(segments).flatten().to(device)
        self._size = segments.shape

    def composed(self, states: Tensor) -> Tensor:
        """The perturbed photographs, (N, 3, H, W) in [0, 1], for (N, K) bool."""
        on = states.to(self._on.dtype).index_select(1, self._segments)
        # With weights of 0 and 1 this chooses, bit for bit; on a CPU `torch.where` takes ten times as long for it.
        return torch.lerp(self._off, self._on, on[:, None]).unflatten(2, self._size)

    def outputs(self, states: np.ndarray, steps: BatchedMap, size: int) -> np.ndarray:
        """What the network says of them, (N, C) float64, for (N, K) bool, in steps of at most `size`.

        Raises
        ------
        LimelightError
            An output is not finite.
        """
        rows = torch.from_numpy(states).to(self._segments.device)
        values = torch.cat([answer for _, answer in steps(rows, size, self._forward)]).cpu().double().numpy()
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            raise LimelightError(
                f"the network's output for class {self.classifier.classes[self.classes[column]]} is "
                f"{values[row, column]} in a perturbed photograph; expected finite numbers"
            )
        return values

    def _forward(self, states: Tensor) -> Tensor:
        logits = self.classifier(self.composed(states))
        return (logits.softmax(1) if self.probability else logits)[:, self.classes]
