"""Localisation: three measures of an explanation against the mask of the object.

All of them take the positive part of a map, so that of a signed one only positive attributions count; a map
without a sign is its own positive part. Where that part is the same everywhere, as in a map of zeros, it says nothing
of where the object is and gets what chance would: the share of the photograph that counts as a hit. Equal values are
treated as if their order were drawn at random, and the value is what one would get on average. An empty mask has no
answer: NaN; nor has a map that is not finite.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt


def pointing_game(maps: np.ndarray, masks: np.ndarray, tolerance: float = 15) -> np.ndarray:
    """Whether the largest value lies on the object or near it.

    Zhang, Lin, Brandt, Shen, Sclaroff: Top-down Neural Attention by Excitation Backprop, 2016 (arXiv 1608.00507).

    Parameters
    ----------
    maps
        (N, H, W).
    masks
        (N, H, W) bool, true on the object.
    tolerance
        Largest distance from the mask that still counts, in pixels; the paper's is 15, for photographs of 224 and more.

    Returns
    -------
    numpy.ndarray
        (N,) in [0, 1]: 1 or 0; of a map with several largest values the share of those that hit.
    """
    maps, masks = _checked(maps, masks)
    largest = maps == maps.max((1, 2), keepdims=True)
    near = np.stack([distance_transform_edt(~mask) <= tolerance for mask in masks])
    return _ratio((largest & near).sum((1, 2)), largest.sum((1, 2)))


def relevance_mass(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Relevance mass accuracy: the share of all relevance that lies on the object, (N,) in [0, 1].

    Arras, Osman, Samek: CLEVR-XAI, 2022 (arXiv 2003.07258). Parameters as for `pointing_game`.
    """
    maps, masks = _checked(maps, masks)
    maps = np.where(maps.max((1, 2), keepdims=True) == 0, 1, maps)
    return _ratio((maps * masks).sum((1, 2)), maps.sum((1, 2)))


def relevance_rank(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Relevance rank accuracy: of the K largest values, K pixels being the mask, the share on it, (N,) in [0, 1].

    Arras, Osman, Samek: CLEVR-XAI, 2022 (arXiv 2003.07258). Parameters as for `pointing_game`.
    """
    maps, masks = _checked(maps, masks)
    sizes = masks.sum((1, 2))
    ascending = np.sort(maps.reshape(len(maps), -1), axis=1)
    last = np.minimum(ascending.shape[1] - sizes, ascending.shape[1] - 1)
    smallest = np.take_along_axis(ascending, last[:, None], axis=1)[:, :, None]
    above, level = maps > smallest, maps == smallest
    places = sizes - above.sum((1, 2))  # left for the pixels on a level with the last of the K
    hits = (above & masks).sum((1, 2)) + places * _ratio((level & masks).sum((1, 2)), level.sum((1, 2)))
    return _ratio(hits, sizes)


def _checked(maps: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positive part of the maps, NaN throughout where one has no answer, and the masks."""
    maps, masks = np.asarray(maps, np.float64), np.asarray(masks)
    if maps.ndim != 3 or maps.shape != masks.shape or masks.dtype != bool:
        raise ValueError(f"maps {maps.shape}, masks {masks.shape} {masks.dtype}; expected (N, H, W) of both and bool")
    answered = np.isfinite(maps).all((1, 2)) & masks.any((1, 2))
    return np.where(answered[:, None, None], np.maximum(maps, 0), np.nan), masks


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
