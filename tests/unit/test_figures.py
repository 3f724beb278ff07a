"""How does it look? Pixels, words and numbers of the figures."""

from __future__ import annotations

import itertools
import json
import logging
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from drawn import NAMES, check_words, photograph, pixels, subject, words
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from PIL import Image
from pypdf import PdfReader
from skimage.color import deltaE_ciede2000, rgb2lab

from limelight.capabilities.ascents.sheet import Reached, ascents_sheet
from limelight.capabilities.dream.sheet import Dream, class_images_sheet, dream_classes_sheet, dream_sweep_sheet
from limelight.capabilities.facets.sheet import FacetRow, facets_sheet
from limelight.capabilities.filters.sheet import FilterRow, filters_figure, filters_sheet
from limelight.capabilities.lime.sheet import LimeTile, chosen, lime_figure, lime_sheet, overlay
from limelight.capabilities.predictions.sheet import accuracies, confusion_matrix
from limelight.capabilities.saliency.sheet import SaliencyTile, ceiling, heat, saliency_figure, saliency_sheet
from limelight.figures import style as style_module
from limelight.figures.sheet import Tile, _bands, contact_sheet
from limelight.figures.style import Style, drawing, provenance, save
from limelight.figures.subject import share
from limelight.figures.text import ELLIPSIS, Ink, fit, longest_word, squeeze, width
from limelight.rooms import ROOMS
from limelight.study.errors import LimelightError

ENDINGS = ("png", "pdf", "svg")


def saliency(number: int, label: str | None = "Egg", predicted: str = "Egg") -> SaliencyTile:
    values = np.random.default_rng(number).random((2, 32, 32))
    other = values[1] if label != predicted else None
    return SaliencyTile(subject(number, label, predicted), values[0] if label else None, other)


def lime(number: int, reason: str = "") -> LimeTile:
    segments = np.repeat(np.arange(32) // 8, 32).reshape(32, 32)
    return LimeTile(subject(number), "Egg", 0.9, segments, np.array([0.3, -0.2, 0.0, 0.1]), 0.8, 0.85, 0.7, 0.5, reason)


# Files


def test_equal_arrays_give_equal_bytes(tmp_path, python):
    """In another process too, in which sets are in another order, and at another time."""
    draw = """
import sys
import numpy as np
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import save
photograph = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
tile = Tile(photograph, "egg", "麵包", draw=lambda axes: axes.plot([0, 1], [0, 1], label="x"))
folder = sys.argv[1]
sheet = contact_sheet([[Tile(photograph, "egg"), tile]], title="Equal")
save(sheet, [f"{folder}/sheet.{ending}" for ending in ("png", "pdf", "svg")], {"seed": 1})
"""
    for name in ("1", "2"):
        python(draw, str(tmp_path / name), PYTHONHASHSEED=name, SOURCE_DATE_EPOCH=name)
    for ending in ENDINGS:
        assert (tmp_path / f"1/sheet.{ending}").read_bytes() == (tmp_path / f"2/sheet.{ending}").read_bytes()
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == ["sheet.pdf", "sheet.png", "sheet.svg"]


def test_the_users_matplotlibrc_changes_nothing(tmp_path):
    before = dict(matplotlib.rcParams)
    save(contact_sheet([[Tile(photograph(0), "a")]]), tmp_path / "a.png", {})
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"font.size": 30, "text.color": "red", "font.family": "serif", "image.origin": "lower"}):
        save(contact_sheet([[Tile(photograph(0), "a")]]), tmp_path / "b.png", {})
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_provenance_comes_back(tmp_path):
    path = tmp_path / "deep" / "figure.png"
    facts = {"checkpoint": "sha256:麵", "seed": np.int64(3), "steps": np.arange(2), "path": Path("a/b"), "none": None}
    save(contact_sheet([[Tile(photograph(0))]]), path, facts)
    assert provenance(path) == {
        "checkpoint": "sha256:麵",
        "seed": 3,
        "steps": [0, 1],
        "path": "a/b",
        "none": None,
    }
    with Image.open(path) as image:
        assert image.mode == "RGB"
        assert image.info["Software"] == "limelight"


