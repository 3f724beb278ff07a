"""A content-addressed store of finished units.

A unit is one image x one method x its parameters, one filter image, or one dream. Its key is a digest of everything
that decides the result, so an entry is never out of date: it is right, or nobody asks for it. Entries appear whole or
not at all, and whoever writes one that is there already writes the same. The store may be deleted at any time; nothing
but time is lost.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from limelight.machinery import arrays
from limelight.machinery.items import Item

log = logging.getLogger(__name__)

_ITEM = Item(variant="unit")


@dataclass(frozen=True)
class Entry:
    """A stored unit: its arrays by name, and the record of what made them."""

    arrays: dict[str, np.ndarray]
    made: dict[str, Any]


@dataclass(frozen=True)
class Store:
    """Units under `root`, each in a file of its own named after its key (hexadecimal digits)."""

    root: Path

    def path(self, key: str) -> Path:
        """The file of a unit, there or not."""
        return self.root / key[:2] / f"{key[2:]}.npz"

    def get(self, key: str) -> Entry | None:
        """A unit; None if it is not there, or not as it was written: then it is to be computed again."""
        path = self.path(key)
        if not path.exists():
            return None
        try:
            stored, made = arrays.load(path)
            return Entry(stored[_ITEM], made)
        except (arrays.CorruptError, KeyError) as error:
            log.warning("store: %s: %s; it will be computed again", path, error)
            return None

    def put(self, key: str, unit: arrays.Arrays, made: Mapping[str, Any]) -> None:
        """Keep a unit, atomically."""
        arrays.write(self.path(key), {_ITEM: unit}, made)

    def keys(self) -> Iterator[str]:
        """The keys of all entries."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/*.npz")):
            yield path.parent.name + path.stem

    def strays(self) -> Iterator[Path]:
        """What killed jobs were writing and nobody will finish."""
        yield from sorted(self.root.glob("[0-9a-f][0-9a-f]/.*"))
