"""Which images, in which bucket, for which targets?"""

import csv
import io
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight import schema
from limelight.capabilities.quality.declaration import sanity_images
from limelight.catalogue import capabilities, capability
from limelight.study import choices, costs, image_set, plan, shards
from limelight.study import settings as settings_module
from limelight.study.cells import marked
from limelight.study.checked import COLUMNS, Checked, seen
from limelight.study.choices import choose
from limelight.study.declaration import Jobs
from limelight.study.digests import digest
from limelight.study.errors import LimelightError
from limelight.study.files import file_size
from limelight.study.image_set import Image, demo_files, list_images
from limelight.study.paths import resolve
from limelight.study.plan import Study
from limelight.study.shards import buckets
from limelight.targets import Targets

NAMES = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6), unique=True, max_size=60)
SIZES = st.integers(1, 8)
SCHEMA = schema.load(Path(__file__).parents[2])


def test_parsing_needs_neither_torch_nor_numpy_nor_pillow(python: Callable[..., str]) -> None:
    code = "import sys, limelight.schema, limelight.study.plan, limelight.study.settings; print(*sys.modules)"
    loaded = {name.split(".")[0] for name in python(code).split()}
    assert "limelight" in loaded
    assert not loaded & {"torch", "numpy", "PIL", "pandas", "scipy", "skimage", "matplotlib"}


# --- buckets ----------------------------------------------------------------------------------------------------


@given(NAMES, SIZES)
def test_buckets_partition_the_ids_in_their_order(names: list[str], size: int) -> None:
    found = buckets(names, size)
    assert sorted(name for members in found.values() for name in members) == sorted(names)
    for members in found.values():
        assert 1 <= len(members) <= size
        assert list(members) == [name for name in names if name in members]


@given(NAMES, st.randoms(use_true_random=False), SIZES)
def test_buckets_do_not_depend_on_the_order_of_the_images(names: list[str], random: Any, size: int) -> None:
    shuffled = random.sample(names, len(names))
    assert as_sets(buckets(shuffled, size)) == as_sets(buckets(names, size))


@given(NAMES.filter(bool), SIZES, st.data())
def test_one_image_more_or_less_changes_one_bucket(names: list[str], size: int, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(names))
    without, having = (as_sets(buckets(chosen, size)) for chosen in ([n for n in names if n != one], names))
    gone = {bucket: members for bucket, members in without.items() if having.get(bucket) != members}
    new = {bucket: members for bucket, members in having.items() if without.get(bucket) != members}
    # One bucket has grown, is new, or has been full: then its members, with the new one, make up its descendants.
    assert len(gone) <= 1
    assert {name for members in new.values() for name in members} == {one}.union(*gone.values())
    if gone:
        (parent,) = gone
        assert all(bucket.startswith(parent) for bucket in new)
        assert len(new) == 1 or len(gone[parent]) == size
    else:
        assert list(new.values()) == [{one}]


def test_bucket_is_named_after_the_bits_that_its_digests_share() -> None:
    names = [f"image {k}" for k in range(50)]
    for bucket, members in buckets(names, 4).items():
        for name in members:
            assert f"{int(digest(name), 16):0256b}".startswith(bucket.removeprefix("b"))


def test_everything_that_fits_one_bucket_is_one_bucket() -> None:
    assert buckets(["x", "y", "z"], 3) == {"b": ("x", "y", "z")}
    assert buckets([], 3) == {}


def as_sets(found: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    return {bucket: set(members) for bucket, members in found.items()}


# --- the image set ----------------------------------------------------------------------------------------------


def make(folder: Path, *names: str) -> str:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"never opened")
    return str(folder)


def section(path: object, layout: str = "flat", **more: str) -> dict[str, str]:
    return {"path": str(path), "layout": layout, **more}


def test_flat_names_count_the_classes(tmp_path: Path) -> None:
    folder = make(tmp_path / "a", "0_5.jpg", "1_3.PNG", "1_12_b.jpeg", "notes.txt", "Thumbs.db")
    found = list_images(section(folder), ["noodles/pasta", "egg"], None)
    assert found == [
        Image("egg_3", f"{folder}/1_3.PNG", "egg"),
        Image("egg_12_b", f"{folder}/1_12_b.jpeg", "egg"),
        Image("noodles-pasta_5", f"{folder}/0_5.jpg", "noodles/pasta"),
    ]