def test_every_format_says_what_made_it(tmp_path):
    facts = {"checkpoint": "sha256:麵 (x)\\", "seed": 3}
    paths = [tmp_path / f"a.{ending}" for ending in ENDINGS]
    save(contact_sheet([[Tile(photograph(0))]]), paths, facts)
    assert provenance(paths[0]) == facts
    assert json.loads(PdfReader(paths[1]).metadata.subject) == facts
    (description,) = ElementTree.parse(paths[2]).iter("{http://purl.org/dc/elements/1.1/}description")
    assert json.loads(description.text) == facts
    for path in paths[1:]:
        assert b"Date" not in path.read_bytes()


def test_all_formats_have_one_layout(tmp_path):
    """What is measured in pixels has its place on the page whatever the units of the format are."""
    figure = saliency_sheet([saliency(i) for i in range(3)], title="Saliency")
    paths = [tmp_path / f"a.{ending}" for ending in ENDINGS]
    save(figure, paths, {})
    before = pixels(figure)
    page = PdfReader(paths[1]).pages[0]
    with Image.open(paths[0]) as image:
        assert np.array_equal(np.asarray(image), before), "drawing vectors has moved the figure"
        inches = np.array(image.size) / 150
    assert np.allclose([float(page.mediabox.width), float(page.mediabox.height)], 72 * inches, atol=0.01)
    svg = ElementTree.parse(paths[2]).getroot()
    assert np.allclose([float(svg.get(side)[:-2]) for side in ("width", "height")], 72 * inches, atol=0.01)
    placed = {}

    def remember(text, matrix, *_):
        if text.strip():
            placed[text.strip()] = matrix[4:]

    page.extract_text(visitor_text=remember)
    title = next(text for text in figure.findobj(Text) if text.get_text() == "Saliency")
    assert np.allclose(placed["Saliency"], 72 / 150 * np.array(title.get_position()), atol=0.5)


def test_words_of_vector_figures_are_words_as_they_are(tmp_path):
    """Neither mathematics nor markup, and they can be searched and copied."""
    names = ["$x_1$", "<script>alert(1)</script>", "a & b \"c\" 'd'", "麵包", "🍞 bread", r"\frac{1}{2}"]
    figure = contact_sheet([[Tile(photograph(i), name) for i, name in enumerate(names)]], title="$t_2$")
    save(figure, [tmp_path / "a.pdf", tmp_path / "a.svg"], {})
    elements = list(ElementTree.parse(tmp_path / "a.svg").iter())
    assert not [element for element in elements if element.tag.endswith("script")]
    written = [element.text for element in elements if element.tag == "{http://www.w3.org/2000/svg}text"]
    copied = PdfReader(tmp_path / "a.pdf").pages[0].extract_text()
    for text in ("".join(written), copied):
        for name in ["$t_2$", *names]:
            assert "".join(name.split()) in "".join(text.split()), name


def test_pictures_of_a_vector_figure_are_pictures_of_their_own(tmp_path):
    save(contact_sheet([[Tile(photograph(i)) for i in range(3)]]), tmp_path / "a.svg", {})
    tags = [element.tag for element in ElementTree.parse(tmp_path / "a.svg").iter()]
    assert tags.count("{http://www.w3.org/2000/svg}image") == 3


def test_a_foreign_file_has_no_provenance(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "x.png")
    with pytest.raises(ValueError, match=r"x\.png: no text chunk"):
        provenance(tmp_path / "x.png")


def test_a_failed_save_leaves_nothing_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "figure.png"
    figure = contact_sheet([[Tile(photograph(0))]])
    save(figure, path, {})
    old = path.read_bytes()
    with pytest.raises((TypeError, ValueError)):
        save(figure, path, {("not", "a name"): 1})
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_what_draws_imports_neither_torch_nor_pyplot(python):
    files = [path for kind in ("sheet", "drawing") for path in ROOMS.glob(f"*/*{kind}.py")]
    assert len(files) > 10
    names = [f"limelight.capabilities.{path.parent.name}.{path.stem}" for path in files]
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"
    assert not {"torch", "matplotlib.pyplot"} & set(python(code, *names).split())


@pytest.mark.parametrize(("key", "value"), [("saliency", "infreno"), ("signed", "infreno"), ("dpi", 5)])
def test_a_style_that_cannot_be_drawn_is_refused(key, value):
    with pytest.raises(LimelightError, match=f"^figures.{key}: '?{value}'? is no.*(inferno|600)"):
        Style(**{key: value})


