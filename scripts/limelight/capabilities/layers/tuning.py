"""Preferred orientation and spatial frequency of a filter, measured on its image from gradient ascent.

The ascent of a filter's mean activation makes, mostly, one texture all over the picture. Its spectrum says how fine it
is and which way its stripes run. No torch.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from limelight.capabilities.layers.field import Field
from limelight.statistics import spearman

CHANCE = 0.01
"""An orientation is named where a texture without any would look as oriented with less than this probability."""

TEXTURE = 2.0
"""How much more energy a texture has than the noise that the ascent started from."""

ROUNDING = 0.1
"""Grey levels: a texture weaker than that on the mean is rounding."""

_HANN_MODES = 2.25
"""Noise bandwidth of a Hann window in two dimensions: neighbouring coefficients that vary together."""


@dataclass(frozen=True)
class Tuning:
    """What a filter prefers.

    Attributes
    ----------
    frequency : float
        In cycles a pixel, 0 to 0.5 along the axes: half of the energy is finer. NaN where there is no texture.
    bandwidth : float
        Octaves between the frequencies below which a quarter and three quarters of the energy lie.
    orientation : float
        Of the stripes, in degrees counter-clockwise from horizontal, in [0, 180); NaN where there is none to name.
    selectivity : float
        Length of the mean of exp(2i * angle) over the energy: 1 for a grating, 0 for a texture without orientation.
        One minus the circular variance of orientation tuning (Ringach et al., 2002).
    chance : float
        Root mean square selectivity of textures without orientation of the same frequencies.
    """

    frequency: float
    bandwidth: float
    orientation: float
    selectivity: float
    chance: float


FLAT = Tuning(*[float("nan")] * 5)


def tuning(picture: np.ndarray, start: np.ndarray | None = None) -> Tuning:
    """The preference of a filter from the picture that excites it, and that the ascent started from, (H, W, 3) uint8.

    Where the texture has less than `TEXTURE` times the energy of the start's, the ascent has made none but only changed
    the colour, as for a filter without a nonlinearity before it, whose mean activation depends on nothing else.

    The energy is the squared spectrum of the picture under a Hann window, which keeps its border from looking like
    stripes, summed over the colour channels, without the mean. The median of its frequencies, not its peak, because a
    texture of chance has its highest peak anywhere. Closed form: of white noise half of the energy is below
    sqrt(1 / (2 pi)) = 0.399 cycles a pixel.

    Chance: the energy of a Gaussian texture without orientation scatters about its mean at each frequency like an
    exponential variable, so the selectivity of a ring of n independent coefficients has the mean square 2 / (n + 1),
    and that of all rings their sum weighted by their energy. Its square over that is exponential again, hence the
    probability in `CHANCE`. A coarse texture has few coefficients: with two stripes in the picture no orientation is
    certain.
    """
    energy, down, right = _spectrum(picture.astype(np.float64))
    total = energy.sum()
    least = energy.size * 3 * ROUNDING**2 * _window(picture.shape).mean()
    if start is not None:
        least = max(least, TEXTURE * _spectrum(start.astype(np.float64))[0].sum())
    if total <= least:
        return FLAT
    frequency = np.hypot(down, right)
    quarter, half, three_quarters = _quantiles(frequency, energy, (0.25, 0.5, 0.75))
    # Rows run downwards. Stripes are at a right angle to the direction in which they repeat.
    turned = np.exp(2j * (np.arctan2(-down, right) + np.pi / 2))
    mean = (energy * turned).sum() / total
    selectivity, chance = float(abs(mean)), _chance(frequency, energy, picture.shape)
    certain = np.exp(-((selectivity / chance) ** 2)) < CHANCE
    orientation = float(np.degrees(np.angle(mean)) / 2 % 180) if certain else float("nan")
    return Tuning(half, float(np.log2(three_quarters / quarter)), orientation, selectivity, chance)


def _window(shape: Sequence[int]) -> np.ndarray:
    rows, columns = (np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2 for side in shape[:2])
    window: np.ndarray = np.outer(rows, columns) ** 2
    return window


def _spectrum(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Energy, (H, W), and its vertical and horizontal frequencies in cycles a pixel, without the mean."""
    window = np.sqrt(_window(picture.shape))[..., None]
    mean = (picture * window).sum((0, 1)) / window.sum()
    energy = (np.abs(np.fft.fft2((picture - mean) * window, axes=(0, 1))) ** 2).sum(2)
    energy /= energy.size
    energy[0, 0] = 0
    down, right = np.meshgrid(*(np.fft.fftfreq(side) for side in picture.shape[:2]), indexing="ij")
    return energy, down, right


