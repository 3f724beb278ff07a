"""How do results lie on disk?"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.study.errors import LimelightError
from limelight.study.files import atomic, read_json, write_json

IMAGES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["a/b", "a/b/c", "/", "a.npy", "provenance.json", "käse/麵包", "file", "../x", "a\\b", " "]
)
FILTERS = st.none() | st.integers(0, 9)
ITEMS = st.builds(Item, image=IMAGES, filter=FILTERS) | st.builds(Item, layer=st.just("4.conv"), filter=FILTERS)
A, B, C = (Item(image=name) for name in "abc")
NAMES = st.from_regex(r"[a-z_][a-z_0-9]{0,6}", fullmatch=True)
ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int32, np.uint8, np.bool_]), hnp.array_shapes(min_dims=0, min_side=0)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(ITEMS, max_size=4, unique_by=str), st.data())
def test_what_is_written_is_read(tmp_path: Path, listed: list[Item], data: st.DataObject) -> None:
    items = {item: data.draw(st.dictionaries(NAMES, ARRAYS, min_size=1, max_size=3)) for item in listed}
    path = tmp_path / "a.npz"
    arrays.write(path, items, {})
    found = arrays.read([path])
    assert list(found) == list(items)
    for item, stored in items.items():
        assert list(found[item]) == list(stored)
        for name, array in stored.items():
            assert found[item][name].dtype == array.dtype
            np.testing.assert_array_equal(found[item][name], array, strict=True)
    wanted = data.draw(st.sets(st.sampled_from([*items, Item(image="not there", method="lime")])))
    assert set(arrays.read([path], wanted)) == wanted & set(items)


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    arrays.write(tmp_path / "1.npz", {A: {"x": [1]}, B: {"x": [2]}}, {})
    arrays.write(tmp_path / "2.npz", {C: {"x": [3]}, A: {"y": [4]}}, {})
    found = arrays.read([tmp_path / "1.npz", tmp_path / "2.npz"], [C, A])
    assert {item: {name: array.tolist() for name, array in of.items()} for item, of in found.items()} == {
        A: {"x": [1], "y": [4]},
        C: {"x": [3]},
    }
    assert arrays.read([]) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_provenance_comes_back_and_is_no_item(tmp_path: Path, provenance: dict[str, Any]) -> None:
    path = tmp_path / "a.npz"
    arrays.write(path, {A: {"x": 1}}, provenance)
    assert arrays.read_provenance(path) == provenance
    assert list(arrays.read([path])) == [A]


def test_two_items_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.npz: two of its items have the same name"):
        arrays.write(tmp_path / "a.npz", {Item(image="a/b"): {"x": 1}, Item(image="a", layer="b"): {"x": 2}}, {})


def test_equal_content_gives_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = {A: {"x": np.arange(5.0)}, B: {"x": np.zeros((2, 3), bool)}}
    arrays.write(tmp_path / "1.npz", items, {"seed": 1, "method": "lime"})
    monkeypatch.setattr("time.time", lambda: 2e9)
    arrays.write(tmp_path / "2.npz", items, {"method": "lime", "seed": 1})
    arrays.write(tmp_path / "3.npz", items, {"method": "lime", "seed": 2})
    one, two, three = ((tmp_path / f"{k}.npz").read_bytes() for k in (1, 2, 3))
    assert one == two != three


def test_no_python_object_is_stored_or_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        arrays.write(tmp_path / "a.npz", {A: {"x": np.array([{}], object)}}, {})
    assert list(tmp_path.iterdir()) == []
    arrays.write(tmp_path / "a.npz", {A: {"x": 1}}, {})
    with np.load(tmp_path / "a.npz") as archive:
        np.savez(tmp_path / "b.npz", **{**archive, "a/x": np.array([{}], object)})
    with pytest.raises(LimelightError, match=r"b\.npz: cannot be read \(ValueError\)"):
        arrays.read([tmp_path / "b.npz"])


@pytest.mark.parametrize("change", [lambda whole: whole[:-40], lambda whole: b"", lambda whole: b"not an archive"])
@pytest.mark.parametrize("read", [lambda path: arrays.read([path]), arrays.read_index, arrays.read_provenance])
def test_a_damaged_file_is_named(tmp_path: Path, change: Callable, read: Callable) -> None:
    arrays.write(tmp_path / "a.npz", {A: {"x": np.arange(9)}}, {})
    (tmp_path / "a.npz").write_bytes(change((tmp_path / "a.npz").read_bytes()))
    with pytest.raises(
        LimelightError, match=r"a\.npz: cannot be read \(.+\); expected the arrays that a job wrote: delete it"
    ):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("before", "behind"), [(b"", b"\0"), (b"", b"more" * 999), (b"x", b""), (b"PK", b"PK\x05\x06" + bytes(18))]
)
def test_bytes_around_an_archive_are_seen(tmp_path: Path, before: bytes, behind: bytes) -> None:
    path = tmp_path / "a.npz"
    arrays.write(path, {A: {"x": np.arange(9)}}, {})
    arrays.load(path)
    path.write_bytes(before + path.read_bytes() + behind)
    with pytest.raises(arrays.CorruptError):
        arrays.load(path)


@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_interrupted_write_leaves_the_old_file_alone(tmp_path: Path, old: bytes | None, error: type) -> None:
    path = tmp_path / "deep" / "a.npz"
    if old is not None:
        path.parent.mkdir()
        path.write_bytes(old)

    def write() -> None:
        with atomic(path) as file:
            file.write(b"half")
            file.flush()
            assert (path.read_bytes() if path.exists() else None) == old, "nothing shows before the end"
            assert len(list(path.parent.iterdir())) == (1 if old is None else 2)
            raise error

    with pytest.raises(error):
        write()
    assert (path.read_bytes() if path.exists() else None) == old
    assert list(path.parent.iterdir()) == ([] if old is None else [path])


def test_atomic_write_replaces_and_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"old and longer")
    before = os.umask(0o027)
    try:
        with atomic(path) as file:
            file.write(b"new")
        plain.write_bytes(b"")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode) == 0o640
    assert sorted(tmp_path.iterdir()) == [path, plain]


def test_json_is_readable_for_people_and_comes_back(tmp_path: Path) -> None:
    value = {"classes": ["käse", "麵包"], "shape": [1, 2], "none": None}
    write_json(tmp_path / "a.json", value)
    assert read_json(tmp_path / "a.json") == value
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert '\n    "käse",\n' in text
    assert text.endswith("}\n")
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"no": object()})
    assert read_json(tmp_path / "a.json") == value
