"""What do the values of a method say beside those of the baselines, and beside the accuracy of the classes?"""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, spearmanr, t, ttest_1samp

from limelight.capabilities.predictions.tables import class_table
from limelight.capabilities.quality.classes import join_classes
from limelight.capabilities.quality.table import BASELINES, COLUMNS, METRICS, summary, tidy
from limelight.capabilities.quality.uncertainty import (
    RankCorrelation,
    adjusted_p,
    holm,
    interval_of_mean,
    rank_correlation,
)

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
    # Student's 97.5th percentile of 11 degrees of freedom is 2.201.
    error = np.sqrt(((values - 5.5 / 12) ** 2).sum() / 11 / 12)
    np.testing.assert_allclose(
        found.loc[0, ["low", "high"]].astype(float), 5.5 / 12 + np.array([-2.201, 2.201]) * error, atol=1e-4
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
    missing = of_method("gradient", [math.nan] * 7 + [1] * 5)
    assert verdicts(missing, of_method("random", [0] * 12))["gradient"] == "", "only five images have both"
    enough = of_method("gradient", [math.nan] * 6 + [1] * 6)
    assert verdicts(enough, of_method("random", [0] * 12))["gradient"] == "better"
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
    """Of 2000 samples of 5 and of 30 about 95 % have the mean inside, somewhat fewer if they are few and skewed."""
    rng = np.random.default_rng(0)
    for draw, mean, count, least in (
        (rng.normal, 0, 5, 0.94),
        (rng.random, 0.5, 5, 0.92),
        (rng.exponential, 1, 5, 0.86),
        (rng.exponential, 1, 30, 0.91),
    ):
        intervals = [interval_of_mean(draw(size=count)) for _ in range(2000)]
        assert least < np.mean([low <= mean <= high for low, high in intervals]) < 0.965


def test_interval_of_many_images_costs_no_resampling() -> None:
    values = np.random.default_rng(0).exponential(1, 10_000)
    low, high = interval_of_mean(values)
    assert (low + high) / 2 == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 100, rel=1e-3)


def test_an_interval_stays_where_the_measure_can_be() -> None:
    rows = pd.concat([of_method("gradient", [1, 1, 1, 1, 1, 0], "pointing"), of_method("gradient", [1, 9] * 3, "mine")])
    found = summary(rows, seed=0).set_index("metric")
    assert found.loc["pointing", "high"] == 1
    assert found.loc["mine", "high"] > 9


# --- verdicts over a whole table --------------------------------------------------------------------------------------


def signs(count: int) -> np.ndarray:
    return np.array(list(itertools.product([1, -1], repeat=count)))


@settings(max_examples=30)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
def test_adjusted_p_is_that_of_a_slow_loop(count: int, columns: int, seed: int) -> None:
    """Westfall and Young's procedure as they describe it, a lead at a time, the strongest first."""
    rng = np.random.default_rng(seed)
    leads = rng.integers(-3, 4, (count, columns)).astype(float)
    leads[rng.random(leads.shape) < 0.2] = math.nan
    known = np.nan_to_num(leads)

    def strength(values: np.ndarray) -> np.ndarray:
        return abs(values.sum(0)) / np.maximum(np.sqrt((values**2).sum(0)), 1e-12)

    observed = strength(known)
    expected, so_far = np.zeros(columns), 0.0
    left = list(range(columns))
    for column in sorted(range(columns), key=lambda one: -observed[one]):
        tied = [one for one in left if observed[one] <= observed[column] + 1e-9]
        flips = [strength(known * flip[:, None])[tied].max() >= observed[column] - 1e-9 for flip in signs(count)]
        so_far = expected[column] = max(so_far, float(np.mean(flips)))
        left.remove(column)
    found = adjusted_p(leads, 0)
    # Of equally strong leads the order is free, and the first of them has the p of all.
    for one in range(columns):
        equal = np.isclose(observed, observed[one])
        assert found[equal].max() == pytest.approx(expected[equal].max())


def test_adjusted_p_by_hand() -> None:
    """A lead on each of seven images: 2 of 128 flips are as strong; one on four of seven: 70 of 128, and more."""
    lead = np.ones(7)
    mixed = np.array([1, 1, 1, 1, -1, -1, -1.0])
    assert adjusted_p(lead[:, None], 0).tolist() == [2 / 128]
    assert adjusted_p(mixed[:, None], 0).tolist() == [1.0]
    np.testing.assert_array_equal(adjusted_p(np.stack([mixed, lead], 1), 0), [1, (2 + 2) / 128])
    assert adjusted_p(np.full((9, 2), math.nan), 0).tolist() == [1, 1]
    assert adjusted_p(np.zeros((0, 1)), 0).tolist() == [1]


