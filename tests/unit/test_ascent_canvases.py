"""What is moved?"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from limelight.ascent import Regularisation, Schedule, ascend
from limelight.ascent.canvases import Canvas, Pixels, Spectrum
from limelight.ascent.colours import LUCID, learned, matrix
from limelight.ascent.starts import noise, soft_noise

SIZES = [(8, 8), (7, 10), (9, 5)]


def grey(size: tuple[int, int]) -> Tensor:
    return torch.full((3, *size), 0.5)


def pictures(size: tuple[int, int], count: int = 2) -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).uniform(0.01, 0.99, (count, 3, *size)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", ["lucid", "rgb"])
def test_spectrum_there_and_back(size: tuple[int, int], colours: str) -> None:
    canvas = Spectrum(size, colours)
    torch.testing.assert_close(canvas.decode(canvas.encode(pictures(size))), pictures(size), rtol=0, atol=1e-12)


def test_black_and_white_come_back_to_the_byte() -> None:
    extremes = torch.tensor([0.0, 1.0]).repeat(1, 3, 8, 4)
    canvas = Spectrum((8, 8))
    assert torch.equal((canvas.decode(canvas.encode(extremes)) * 255).round(), extremes * 255)


@given(st.sampled_from(SIZES), st.integers(0, 1000))
def test_gradient_of_the_spectrum_is_the_adjoint(size: tuple[int, int], number: int) -> None:
    """<J v, w> = <v, J^T w> for the Jacobian J of a canvas at grey, where the sigmoid's slope is 1/4."""
    canvas, generator = Spectrum(size), torch.Generator().manual_seed(number)
    values = torch.zeros(1, 3, size[0], size[1] // 2 + 1, 2, dtype=torch.float64)
    v = torch.randn(values.shape, generator=generator).double()
    w = torch.randn(1, 3, *size, generator=generator).double()
    _, forward = torch.func.jvp(canvas.decode, (values,), (v,))
    values.requires_grad_()
    (backward,) = torch.autograd.grad(canvas.decode(values), values, w)
    torch.testing.assert_close((forward * w).sum(), (v * backward).sum(), rtol=1e-9, atol=1e-9)


def test_spectrum_against_a_slow_sum_of_waves() -> None:
    """One coefficient of one colour is one wave, in the colours of that column, as high as 1/f says."""
    canvas, (height, width) = Spectrum((6, 8)), (6, 8)
    values = torch.zeros(1, 3, 6, 5, 2, dtype=torch.float64)
    values[0, 1, 2, 3] = torch.tensor([0.7, -0.4])
    down, across = torch.meshgrid(torch.arange(6.0), torch.arange(8.0), indexing="ij")
    phase = 2 * torch.pi * (2 * down / height + 3 * across / width)
    frequency = np.hypot(2 / height, 3 / width)
    wave = 0.25 / frequency * 2 * (0.7 * torch.cos(phase) + 0.4 * torch.sin(phase)) / np.sqrt(height * width)
    colours = torch.tensor(LUCID) / torch.tensor(LUCID).norm(dim=0).max()
    slow = torch.sigmoid(colours[:, 1, None, None] * wave)
    torch.testing.assert_close(canvas.decode(values)[0].float(), slow.float(), rtol=0, atol=1e-6)


CANVASES = {"pixels": Pixels(), "fourier": Spectrum((8, 8))}


@pytest.mark.parametrize("parameterisation", CANVASES)
def test_a_linear_objective_goes_to_the_corner(parameterisation: str) -> None:
    """The optimum of <w, x> in [0, 1] is 1 where w > 0 and 0 elsewhere."""
    direction = torch.from_numpy(np.random.default_rng(3).normal(size=(3, 8, 8))).sign()
    schedule = Schedule((2000,), 0.02, "adam", parameterisation=parameterisation, colours="rgb")
    found = ascend(lambda x: (x * direction).sum((1, 2, 3)), grey((8, 8))[None].double(), schedule).photographs[0]
    right = (found - (direction > 0).double()).abs() < 0.03
    # A pixel that neighbours have dragged far to the wrong side of the sigmoid stays there; nearly none is.
    assert right.double().mean() > (0.98 if parameterisation == "fourier" else 0.999)


@pytest.mark.parametrize("parameterisation", CANVASES)
def test_a_quadratic_objective_reaches_its_top(parameterisation: str) -> None:
    start = 0.3 + 0.4 * pictures((8, 8))
    top = start.flip(0)
    schedule = Schedule((1500,), 0.02, "adam", parameterisation=parameterisation)
    found = ascend(lambda x: -((x - top) ** 2).sum((1, 2, 3)), start, schedule).photographs[0]
    assert (found - top).abs().max() < 0.01


@pytest.mark.parametrize("canvas", CANVASES.values(), ids=list(CANVASES))
def test_grey_fades_and_blurs_to_itself(canvas: Canvas) -> None:
    values = canvas.encode(grey((8, 8))[None].double())
    for changed in (canvas.faded(values, 0.3), canvas.blurred(values, 1.5), canvas.clipped(values)):
        torch.testing.assert_close(canvas.decode(changed), grey((8, 8))[None].double())


def test_fading_and_blurring_in_closed_form() -> None:
    x = pictures((8, 8))
    torch.testing.assert_close(Pixels().faded(x, 0.25), 0.5 + 0.75 * (x - 0.5))
    spectrum = Spectrum((64, 64))
    spot = torch.full((1, 3, 64, 64), 0.5, dtype=torch.float64)
    spot[..., 32, 32] += 1e-4  # so little that the sigmoid is a line
    pixels = Pixels().blurred(spot, 2.0)
    fourier = spectrum.decode(spectrum.blurred(spectrum.encode(spot), 2.0))
    offsets = torch.arange(64.0) - 32
    gaussian = torch.exp(-(offsets[:, None] ** 2 + offsets**2) / 8) / (8 * torch.pi)
    for found in (pixels, fourier):
        np.testing.assert_allclose((found[0, 0] - 0.5) / 1e-4, gaussian, atol=5e-4)


def test_regularisers_pull_where_they_should() -> None:
    """With an objective that wants nothing: total variation smooths, decay fades, each as far as it says."""
    x = pictures((8, 8))

    def nothing(photographs: Tensor) -> Tensor:
        return photographs.sum((1, 2, 3)) * 0

    decay = ascend(nothing, x, Schedule((3,), 0.1, "plain", regularisation=Regularisation(decay=0.1))).photographs[0]
    torch.testing.assert_close(decay, 0.5 + 0.9**3 * (x - 0.5))
    smooth = ascend(nothing, x, Schedule((50,), 0.1, "plain", regularisation=Regularisation(total_variation=1)))
    assert smooth.photographs[0].diff(dim=3).abs().mean() < 0.8 * x.diff(dim=3).abs().mean()
    torch.testing.assert_close(smooth.photographs[0].mean(), x.mean())
    blurred = ascend(nothing, x, Schedule((7,), 0.1, "plain", regularisation=Regularisation(blur=1.0, blur_every=3)))
    torch.testing.assert_close(blurred.photographs[0], Pixels().blurred(Pixels().blurred(x, 1.0), 1.0))


def test_colours_are_learned_from_the_covariance() -> None:
    """The matrix times its transpose is the covariance, but for the scale; light and dark first."""
    root = torch.tensor([[3.0, 0.5, 0.1], [3.0, 0.0, -0.2], [3.0, -0.5, 0.1]])
    values = torch.randn(3, 40_000, generator=torch.Generator().manual_seed(0))
    colours = learned((root @ values).view(3, 1, 200, 200).movedim(0, 1))
    covariance = (colours @ colours.T).float()
    expected = root @ root.T
    torch.testing.assert_close(covariance / covariance.trace(), expected / expected.trace(), rtol=0, atol=0.02)
    np.testing.assert_allclose(colours.norm(dim=0).max(), 1)
    assert (colours[:, 0] > 0.5).all()
    assert matrix(learned(torch.full((1, 3, 4, 4), 0.5)).tolist()).inverse().isfinite().all()


def test_starts_belong_to_their_identity() -> None:
    canvas = Spectrum((16, 20))
    one = soft_noise(canvas, 7, "cnn.4", 3)
    assert one.shape == (3, 16, 20)
    assert torch.equal(one, soft_noise(canvas, 7, "cnn.4", 3))
    assert not torch.equal(one, soft_noise(canvas, 7, "cnn.4", 4))
    assert 0.0001 < one.std() < 0.05
    assert not torch.equal(noise((16, 20), 1), noise((16, 20), 2))


def test_resting_in_the_fourier_plane_changes_no_photograph(classify: Callable) -> None:
    found = ascend(lambda x: x.sum((1, 2, 3)) * 0, pictures((8, 8)), Schedule((0, 5), 0.1, parameterisation="fourier"))
    torch.testing.assert_close(found.photographs[1], pictures((8, 8)), rtol=0, atol=1e-12)
    assert found.blocked.tolist() == [5, 5]
