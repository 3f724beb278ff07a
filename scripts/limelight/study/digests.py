"""Digests of values and files, and the seeds that are derived from them.

The standard library only: the workflow's parsing and its jobs both read it.
"""

import hashlib
from pathlib import Path


def digest(*parts: object) -> str:
    """64 hexadecimal digits that name `parts`, whatever the process or the machine."""
    return hashlib.sha256("\x1f".join(repr(part) for part in parts).encode()).hexdigest()


def seed(*parts: object) -> int:
    """A 63-bit seed that belongs to `parts` (study seed, image, method, ...) and to nothing else."""
    return int(digest(*parts)[:16], 16) >> 1


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