def test_adjusted_p_of_many_images_is_sampled() -> None:
    """Of one lead the p is that of a sign-flip test, which for many images is that of a t test."""
    rng = np.random.default_rng(1)
    for shift in (0, 0.1, 0.2):
        lead = rng.normal(shift, 1, 300)
        assert adjusted_p(lead[:, None], 0)[0] == pytest.approx(ttest_1samp(lead, 0).pvalue, abs=0.03)
    many = rng.normal(0.1, 1, (5000, 2))
    assert adjusted_p(many, 0).tolist() == [1 / 4096] * 2, "in blocks, and never 0"


DRAWS = {
    "even": lambda rng, size: rng.random(size),
    "correlated": lambda rng, size: 0.8 * rng.random((size[0], 1)) + 0.2 * rng.random(size),
    "hits": lambda rng, size: (rng.random(size) < 0.3).astype(float),
    "skewed": lambda rng, size: rng.beta(0.5, 3, size),
}
"""Values of some images, and of methods and baselines that are all equally good."""


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize(("images", "studies"), [(6, 1000), (8, 1000), (11, 200), (30, 100)])
def test_false_verdicts_in_at_most_one_table_of_twenty(images: int, studies: int, draw: Callable) -> None:
    """Of studies of four methods, three baselines and five measures, those in which any lead counts as one."""
    rng = np.random.default_rng([images, studies])
    wrong = 0
    for number in range(studies):
        values = [draw(rng, (images, 7)) for _ in range(5)]
        leads = [of[:, [method]] - of[:, 4:] for of in values for method in range(4)]
        wrong += bool((adjusted_p(np.hstack(leads), number) <= 0.05).any())
    # If 5 % are wrong, there are more than this in one of a thousand such counts.
    assert wrong <= binom.ppf(0.999, studies, 0.05)


def equally_good(rng: np.random.Generator, images: int) -> pd.DataFrame:
    """A table of two methods and the baselines, five measures, all from one distribution."""
    metrics = [name for name, metric in METRICS.items() if metric.against_baselines]
    return pd.concat(
        tidy(
            [f"i{number}" for number in range(images)], "m", method, {metric: rng.random(images) for metric in metrics}
        )
        for method in ("gradient", "grad_cam", *BASELINES)
    )


def test_a_table_of_methods_as_good_as_the_baselines_says_so() -> None:
    rng = np.random.default_rng(0)
    tables = [summary(equally_good(rng, 8), seed=number)["verdict"] for number in range(40)]
    assert sum(set(table) != {"level", ""} for table in tables) <= binom.ppf(0.999, 40, 0.05)
    assert all((table == "").sum() == 15 for table in tables), "baselines are not compared"


def test_a_method_that_is_better_is_called_so() -> None:
    """Ahead by one standard deviation on 20 images, among others that are not."""
    rng = np.random.default_rng(0)
    right = 0
    for number in range(10):
        rows = equally_good(rng, 20)
        ahead = (rows["method"] == "gradient") & (rows["metric"] == "insertion")
        rows.loc[ahead, "value"] += 0.5
        found = summary(rows, seed=number).set_index(["metric", "method"])["verdict"]
        right += found["insertion", "gradient"] == "better"
    assert right >= 9


def test_rank_correlation_of_few_pairs_is_exact() -> None:
    one, two = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    found = rank_correlation(one, two, seed=0)
    assert found.rho == found.remaining == pytest.approx(0.8)
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


def test_partial_rank_correlation_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(3)
    held = rng.normal(size=30)
    one, two = held + rng.normal(size=30), held + rng.normal(size=30)
    found = rank_correlation(one, two, 0, held, "it")
    between, left, right = (spearmanr(*pair).statistic for pair in ((one, two), (one, held), (two, held)))
    assert found.rho == pytest.approx(between)
    assert found.remaining == pytest.approx((between - left * right) / math.sqrt((1 - left**2) * (1 - right**2)))
    assert found.low < found.remaining < found.high
    # Its p by Student's distribution, of one degree of freedom less.
    statistic = found.remaining * math.sqrt(27 / (1 - found.remaining**2))
    assert found.p == pytest.approx(2 * t.sf(abs(statistic), 27), abs=0.02)
    constant = rank_correlation(one, two, 0, np.ones(30), "it")
    assert constant.remaining == pytest.approx(constant.rho), "what is the same everywhere explains nothing"
    gone = rank_correlation(one, np.exp(held), 0, held, "it")
    assert math.isnan(gone.remaining)
    assert "nothing can be told from it" in gone.words
    assert math.isnan(rank_correlation(one[:3], two[:3], 0, held[:3], "it").remaining), "of three pairs all are perfect"