def _quantiles(values: np.ndarray, weights: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Values below which these shares of the weight lie, interpolated between neighbours."""
    distinct, where = np.unique(np.round(values, 12), return_inverse=True)
    weight = np.bincount(where.ravel(), weights.ravel())
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    heavy = weight > 0
    return [float(value) for value in np.interp(shares, middle[heavy], distinct[heavy])]


def _chance(frequency: np.ndarray, energy: np.ndarray, shape: Sequence[int]) -> float:
    rings = np.round(frequency * max(shape[:2])).astype(int).ravel()
    of_ring = np.bincount(rings, energy.ravel())
    # A real picture has each coefficient twice.
    independent = np.bincount(rings) / 2 / _HANN_MODES
    return float(np.sqrt((of_ring**2 * 2 / (independent + 1)).sum() / energy.sum() ** 2))


TUNING = (*(field.name for field in fields(Tuning)), "field_height", "field_width")
"""Columns of `tuning.csv` behind those that say which filter it is."""


def tuning_row(start: np.ndarray, end: np.ndarray, field: Field | None) -> dict[str, float]:
    """The preference of a filter and the receptive field of its layer, by column of `tuning.csv`.

    The field is empty where it is not bounded.
    """
    height, width = field.size if field is not None and field.bounded else (math.nan, math.nan)
    return {**asdict(tuning(end, start)), "field_height": height, "field_width": width}


# --- frequency against depth ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trend:
    """Spearman's rank correlation of depth and preferred frequency over filters, with a 95 % bootstrap interval."""

    correlation: float
    low: float
    high: float
    filters: int

    @property
    def verdict(self) -> str:
        """What that says, as a sentence."""
        direction = (
            "deeper layers prefer lower frequencies"
            if self.high < 0
            else "deeper layers prefer higher frequencies"
            if self.low > 0
            else "no trend of the preferred frequency with depth"
        )
        return f"{direction}: rank correlation {self.correlation:.2f}, 95 % interval {self.low:.2f} to {self.high:.2f}"


def trend(depths: Sequence[int], frequencies: Sequence[float], seed: int = 0, repetitions: int = 1000) -> Trend | None:
    """How the preferred frequency of filters changes with the depth of their layer; None with fewer than two layers.

    The bootstrap draws filters within each layer, which are a sample of what the layer could have learned; the layers
    are given.
    """
    depth, frequency = np.asarray(depths), np.asarray(frequencies, dtype=float)
    depth, frequency = depth[np.isfinite(frequency)], frequency[np.isfinite(frequency)]
    layers = [np.flatnonzero(depth == one) for one in np.unique(depth)]
    if len(layers) < 2 or np.ptp(frequency) == 0:
        return None
    generator = np.random.default_rng(seed)
    correlations = []
    for _ in range(repetitions):
        drawn = np.concatenate([generator.choice(rows, len(rows)) for rows in layers])
        if np.ptp(frequency[drawn]) > 0:
            correlations.append(spearman(depth[None, drawn], frequency[None, drawn])[0])
    low, high = np.quantile(correlations, [0.025, 0.975])
    (correlation,) = spearman(depth[None], frequency[None])
    return Trend(float(correlation), float(low), float(high), len(frequency))
