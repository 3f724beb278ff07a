"""Atomic writing of files. The standard library only, because parsing imports this."""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from limelight.study.errors import LimelightError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PROBE = 1 << 16


class DiskFullError(LimelightError):
    """There is no room for a file, nor will there be for the next one."""


def file_size(path: str) -> str:
    """Size of a file in bytes, in digits; empty if there is none."""
    try:
        return str(os.stat(path).st_size)
    except OSError:
        return ""


@contextmanager
def atomic(path: str | Path, size: int = 0, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary file that appears under `path` only when everything has been written to it.

    Parameters
    ----------
    size
        Bytes that will be written, as far as known, for whoever has to make room for them.
    durable
        Whether the bytes are on the disk before the file has its name, so that a power cut leaves all or nothing.

    Raises
    ------
    DiskFullError
        There is no room.
    LimelightError
        The folder, or what stands at `path`, does not let itself be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise refused(path, error, size) from error
    with file:
        try:
            yield file  # type: ignore[misc]
            file.flush()
            if durable:
                os.fsync(file.fileno())
            os.chmod(file.name, 0o666 & ~_umask())
        except BaseException as error:
            # Libraries have errors of their own for a disk that is full, without the system's number.
            full = isinstance(error, OSError | RuntimeError) and _is_full(error, file.fileno())
            written = os.fstat(file.fileno()).st_size
            _discard(file)
            if full:
                raise _no_room(path, max(size, written)) from error
            raise
        try:
            os.replace(file.name, path)
        except OSError as error:
            _discard(file)
            raise refused(path, error, size) from error


@contextmanager
def no_room() -> Iterator[None]:
    """Say in one sentence that the disk is full, also where something else than `atomic` comes upon it."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _no_room(Path(error.filename or tempfile.gettempdir(), ""), 0) from error


def _is_full(error: BaseException, descriptor: int) -> bool:
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    try:
        os.write(descriptor, bytes(_PROBE))
    except OSError as probed:
        return probed.errno in _FULL
    return False


def _discard(file: Any) -> None:
    """Remove a temporary file; what is still in its buffer has nowhere to go, and must not raise when it is closed."""
    Path(file.name).unlink(missing_ok=True)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), file.fileno())


def refused(path: Path, error: OSError, size: int = 0) -> LimelightError:
    """What to raise where a file of `size` bytes cannot be written: whether the disk is full, or what else it is."""
    if error.errno in _FULL:
        return _no_room(path, size)
    return LimelightError(f"{path}: cannot be written ({error.strerror}); expected a place for a file")


def open_lock_file(path: Path) -> int:
    """The descriptor of a file to lock, which is made where there is none; whoever opens it closes it.

    Raises
    ------
    LimelightError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise refused(path, error) from error


def _no_room(path: Path, size: int) -> DiskFullError:
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    needs = f"this file needs at least {size / 1e6:.3g} MB" if size else "there is no room for this file"
    return DiskFullError(
        f"{path}: the disk is full: {needs}, and {shutil.disk_usage(folder).free / 1e6:.3g} MB are free; make room and "
        "run the same command again, which goes on from what is finished"
    )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_json(path: str | Path, value: Any) -> None:
    """`value` as indented JSON, atomically."""
    text = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
    with atomic(path, len(text)) as file:
        file.write(text)


def read_json(path: str | Path) -> Any:
    """The value in a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
