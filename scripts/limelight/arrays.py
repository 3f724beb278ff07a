"""How do results lie on disk? One `.npz` a bucket: for each image some named arrays, and what made them."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike

Arrays = Mapping[str, ArrayLike]

_PROVENANCE = "provenance.json"


@contextmanager
def atomic(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file that appears under `path` only when everything has been written to it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            yield file  # type: ignore[misc]
            file.flush()
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_json(path: str | Path, value: Any) -> None:
    """`value` as indented JSON, atomically."""
    with atomic(path) as file:
        file.write((json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: str | Path) -> Any:
    """The value in a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write(path: str | Path, items: Mapping[str, Arrays], provenance: Mapping[str, Any]) -> None:
    """The arrays of several items (images, filters, ...) by item and name, and a JSON-able record of what made them."""
    flat = {f"{item}/{name}": array for item, arrays in items.items() for name, array in arrays.items()}
    record = np.frombuffer(json.dumps(provenance, sort_keys=True).encode(), dtype=np.uint8)
    with atomic(path) as file:
        np.savez(file, allow_pickle=False, **{_PROVENANCE: record, **flat})


def read(paths: Iterable[str | Path], items: Iterable[str] | None = None) -> dict[str, dict[str, np.ndarray]]:
    """The arrays in some files by item and name, of all items or of those named; what no file holds is left out."""
    wanted = None if items is None else set(items)
    found: dict[str, dict[str, np.ndarray]] = {}
    for path in paths:
        with np.load(path, allow_pickle=False) as archive:
            for key in archive.files:
                item, _, name = key.rpartition("/")
                if key != _PROVENANCE and (wanted is None or item in wanted):
                    found.setdefault(item, {})[name] = archive[key]
    return found


def read_provenance(path: str | Path) -> dict[str, Any]:
    """The record of what made a file."""
    with np.load(path, allow_pickle=False) as archive:
        return json.loads(archive[_PROVENANCE].tobytes())
