"""How does it look whether an explanation can be believed?"""

import numpy as np
import pandas as pd
import pytest
from drawn import NAMES, check_words, pixels, subject, words
from matplotlib.figure import Figure

from limelight import figures
from limelight.capabilities.quality.cascade_sheet import randomisation_figure
from limelight.capabilities.quality.clarity_sheet import Column, classes_figure
from limelight.capabilities.quality.curves_sheet import curves_figure
from limelight.capabilities.quality.mistakes_sheet import Mistake, mistakes_sheet
from limelight.capabilities.quality.overview_sheet import quality_overview
from limelight.capabilities.quality.table import BASELINES, METRICS, summary, tidy
from limelight.capabilities.quality.uncertainty import RankCorrelation
from limelight.capabilities.quality.verdict import Randomisation, Verdict
from limelight.figures.methods import lines, spoken

METHODS = ["gradient", "integrated_gradients", "grad_cam", "my/own_methods.py:a_method_with_a_name_that_is_rather_long"]


def values(metrics: list[str], methods: list[str], images: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = [f"i{number}" for number in range(images)]
    rows = [tidy(names, "vgg", name, {metric: rng.random(images) for metric in metrics}) for name in methods]
    return summary(pd.concat(rows), seed=0)


def cascade(steps: int, kept: float = 0.3, images: int = 6) -> Randomisation:
    layers = tuple(f"features.{number}.block.0.conv" for number in range(steps, 0, -1))
    found = np.random.default_rng(0).normal(kept, 0.05, (3, steps, images)).clip(-1, 1)
    return Randomisation(layers, *found)


def table(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    accuracy = np.sort(rng.random(count))
    names = [NAMES[number % 5] + f" {number}" for number in range(count)]
    confused = np.where(np.arange(count) % 3 > 0, names[::-1], "")
    share = np.where(confused != "", (1 - accuracy) / 2, np.nan)
    columns = {"class": names, "images": 30, "accuracy": accuracy, "most_confused": confused}
    columns |= {"most_confused_share": share, "clarity": rng.random(count), "R²": rng.normal(0, 1, count)}
    columns |= {"stability": np.full(count, np.nan), "explained": 2}
    return pd.DataFrame(columns)


def columns(words: str = "relevance rank accuracy") -> list[Column]:
    correlation = RankCorrelation(11, 0.4, 0.4, -0.2, 0.8, 0.2)
    return [Column(name, words, correlation) for name in ("clarity", "R²", "stability")]


def tones(figure: Figure) -> dict[str, str]:
    from matplotlib.text import Text

    return {text.get_text(): str(text.get_color()) for text in figure.findobj(Text)}


@pytest.mark.parametrize("metrics", [list(METRICS), ["deletion"], ["gini", "max_sensitivity", "of a user"]])
@pytest.mark.parametrize("names", [[*METHODS, *BASELINES], ["gradient"]])
def test_overview_has_a_number_for_each_method_and_metric(metrics: list[str], names: list[str]) -> None:
    found = values(metrics, names)
    verdicts = {"gradient": Verdict(True, 0.4, 0.2), "grad_cam": Verdict(None, np.nan, np.nan)}
    figure = quality_overview(found, verdicts, title="vgg: which methods are reliable?", subtitle="8 images.")
    check_words(figure)
    shown = words(figure)
    for row in found[found["metric"].isin(METRICS)].itertuples():
        assert f"{row.mean:.2f}" in shown
    for name in metrics:  # a title may take two lines
        assert name not in METRICS or METRICS[name].title in " ".join(shown)
    assert "✓ passes" in shown
    assert "0.40 · 0.20" in shown
    assert ("undecided" in shown) == ("grad_cam" in names)


def test_overview_tells_better_from_worse() -> None:
    steady = np.linspace(0.3, 0.5, 8)
    names = [f"i{number}" for number in range(8)]
    rows = {"good": steady + 0.211, "bad": steady - 0.222, "random": steady, "other": steady * np.nan}
    found = summary(pd.concat([tidy(names, "m", name, {"insertion": row}) for name, row in rows.items()]), seed=0)
    figure = quality_overview(found, title="m")
    check_words(figure)
    assert tones(figure)["0.61"] == figures.page.RIGHT
    assert tones(figure)["0.18"] == figures.page.WRONG
    assert "–" in words(figure)
    assert {"better than each baseline", "worse than a baseline"} <= set(words(figure))
    with pytest.raises(ValueError, match="0 methods"):
        quality_overview(found[found["method"] == "random"], title="m")


def test_curves_are_means_and_areas_those_of_the_means() -> None:
    falling = np.linspace(1, 0, 11)
    nan = np.full(11, np.nan)
    curves = {
        "deletion": {
            "gradient": np.stack([falling, 0.6 * falling, nan]),
            "random": np.ones((3, 11)),
            METHODS[3]: nan[None],
        },
        "insertion": {"gradient": 1 - 0.3 * falling[None]},
    }
    figure = curves_figure(curves, title="vgg", subtitle="3 images.")
    check_words(figure)
    one, two = figure.axes
    drawn = {line.get_linestyle(): line for line in one.lines}
    assert len(one.lines) == 2
    np.testing.assert_allclose(drawn["-"].get_xdata(), np.linspace(0, 1, 11))
    np.testing.assert_allclose(drawn["-"].get_ydata(), 0.8 * falling)
    assert len(two.lines) == 1
    shown = words(figure)
    assert shown.index("gradient") < shown.index("random values"), "the better area comes first"
    assert {"0.40", "1.00", "0.85", "–"} <= set(shown)
    with pytest.raises(ValueError, match="no deletion or insertion"):
        curves_figure({}, title="vgg")


def test_lines_are_told_apart() -> None:
    looks = lines(["a", "random", "b", "centre", "edges"])
    assert len({look["color"] for look in looks.values()}) == 3
    assert len({look.get("dashes") for look in looks.values()}) == 4
    assert spoken("grad_cam") == "Grad-CAM"
    assert spoken("folder/my_file.py:my_method") == "my method"
    assert spoken("integrated_gradients") == "integrated gradients"


@pytest.mark.parametrize("steps", [1, 11, 60])
def test_randomisation_curves_start_at_one_and_carry_a_verdict(steps: int) -> None:
    silent = cascade(steps)
    silent.absolute[-1] = np.nan
    methods = {name: cascade(steps) for name in METHODS} | {"edges": cascade(steps, 1.5), "centre": silent}
    figure = randomisation_figure(methods, title="vgg", subtitle="6 images.")
    check_words(figure)
    panels = figure.axes
    assert len(panels) == 6
    for axes, found in zip(panels, methods.values(), strict=True):
        _, ranks, structure = axes.lines
        assert ranks.get_ydata()[0] == structure.get_ydata()[0] == 1
        np.testing.assert_allclose(ranks.get_ydata()[1:], abs(found.absolute.mean(1)))
        np.testing.assert_allclose(structure.get_ydata()[1:], abs(found.ssim.mean(1)))
    shown = words(figure)
    assert sum(word.startswith("✓ passes") for word in shown) == 4
    assert sum(word.startswith("✗ fails: keeps 1.00") for word in shown) == 1
    assert f"undecided: all maps constant at 1 of {steps} steps" in shown
    if steps == 11:
        assert shown.count("features.1.block.0.conv") == 3, "below the lower of two rows"
        seven = randomisation_figure({**methods, "random": cascade(steps)}, title="vgg")
        # Four above three: also below the one that has no panel under it.
        assert words(seven).count("features.1.block.0.conv") == 4
    with pytest.raises(ValueError, match="no method"):
        randomisation_figure({}, title="vgg")


@pytest.mark.parametrize("count", [1, 3, 11, 41])
def test_classes_from_least_to_most_accurate(count: int) -> None:
    found = table(count)
    figure = classes_figure(
        found, columns("what it is, in more words than fit into a line"), title="vgg", subtitle="x."
    )
    check_words(figure)
    shown = words(figure)
    drawn = found if count <= 40 else pd.concat([found[:20], found[-20:]])
    for axes, name in zip(figure.axes, ["accuracy", "clarity", "R²", "stability"], strict=True):
        x, y = np.ma.getdata(axes.collections[-1].get_offsets()).T
        np.testing.assert_allclose(x, drawn[name])
        assert (np.diff(y) > 0).all(), "from top to bottom"
    assert "Accuracy and clarity: ρ = +0.40 over 11 classes" in " ".join(shown)
    assert ("most accurate of 41 classes" in " ".join(shown)) == (count == 41)
    assert shown.count("–") >= min(count, 40), "a value that is not known is a dash"


def test_classes_without_images_are_left_out() -> None:
    found = table(3)
    found.loc[2, ["images", "accuracy"]] = [0, np.nan]
    assert len(figures_rows(classes_figure(found, columns(), title="vgg"))) == 2
    with pytest.raises(ValueError, match="no class has images"):
        classes_figure(found.assign(images=0), columns(), title="vgg")


def figures_rows(figure: Figure) -> list[str]:
    return [word for word in words(figure) if word.endswith(" (2)")]


def mistake(number: int, methods: list[str]) -> Mistake:
    rng = np.random.default_rng(number)
    pairs = {name: (rng.random((16, 16)), rng.normal(size=(16, 16))) for name in methods}
    return Mistake(subject(number, NAMES[number % 4], NAMES[(number + 1) % 4]), pairs)


@pytest.mark.parametrize(("methods", "across"), [(METHODS[:1], 3), (METHODS[:2], 2), (METHODS, 1)])
def test_a_mistake_is_a_photograph_and_two_maps_a_method(methods: list[str], across: int) -> None:
    figure = mistakes_sheet([mistake(number, methods) for number in range(5)], methods, title="vgg")
    check_words(figure)
    shown = words(figure)
    assert shown.count("true class") == shown.count("predicted class") == 5 * len(methods)
    cells = sorted({round(image.bbox.y0) for image in figure.artists if hasattr(image, "bbox")}, reverse=True)
    rows = [
        y for y in cells if sum(round(image.bbox.y0) == y for image in figure.artists if hasattr(image, "bbox")) > 2
    ]
    assert len(rows) == -(-5 // across)


def test_both_maps_of_a_method_share_one_scale() -> None:
    weak, strong = np.full((16, 16), 0.25), np.ones((16, 16))
    pairs = {"x": (weak, strong), "y": (-weak, strong)}
    figure = mistakes_sheet([Mistake(subject(0, "a", "b"), pairs)], ["x", "y"], title="m")
    limits = [image.get_clim() for image in figure.artists if hasattr(image, "get_clim")]
    assert [pair for pair in limits if pair == (0, 1)] == [(0, 1)] * 2
    assert [pair for pair in limits if pair == (-1, 1)] == [(-1, 1)] * 2
    assert {"does not matter … matters most", "contradicts the class … supports it"} <= set(words(figure))


def test_what_is_missing_is_said() -> None:
    zeros = np.zeros((16, 16))
    figure = mistakes_sheet([Mistake(subject(0, "a", "b"), {"x": (zeros, None)})], ["x", "y"], title="m")
    check_words(figure)
    shown = words(figure)
    assert shown.count("not computed") == 3
    assert "zero everywhere" in shown
    figure = mistakes_sheet([], ["x"], title="m")
    check_words(figure)
    assert "no explained image is misclassified" in " ".join(words(figure))


def test_equal_input_gives_equal_pixels() -> None:
    for draw in (
        lambda: quality_overview(values(["deletion"], ["gradient", "random"]), title="m"),
        lambda: randomisation_figure({"gradient": cascade(3)}, title="m"),
    ):
        np.testing.assert_array_equal(pixels(draw()), pixels(draw()))
