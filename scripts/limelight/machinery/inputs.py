"""Digests of the files whose bytes decide results, taken once in a process, and which of them were replaced since."""

import os
from collections.abc import Iterable
from functools import cache

from limelight.study.digests import file_digest


def digest_of(path: str) -> str:
    """SHA-256 of a file as this process first read it, which is part of the keys of units.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    return _first_look(path)[1]


def replaced(paths: Iterable[str]) -> list[str]:
    """Those files whose bytes have changed since they were digested; not those that are missing."""
    return [path for path in paths if _is_replaced(path)]


@cache
def _first_look(path: str) -> tuple[tuple[int, ...], str]:
    state = _state(path)
    return state, file_digest(path)


def _is_replaced(path: str) -> bool:
    try:
        state, digest = _first_look(path)
        return _state(path) != state and file_digest(path) != digest
    except OSError:
        return False


def _state(path: str) -> tuple[int, ...]:
    stat = os.stat(path)
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
