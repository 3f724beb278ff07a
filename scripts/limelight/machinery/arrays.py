"""Results on disk, as `.npz` files: for each item its named arrays, their digest, and their provenance."""

import hashlib
import json
import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limelight.machinery.items import Item
from limelight.study.errors import LimelightError
from limelight.study.files import atomic

Arrays = Mapping[str, ArrayLike]
ArraysByItem = Mapping[Item, Mapping[str, np.ndarray]]
"""Arrays by item and by name."""

_END, _END_BYTES = b"PK\x05\x06", 22
"""How the last record of an archive begins, and its size without a comment."""

_PROVENANCE, _INDEX = "provenance.json", "index.json"


@dataclass(frozen=True)
class IndexEntry:
    """What a file says of an item: its `key` in the store, names and `digest` of its arrays; if it `failed`, why."""

    item: Item
    key: str = ""
    digest: str = ""
    arrays: Sequence[str] = ()
    failed: str = ""


@dataclass(frozen=True)
class Index:
    """What a file says of its items, in order. An item that failed has no arrays."""

    entries: Sequence[IndexEntry]

    @property
    def items(self) -> list[Item]:
        """Those that have arrays."""
        return [entry.item for entry in self.entries if not entry.failed]

    @property
    def keys(self) -> dict[Item, str]:
        """Keys in the store, of the items that have one."""
        return {entry.item: entry.key for entry in self.entries if entry.key}

    @property
    def failed(self) -> dict[Item, str]:
        """Reasons, of the items that have no arrays."""
        return {entry.item: entry.failed for entry in self.entries if entry.failed}


def write(
    path: str | Path,
    items: Mapping[Item, Arrays],
    provenance: Mapping[str, Any],
    keys: Mapping[Item, str] | None = None,
    failed: Mapping[Item, str] | None = None,
    durable: bool = True,
) -> None:
    """The arrays of several items by item and name, and a JSON-able record of what made them.

    Equal content gives equal bytes. `durable` as for `study.files.atomic`.

    Raises
    ------
    ValueError
        Two items have the same name.
    """
    if len({str(item) for item in items}) < len(items):
        raise ValueError(f"{path}: two of its items have the same name")
    keys, failed = keys or {}, failed or {}
    plain = {item: {name: np.asarray(array) for name, array in arrays.items()} for item, arrays in items.items()}
    index = [
        {"item": item.coordinates, "key": keys.get(item, ""), "digest": _digest(arrays), "arrays": list(arrays)}
        for item, arrays in plain.items()
    ]
    index += [{"item": item.coordinates, "failed": reason} for item, reason in failed.items()]
    flat = {f"{item}/{name}": array for item, arrays in plain.items() for name, array in arrays.items()}
    size = sum(array.nbytes for array in flat.values())
    with atomic(path, size, durable) as file:
        np.savez(file, allow_pickle=False, **{_PROVENANCE: _text(provenance), _INDEX: _text(index), **flat})


def read(paths: Iterable[str | Path], items: Container[Item] | None = None) -> dict[Item, dict[str, np.ndarray]]:
    """The arrays in some files by item and name, of all items or of those named; what no file holds is left out."""
    by_item: dict[Item, dict[str, np.ndarray]] = {}
    for path in paths:
        with _opened(path) as archive:
            for item, arrays in _arrays(archive, _index(archive), items):
                by_item.setdefault(item, {}).update(arrays)
    return by_item


def read_provenance(path: str | Path) -> dict[str, Any]:
    """The record of what made a file."""
    with _opened(path) as archive:
        return _value(archive, _PROVENANCE)


def left_out(paths: Iterable[str | Path]) -> list[str]:
    """What the network of some files cannot do, a sentence each."""
    return list(dict.fromkeys(reason for path in paths for reason in read_provenance(path).get("left_out", ())))


def parts_left_out(paths: Iterable[str | Path]) -> list[dict[str, str]]:
    """The same by model, as rows: each `reason`, and what is left out for it (`of`)."""
    parts: dict[tuple[str, str], dict[str, None]] = {}
    for path in paths:
        made = read_provenance(path)
        for reason in made.get("left_out", ()):
            parts.setdefault((made["model"]["model"], reason), {})[made["method"].replace("_", " ")] = None
    return [{"model": model, "of": ", ".join(of), "reason": reason} for (model, reason), of in parts.items()]


def read_index(path: str | Path) -> Index:
    """What a file says of its items."""
    with _opened(path) as archive:
        return _index(archive)


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    """An open file, of which whatever cannot be read is said in one sentence."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            yield archive
    except FileNotFoundError as error:
        raise LimelightError(f"{path}: no such file; expected the arrays that a job writes") from error
    except Exception as error:  # one changed byte makes a file encrypted, compressed by a method unknown, of any size
        raise LimelightError(
            f"{path}: cannot be read ({type(error).__name__}); expected the arrays that a job wrote: delete it and run "
            "the same command again, which takes them from the store"
        ) from error


class CorruptError(Exception):
    """A file is not as it was written; the text says how, without naming the file."""


def load(path: str | Path) -> tuple[dict[Item, dict[str, np.ndarray]], dict[str, Any]]:
    """All items of a file and the record of what made them, as they were written.

    Raises
    ------
    CorruptError
        The arrays do not have the digests that were taken when the file was written.
    """
    try:
        # Opened once: another process may put another file in its place at any time.
        with np.load(path, allow_pickle=False) as archive:
            whole = _is_whole(archive)
            index, made = _index(archive), _value(archive, _PROVENANCE)
            loaded = dict(_arrays(archive, index))
            stored = set(archive.files) - {_PROVENANCE, _INDEX}
    except Exception as error:  # one changed byte makes a file encrypted, compressed by a method unknown, of any size
        raise CorruptError(f"cannot be read ({type(error).__name__})") from error
    if not whole:
        raise CorruptError("holds bytes that were not written")
    if stored != {f"{item}/{name}" for item, arrays in loaded.items() for name in arrays}:
        raise CorruptError("does not hold the items that it lists")
    for entry in index.entries:
        if not entry.failed and _digest(loaded[entry.item]) != entry.digest:
            raise CorruptError(f"the arrays of {entry.item} are not those that were written")
    return loaded, made


def _is_whole(archive: Any) -> bool:
    """Whether a file begins and ends with its archive: Python's `zipfile` overlooks bytes before and behind it."""
    packed = archive.zip
    packed.fp.seek(-_END_BYTES, os.SEEK_END)
    ends = packed.fp.read(len(_END)) == _END and not packed.comment
    return ends and packed.infolist()[0].header_offset == 0


def _index(archive: Any) -> Index:
    return Index(tuple(IndexEntry(Item.of(row.pop("item")), **row) for row in _value(archive, _INDEX)))


def _arrays(
    archive: Any, index: Index, items: Container[Item] | None = None
) -> Iterator[tuple[Item, dict[str, np.ndarray]]]:
    """The arrays of the items of an open file."""
    for entry in index.entries:
        if not entry.failed and (items is None or entry.item in items):
            yield entry.item, {name: archive[f"{entry.item}/{name}"] for name in entry.arrays}


def _value(archive: Any, name: str) -> Any:
    return json.loads(archive[name].tobytes())


def _text(value: Any) -> np.ndarray:
    return np.frombuffer(json.dumps(value, sort_keys=True).encode(), dtype=np.uint8)


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {arrays[name].shape}\n".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()