def steps(name):
    """Lightness along a colour map, and how different each colour of 65 looks from the one before (CIEDE2000)."""
    colours = rgb2lab(matplotlib.colormaps[name](np.linspace(0, 1, 65))[None, :, :3])[0]
    return colours[:, 0], deltaE_ciede2000(colours[:-1], colours[1:])


def is_even(name):
    lightness, apart = steps(name)
    return abs(np.sign(np.diff(lightness)).sum()) == 64 and apart.max() < 3.5 * apart.min()


def test_colour_maps_are_perceptually_uniform():
    assert all(is_even(name) for name in (Style.saliency, Style.activation, Style.confusion))
    assert not is_even("jet")
    lightness, apart = steps(Style.signed)
    assert apart.max() < 3.5 * apart.min()
    assert lightness.argmax() == 32  # white in the middle, at zero
    assert np.abs(lightness - lightness[::-1]).max() < 10


def test_a_font_of_ones_own_comes_first(tmp_path, caplog):
    def draw(*fonts):
        figure = contact_sheet([[Tile(photograph(0), "egg")]], style=Style(fonts=fonts))
        save(figure, tmp_path / "a.pdf", {})
        embedded = PdfReader(tmp_path / "a.pdf").pages[0]["/Resources"]["/Font"].values()
        return [font["/BaseFont"].partition("+")[2] for font in embedded]

    assert draw() == ["DejaVuSans-Bold"]
    assert draw("DejaVu Serif") == ["DejaVuSerif-Bold"]
    with caplog.at_level(logging.WARNING):
        assert draw("No Such Font", "DejaVu Serif") == ["DejaVuSerif-Bold"]
    assert "figures.fonts: no font called 'No Such Font' is installed" in caplog.text


def test_a_font_that_was_installed_since_is_found(monkeypatch):
    serif = [font for font in fontManager.ttflist if font.name == "DejaVu Serif"]
    monkeypatch.setattr(fontManager, "ttflist", [font for font in fontManager.ttflist if font not in serif])
    monkeypatch.setattr(style_module, "findSystemFonts", list)
    assert "DejaVu Serif" not in style_module._fonts.__wrapped__(("DejaVu Serif",))
    monkeypatch.setattr(style_module, "findSystemFonts", lambda: ["no-font.ttf", *(font.fname for font in serif)])
    assert style_module._fonts.__wrapped__(("DejaVu Serif",))[0] == "DejaVu Serif"


def test_a_character_without_a_font_is_said(tmp_path, caplog):
    private = "\ue123"  # no font draws the private use area
    with caplog.at_level(logging.WARNING):
        paths = [tmp_path / f"a.{ending}" for ending in ENDINGS]
        save(contact_sheet([[Tile(photograph(0), private)]]), paths, {})
    assert r"'\ue123'" in caplog.text
    assert len(caplog.records) == 1


# Words


def test_wrapping_keeps_every_letter():
    ink = Ink(8)
    with drawing():
        for name in NAMES:
            lines = fit(name, 90, ink, 150, 50)
            assert "".join(lines).replace(" ", "") == name.replace(" ", "")
            assert all(width(line, ink, 150) <= 90 for line in lines)


def test_a_line_as_wide_as_the_longest_word_cuts_none():
    ink = Ink(8)
    with drawing():
        for text in ("guided backpropagation", "SmoothGrad of the label's class", "a", ""):
            lines = fit(text, longest_word(text, ink, 150), ink, 150, 50)
            assert [word for line in lines for word in line.split()] == text.split()


def test_row_titles_have_room_for_their_longest_word():
    tiles = [[Tile(pixels_) for pixels_ in [photograph(1)] * 11]]
    for name in ("gradient", "guided backpropagation"):
        page = contact_sheet(tiles, row_titles=[name])
        assert {text.get_text() for text in page.findobj(Text)} >= set(name.split())


