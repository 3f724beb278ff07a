"""How do results lie on disk? One `.npz` a file: for each item some named arrays, their digest, and what made them."""

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from limelight.files import atomic

Arrays = Mapping[str, ArrayLike]

_PROVENANCE, _INDEX = "provenance.json", "index.json"


@dataclass(frozen=True)
class Index:
    """What a file says of its items, by item: `keys` in the store, `digests` of the arrays, `failed` with the reason.

    An item that failed has no arrays.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


def write(
    path: str | Path,
    items: Mapping[str, Arrays],
    provenance: Mapping[str, Any],
    keys: Mapping[str, str] | None = None,
    failed: Mapping[str, str] | None = None,
) -> None:
    """The arrays of several items (images, filters, ...) by item and name, and a JSON-able record of what made them.

    Equal content gives equal bytes.
    """
    plain = {item: {name: np.asarray(array) for name, array in arrays.items()} for item, arrays in items.items()}
    index = Index(keys or {}, {item: _digest(arrays) for item, arrays in plain.items()}, failed or {})
    flat = {f"{item}/{name}": array for item, arrays in plain.items() for name, array in arrays.items()}
    with atomic(path) as file:
        np.savez(file, allow_pickle=False, **{_PROVENANCE: _text(provenance), _INDEX: _text(asdict(index)), **flat})


def read(paths: Iterable[str | Path], items: Iterable[str] | None = None) -> dict[str, dict[str, np.ndarray]]:
    """The arrays in some files by item and name, of all items or of those named; what no file holds is left out."""
    wanted = None if items is None else set(items)
    found: dict[str, dict[str, np.ndarray]] = {}
    for path in paths:
        with np.load(path, allow_pickle=False) as archive:
            for item, arrays in _items(archive, wanted).items():
                found.setdefault(item, {}).update(arrays)
    return found


def read_provenance(path: str | Path) -> dict[str, Any]:
    """The record of what made a file."""
    with np.load(path, allow_pickle=False) as archive:
        return _value(archive, _PROVENANCE)


def read_index(path: str | Path) -> Index:
    """What a file says of its items."""
    with np.load(path, allow_pickle=False) as archive:
        return Index(**_value(archive, _INDEX))


class CorruptError(Exception):
    """A file is not as it was written; the text says how, without naming the file."""


def load(path: str | Path) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, Any]]:
    """All items of a file and the record of what made them, as they were written.

    Raises
    ------
    CorruptError
        The arrays do not have the digests that were taken when the file was written.
    """
    try:
        # Opened once: another process may put another file in its place at any time.
        with np.load(path, allow_pickle=False) as archive:
            index, found, made = Index(**_value(archive, _INDEX)), _items(archive), _value(archive, _PROVENANCE)
    except Exception as error:  # one changed byte makes a file encrypted, compressed by a method unknown, of any size
        raise CorruptError(f"cannot be read ({type(error).__name__})") from error
    if found.keys() != index.digests.keys():
        raise CorruptError("does not hold the items that it lists")
    for item, arrays in found.items():
        if _digest(arrays) != index.digests[item]:
            raise CorruptError(f"the arrays of {item} are not those that were written")
    return found, made


def _items(archive: Any, wanted: Container[str] | None = None) -> dict[str, dict[str, np.ndarray]]:
    found: dict[str, dict[str, np.ndarray]] = {}
    for key in archive.files:
        item, _, name = key.rpartition("/")
        if key not in (_PROVENANCE, _INDEX) and (wanted is None or item in wanted):
            found.setdefault(item, {})[name] = archive[key]
    return found


def _value(archive: Any, name: str) -> Any:
    return json.loads(archive[name].tobytes())


def _text(value: Mapping[str, Any]) -> np.ndarray:
    return np.frombuffer(json.dumps(value, sort_keys=True).encode(), dtype=np.uint8)


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of names, types, shapes and values."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {arrays[name].shape}\n".encode())
        found.update(array.data if array.size else b"")
    return found.hexdigest()