def test_flat_names_without_classes_keep_the_number(tmp_path: Path) -> None:
    found = list_images(section(make(tmp_path, "10_1.jpg", "9_1.jpg")), None, None)
    assert [(image.id, image.label) for image in found] == [("9_1", "9"), ("10_1", "10")]


@given(st.text(min_size=100, max_size=400), st.text(max_size=3))
def test_ids_of_any_name_fit_into_names_of_files_and_stay_apart(name: str, more: str) -> None:
    one, other = (image_set._slug(text) for text in (name, f"{name}{more}!"))
    for slug in (one, other):
        assert len(f".one.{slug}.summary.json.12345678".encode(errors="replace")) <= 255
        assert not re.search(r"[^\w.-]", slug)
    if len(one.encode(errors="replace")) == len(other.encode(errors="replace")) == image_set._LONGEST:
        assert one != other
    counted = "-".join(map(str, range(60)))
    assert image_set._slug(counted) == counted
    assert image_set._slug("0" * 19) == "0" * 19
    assert re.fullmatch("0{25}-[0-9a-f]{8}", image_set._slug("0" * 25)), (
        "Snakemake takes no wildcard that repeats itself"
    )


def test_a_name_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    """Linux takes any bytes for a name; what is no image may have any."""
    for layout, name in (("flat", b"0_\xff.png"), ("folders", b"\xffgg")):
        folder = tmp_path / layout
        (make(folder, "0_1.png", "egg/1.png"))
        odd = os.path.join(os.fsencode(folder), name)
        os.mkdir(odd) if layout == "folders" else Path(os.fsdecode(odd)).write_bytes(b"")
        Path(os.fsdecode(os.path.join(os.fsencode(folder), b"\xff.txt"))).write_bytes(b"")
        with pytest.raises(LimelightError) as error:
            list_images(section(folder, layout), ["egg"], None)
        assert str(error.value).startswith(f"images.path: the name of {folder}/")
        assert str(error.value).endswith(" is not in UTF-8; expected UTF-8")
        assert str(error.value).isprintable()
    (tmp_path / "t.csv").write_text("image,path\na,b\0.png\n")
    with pytest.raises(LimelightError, match=r"t\.csv: line 2 has a NUL character in a path; expected text$"):
        list_images(section(tmp_path / "t.csv", "csv"), None, None)


def test_images_are_in_natural_order(tmp_path: Path) -> None:
    folder = make(tmp_path, *(f"0_{index}.png" for index in (100, 9, 10, 1, 21, 3)))
    assert [image.id for image in list_images(section(folder), ["egg", "x"], None)] == [
        "egg_1",
        "egg_3",
        "egg_9",
        "egg_10",
        "egg_21",
        "egg_100",
    ]


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1), st.randoms(use_true_random=False))
def test_numbers_in_names_count_as_numbers(numbers: list[int], random: Any) -> None:
    names = [f"0_day{number}night.png" for number in numbers]
    random.shuffle(names)
    found = list_images(section("later"), None, names)
    assert [image.id for image in found] == [f"0_day{number}night" for number in sorted(numbers)]


def test_order_does_not_depend_on_the_file_system_where_numbers_are_equal() -> None:
    names = ["0_1.png", "0_01.png", "0_001.png"]
    assert list_images(section("later"), None, names) == list_images(section("later"), None, names[::-1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("egg.jpg", "the name is not {label}_{index} as in 3_17.jpg"),
        ("egg_3.jpg", "the name is not {label}_{index} as in 3_17.jpg"),
        ("2_1.jpg", "label 2 is not a class; expected 0 to 1"),
    ],
)
def test_flat_name_that_says_no_class_is_named(tmp_path: Path, name: str, said: str) -> None:
    folder = make(tmp_path, "0_1.jpg", name)
    with pytest.raises(LimelightError) as error:
        list_images(section(folder), ["egg", "soup"], None)
    assert str(error.value) == f"{folder}/{name}: {said}"


def test_missing_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(LimelightError, match=r"^images.path: .*/nowhere is not a readable folder; expected"):
        list_images(section(tmp_path / "nowhere"), None, None)
    with pytest.raises(
        LimelightError, match=r"^images.path: .* contains no image \(layout flat\); expected files like"
    ):
        list_images(section(make(tmp_path, "readme.txt")), None, None)