def test_shortening_is_marked():
    with drawing():
        lines = fit("word " * 50, 90, Ink(8), 150, 2)
        assert len(lines) == 2
        assert lines[-1].endswith(ELLIPSIS)
        squeezed = squeeze("✗ " + NAMES[1] + " 0.78", 180, Ink(8), 150, 2)
    assert len(squeezed) == 2
    assert squeezed[-1].endswith(f"{ELLIPSIS} 0.78")
    with drawing():
        assert squeeze("x" * 99, 180, Ink(8), 150, 2)[-1].endswith(ELLIPSIS)
        assert fit("a\nb\nc", 90, Ink(8), 150, 2) == ["a", f"b{ELLIPSIS}"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (0.001, "<0.01"), (0.5, "0.50"), (0.999, ">0.99"), (1, "1.00"), (None, "–")]
)
def test_a_probability_is_not_rounded_to_certainty(value, text):
    assert share(value) == text


def test_names_are_never_mathematics(tmp_path):
    tile = saliency(0, "$x^2$", r"\frac{1}{2} $")
    figure = saliency_sheet([tile], title="$model$")
    assert "$x^2$" in words(figure)
    assert not any(text.get_parse_math() for text in figure.findobj(Text) if text.get_text())
    save(figure, tmp_path / "a.png", {})
    figure = confusion_matrix(np.eye(2), ["$x$", "$y$"], title="$a$")
    assert words(figure).count("$x$") == 2
    assert not any(text.get_parse_math() for text in figure.findobj(Text) if text.get_text())


@pytest.mark.parametrize("count", [1, 3, 11, 23])
def test_long_names_neither_overlap_nor_leave_the_sheet(count):
    tiles = [saliency(i, NAMES[i % 6] if i % 5 else None, NAMES[(i * 2) % 6]) for i in range(count)]
    figure = saliency_sheet(tiles, title="A long title " * 20, subtitle="and what was done " * 20)
    check_words(figure)
    assert figure.bbox.width <= 2401


@pytest.mark.parametrize("dpi", [72, 300])
def test_another_resolution_changes_no_layout(dpi):
    tiles = [saliency(i, NAMES[i % 6], NAMES[(i * 2) % 6]) for i in range(11)]
    figure = saliency_sheet(tiles, title="Saliency", style=Style(dpi=dpi))
    check_words(figure)
    assert figure.bbox.width / dpi == pytest.approx(16, abs=0.2)
    check_words(confusion_matrix(np.eye(11), [NAMES[i % 6] for i in range(11)], title="a", style=Style(dpi)))


def test_other_sheets_neither_overlap_nor_leave_the_sheet():
    subjects = [subject(i, NAMES[i % 6]) for i in range(11)]
    maps = [np.random.default_rng(i).random((4, 4)) for i in range(11)]
    rows = [FilterRow(i, maps, [photograph(i) / 255] * 11, photograph(i) / 255, 12345.678) for i in range(2)]
    check_words(filters_sheet("cnn.4", "Conv2d", subjects, rows, title="Filters"))
    one = [FilterRow(i, maps[:1], [None], None) for i in range(4)]
    check_words(filters_figure("cnn.4", "Conv2d", subjects[0], one, title="Filters"))
    check_words(lime_sheet([lime(i) for i in range(11)], title="LIME", features=3, min_weight=0.1))
    check_words(lime_figure([lime(0), lime(0, "killed")], title="LIME", features=3, min_weight=0))
    dreams = [Dream(photograph(i) / 255, f"iteration {i}", "score 3.2") for i in range(11)]
    check_words(dream_classes_sheet(subjects, dreams, title="Dream"))
    check_words(dream_sweep_sheet([(subjects[0], dreams), (subjects[1], dreams)], title="Dream"))
    check_words(saliency_figure(saliency(0, "Egg", NAMES[1]), title="Saliency"))


def test_classes_that_were_asked_for_have_maps_of_their_own() -> None:
    others = {name: np.ones((32, 32)) for name in NAMES[:2]}
    tiles = [
        replace(saliency(number), method="gradient", others=others, note="completeness error 0.02")
        for number in range(3)
    ]
    sheet = saliency_sheet(tiles, title="Saliency")
    check_words(sheet)
    assert sum(text.startswith("of Vegetable/Fruit") for text in words(sheet)) == 1
    figure = saliency_figure(tiles[0], title="Saliency")
    check_words(figure)
    assert {"saliency of the class asked for", "completeness error 0.02"} <= set(words(figure))


