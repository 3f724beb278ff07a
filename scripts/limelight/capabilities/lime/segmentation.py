"""Segmentation of a photograph into superpixels."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lime.wrappers.scikit_image import SegmentationAlgorithm

from limelight.study.errors import LimelightError


def segment(
    photograph: np.ndarray, settings: Mapping[str, Any], seed: int, mask: np.ndarray | None = None
) -> np.ndarray:
    """Superpixels of a photograph, (H, W, 3) float in [0, 1], as (H, W) labels 0..K-1 without gaps.

    Parameters
    ----------
    settings
        The `lime.segmentation` section of a study.
    seed
        Breaks ties in `quickshift`; nothing else is random.
    mask
        Labels of the regions, (H, W), for the method `mask`; the other methods do not look at it.

    Raises
    ------
    LimelightError
        The photograph is one single superpixel, so that there is nothing to compare; or there is no mask for the
        method `mask`, or one of another size.
    """
    method = settings["method"]
    if method == "mask":
        labels = _given(mask, photograph.shape[:2])
    elif method == "grid":
        labels = _grid(photograph.shape[:2], settings["cells"])
    else:
        labels = SegmentationAlgorithm(method, **_parameters(settings, seed))(photograph)
    labels = contiguous(labels)
    if labels.max() == 0:
        raise LimelightError(f"{method} yields a single superpixel; expected at least two: {_REMEDIES[method]}")
    return labels


_REMEDIES = {
    **dict.fromkeys(("slic", "quickshift", "felzenszwalb"), "use smaller ones"),
    "grid": "use more cells",
    "mask": "use a mask of two or more regions",
}


def contiguous(labels: np.ndarray) -> np.ndarray:
    """The same regions, numbered 0..K-1 in the order of their labels.

    scikit-image's `slic` counts from 1 and may leave numbers out, while LIME takes labels for positions: unless they
    are made contiguous, the last superpixel is never switched off and every weight belongs to its neighbour.
    """
    _, positions = np.unique(labels, return_inverse=True)
    return positions.reshape(labels.shape)


def _parameters(settings: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """What scikit-image's segmentation takes."""
    method = settings["method"]
    if method == "slic":
        return {key: settings[key] for key in ("n_segments", "compactness", "sigma")}
    if method == "quickshift":
        return {key: settings[key] for key in ("kernel_size", "max_dist", "ratio")} | {"rng": seed % 2**31}  # a C int
    return {key: settings[key] for key in ("scale", "sigma", "min_size")}


def _grid(size: tuple[int, int], cells: int) -> np.ndarray:
    """`cells` x `cells` rectangles that differ by at most a pixel in height and in width."""
    rows, columns = (np.arange(length) * cells // length for length in size)
    return rows[:, None] * cells + columns


def _given(mask: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    if mask is None:
        raise LimelightError(
            "lime.segmentation.method: mask, but the image has no mask; expected a mask file for each image"
        )
    if mask.shape != size:
        raise LimelightError(f"the mask is {_by(mask.shape)} pixels; expected those of the photograph, {_by(size)}")
    return mask


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