def test_folders_are_classes(tmp_path: Path) -> None:
    folder = make(tmp_path, "fried food/b 1.jpg", "egg/a.png", ".cache/c.png", "stray.png", "egg/deep/d.png")
    assert list_images(section(folder, "folders"), None, None) == [
        Image("egg_a", f"{folder}/egg/a.png", "egg"),
        Image("fried-food_b-1", f"{folder}/fried food/b 1.jpg", "fried food"),
    ]


def test_two_images_with_one_id_are_refused(tmp_path: Path) -> None:
    folder = make(tmp_path, "egg/a 1.png", "egg/a#1.png")
    with pytest.raises(
        LimelightError, match=r"a.1\.png and .*a.1\.png share the id 'egg_a-1'; ids must be unique$"
    ) as error:
        list_images(section(folder, "folders"), None, None)
    assert "\n" not in str(error.value)


def test_masks_are_named_like_the_images(tmp_path: Path) -> None:
    folder = make(tmp_path / "photos", "egg/a.jpg", "soup/b.c.png")
    found = list_images(section(folder, "folders", masks="my/masks"), None, None)
    assert [image.mask for image in found] == ["my/masks/egg/a.png", "my/masks/soup/b.c.png"]
    (flat,) = list_images(section("made/later", masks="m"), ["egg", "x"], ["0_07.png"])
    assert (flat.id, flat.path, flat.mask) == ("egg_07", "made/later/0_07.png", "m/0_07.png")


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_table_with_any_line_end_byte_order_mark_and_spaces_behind_commas(
    tmp_path: Path, encoding: str, end: str
) -> None:
    lines = ["image, path, label, mask", "käse, photos/k.jpg, dairy product, masks/k.png", 'x,"/abs/a,b.png",,']
    table = write(tmp_path / "t.csv", end.join(lines) + end, encoding)
    assert list_images(section(table, "csv"), None, None) == [
        Image("käse", f"{tmp_path}/photos/k.jpg", "dairy product", f"{tmp_path}/masks/k.png"),
        Image("x", "/abs/a,b.png", None, None),
    ]


def test_table_needs_neither_label_nor_mask_and_its_paths_are_beside_it(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "path,image\n../up/a.png,a b\n")
    assert list_images(section(table, "csv"), None, None) == [Image("a-b", f"{tmp_path.parent}/up/a.png")]


def test_table_names_files_of_installed_packages(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "image,path\ncoffee,skimage:data/coffee.png\n")
    (image,) = list_images(section(table, "csv"), None, None)
    assert image.path.endswith("/skimage/data/coffee.png")
    assert Path(image.path).is_file()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,label\na,b\n", "no column 'path'; expected image,path and optionally label and mask"),
        ("image;path\na;b\n", "no column 'image'; expected image,path and optionally label and mask"),
        ("", "no column 'image'; expected image,path and optionally label and mask"),
        ("image,path\na,a.png\nb\n", "line 3 lacks image or path; expected both"),
        ("image,path\n,a.png\n", "line 2 lacks image or path; expected both"),
    ],
)
def test_table_that_lacks_something_is_named(tmp_path: Path, text: str, said: str) -> None:
    table = write(tmp_path / "t.csv", text)
    with pytest.raises(LimelightError) as error:
        list_images(section(table, "csv"), None, None)
    assert str(error.value) == f"{table}: {said}"


def test_table_that_is_missing_empty_or_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(LimelightError, match=r"t\.csv does not exist; expected a CSV file"):
        list_images(section(tmp_path / "t.csv", "csv"), None, None)
    with pytest.raises(LimelightError, match=r"contains no image \(layout csv\); expected files like a row `egg_17,"):
        list_images(section(write(tmp_path / "t.csv", "image,path\n"), "csv"), None, None)
    with pytest.raises(LimelightError, match=r"t\.csv: is not encoded in UTF-8 .*; expected a CSV file in UTF-8$"):
        list_images(section(write(tmp_path / "t.csv", "image,path\ncafé,a.png\n", "latin-1"), "csv"), None, None)


@pytest.mark.parametrize("second", ["a,other.png", "a,a.png"])
def test_table_that_names_an_id_twice_is_refused(tmp_path: Path, second: str) -> None:
    table = write(tmp_path / "t.csv", f"image,path\na,a.png\n{second}\n")
    with pytest.raises(LimelightError, match=r"share the id 'a'; ids must be unique$"):
        list_images(section(table, "csv"), None, None)


