"""A person walks through a gallery that lies on the disk."""

import shutil
import time
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import numpy as np
import pytest
from exhibited import CLASSES, IMAGES, SCRIPT, filters_of, make_gallery, make_large

from limelight import catalogue
from limelight.gallery import SHELL_PAGES, site
from limelight.gallery.filters import LayerExhibit, write_layer
from limelight.gallery.site import link
from limelight.machinery import arrays
from limelight.machinery.items import Item

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

REPOSITORY = Path(__file__).parents[2]
SHOWN = {
    "index": "index.html",
    "images": "images.html",
    "image": link("image", image=IMAGES[1]),
    "class": link("class", **{"class": CLASSES[1]}),
    "layer": "layer.html",
    "quality": "quality.html",
    "compare": "compare.html",
    "provenance": "provenance.html",
}
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 375, "height": 780}


def test_from_a_cell_of_the_confusion_matrix_to_an_image_and_back(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open()
    page.locator(".confusion .miss").first.click()
    page.wait_for_url("**/images.html#*")
    cell = parse_qs(urlsplit(someone.at()).fragment)
    cards = page.locator(".card")
    wrong = [
        row
        for row in gallery.gallery.models[0].predictions.itertuples()
        if (row.label, row.predicted) == (cell["label"][0], cell["predicted"][0])
    ]
    assert wrong
    expect(cards).to_have_count(len(wrong))
    cards.first.click()
    expect(page.locator("h1")).to_have_text(wrong[0].image)
    page.go_back()
    expect(cards).to_have_count(len(wrong))
    page.go_back()
    expect(page.locator(".confusion .miss").first).to_be_visible()


def test_the_opacity_of_a_map_and_its_place_in_the_address(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open(link("image", image=IMAGES[0]))
    over = page.locator(".left > .stage > .tile")
    page.locator("#opacity").fill("0")
    assert over.evaluate("(node) => getComputedStyle(node).opacity") == "0"
    page.locator("#opacity").fill("40")
    assert over.evaluate("(node) => getComputedStyle(node).opacity") == "0.4"
    page.get_by_role("button", name="occlusion").click()
    assert "map=occlusion" in someone.at()
    assert over.locator("img").get_attribute("alt") == "occlusion map of the label's class"
    page.get_by_role("button", name="alone").click()
    assert over.evaluate("(node) => getComputedStyle(node).opacity") == "1"
    page.reload()
    someone.drawn()
    assert page.locator(".strip [aria-pressed=true]").get_attribute("data-method") == "occlusion"


def test_a_superpixel_says_its_weight_with_its_sign(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open(link("image", image=IMAGES[0]))
    canvas = page.locator("canvas")
    said = set()
    for x, y in ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9), (0.1, 0.9), (0.9, 0.1)):
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        said.add(page.locator(".pointer").inner_text())
    assert len(said) == 5
    assert all((text[0] == "+" and " for " in text) or (text[0] == "−" and " against " in text) for text in said)
    listed = page.locator(".weights li")
    count = listed.count()
    page.locator("#features").fill("2")
    assert listed.count() == 2 < count
    before = canvas.evaluate("(node) => node.toDataURL()")
    page.locator(".chapter select").select_option(index=1)
    assert canvas.evaluate("(node) => node.toDataURL()") != before


def test_the_scrubber_of_a_dream(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open(link("image", image=IMAGES[0]))
    assert "iteration 10" in page.locator(".dreamt").inner_text()
    page.locator("#scrubber").fill("1")
    assert "iteration 5, activation 0.500" in page.locator(".dreamt").inner_text()
    page.locator("#scrubber").press("ArrowLeft")
    assert "iteration 0" in page.locator(".dreamt").inner_text()
    assert page.locator("h1").inner_text() == IMAGES[0], "the arrows belong to the scrubber while it has the focus"


def test_keys(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open(link("image", image=IMAGES[0]))
    for key, expected in (("ArrowRight", IMAGES[1]), ("ArrowRight", IMAGES[2]), ("ArrowLeft", IMAGES[1])):
        page.keyboard.press(key)
        expect(page.locator("h1")).to_have_text(expected)
    page.go_back()
    expect(page.locator("h1")).to_have_text(IMAGES[2])
    page.keyboard.press("?")
    assert "next image" in page.locator("dialog").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_images_by_what_they_are(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open("images.html")
    table = gallery.gallery.models[0].predictions
    assert page.locator(".card").count() == len(table)
    page.get_by_role("button", name="wrong").click()
    expect(page.locator(".card")).to_have_count(int((table["label"] != table["predicted"]).sum()))
    page.get_by_role("button", name="all", exact=True).click()
    expect(page.locator(".card")).to_have_count(len(table))
    page.get_by_label("Label").select_option(SCRIPT)
    expect(page.locator(".card")).to_have_count(int((table["label"] == SCRIPT).sum()))
    page.keyboard.press("/")
    page.keyboard.type("a#b")
    expect(page.locator(".card")).to_have_count(0)
    assert "q=a%23b" in someone.at()


def test_a_filter_and_two_models_side_by_side(reader, gallery) -> None:
    someone = reader(gallery.root)
    page = someone.open("layer.html")
    expect(page.locator(".face")).to_have_text(["3", "0"])  # those that are alike stand together
    page.get_by_role("button", name="by number").click()
    expect(page.locator(".face")).to_have_text(["0", "3"])
    page.locator(".face").nth(1).click()
    expect(page.locator("h2").last).to_have_text("Filter 3")
    assert {"Ascent from noise", "Ascent from photographs", "Top photographs"} <= set(
        page.locator("h3").all_inner_texts()
    )
    page.get_by_role("link", name="Compare models").click()
    expect(page.locator(".two h2")).to_have_text(["net", "other.net"])
    page.get_by_role("button", name="an image").click()
    page.locator("#opacity").wait_for()
    page.locator("#opacity").fill("30")
    page.get_by_label("Map").select_option("occlusion")
    opacities = (
        "[...document.querySelectorAll('.stage > .tile')].slice(0, 2).map((node) => getComputedStyle(node).opacity)"
    )
    assert page.evaluate(opacities) == ["0.3", "0.3"]
    page.locator("#scrubber").fill("1")
    assert [text for text in page.locator(".dreamt p").all_inner_texts() if "iteration 5" in text] == [
        "iteration 5, activation 0.500"
    ] * 2


BRIGHTNESS = """
limelight.view("brightness", (() => {
  const { h } = limelight;
  const chapter = ({ folder, data }) => h("section", { class: "chapter" }, h("h2", {}, "How bright is it?"),
    h("p", { id: "mean" }, data.mean), views.tile(folder, data.sprite, 0, "brightness").node);
  const words = ({ model, data }) => `${model.name} ${data.mean}`;
  return { chapter, compare: (pages) => h("p", { id: "both" }, pages.map(words).join(", ")) };
})());
"""


def test_a_capability_with_a_view_is_shown_with_nothing_else_touched(reader, tmp_path, monkeypatch) -> None:
    shutil.copytree(catalogue.ROOMS, tmp_path / "rooms")
    (tmp_path / "rooms/brightness").mkdir()
    (tmp_path / "rooms/brightness/view.js").write_text(BRIGHTNESS)
    catalogue.capabilities()  # What is declared is read once; this one declares nothing.
    for module in (catalogue, site):
        monkeypatch.setattr(module, "ROOMS", tmp_path / "rooms")
    monkeypatch.setattr(catalogue, "NAMES", (*catalogue.NAMES, "brightness"))
    grey = np.full((8, 8, 3), 128, np.uint8)
    made = make_gallery(tmp_path, {"brightness": lambda image: {"mean": 0.5, "sprite": image.pictures([grey])}})
    someone = reader(made.root)
    page = someone.open(link("image", image=IMAGES[0]))
    expect(page.locator("h2", has_text="How bright is it?")).to_be_visible()
    expect(page.locator("#mean")).to_have_text("0.5")
    assert someone.broken() == []
    page = someone.open(link("compare", image=IMAGES[0]))
    expect(page.locator("#both")).to_have_text("net 0.5, other.net 0.5")


def test_the_first_page_shows_a_training_run(reader, gallery) -> None:
    page = reader(gallery.root, viewport=PHONE).open("index.html")
    section = page.locator("#training")
    expect(section.locator("h3")).to_have_text(["Deep dreams", "Filters of layer a #1%, from noise"])
    for strip in section.locator("img").all():
        strip.scroll_into_view_if_needed()
        assert strip.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1900
        assert strip.bounding_box()["width"] < PHONE["width"]
    section.locator("text=As an animation").nth(1).click()
    assert page.evaluate("document.images[0].naturalWidth") == 90


def test_the_faces_of_filters_that_did_not_ascend_stand_apart(reader, tmp_path) -> None:
    """Of a large layer only the first filters ascend; the others show their patches."""
    made = make_gallery(tmp_path)
    frames = np.full((2, 4, 4, 3), 128, np.uint8)
    found = {
        Item(layer="conv", filter=name): {"frames": frames, "scores": [0.0, 1.0], "iterations": [0, 9]}
        for name in (0, 1)
    }
    arrays.write(tmp_path / "noise.npz", found, {})
    rows = "".join(f"conv,{number},one,1.0,0,0,4,4\n" for number in range(5))
    (tmp_path / "top.csv").write_text(f"layer,filter,image,activation,top,left,bottom,right\n{rows}")
    sources = {"noise": [str(tmp_path / "noise.npz")], "top": [str(tmp_path / "top.csv")]}
    layer = LayerExhibit("conv", sources, {}, "viridis", lambda names: {"one": frames[0]})
    write_layer(made.root, "models/net/layers/0", filters_of(layer))
    page = reader(made.root).open(link("layer", model="net", layer="0"))
    expect(page.locator(".chapter").first.locator("h3")).to_have_text(
        ["Ascent from noise", "Patches of photographs that excite it most"]
    )
    expect(page.locator(".atlas").nth(1).locator(".face")).to_have_text(["2", "3", "4"])


def test_a_table_sorts(reader, gallery) -> None:
    page = reader(gallery.root).open("quality.html")
    table = page.locator("table.quality").first
    table.get_by_role("button", name="deletion AUC").click()
    values = [
        float(text)
        for text in table.locator("tbody td:nth-child(2)").evaluate_all(
            "(all) => all.map((cell) => cell.dataset.value)"
        )
    ]
    assert values == sorted(values, reverse=True)
    assert len(values) == 5


def test_names_are_shown_as_they_are_and_nothing_of_them_runs(reader, gallery) -> None:
    someone = reader(gallery.root)
    for place in (link("class", **{"class": SCRIPT}), "index.html", "provenance.html", link("image", image=IMAGES[3])):
        page = someone.open(place)
        assert page.title() != "run"
        assert page.locator("b:text-is('study')").count() == 0
    assert page.locator("h1").inner_text() == IMAGES[3]
    someone.open(link("class", **{"class": SCRIPT}))
    assert page.locator("h1").inner_text() == SCRIPT
    page = someone.open(link("image", image=IMAGES[-1]))
    assert "not finite <b>" in page.locator(".notice").inner_text()


def test_no_link_and_no_picture_is_broken_anywhere(reader, gallery) -> None:
    someone = reader(gallery.root)
    waiting, seen = ["index.html"], set()
    while waiting:
        place = waiting.pop()
        name, _, where = place.partition("#")
        # The list that an image was reached from changes where its arrows lead, not what it shows.
        known = parse_qs(where)
        lists = ("label", "predicted", "show", "q", "map") if name != "images.html" else ()
        what = (name, tuple(sorted((key, tuple(value)) for key, value in known.items() if key not in lists)))
        if what in seen:
            continue
        seen.add(what)
        page = someone.open(place)
        assert not page.locator("text=This cannot be shown").count(), place
        assert someone.broken() == [], place
        for link_ in page.evaluate("[...document.querySelectorAll('a:not(.skip)')].map((link) => link.href)"):
            parts = urlsplit(link_)
            path = Path(unquote(parts.path))
            assert path.is_file(), f"{link_} on {place}"
            if path.parent == gallery.root and path.suffix == ".html":
                waiting.append(path.name + (f"#{parts.fragment}" if parts.fragment else ""))
    assert {name for name, _ in seen} == {f"{page}.html" for page in (*SHELL_PAGES, "quality")}
    shown = {(where["model"], where["image"]) for name, what in seen if name == "image.html" for where in [dict(what)]}
    assert len(shown) == 2 * len(IMAGES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_a_screen_reader(reader, gallery, scheme) -> None:
    from axe_playwright_python.sync_playwright import Axe

    someone = reader(gallery.root, viewport=DESKTOP, color_scheme=scheme)
    for place in SHOWN.values() if scheme == "light" else [SHOWN[name] for name in ("index", "image", "quality")]:
        page = someone.open(place)
        found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
        serious = [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert not serious, (place, serious)


def test_every_page_fits_a_desktop_and_a_phone(reader, gallery) -> None:
    """And is kept as a picture, to be looked at."""
    folder = REPOSITORY / "screenshots"
    folder.mkdir(exist_ok=True)
    for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        someone = reader(gallery.root, viewport=viewport)
        for name, place in SHOWN.items():
            page = someone.open(place)
            assert someone.broken() == []
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (name, size)
            page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)


def test_paper_is_white_also_where_the_screen_is_dark(reader, gallery) -> None:
    page = reader(gallery.root, color_scheme="dark").open(SHOWN["image"])
    background = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(background) == "rgb(15, 18, 17)"
    page.emulate_media(media="print")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.locator(".controls").first.is_hidden()


def test_a_study_of_predictions_without_labels_has_no_holes(reader, bare) -> None:
    someone = reader(bare.root)
    page = someone.open()
    assert page.locator("nav a").all_inner_texts() == ["Study", "Images", "Provenance"]
    assert page.locator(".confusion").count() == 0
    page.locator(".tags a").first.click()
    page.locator(".card").first.click()
    expect(page.locator("h2")).to_have_text(["Prediction", "Not explained yet"])
    someone.open(link("class", **{"class": CLASSES[0]}))
    assert someone.broken() == []


def test_a_gallery_of_2000_images_opens(reader, tmp_path) -> None:
    made = make_large(tmp_path, 2000)
    someone = reader(made.root)
    start = time.monotonic()
    page = someone.open("images.html")
    page.locator(".card img").first.evaluate("(image) => image.decode()")
    assert time.monotonic() - start < 2
    assert page.locator(".card").count() < 400, "not all of them are made at once"
    page.get_by_label("Name").fill("image_01999")
    assert page.locator(".card").count() == 1
    page.locator(".card").click()
    expect(page.locator("h1")).to_have_text("image_01999")
    assert f"image={quote('image_01999')}" in someone.at()
