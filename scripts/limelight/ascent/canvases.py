"""The parameterisation of an image: its pixels, or its spectrum.

A canvas turns values into photographs and back, and knows what the regularisers mean for its values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.ascent.colours import matrix

NEARLY = 1 / 512
"""How near to black and white a spectrum can come at its start: less than a step of 8 bits."""


class Canvas(Protocol):
    """For pictures of one size."""

    def encode(self, photographs: Tensor) -> Tensor:
        """Values of photographs, (B, 3, H, W) in [0, 1]."""
        ...

    def decode(self, values: Tensor) -> Tensor:
        """Photographs of values, (B, 3, H, W), differentiable."""
        ...

    def clipped(self, values: Tensor) -> Tensor:
        """Values whose photographs are in [0, 1]."""
        ...

    def faded(self, values: Tensor, rate: float) -> Tensor:
        """Decayed towards grey by this share of the distance."""
        ...

    def blurred(self, values: Tensor, width: float) -> Tensor:
        """Smoothed by a Gaussian whose standard deviation is given in pixels."""
        ...


@dataclass(frozen=True)
class Pixels:
    """The values are the photograph."""

    def encode(self, photographs: Tensor) -> Tensor:
        """The photographs."""
        return photographs

    def decode(self, values: Tensor) -> Tensor:
        """The values."""
        return values

    def clipped(self, values: Tensor) -> Tensor:
        """Values in [0, 1]."""
        return values.clamp(0, 1)

    def faded(self, values: Tensor, rate: float) -> Tensor:
        """Towards 0.5."""
        return 0.5 + (values - 0.5) * (1 - rate)

    def blurred(self, values: Tensor, width: float) -> Tensor:
        """Convolved, with the border repeated."""
        reach = max(1, round(3 * width))
        offsets = torch.arange(-reach, reach + 1, dtype=values.dtype, device=values.device)
        kernel = torch.exp(-0.5 * (offsets / width) ** 2)
        kernel = kernel / kernel.sum()
        flat = values.flatten(0, 1)[:, None]
        flat = F.conv2d(F.pad(flat, (0, 0, reach, reach), "replicate"), kernel.view(1, 1, -1, 1))
        flat = F.conv2d(F.pad(flat, (reach, reach, 0, 0), "replicate"), kernel.view(1, 1, 1, -1))
        return flat.view(values.shape)


@dataclass(frozen=True)
class Spectrum:
    """The values are the Fourier coefficients of decorrelated colours (Olah et al., Feature Visualization, 2017).

    A photograph is sigmoid(colours x irfft2(values x gain)), with the orthonormal transform and a gain of 1/f: all
    values then matter alike for pictures like photographs, whose spectra fall off in that way, so that an ascent does
    not begin with the finest grain.

    Parameters
    ----------
    size
        Height and width in pixels.
    colours
        As `colours.matrix` takes them.
    """

    size: tuple[int, int]
    colours: str | tuple[tuple[float, ...], ...] = "lucid"

    def encode(self, photographs: Tensor) -> Tensor:
        """Coefficients, (B, 3, H, W // 2 + 1, 2): real and imaginary parts."""
        raw = torch.logit(photographs.clamp(NEARLY, 1 - NEARLY))
        spectra = torch.fft.rfft2(self._mixed(raw, self._colours(raw).inverse()), norm="ortho")
        return torch.view_as_real(spectra) / _gain(self.size, raw.dtype, raw.device)

    def decode(self, values: Tensor) -> Tensor:
        """Photographs."""
        spectra = torch.view_as_complex((values * _gain(self.size, values.dtype, values.device)).contiguous())
        return torch.sigmoid(self._mixed(torch.fft.irfft2(spectra, s=self.size, norm="ortho"), self._colours(values)))

    def clipped(self, values: Tensor) -> Tensor:
        """The values: a sigmoid is in [0, 1]."""
        return values

    def faded(self, values: Tensor, rate: float) -> Tensor:
        """Towards 0, which is grey."""
        return values * (1 - rate)

    def blurred(self, values: Tensor, width: float) -> Tensor:
        """Times the transform of a Gaussian; the picture wraps around."""
        frequencies = _frequencies(self.size, values.dtype, values.device)
        return values * torch.exp(-2 * (torch.pi * width * frequencies) ** 2)[..., None]

    def noise(self, generator: torch.Generator) -> Tensor:
        """A start: values of standard deviation 0.01, (1, 3, H, W // 2 + 1, 2); a picture almost grey."""
        height, width = self.size
        return 0.01 * torch.randn(1, 3, height, width // 2 + 1, 2, generator=generator)

    def _colours(self, like: Tensor) -> Tensor:
        return matrix(self.colours).to(like)

    def _mixed(self, images: Tensor, mixing: Tensor) -> Tensor:
        return (mixing @ images.flatten(2)).view(images.shape)


def _frequencies(size: tuple[int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Of each coefficient, in cycles a pixel, (H, W // 2 + 1)."""
    height, width = size
    down = torch.fft.fftfreq(height, dtype=dtype, device=device)
    across = torch.fft.rfftfreq(width, dtype=dtype, device=device)
    return torch.hypot(down[:, None], across[None])


@lru_cache(maxsize=64)  # an ascent wants it at each step, once for each octave
def _gain(size: tuple[int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Of the real and of the imaginary part of each coefficient, (H, W // 2 + 1, 2)."""
    gain = 0.25 / _frequencies(size, dtype, device).clamp_min(1 / max(size))
    return gain[..., None].expand(*gain.shape, 2).contiguous()


def canvas(parameterisation: str, size: Sequence[int], colours: str | tuple[tuple[float, ...], ...]) -> Canvas:
    """The canvas for pictures of one size: `pixels`, or `fourier` in these colours."""
    height, width = size
    return Pixels() if parameterisation == "pixels" else Spectrum((height, width), colours)
