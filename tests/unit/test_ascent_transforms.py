"""How is a picture looked at?"""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from limelight.ascent import Schedule, Transforms, ascend
from limelight.ascent.tiles import cut, scored, scores_and_gradient
from limelight.ascent.transforms import BLOCK, _sampled, draws


@pytest.fixture
def pictures() -> Tensor:
    return torch.from_numpy(np.random.default_rng(5).random((3, 3, 9, 12)))


def slow_view(picture: Tensor, draw: list[float], pad: int) -> Tensor:
    """Pixel by pixel: undo angle, factor and shift, and mix the four neighbours."""
    down, across, factor, angle = draw
    _, height, width = picture.shape
    view = torch.full((3, height + 2 * pad, width + 2 * pad), 0.5, dtype=torch.float64)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    for y in range(view.shape[1]):
        for x in range(view.shape[2]):
            v, u = y - (view.shape[1] - 1) / 2, x - (view.shape[2] - 1) / 2
            left = (cosine * u - sine * v) / factor - across + (width - 1) / 2
            top = (sine * u + cosine * v) / factor - down + (height - 1) / 2
            for row in (math.floor(top), math.floor(top) + 1):
                for column in (math.floor(left), math.floor(left) + 1):
                    if 0 <= row < height and 0 <= column < width:
                        share = (1 - abs(top - row)) * (1 - abs(left - column))
                        view[:, y, x] += share * (picture[:, row, column] - 0.5)
    return view


@pytest.mark.parametrize("pad", [0, 3])
def test_views_against_a_slow_twin(pictures: Tensor, pad: int) -> None:
    draws = [[2.0, -3.0, 1.0, 0.0], [0.0, 1.0, 0.9, 0.0], [-1.0, 2.0, 1.1, 25.0]]
    found = _sampled(pictures, torch.tensor(draws, dtype=torch.float64), pad)
    slow = torch.stack([slow_view(picture, draw, pad) for picture, draw in zip(pictures, draws, strict=True)])
    torch.testing.assert_close(found, slow, rtol=0, atol=1e-9)


def test_jitter_alone_rolls_and_padding_is_grey(pictures: Tensor) -> None:
    views = Transforms(jitter=4).views(pictures, [1, 2, 3], 7)
    for picture, view in zip(pictures, views, strict=True):
        rolls = [torch.roll(picture, (y, x), (1, 2)) for y in range(-4, 5) for x in range(-4, 5)]
        assert any(torch.equal(view, roll) for roll in rolls)
    padded = Transforms(pad=2).views(pictures, [1, 2, 3], 7)
    assert torch.equal(padded[..., 2:-2, 2:-2], pictures)
    assert (padded[..., :2, :] == 0.5).all()


def test_a_view_belongs_to_its_seed_and_iteration(pictures: Tensor) -> None:
    """Not to the pictures beside it, nor to torch's own generator."""
    all_of_it = Transforms(2, 0.2, 20, 1)
    same = pictures[:1].repeat(3, 1, 1, 1)
    before = torch.get_rng_state()
    views = all_of_it.views(same, [5, 6, 5], 3)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(views[0], views[2])
    assert not torch.equal(views[0], views[1])
    torch.testing.assert_close(all_of_it.views(same[:1], [5], 3)[0], views[0])
    assert not torch.equal(all_of_it.views(same[:1], [5], 4)[0], views[0])


def test_draws_stay_within_their_bounds_and_reach_them() -> None:
    drawn = torch.cat([draws(Transforms(3, 0.1, 15), own, block) for own in range(5) for block in range(2)])
    assert set(drawn[:, :2].flatten().tolist()) == {-3, -2, -1, 0, 1, 2, 3}
    assert 0.9 <= drawn[:, 2].min() < 0.91 < 1.09 < drawn[:, 2].max() <= 1.1
    assert -15 <= drawn[:, 3].min() < -14 < 14 < drawn[:, 3].max() <= 15
    assert len(drawn[:, 2].unique()) == len(drawn) == 10 * BLOCK


def test_without_transforms_a_view_is_the_photograph(pictures: Tensor) -> None:
    assert Transforms().views(pictures, [1, 2, 3], 0) is pictures


def test_recorded_score_is_that_of_the_photograph_not_of_a_view(pictures: Tensor) -> None:
    weights = torch.from_numpy(np.random.default_rng(2).normal(size=(3, 9, 12)))
    found = ascend(
        lambda x: (x * weights).sum((1, 2, 3)), pictures, Schedule((0, 2), 0.01, transforms=Transforms(jitter=3))
    )
    np.testing.assert_allclose(found.scores, (found.photographs * weights).sum((2, 3, 4)), rtol=1e-9)


# --- tiles --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tile", "count"), [(4, 9), (3, 12), (9, 2), (20, 1)])
def test_tiles_of_one_shape_cover_the_picture(tile: int, count: int) -> None:
    covered = np.zeros((9, 12), int)
    shapes = set()
    for rows, columns in cut(9, 12, tile):
        covered[rows, columns] += 1
        shapes.add(covered[rows, columns].shape)
    assert covered.min() == 1
    assert shapes == {(min(tile, 9), min(tile, 12))}
    assert len(list(cut(9, 12, tile))) == count


def test_tiled_gradient_of_a_local_objective_is_that_of_the_whole(pictures: Tensor) -> None:
    """The mean square of the pixels knows no neighbours; tiles of 3 x 3 fit without overlap."""

    def energy(photographs: Tensor) -> Tensor:
        return photographs.square().flatten(1).mean(1)

    def gradient(score: Tensor, photographs: Tensor) -> Tensor:
        return torch.autograd.grad(score, photographs)[0]

    score, slope = scores_and_gradient(energy, gradient, pictures, 3)
    torch.testing.assert_close(score, energy(pictures))
    torch.testing.assert_close(slope, 2 * pictures / pictures[0].numel())
    torch.testing.assert_close(scored(energy, pictures, 3), score)
    tiled = ascend(energy, pictures, Schedule((4,), 0.01, tile=3))
    whole = ascend(energy, pictures, Schedule((4,), 0.01))
    torch.testing.assert_close(tiled.photographs, whole.photographs)