@given(st.text(min_size=1, max_size=20))
def test_every_id_is_one_path_component(name: str) -> None:
    slug = image_set._slug(name)
    assert slug
    assert "/" not in slug
    assert slug not in (".", "..")
    assert image_set._slug(slug) == slug


def test_resolve_leaves_everything_but_packages_as_it_is() -> None:
    for path in ("a/b.png", "C:\\photos\\a.png", "C:/photos/a.png", "skimage:/absolute", "s3://bucket/a.png"):
        assert resolve(path) == path
    with pytest.raises(LimelightError, match=r"^no_such_package:a\.png: no Python package 'no_such_package' is inst"):
        resolve("no_such_package:a.png")


def test_demo_files_name_every_class_and_number() -> None:
    names = demo_files({"evaluation": 101}, ["bread", "egg"], "evaluation")
    assert len(names) == len(set(names)) == 202
    assert names[0] == "0_00.png"
    assert names[-1] == "1_100.png"


# --- choices ----------------------------------------------------------------------------------------------------

SET = [
    Image("egg_1", "", "egg"),
    Image("egg_2", "", "egg"),
    Image("x", ""),
    Image("soup_1", "", "soup"),
    Image("y", ""),
]


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("all", ["egg_1", "egg_2", "x", "soup_1", "y"]),
        ([], []),
        (["soup_1", "egg_2", "soup_1"], ["soup_1", "egg_2"]),
        ({"per_class": 1}, ["egg_1", "x", "soup_1"]),
        ({"per_class": 2}, ["egg_1", "egg_2", "x", "soup_1", "y"]),
    ],
)
def test_choose(choice: Any, chosen: list[str]) -> None:
    assert choose(SET, choice) == chosen


def test_choice_of_an_unknown_image_names_the_nearest() -> None:
    with pytest.raises(LimelightError) as error:
        choose(SET, ["egg_1", "soup1"], "models.m.lime.explain")
    assert str(error.value).startswith("models.m.lime.explain: there is no image 'soup1'; the nearest are soup_1, ")


# --- the study --------------------------------------------------------------------------------------------------


def complete(tmp_path: Path, **different: Any) -> dict[str, Any]:
    """A complete configuration for twelve images (`a_0` .. `c_3`) and two models."""
    folder = make(tmp_path / "photos", *(f"{label}/{index}.png" for label in "abc" for index in range(4)))
    checkpoint = make(tmp_path / "weights", "w.pth") + "/w.pth"
    own: dict[str, Any] = {method: {} for method in ("saliency", "filters", "lime", "dream")}
    own |= {"lime": {"segmentation": {"method": "slic"}}, "quality": {"steps": 4, "methods": ["lime"]}}
    model = {"factory": "package:build", "checkpoint": checkpoint, "preprocessing": {"size": 8}, **own}
    return {
        "study": "s",
        "models": {
            "one": model,
            "two": {**model, "lime": {**own["lime"], "explain": ["b_1", "c_3"]}, "dream": {"image": "c_2"}},
        },
        "images": section(folder, "folders", unreadable="stop"),
        "explain": {"per_class": 1},
        "figures": {"images": ["a_0"], "per_class": 1, "per_sheet": 55},
        "buckets": {"predict": 4, "explain": 2},
        **different,
    }


def test_study_explains_what_it_says_or_the_model_says(tmp_path: Path) -> None:
    study = Study(complete(tmp_path))
    assert [image.id for image in study.images] == [f"{label}_{index}" for label in "abc" for index in range(4)]
    assert study.explained("lime", "one") == ["a_0", "b_0", "c_0"]
    assert study.explained("lime", "two") == ["b_1", "c_3"]
    assert study.explained("saliency", "two") == ["a_0", "b_0", "c_0"]
    assert study.images_with_figures() == ["a_0"]


def test_study_predicts_all_images_and_explains_the_chosen_in_buckets(tmp_path: Path) -> None:
    study = Study(complete(tmp_path))
    predicted = study.buckets("predictions", "one")
    assert sorted(name for members in predicted.values() for name in members) == sorted(study.by_id)
    assert max(map(len, predicted.values())) <= 4
    assert max(map(len, study.buckets("lime", "one").values())) <= 2
    for method in ("predictions", "lime"):
        for bucket, members in study.buckets(method, "one").items():
            assert [image.id for image in study.members(method, "one", bucket)] == list(members)
            assert {study.bucket_of(method, "one", name) for name in members} == {bucket}