def test_what_only_follows_the_probability_is_not_claimed() -> None:
    """Clarity and accuracy both follow the probability, and nothing else: rho is large, and p is below 5 % in 5 %."""
    rng = np.random.default_rng(0)
    claimed, rhos = 0, []
    for number in range(100):
        probability = rng.random(11)
        accuracy, clarity = (probability + 0.2 * rng.normal(size=11) for _ in range(2))
        found = rank_correlation(accuracy, clarity, number, probability, "the probability")
        rhos.append(found.rho)
        claimed += found.p < 0.05
    assert np.median(rhos) > 0.6
    assert claimed <= binom.ppf(0.999, 100, 0.05)
    together = rank_correlation(accuracy, accuracy + 0.01 * clarity, 0, probability, "the probability")
    assert together.words.endswith("they rise together")


def test_holm() -> None:
    """0.01 counts four times, 0.02 three times, 0.04 twice, and none less than one before it."""
    np.testing.assert_allclose(holm([0.04, 0.01, math.nan, 0.5, 0.02]), [0.08, 0.04, math.nan, 0.5, 0.06])
    assert holm([0.5, 0.9, 0.6]) == [1, 1, 1]


def test_words_claim_no_more_than_the_numbers() -> None:
    eleven = RankCorrelation(11, 0.434, 0.434, -0.254, 0.851, 0.187)
    assert (
        eleven.words
        == "ρ = +0.43 over 11 classes (95 % interval −0.25 to +0.85, p = 0.19): no more than chance may give"
    )
    assert RankCorrelation(11, 0.8, 0.8, 0.4, 0.9, 0.0002).words.endswith("p < 0.001): they rise together")
    assert RankCorrelation(11, -0.8, -0.8, -0.9, -0.4, 0.004).words.endswith("one falls as the other rises")
    held = RankCorrelation(11, 0.75, 0.05, -0.62, 0.7, 0.88, "the probability of the label")
    assert held.words == (
        "ρ = +0.75 over 11 classes; with the probability of the label held fixed +0.05 "
        "(95 % interval −0.62 to +0.70, p = 0.88): no more than chance may give"
    )
    gone = RankCorrelation(11, 0.75, given="the probability of the label")
    assert gone.words == "ρ = +0.75 over 11 classes, of which nothing can be told from the probability of the label"
    four = rank_correlation(np.array([1.0, 2, 3, 4]), np.array([0.1, 0.2, 0.3, 0.9]), seed=0)
    assert four.words == "ρ = +1.00 over 4 classes, too few for an interval or a conclusion"
    for one, two in (([1.0, 2], [1.0, 2]), ([1.0] * 6, list(range(6))), ([1, math.nan, 2, math.nan], [1, 2, 3.0, 4])):
        found = rank_correlation(np.array(one), np.array(two, float), seed=0)
        assert found.words.startswith("no rank correlation")


def test_classes_are_joined_with_what_was_found_of_their_images() -> None:
    counts = pd.DataFrame(
        [[3, 1, 0, 0], [2, 2, 0, 0], [0, 0, 5, 0], [0, 0, 0, 0]], index=list("abcd"), columns=list("abcd")
    )
    labels = {"a1": "a", "a2": "a", "b1": "b", "c1": "c", "x": ""}
    probabilities = {"a1": 0.5, "a2": 1, "b1": 0.25, "c1": 0.125, "unknown": 9}
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
    found, given = join_classes(class_table(counts), rows, labels, probabilities, columns)
    assert found["class"].tolist() == ["b", "a", "c", "d"], "least accurate first, without images last"
    assert found["most_confused"].tolist() == ["a", "b", "", ""]
    np.testing.assert_array_equal(found["accuracy"], [0.5, 0.75, 1, math.nan])
    np.testing.assert_array_equal(found["clarity"], [0.5, 0.5, math.nan, math.nan])
    np.testing.assert_array_equal(found["r2"], [0.5, math.nan, 1, math.nan])
    np.testing.assert_array_equal(found["stability"], [math.nan, 0.5, math.nan, math.nan])
    assert found["explained"].tolist() == [1, 2, 1, 0]
    np.testing.assert_array_equal(found["probability"], [0.25, 0.75, 0.125, math.nan])
    # Of the images that have the value: of class a only the first has a stability, of class c none has a clarity.
    np.testing.assert_array_equal(given["clarity"], [0.25, 0.75, math.nan, math.nan])
    np.testing.assert_array_equal(given["stability"], [math.nan, 0.5, math.nan, math.nan])
    np.testing.assert_array_equal(given["r2"], [0.25, math.nan, 0.125, math.nan])
