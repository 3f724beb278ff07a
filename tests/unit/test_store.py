"""Has this been computed before?"""

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from limelight.machinery.audit import unreached
from limelight.machinery.store import Store
from limelight.study.digests import digest
from limelight.study.errors import LimelightError

KEYS = st.binary(min_size=1, max_size=8).map(digest)
UNITS = st.dictionaries(
    st.from_regex(r"[a-z]{1,5}", fullmatch=True),
    hnp.arrays(st.sampled_from([np.float32, np.int64, np.uint8, np.bool_]), hnp.array_shapes(min_dims=0, min_side=0)),
    min_size=1,
    max_size=3,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.dictionaries(KEYS, UNITS, max_size=5), KEYS)
def test_what_was_put_comes_back_and_nothing_else(tmp_path: Path, units: dict, other: str) -> None:
    store = Store(tmp_path / digest(sorted(units), other))
    for key, unit in units.items():
        store.put(key, unit, {"key": key})
    assert sorted(store.keys()) == sorted(units)
    assert list(store.strays()) == []
    for key, unit in units.items():
        entry = store.get(key)
        assert entry is not None
        assert entry.made == {"key": key}
        assert entry.arrays.keys() == unit.keys()
        for name, array in unit.items():
            np.testing.assert_array_equal(entry.arrays[name], array, strict=True)
    if other not in units:
        assert store.get(other) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_no_changed_byte_is_ever_served_as_a_value(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever byte changes, or wherever the file ends: the entry is as it was, or it is not there."""
    store, key = Store(tmp_path), digest("a")
    unit = {"x": np.arange(12, dtype=np.float32).reshape(3, 4), "y": np.array([True, False])}
    store.put(key, unit, {"method": "lime"})
    whole = store.path(key).read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        changed = whole[:position]
    else:
        changed = whole[:position] + bytes([whole[position] ^ data.draw(st.integers(1, 255))]) + whole[position + 1 :]
    store.path(key).write_bytes(changed)
    entry = store.get(key)
    if entry is not None:
        assert entry.arrays.keys() == unit.keys()
        for name, array in unit.items():
            np.testing.assert_array_equal(entry.arrays[name], array, strict=True)


def test_an_entry_of_another_kind_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, key = Store(tmp_path), digest("a")
    store.path(key).parent.mkdir(parents=True)
    np.savez(store.path(key), x=np.arange(3))
    assert store.get(key) is None
    assert f"store: {store.path(key)}: cannot be read (KeyError); it will be computed again" in caplog.text


def _put(root: Path, key: str, value: int) -> None:
    store = Store(root)
    for _ in range(60):
        store.put(key, {"x": np.full(1000, value)}, {})
        entry = store.get(key)
        assert entry is not None, "another's half-written entry was seen"
        assert len(set(entry.arrays["x"].tolist())) == 1


def test_several_processes_write_one_key_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_put, args=(tmp_path, digest("a"), value)) for value in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert list(Store(tmp_path).strays()) == []


def test_a_folder_in_the_place_of_an_entry_is_replaced(tmp_path: Path) -> None:
    store, key = Store(tmp_path), digest("a")
    (store.path(key) / "deep").mkdir(parents=True)
    assert store.get(key) is None
    store.put(key, {"x": np.arange(3)}, {})
    assert store.get(key) is not None


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    store, key = Store(tmp_path), digest("a")
    store.path(key).parent.write_text("a file in the place of a folder")
    with pytest.raises(LimelightError, match=rf"{key[2:]}\.npz: cannot be written"):
        store.put(key, {"x": np.arange(3)}, {})
    with pytest.raises(LimelightError, match="cannot be written"), Store(store.path(key).parent).claims():
        pass


def _hold(root: Path, key: str, held: Any, done: Any) -> None:
    with Store(root).claims() as claims:
        assert claims.take(key)
        held.set()
        done.wait()


@pytest.mark.parametrize("end", [signal.SIGKILL, None])
def test_a_claim_ends_with_its_process(tmp_path: Path, end: int | None) -> None:
    context = multiprocessing.get_context("fork")
    held, done = context.Event(), context.Event()
    key, other = digest("a"), digest("b")
    holder = context.Process(target=_hold, args=(tmp_path, key, held, done))
    holder.start()
    assert held.wait(60)
    with Store(tmp_path).claims() as claims:
        assert claims.take(other)
        assert not claims.take(key)
        if end is None:
            done.set()
        else:
            assert holder.pid is not None
            os.kill(holder.pid, end)
        claims.wait(key)
        assert claims.take(key)
    holder.join()


def test_an_audit_beside_a_running_job_leaves_what_that_has_just_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the listing of the files that are being written and the look at them one may get its name."""
    monkeypatch.setattr(Store, "strays", lambda store: iter([store.root / "aa/.being-written"]))
    assert unreached(Store(tmp_path / "store"), tmp_path / "food", [], []) == []