def test_image_that_is_not_explained_is_a_bucket_of_its_own(tmp_path: Path) -> None:
    study = Study(complete(tmp_path))
    assert study.bucket_of("lime", "one", "b_1") == "one.b_1"
    assert study.bucket_of("lime", "two", "b_1") in study.buckets("lime", "two")
    assert [image.id for image in study.members("lime", "one", "one.b_1")] == ["b_1"]
    assert study.buckets_of("lime", "one", ["b_1", "a_0", "b_1"]) == ["one.b_1", study.bucket_of("lime", "one", "a_0")]


def test_gallery_shows_the_explained_and_those_with_figures_of_their_own(tmp_path: Path) -> None:
    settings = complete(tmp_path)
    settings["figures"] |= {"images": ["b_1"]}
    for model in settings["models"].values():
        model["filters"] = {"layers": []}
    targets = Targets(Study(settings))
    explained = {"a_0", "b_0", "c_0"}
    assert targets.exhibited_by(capability("saliency"), "one") == {*explained, "b_1"}
    assert targets.exhibited_by(capability("quality"), "one") == explained
    assert {name for names in targets.exhibited["one"].values() for name in names} == {*explained, "b_1"}


def test_sheet_shows_the_first_of_each_class_and_the_unlabelled(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "image,path,label\na,a,x\nb,b,x\nc,c,y\nd,d,\ne,e,\n")
    settings = complete(tmp_path, images=section(table, "csv"), explain="all")
    settings["models"] = {"one": settings["models"]["one"]}
    settings["figures"] |= {"images": []}
    assert Study(settings).on_sheet("saliency", "one") == ["a", "c", "d", "e"]
    settings["figures"] |= {"per_sheet": 3}
    assert Study(settings).on_sheet("saliency", "one") == ["a", "c", "d"]


def test_study_of_the_demo_knows_its_images_before_they_are_drawn(tmp_path: Path) -> None:
    settings = complete(
        tmp_path,
        classes=["egg", "soup"],
        demo={"training": 1, "validation": 1, "evaluation": 3},
        images=section("results/s/data/evaluation", masks="results/s/data/masks/evaluation"),
        figures={"images": ["soup_02"], "per_class": 1, "per_sheet": 9},
    )
    settings["models"] = {"one": settings["models"]["one"] | {"checkpoint": "results/s/data/one.pth"}}
    study = Study(settings)
    assert [image.id for image in study.images] == [f"{label}_0{index}" for label in ("egg", "soup") for index in "012"]
    assert study.image("soup_02") == Image(
        "soup_02", "results/s/data/evaluation/1_02.png", "soup", "results/s/data/masks/evaluation/1_02.png"
    )


def test_unchecked_are_the_images_that_no_earlier_check_has_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = complete(tmp_path)
    assert Study(settings).unchecked == set(Study(settings).by_id)
    settings |= {"pathvars": {"results": "elsewhere"}}
    others = [image for image in Study(settings).images if image.id != "a_1"]
    write_checked(tmp_path / "elsewhere/s/checked.csv", others, {"b_1": "cannot be decoded"})
    assert Study(settings).unchecked == {"a_1", "b_1"}
    settings["images"] |= {"unreadable": "skip"}
    assert Study(settings).unchecked == {"a_1"}
    for image, change in (("c/3.png", b"another size"), ("c/2.png", b"another size!"), ("b/1.png", b"another time")):
        (tmp_path / "photos" / image).write_bytes(change)
    # One that was readable is known by its size; one that was not may have been repaired in place.
    assert Study(settings).unchecked == {"a_1", "c_2", "b_1"}
    # What is black and white in files decides which of them can be used.
    settings["images"] |= {"range": [0, 4095]}
    assert Study(settings).unchecked == set(Study(settings).by_id)


def test_what_a_job_reads_of_the_check(tmp_path: Path) -> None:
    write_checked(tmp_path / "checked.csv", [Image("a", "a.png"), Image("b", "b.png")], {"b": "=cannot, be decoded"})
    checked = Checked.of(tmp_path / "checked.csv")
    assert (checked.usable("a"), checked.usable("b")) == (True, False)
    with pytest.raises(LimelightError, match=r"checked\.csv: does not list image c; run the same command again"):
        checked.usable("c")


def test_the_table_of_an_earlier_version_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "checked.csv").write_text("path,bytes\na.png,3\n")
    assert not Checked.of(tmp_path / "checked.csv").rows


