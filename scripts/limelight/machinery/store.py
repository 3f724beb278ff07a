"""A content-addressed store of finished units.

A unit is one image x one method x its parameters, one filter image, or one dream. Its key is a digest of everything
that decides the result, so an entry is never out of date: it is right, or nobody asks for it. Entries appear whole or
not at all, and whoever writes one that is there already writes the same. The store may be deleted at any time; nothing
but time is lost.
"""

import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.study.files import open_lock_file

log = logging.getLogger(__name__)

_ITEM = Item(variant="unit")


@dataclass(frozen=True)
class Entry:
    """A stored unit: its arrays by name, and the record of what made them."""

    arrays: dict[str, np.ndarray]
    made: dict[str, Any]


@dataclass(frozen=True)
class Claims:
    """Locks on the units that this process computes, so that no other process with the same store computes them too.

    For each unit the kernel locks one byte of a file, and releases it however the process ends. Other processes may be
    jobs of another study, or jobs that a killed run has left running.

    Attributes
    ----------
    file : int
        Descriptor of the file, the only one that this process has: closing any of them ends all locks.
    """

    file: int

    def take(self, key: str) -> bool:
        """Claim a unit, if no other process has."""
        return self._lock(key, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def wait(self, key: str) -> None:
        """Return when nobody else computes a unit."""
        self._lock(key, fcntl.LOCK_EX)
        self.release(key)

    def release(self, key: str) -> None:
        """A unit is in the store, or will not be."""
        self._lock(key, fcntl.LOCK_UN)

    def _lock(self, key: str, command: int) -> bool:
        try:
            fcntl.lockf(self.file, command, 1, int(key[:15], 16))
        except OSError as error:
            # Where the file system has no locks, a unit may be computed twice, to the same result.
            return error.errno not in (errno.EAGAIN, errno.EACCES)
        return True


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
        """Keep a unit, atomically.

        Not waiting for the disk: after a power cut an entry that is not whole is computed again.
        """
        path = self.path(key)
        if path.is_dir():  # nothing of ours, but in our place
            shutil.rmtree(path)
        arrays.write(path, {_ITEM: unit}, made, durable=False)

    @contextmanager
    def claims(self) -> Iterator[Claims]:
        """Claims of this process, which end with the block."""
        file = open_lock_file(self.root / "claims")
        try:
            yield Claims(file)
        finally:
            os.close(file)

    def keys(self) -> Iterator[str]:
        """The keys of all entries."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/*.npz")):
            yield path.parent.name + path.stem

    def strays(self) -> Iterator[Path]:
        """What killed jobs were writing and nobody will finish."""
        yield from sorted(self.root.glob("[0-9a-f][0-9a-f]/.*"))
