"""At which size, and what is carried upward?"""

import numpy as np
import torch
from torch import Tensor

from limelight.ascent import Octaves, Schedule, ascend
from limelight.ascent.octaves import resized


def photograph(size: tuple[int, int] = (24, 40)) -> Tensor:
    return torch.from_numpy(np.random.default_rng(8).uniform(0.2, 0.7, (2, 3, *size)))


THREE = Octaves(3, 1.5, 4, smallest=8)


def test_sizes_grow_to_the_full_one_and_too_small_ones_are_left_out() -> None:
    assert THREE.sizes((24, 40)) == [(11, 18), (16, 27), (24, 40)]
    assert Octaves(3, 1.5, 4, smallest=12).sizes((24, 40)) == [(16, 27), (24, 40)]
    assert Octaves(9, 1.5, 4, smallest=50).sizes((24, 40)) == [(24, 40)]
    assert [THREE.at(step, 3) for step in (0, 3, 4, 8, 99)] == [(0, 0), (0, 0), (1, 4), (2, 8), (2, 8)]


def test_identity_network_sees_each_size_and_a_dream_of_nothing_leaves_the_photograph() -> None:
    """The low octaves are not resampled into the picture: bit for bit the photograph, at every record."""
    seen = []

    def nothing(photographs: Tensor) -> Tensor:
        seen.append(tuple(photographs.shape[2:]))
        return photographs.sum((1, 2, 3)) * 0

    found = ascend(nothing, photograph(), Schedule((0, 2, 5, 9, 12), 0.1, octaves=THREE))
    assert [seen.count(size) for size in ((11, 18), (16, 27))] == [4, 4]
    for recorded in found.photographs:
        assert torch.equal(recorded, photograph())


def test_what_was_dreamt_at_a_small_size_is_carried_upward() -> None:
    """Brightness grows by step at every size, and constants survive resizing: x + t step."""
    found = ascend(lambda x: x.sum((1, 2, 3)), photograph(), Schedule((0, 3, 6, 12), 0.01, "normalised", octaves=THREE))
    for iteration, recorded in zip(found.iterations, found.photographs, strict=True):
        torch.testing.assert_close(recorded, photograph() + 0.01 * iteration)
    torch.testing.assert_close(found.scores, found.photographs.sum((2, 3, 4)))


def test_fine_detail_of_the_last_octave_leaves_the_low_octave_of_the_photograph() -> None:
    """An objective on an identity network that pays for a checkerboard alone, at the full size."""
    board = torch.ones(24, 40, dtype=torch.float64)
    board[::2, ::2] = board[1::2, 1::2] = -1

    def fine(photographs: Tensor) -> Tensor:
        own = board if photographs.shape[2:] == board.shape else torch.zeros(photographs.shape[2:])
        return (photographs * own).sum((1, 2, 3))

    found = ascend(fine, photograph(), Schedule((12,), 0.01, octaves=THREE)).photographs[0]
    assert (found - photograph()).abs().min() > 0.01
    low, before = resized(found, (11, 18)), resized(photograph(), (11, 18))
    assert (low - before)[..., 1:-1, 1:-1].abs().max() < 0.002


def test_shorter_run_with_octaves_is_the_beginning_of_the_longer() -> None:
    def objective(x: Tensor) -> Tensor:
        return (x.diff(dim=3) ** 2).mean((1, 2, 3))

    for parameterisation in ("pixels", "fourier"):
        kinds = {"optimiser": "adam", "parameterisation": parameterisation, "octaves": THREE}
        long = ascend(objective, photograph(), Schedule((0, 3, 6, 15), 0.02, **kinds))
        short = ascend(objective, photograph(), Schedule((0, 3, 6), 0.02, **kinds))
        assert torch.equal(long.photographs[:3], short.photographs)
        assert torch.equal(long.scores[:3], short.scores)