def write_checked(table: Path, images: list[Image], reasons: dict[str, str]) -> None:
    table.parent.mkdir(exist_ok=True, parents=True)
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *((*seen(image), reasons.get(image.id, "")) for image in images)])
    table.write_text(marked(text.getvalue()), newline="")


def test_file_size_of_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    assert (file_size(str(tmp_path / "a")), file_size(str(tmp_path / "b"))) == ("3", "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"explain": ["a_9"]}, r"^models\.one\.saliency\.explain: there is no image 'a_9'; the nearest are a_"),
        ({"figures": {"images": ["d_1"]}}, r"^figures\.images: there is no image 'd_1'; the nearest are .*_1"),
        (
            {"model": {"checkpoint": "no/w.pth"}},
            r"^models\.one\.checkpoint: no/w\.pth does not exist; expected a file",
        ),
        ({"model": {"factory": "no/net.py:f"}}, r"^models\.one\.factory: no/net\.py does not exist; expected a file$"),
        ({"model": {"dream": {"image": "q"}}}, r"^models\.one\.dream\.image: there is no image 'q'; the nearest are "),
        ({"model": {"lime": {"explain": ["q"]}}}, r"^models\.one\.lime\.explain: there is no image 'q'; the nearest"),
        (
            {"model": {"lime": {"segmentation": {"method": "mask"}}}},
            r"^models\.one\.lime\.segmentation\.method: mask, but 3 of 3 images of lime have no mask, first a_0; ",
        ),
        (
            {"model": {"lime": {"segmentation": {"method": "mask"}, "explain": []}}},
            r"^models\.one\.lime\.segmentation\.method: mask, but 3 of 3 images of quality have no mask, first a_0; ",
        ),
        (
            {"model": {"quality": {"steps": 65, "methods": []}}},
            r"^models\.one\.quality\.steps: 65 is more than the 8 x 8 pixels of the network's input; expected a share",
        ),
    ],
)
def test_study_that_names_what_does_not_exist(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    settings = complete(tmp_path)
    settings["models"]["one"] |= change.pop("model", {})
    with pytest.raises(LimelightError, match=said):
        Targets(Study(settings | change)).check()


def test_what_is_lawful_and_large_says_what_it_costs() -> None:
    """A pass of 128 x 128 is 0.03 s: 3,000,000 of them are 25 hours."""

    def job(passes: int, batch: int, size: int) -> Jobs:
        return Jobs(
            *("x.units:x", [], lambda study, wildcards: {}),
            passes=lambda model: passes,
            batch=lambda model: batch,
            size=lambda model: size,
        )

    assert costs.in_words(job(2_000_000, 16, 128), {}) == ""
    assert costs.in_words(job(3_000_000, 16, 128), {}) == "takes about 25 hours of one CPU core for each photograph"
    # 2500 MB and 60 MB for each photograph of 128 x 128
    assert costs.in_words(job(1, 2000, 128), {}) == "asks for 122 GB of memory, less with a smaller batch"
    assert costs.in_words(job(10**6, 16, 1280), {}).count(", and ") == 1


def test_a_section_that_explains_nothing_has_no_sheet(tmp_path: Path) -> None:
    settings = settings_module.complete(
        {
            **{"study": "s", "classes": ["a", "b"], "explain": []},
            "models": {"m": {"factory": "a:b", "checkpoint": make(tmp_path, "w.pth", "0_1.png") + "/w.pth"}},
            "images": {"path": str(tmp_path)},
        },
        SCHEMA,
        {},
    )
    targets = Targets(Study(settings))
    targets.check()
    assert targets.sheets("saliency", "filters", "lime", "dream", "quality") == []
    assert targets.sheets("predictions") == ["<study>/m/sheets/confusion_matrix.png"]
    assert "lime" not in targets.headings()["m"]


def test_unknown_images_and_buckets_are_named(tmp_path: Path) -> None:
    study = Study(complete(tmp_path))
    with pytest.raises(LimelightError, match=r"^there is no image 'a_01'; the nearest are a_1, "):
        study.bucket_of("lime", "one", "a_01")
    with pytest.raises(LimelightError, match=r"^lime of one has no bucket 'b0101'; there are b"):
        study.members("lime", "one", "b0101")


# --- what a job needs ---------------------------------------------------------------------------------------------

MODEL = {
    "preprocessing": {"size": [256, 128]},
    "saliency": {"methods": {"gradient": {}, "occlusion": {}}, "batch": 8},
    "filters": {
        **{"layers": [1, 2, 3], "filters": [0, 1], "iterations": 30, "noise_iterations": 40, "compare": 2},
        "facets": {"count": 5},
        "ascent": {"batch": 4},
    },
}


JOBS = {
    "predictions": (capability("predictions").jobs["predictions"], 1, 32),
    "saliency": (capability("saliency").jobs["saliency"], 2 * costs.MAP_PASSES, 8),
    "filters": (capability("filters").jobs["filters"], 1 + 3 * 40 * 2, 4),
    "atlas": (capability("layers").jobs["atlas"], 3 * 40, 4),
    "facets": (capability("facets").jobs["facets"], 3 * 40 * 5 * 2, 5),
    "ascents": (capability("ascents").jobs["ascents"], 3 * 40 * 2 * 3 * 4, 4),
}
"""What some jobs declare, with the passes for one photograph and the batch."""


@pytest.mark.parametrize(("jobs", "passes", "batch"), JOBS.values(), ids=JOBS)
def test_time_and_memory_to_ask_for(jobs: Jobs, passes: int, batch: int) -> None:
    """Twice what the passes take; the network's input is two of 128 x 128."""
    seconds = 2 * 50 * passes * 2 * costs.PASS_SECONDS
    assert costs.minutes(jobs, MODEL, 50, 1) == 5 + math.ceil(seconds / 60)
    assert costs.minutes(jobs, MODEL, 50, 3) == 3 * costs.minutes(jobs, MODEL, 50, 1)
    images = costs.DECODING_MB if jobs.decodes else 0
    assert costs.megabytes(jobs, MODEL, 1) == 2500 + images + 60 * batch * 2
    assert costs.megabytes(jobs, MODEL, 2) == 2 * costs.megabytes(jobs, MODEL, 1)


def test_jobs_that_start_from_noise_ask_for_no_images() -> None:
    from_noise = {name for one in capabilities() for name, jobs in one.jobs.items() if not jobs.decodes}
    assert from_noise == {"filters from noise", "facets", "ascents", "atlas", "class_images"}


def test_classes_that_have_an_image_of_their_own() -> None:
    classes = ["a", "b", "c", "d", "e"]
    assert choices.choose_classes(classes, "all", []) == classes
    assert choices.choose_classes(classes, ["d", "a"], []) == ["d", "a"]
    assert choices.choose_classes(classes, 3, ["e", "c", "x"]) == ["a", "c", "e"]
    assert choices.choose_classes(classes, 9, ["e"]) == classes
    with pytest.raises(LimelightError, match=r"there is no class 'aa'; the nearest are a"):
        choices.choose_classes(classes, ["aa"], [])


def test_batch_is_no_part_of_what_decides() -> None:
    assert plan.without_batch({"step": 1, "batch": 3}) == {"step": 1}
    assert plan.without_batch([1, "batch"]) == [1, "batch"]


@pytest.mark.parametrize(("count", "expected"), [(2, ["a_0", "b_0"]), (0, [])])
def test_the_sanity_check_takes_the_first_images(tmp_path: Path, count: int, expected: list[str]) -> None:
    settings = complete(tmp_path)
    settings["models"]["one"]["quality"] = {"methods": ["gradient"], "sanity": count}
    assert [image.id for image in sanity_images(Study(settings), "one")] == expected


def test_more_methods_of_the_quality_section_ask_for_more_time() -> None:
    section = {"methods": ["gradient"], "samples": 3, "steps": 25, "cascade": 6, "sanity": 3, "lime_samples": 250}
    model = {"preprocessing": {"size": 128}, "quality": section}
    more = {**model, "quality": {**section, "methods": ["gradient", "occlusion"]}}
    for name, images in (("quality", 11), ("sanity", 1)):
        jobs = capability("quality").jobs[name]
        assert 5 < costs.minutes(jobs, model, images, 1) < costs.minutes(jobs, more, images, 1) < 60


# --- whole layers and training runs -------------------------------------------------------------------------------


@given(st.integers(0, 300), st.integers(1, 300), st.integers(1, 9))
def test_shares_of_a_layer_are_its_first_filters_each_once(count: int, most: int, parts: int) -> None:
    shares = [shards.share(count, most, part, parts) for part in range(parts)]
    assert [number for one in shares for number in one] == list(range(min(count, most)))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