def test_class_images_and_ways_to_ascend_keep_their_words_in_place() -> None:
    images = [Dream(photograph(k), name, f"score {k}") for k, name in enumerate(NAMES)]
    images[2] = Dream(None, NAMES[2], reason="silent: no gradient comes through (a dead filter)")
    sheet = class_images_sheet(images, title="Classes", subtitle="Adam")
    check_words(sheet)
    ways = {way: Reached(photograph(k), 12.3, 4.56) for k, way in enumerate(("pixels", "fourier"))}
    silent = {"pixels": Reached(None, 0.0, 0.0, "silent"), "fourier": Reached(photograph(3), 1.0, 1.0)}
    sheet = ascents_sheet({("cnn.4", 3, 2.0): ways, ("cnn.4", 9, float("nan")): silent}, title="Ways")
    check_words(sheet)
    said = "\n".join(words(sheet))
    assert "12.3 (4.56)" in said
    assert "6.2 times" in said
    assert "silent" in said


def test_facets_keep_their_words_in_place() -> None:
    facets = [Tile(photograph(k), caption=f"{10 * k}") for k in range(12)]
    rows = [
        FacetRow(3, Tile(photograph(0), caption="136"), facets, 0.48),
        FacetRow(1023, Tile(None, reason="values are not finite"), [Tile(None, reason="not computed")] * 12),
        FacetRow(5, Tile(None, reason="silent: no gradient comes through (a dead filter)"), facets[:12], 0.0),
    ]
    sheet = facets_sheet(rows, title="Facets", subtitle="Adam")
    check_words(sheet)
    said = " ".join(words(sheet))
    assert "facets 0.48" in said
    assert "facets 0.00" in said
    assert {"alone", "facet 1", "facet 12", "136"} <= set(words(sheet))


# Contact sheet


@pytest.mark.parametrize(
    ("columns", "most", "pinned", "sizes"), [(33, 11, 0, [11] * 3), (12, 11, 0, [6, 6]), (11, 11, 0, [11])]
)
def test_bands_are_even(columns, most, pinned, sizes):
    bands = _bands(columns, most, pinned)
    assert [len(band) for band in bands] == sizes
    assert list(itertools.chain.from_iterable(bands)) == list(range(columns))


def test_pinned_columns_stand_in_every_band():
    bands = _bands(26, 12, 1)
    assert all(band[0] == 0 and len(band) <= 12 for band in bands)
    assert sorted(itertools.chain.from_iterable(band[1:] for band in bands)) == list(range(1, 26))


def test_33_images_wrap_in_bands_with_their_row_titles():
    figure = saliency_sheet([saliency(i) for i in range(33)], title="Saliency")
    assert words(figure).count("photograph") == 3
    once = saliency_sheet([saliency(i) for i in range(11)], title="Saliency")
    assert words(once).count("photograph") == 1
    assert figure.bbox.width == once.bbox.width
    assert figure.bbox.height > 2.5 * (once.bbox.height - 150)


def test_an_image_is_drawn_pixel_for_pixel():
    image = photograph(0, 330)  # as large as the largest cell at 150 dpi
    drawn = pixels(contact_sheet([[Tile(image)]]))
    assert drawn.shape[1] == 750
    inner = image[2:-2, 2:-2]  # the frame covers the rim
    top, left = 33, 33  # the margin
    assert np.abs(drawn[top + 2 : top + 328, left + 2 : left + 328].astype(int) - inner).max() <= 1


def test_a_wide_image_keeps_its_shape():
    drawn = pixels(contact_sheet([[Tile(np.zeros((20, 40, 3), np.uint8))]]))
    rows, columns = np.nonzero((drawn == 0).all(-1))
    assert np.ptp(columns) + 1 == pytest.approx(2 * (np.ptp(rows) + 1), abs=3)


def test_a_gap_is_visible_and_says_why():
    figure = contact_sheet([[Tile(None, reason="the gradient is not finite"), Tile(photograph(0))]])
    assert "the gradient is not finite" in " ".join(words(figure))
    drawn = pixels(figure)
    cell = drawn[33:363, 33:363]
    assert (cell < 250).any(-1).mean() > 0.05  # the hatching
    empty = pixels(contact_sheet([[None, Tile(photograph(0))]]))[33:363, 33:363]
    assert (empty == 255).all()


