"""What do the values of a method say beside those of the baselines, and beside the accuracy of the classes?"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from limelight.capabilities.predictions.tables import class_table
from limelight.capabilities.quality.classes import join_classes
from limelight.capabilities.quality.table import COLUMNS, METRICS, summary, tidy
from limelight.capabilities.quality.uncertainty import RankCorrelation, interval_of_mean, rank_correlation

IMAGES = [f"i{number}" for number in range(12)]


def test_tidy_rows() -> None:
    rows = tidy(["a", "b"], "vgg", "gradient", {"pointing": [1, math.nan], "deletion": np.array([0.25, 0.5])})
    assert list(rows.columns) == list(COLUMNS)
    assert rows.astype(object).where(rows.notna(), None).to_numpy().tolist() == [
        ["a", "vgg", "gradient", "pointing", 1],
        ["b", "vgg", "gradient", "pointing", None],
        ["a", "vgg", "gradient", "deletion", 0.25],
        ["b", "vgg", "gradient", "deletion", 0.5],
    ]
    assert rows["value"].dtype == float
    assert list(tidy([], "vgg", "gradient", {}).columns) == list(COLUMNS)


def of_method(method: str, values: Sequence[float], metric: str = "insertion") -> pd.DataFrame:
    return tidy(IMAGES[: len(values)], "vgg", method, {metric: values})


def verdicts(*rows: pd.DataFrame) -> dict[str, str]:
    found = summary(pd.concat(rows), seed=0)
    return dict(zip(found["method"], found["verdict"], strict=True))


def test_summary_by_hand() -> None:
    values = np.arange(12) / 12
    found = summary(pd.concat([of_method("gradient", values), of_method("random", [0.5] * 12)]), seed=0)
    assert found["method"].tolist() == ["gradient", "random"]
    np.testing.assert_allclose(found["mean"], [5.5 / 12, 0.5])
    # A mean of twelve has a standard error of about 0.083, its interval 1.96 of them on either side.
    error = values.std() / math.sqrt(12)
    np.testing.assert_allclose(
        found.loc[0, ["low", "high"]].astype(float), 5.5 / 12 + np.array([-1.96, 1.96]) * error, atol=0.01
    )
    assert found.loc[1, ["low", "high"]].tolist() == [0.5, 0.5]
    assert found["images"].tolist() == [12, 12]
    again = summary(pd.concat([of_method("gradient", values), of_method("random", [0.5] * 12)]), seed=0)
    pd.testing.assert_frame_equal(found, again)


def test_methods_are_compared_image_by_image() -> None:
    """A gain of 0.01 on each image is a gain, however much the images differ."""
    base = np.linspace(0, 0.9, 12)
    random, centre = of_method("random", base), of_method("centre", base - 0.05)
    assert verdicts(of_method("gradient", base + 0.01), random, centre) == {
        "gradient": "better", "random": "", "centre": "",
    }  # fmt: skip
    assert verdicts(of_method("gradient", base - 0.01), random, centre)["gradient"] == "worse"
    mixed = base + np.tile([0.1, -0.1], 6)
    assert verdicts(of_method("gradient", mixed), random, centre)["gradient"] == "level"


def test_lower_may_be_better_and_some_metrics_have_no_bar() -> None:
    base = np.linspace(0.1, 0.9, 12)
    for metric, verdict in (("deletion", "better"), ("insertion", "worse"), ("max_sensitivity", ""), ("mine", "")):
        low, random = of_method("gradient", base - 0.05, metric), of_method("random", base, metric)
        assert verdicts(low, random)["gradient"] == verdict
    assert verdicts(of_method("gradient", base))["gradient"] == "", "no baseline, no verdict"


def test_few_images_claim_nothing() -> None:
    found = summary(pd.concat([of_method("gradient", [1, 1, 1, 1]), of_method("random", [0, 0, 0, 0])]), seed=0)
    assert found["mean"].tolist() == [1, 0]
    assert found[["low", "high"]].isna().all(axis=None)
    assert found["verdict"].tolist() == ["", ""]
    missing = of_method("gradient", [math.nan] * 8 + [1] * 4)
    assert verdicts(missing, of_method("random", [0] * 12))["gradient"] == "", "only four images have both"
    empty = summary(of_method("gradient", [math.nan] * 3), seed=0)
    assert empty.loc[0, "images"] == 0
    assert math.isnan(empty.loc[0, "mean"])


def test_summary_of_several_models_is_refused() -> None:
    rows = pd.concat([tidy(["a"], model, "gradient", {"gini": [1]}) for model in ("x", "y")])
    with pytest.raises(ValueError, match="2 models"):
        summary(rows, seed=0)


def test_every_metric_says_which_way_is_better() -> None:
    for name, metric in METRICS.items():
        assert name == metric.name
        assert metric.better in ("higher", "lower", "")
        assert metric.better or not metric.against_baselines


def test_interval_covers_the_mean_as_often_as_it_says() -> None:
    """Of 300 samples of 30 from a known distribution about 95 % have the mean inside."""
    rng = np.random.default_rng(0)
    inside = 0
    for number in range(300):
        low, high = interval_of_mean(rng.exponential(1, 30), number)
        inside += low <= 1 <= high
    assert 0.87 < inside / 300 < 0.98


def test_rank_correlation_of_few_pairs_is_exact() -> None:
    one, two = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    found = rank_correlation(one, two, seed=0)
    assert found.rho == pytest.approx(0.8)
    strong = [abs(spearmanr(one, order).statistic) >= 0.8 - 1e-9 for order in itertools.permutations(two)]
    assert found.p == pytest.approx(np.mean(strong))
    assert found.low < 0.8 <= found.high == 1


def test_rank_correlation_of_many_pairs() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=40)
    two = one + rng.normal(size=40)
    found = rank_correlation(one, two, seed=0)
    theirs = spearmanr(one, two)
    assert found.rho == pytest.approx(theirs.statistic)
    assert found.p == pytest.approx(theirs.pvalue, abs=0.01)
    # Fisher's interval, of which the bootstrap's is no more than a neighbour.
    fisher = np.tanh(np.arctanh(found.rho) + np.array([-1.96, 1.96]) * 1.03 / math.sqrt(37))
    np.testing.assert_allclose([found.low, found.high], fisher, atol=0.12)
    shuffled = rng.permutation(two)
    assert rank_correlation(one, shuffled, seed=0).p == pytest.approx(spearmanr(one, shuffled).pvalue, abs=0.03)
    assert rank_correlation(one, one**3, seed=0).p == 1 / 4000, "never 0"
    assert rank_correlation(one, two, seed=0) == found
    assert rank_correlation(-one, two, seed=0).rho == -found.rho


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=8, max_size=14), st.integers(0, 3))
def test_rank_correlation_stays_within_bounds(pairs: list[tuple[int, int]], seed: int) -> None:
    one, two = np.array(pairs, float).T
    found = rank_correlation(one, two, seed)
    if np.ptp(one) and np.ptp(two):
        assert -1 <= found.low <= found.high <= 1
        assert 1 / 4000 <= found.p <= 1
    else:
        assert math.isnan(found.rho)


def test_words_claim_no_more_than_the_numbers() -> None:
    eleven = RankCorrelation(11, 0.434, -0.254, 0.851, 0.187)
    assert (
        eleven.words
        == "ρ = +0.43 over 11 classes (95 % interval −0.25 to +0.85, p = 0.19): no more than chance may give"
    )
    assert RankCorrelation(11, 0.8, 0.4, 0.9, 0.0002).words.endswith("p < 0.001): they rise together")
    assert RankCorrelation(11, -0.8, -0.9, -0.4, 0.004).words.endswith("one falls as the other rises")
    four = rank_correlation(np.array([1.0, 2, 3, 4]), np.array([0.1, 0.2, 0.3, 0.9]), seed=0)
    assert four.words == (
        "ρ = +1.00 over 4 classes, too few for an interval or a conclusion (p = 0.083; no p below 0.083 is possible)"
    )
    for one, two in (([1.0, 2], [1.0, 2]), ([1.0] * 6, list(range(6))), ([1, math.nan, 2, math.nan], [1, 2, 3.0, 4])):
        found = rank_correlation(np.array(one), np.array(two, float), seed=0)
        assert found.words.startswith("no rank correlation")


def test_classes_are_joined_with_what_was_found_of_their_images() -> None:
    counts = pd.DataFrame(
        [[3, 1, 0, 0], [2, 2, 0, 0], [0, 0, 5, 0], [0, 0, 0, 0]], index=list("abcd"), columns=list("abcd")
    )
    labels = {"a1": "a", "a2": "a", "b1": "b", "c1": "c", "x": ""}
    rows = pd.concat(
        [
            tidy(["a1", "a2", "b1", "c1"], "vgg", "grad_cam", {"relevance_rank": [0.25, 0.75, 0.5, math.nan]}),
            tidy(["a1", "unknown", "x"], "vgg", "grad_cam", {"agreement": [0.5, 9, 9]}),
            tidy(["a1", "b1"], "vgg", "gradient", {"relevance_rank": [9, 9]}),
            tidy(["b1", "c1"], "vgg", "lime", {"r2": [0.5, 1]}),
        ]
    )
    columns = {
        "clarity": ("grad_cam", "relevance_rank"),
        "r2": ("lime", "r2"),
        "stability": ("grad_cam", "agreement"),
    }
    found = join_classes(class_table(counts), rows, labels, columns)
    assert found["class"].tolist() == ["b", "a", "c", "d"], "least accurate first, without images last"
    assert found["most_confused"].tolist() == ["a", "b", "", ""]
    np.testing.assert_array_equal(found["accuracy"], [0.5, 0.75, 1, math.nan])
    np.testing.assert_array_equal(found["clarity"], [0.5, 0.5, math.nan, math.nan])
    np.testing.assert_array_equal(found["r2"], [0.5, math.nan, 1, math.nan])
    np.testing.assert_array_equal(found["stability"], [math.nan, 0.5, math.nan, math.nan])
    assert found["explained"].tolist() == [1, 2, 1, 0]
