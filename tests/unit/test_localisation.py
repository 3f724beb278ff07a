"""Does the explanation lie on the object, and on how much of it?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from limelight.capabilities.quality.localisation import pointing_game, relevance_mass, relevance_rank
from limelight.capabilities.quality.sparsity import gini

MEASURES = [lambda maps, masks: pointing_game(maps, masks, 0), relevance_mass, relevance_rank]
LEFT = np.zeros((4, 5), bool)
LEFT[:, :2] = True  # 8 of 20 pixels


def test_by_hand() -> None:
    values = np.zeros((4, 5))
    values[0, :4] = [6, 1, 9, 4]  # the largest is outside; 7 of 20 are inside
    maps, masks = values[None], LEFT[None]
    assert pointing_game(maps, masks, tolerance=0).tolist() == [0]
    assert relevance_mass(maps, masks).tolist() == [7 / 20]
    # Of the 8 largest two are inside and two outside; the other four are any of 16 zeros, 6 of which are inside.
    assert relevance_rank(maps, masks) == pytest.approx([(2 + 4 * 6 / 16) / 8])


@pytest.mark.parametrize(("tolerance", "hit"), [(1.99, 0), (2, 1), (2.23, 1)])
def test_near_is_near_enough(tolerance: float, hit: int) -> None:
    values = np.zeros((1, 9, 9))
    values[0, 2, 5] = 1
    mask = np.zeros((1, 9, 9), bool)
    mask[0, :4, 3] = True
    assert pointing_game(values, mask, tolerance).tolist() == [hit]
    diagonal = np.zeros((1, 9, 9), bool)
    diagonal[0, 0, 4] = True  # the square root of 5 away
    assert pointing_game(values, diagonal, tolerance).tolist() == [0]
    assert pointing_game(values, diagonal, 2.24).tolist() == [1]


def test_only_what_speaks_for_the_class_counts() -> None:
    rng = np.random.default_rng(0)
    signed, masks = rng.normal(size=(3, 4, 5)), np.stack([LEFT, LEFT, ~LEFT])
    for measure in MEASURES:
        np.testing.assert_array_equal(measure(signed, masks), measure(np.maximum(signed, 0), masks))
    against = np.where(LEFT, -5.0, 1.0)[None]
    assert relevance_mass(against, LEFT[None]).tolist() == [0]


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_a_map_that_says_nothing_gets_what_chance_would(value: float) -> None:
    for measure in MEASURES:
        assert measure(np.full((1, 4, 5), value), LEFT[None]) == pytest.approx([8 / 20])


def test_what_has_no_answer_is_nan_and_harms_no_other() -> None:
    maps = np.random.default_rng(0).random((5, 4, 5))
    maps[1, 0, 0], maps[2, 3, 4] = np.nan, np.inf
    masks = np.stack([LEFT, LEFT, LEFT, np.zeros_like(LEFT), np.ones_like(LEFT)])
    for measure in MEASURES:
        found = measure(maps, masks)
        assert np.isnan(found).tolist() == [False, True, True, True, False]
        assert found[4] == pytest.approx(1)
        assert found[0] == measure(maps[:1], masks[:1])[0]


@given(
    arrays.arrays(np.float64, (3, 4), elements=st.integers(-2, 4)),
    arrays.arrays(bool, (3, 4)).filter(lambda mask: mask.any()),
)
def test_measures_agree_with_slow_ones(values: np.ndarray, mask: np.ndarray) -> None:
    """Of equal values every order is as likely."""
    positive, inside = np.maximum(values, 0), mask.ravel()
    if positive.any():
        assert relevance_mass(values[None], mask[None]) == pytest.approx(
            sum(v for v, m in zip(positive.ravel(), inside, strict=True) if m) / positive.sum()
        )

    def average(count: int) -> float:
        """Share of the mask among the `count` largest values; those on a level with the last take turns."""
        last = sorted(positive.ravel())[-count]
        above = [m for v, m in zip(positive.ravel(), inside, strict=True) if v > last]
        level = [m for v, m in zip(positive.ravel(), inside, strict=True) if v == last]
        turns = [(above + level[turn:] + level[:turn])[:count] for turn in range(len(level))]
        return float(np.mean(turns))

    assert pointing_game(values[None], mask[None], 0) == pytest.approx([average(1)])
    assert relevance_rank(values[None], mask[None]) == pytest.approx([average(int(inside.sum()))])
    for measure in MEASURES:
        (found,) = measure(values[None], mask[None])
        assert 0 <= found <= 1
        assert measure(2 * values[None], mask[None]) == pytest.approx([found]), "scale does not matter"
        assert measure(values[None, :, ::-1], mask[None, :, ::-1]) == pytest.approx([found]), "nor does the side"


def test_masks_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="bool"):
        relevance_mass(np.ones((1, 4, 5)), LEFT[None].astype(float))
    with pytest.raises(ValueError, match=r"\(1, 4, 5\)"):
        relevance_rank(np.ones((2, 4, 5)), LEFT[None])


def test_gini_by_hand() -> None:
    """0 of equal shares, 1 - 1/P of one pixel with all; of 1, 2, 3, 4 the mean difference 1.25 over twice the mean."""
    maps = np.zeros((5, 2, 2))
    maps[0], maps[1, 0, 1], maps[3], maps[4, 0, 0] = 7, -3, [[2, -4], [1, 3]], np.nan
    np.testing.assert_allclose(gini(maps), [0, 0.75, 0, 0.25, np.nan], atol=1e-15)


@given(arrays.arrays(np.float64, (2, 3, 3), elements=st.floats(-10, 10).map(lambda value: round(value, 3))))
def test_gini_agrees_with_all_pairs(maps: np.ndarray) -> None:
    found = gini(maps)
    for values, index in zip(np.abs(maps).reshape(2, -1), found, strict=True):
        pairs = np.abs(values[:, None] - values[None]).sum()
        assert index == pytest.approx(pairs / (2 * 9 * values.sum()) if values.sum() else 0, abs=1e-12)
        assert -1e-12 <= index <= 1 - 1 / 9 + 1e-12
    np.testing.assert_allclose(gini(-3 * maps[:, ::-1]), found, atol=1e-12)