def test_figures_name_the_layer_that_a_method_looks_at() -> None:
    one, other = (replace(saliency(0), method=name) for name in ("gradient", "grad_cam"))
    for tiles in ([one, replace(other, layer="cnn.4")], [replace(other, layer="cnn.4")]):
        name = "Grad-CAM, layer cnn.4" if len(tiles) == 2 else "saliency, layer cnn.4"
        assert name in " ".join(words(saliency_sheet(tiles, title="m")))
        assert f"{name} of the label" in " ".join(words(saliency_figure(*tiles, title="m")))
    assert "layer" not in " ".join(words(saliency_sheet([one, other], title="m")))


def test_a_map_that_is_not_finite_is_drawn_without_a_warning(recwarn, tmp_path):
    saliency = np.full((32, 32), np.nan)
    saliency[0, 0] = 1
    tile = SaliencyTile(subject(0), saliency)
    save(saliency_figure(tile, title="a"), tmp_path / "a.png", {})
    assert not [warning for warning in recwarn if "limelight" in str(warning.filename)]


@pytest.mark.parametrize("rows", [[], [[]]])
def test_a_sheet_without_tiles_is_refused(rows):
    with pytest.raises(ValueError, match="no tile"):
        contact_sheet(rows)


def test_a_sheet_too_high_to_draw_is_refused():
    with pytest.raises(ValueError, match="put fewer images"):
        contact_sheet([[Tile(None)] * 600], columns_per_band=1)


# Saliency and filters


def test_the_scale_of_a_map():
    ramp = np.arange(1000.0).reshape(25, 40)
    assert ceiling(ramp) == np.percentile(ramp, 99.5)
    lonely = np.zeros((100, 100))
    lonely[3, 4] = 7
    assert ceiling(lonely) == 7
    assert ceiling(np.zeros((2, 2))) == 1


def test_a_wrong_prediction_has_its_own_map():
    right = words(saliency_sheet([saliency(0)], title="a"))
    wrong = words(saliency_sheet([saliency(0), saliency(1, "Egg", "Soup")], title="a"))
    assert "✓ Egg 0.90" in right
    assert {"✗ Soup 0.90", "Soup"} <= set(wrong)
    assert len([word for word in wrong if word == "saliency"]) == 2


def test_an_overlay_shows_the_photograph_where_nothing_matters():
    photo = photograph(0, 4)
    values = np.zeros((4, 4))
    values[0, 0] = 1
    blended = heat(photo, values, "inferno")
    grey = 0.15 + 0.75 * (photo / 255) @ [0.299, 0.587, 0.114]
    assert np.allclose(blended[1:], grey[1:, :, None])
    brightest = np.array(matplotlib.colormaps["inferno"](1.0)[:3])
    assert np.allclose(blended[0, 0], 0.9 * brightest + 0.1 * grey[0, 0])


def test_activation_maps_of_a_filter_share_a_scale():
    row = FilterRow(5, [np.full((2, 2), 1.0), np.array([[-3.0, 4.0], [0, 0]])], [None, None])
    figure = filters_sheet("cnn.0", "Conv2d", [subject(0), subject(1)], [row], title="a")
    text = " ".join(words(figure))
    assert "0 to 4" in text
    assert "negative values as 0" in text
    drawn = pixels(figure)
    quarter = (255 * np.array(matplotlib.colormaps["viridis"](0.25)[:3])).round()
    assert (np.abs(drawn - quarter).max(-1) <= 1).sum() > 10_000


# LIME


def test_overlay_paints_exactly_the_chosen_segments():
    photo = photograph(1, 40)
    segments = np.arange(40)[:, None] // 10 * 4 + np.arange(40) // 10
    weights = np.zeros(16)
    weights[[1, 6, 11, 12]] = [0.5, -1.0, 0.25, 0.01]
    shown = overlay(photo, segments, weights, features=3, min_weight=0.1)
    painted = np.isin(segments, [1, 6, 11])
    grey = (photo / 255) @ np.array([0.299, 0.587, 0.114])
    pale = np.round(255 * (0.65 * grey[..., None] + 0.35 * photo / 255)).astype(np.uint8)
    assert np.array_equal(shown[~painted], pale[~painted])
    assert (shown != pale).any(-1)[painted].mean() > 0.99
    # by how much green exceeds red, in the middle of each segment
    lead = shown[..., 1].astype(int) - shown[..., 0]
    inner = np.zeros_like(painted)
    inner.reshape(4, 10, 4, 10)[:, 1:-1, :, 1:-1] = True
    assert lead[inner & (segments == 1)].min() > 0
    assert lead[inner & (segments == 6)].max() < 0
    assert lead[inner & (segments == 1)].mean() > lead[inner & (segments == 11)].mean()
    # a white edge for the class and a black one against, for readers who see green and red as one
    assert (shown[9, 10:20] == 255).all()
    assert (shown[10, 20:30] == 0).all()


def test_overlay_without_weights_paints_nothing():
    photo, segments = photograph(2, 8), np.zeros((8, 8), int)
    pale = overlay(photo, segments, np.zeros(1), features=5, min_weight=0.0)
    assert np.array_equal(pale, overlay(photo, segments, np.array([0.1]), features=5, min_weight=0.2))
    assert np.array_equal(pale, overlay(photo, segments, np.array([np.nan]), features=5, min_weight=0.0))


def test_the_strongest_segments_are_chosen():
    weights = np.array([0.1, -0.4, 0.0, 0.4, 0.2, np.nan])
    assert chosen(weights, 3, 0.0).tolist() == [1, 3, 4]
    assert chosen(weights, 9, 0.2).tolist() == [1, 3, 4]
    assert chosen(weights, 9, 0.0).tolist() == [1, 3, 4, 0]


def test_a_lime_sheet_says_how_far_to_believe_it():
    text = words(lime_sheet([lime(0), lime(1, "out of memory")], title="a", features=3, min_weight=0))
    assert {"Egg 0.90", "R² 0.80 · linear 0.85", "class accuracy 0.70", "out of memory"} <= set(text)


# Confusion matrix


def test_confusion_numbers():
    matrix = np.array([[7, 3, 0], [1, 19, 0], [0, 0, 0]])
    figure = confusion_matrix(matrix, ["a", "b", "none"], title="Confusion")
    text = words(figure)
    assert [word for word in text if word.isdigit()] == ["7", "3", "1", "19"]
    assert "0.70  (10)" in text
    assert "0.95  (20)" in text
    assert "–  (0)" in text
    assert "26 of 30 images right: accuracy 0.87." in " ".join(text)
    assert accuracies(matrix)[:2].tolist() == [0.7, 0.95]
    assert np.isnan(accuracies(matrix)[2])
    check_words(figure)


@pytest.mark.parametrize("classes", [2, 11, 25, 60, 1000])
def test_confusion_of_any_size(classes):
    rng = np.random.default_rng(classes)
    matrix = rng.poisson(0.02, (classes, classes)) + np.diag(rng.integers(0, 99_999, classes))
    figure = confusion_matrix(matrix, [f"{NAMES[i % 6]} {i}" for i in range(classes)], title="Confusion")
    if classes < 1000:
        check_words(figure)
    assert figure.bbox.width <= 2401
    assert len(pixels(figure))


def test_of_many_classes_only_those_that_occur_are_drawn():
    matrix = np.zeros((1000, 1000), int)
    matrix[3, 3], matrix[3, 700] = 4, 6
    text = words(confusion_matrix(matrix, [f"class {i}" for i in range(1000)], title="a"))
    assert {"class 3", "class 700", "4", "6"} <= set(text)
    assert "class 4" not in text
    assert "2 of 1000 classes occur." in " ".join(text)


def test_no_labelled_image():
    text = words(confusion_matrix(np.zeros((3, 3)), ["a", "b", "c"], title="a"))
    assert "No labelled image." in " ".join(text)


def test_a_matrix_that_does_not_fit_its_classes_is_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 3\) for 2 classes"):
        confusion_matrix(np.zeros((2, 3)), ["a", "b"], title="a")


# Dreams


def test_a_sweep_names_its_columns_once():
    dreams = [Dream(photograph(i) / 255, f"filter {i}") for i in range(3)]
    text = words(dream_sweep_sheet([(subject(0), dreams), (subject(1), dreams)], title="a"))
    assert text.count("filter 2") == 1
    with pytest.raises(ValueError, match="2 dreams of 1 photographs"):
        dream_classes_sheet([subject(0)], dreams[:2], title="a")
