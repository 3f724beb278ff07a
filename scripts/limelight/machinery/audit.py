"""Compares stored files with their digests, and finds those that no study uses."""

import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from limelight.machinery.arrays import CorruptError, load
from limelight.machinery.store import Store
from limelight.machinery.units import SUMMARY, output_path, summary_path
from limelight.study.files import read_json
from limelight.study.shards import ALONE

UNFINISHED = 3600.0
"""Seconds after which a file that is still being written counts as abandoned."""


@dataclass(frozen=True)
class Audit:
    """What was found.

    Attributes
    ----------
    entries : int
        Units in the store.
    missing : tuple of Path
        Files of the study that have not been made.
    absent : tuple of str
        Keys of units that jobs have finished and the store lacks: they would be computed again if a job asked.
    corrupt : tuple of (Path, str)
        Entries and files that are not as they were written, and how.
    unreached : tuple of Path
        What `gc` would remove.
    """

    entries: int
    missing: tuple[Path, ...]
    absent: tuple[str, ...]
    corrupt: tuple[tuple[Path, str], ...]
    unreached: tuple[Path, ...]


def audit(store: Store, study: Path, models: Collection[str], files: Sequence[str]) -> Audit:
    """Compare the store and a study with each other, and all that is there with its digests.

    Parameters
    ----------
    study
        Folder of the study. The folders beside it are other studies, all of whose summaries count.
    models
        Models of the study; those that it had earlier are left alone.
    files
        What the jobs of the study make, as its settings are now.
    """
    keys = set(store.keys())
    expected, there = [Path(file) for file in files], set(_made(study, models))
    made = [file for file in expected if file.exists()]
    made += [file for file in there if file.name.startswith(ALONE) and file.exists()]
    return Audit(
        len(keys),
        tuple(file for file in expected if not file.exists()),
        tuple(sorted(set(_finished(made)) - keys)),
        (*_corrupt([store.path(key) for key in sorted(keys)]), *_corrupt(made)),
        tuple(unreached(store, study, models, files)),
    )


def in_sentences(audit: Audit, store: Store) -> list[str]:
    """What an audit found, for people."""
    return [
        f"store {store.root}: {audit.entries} units",
        *(f"corrupt: {path}: {reason}" for path, reason in audit.corrupt),
        *(f"missing: {path}" for path in audit.missing),
        f"{len(audit.absent)} finished units are missing from the store; they are computed again when a job needs them",
        f"{len(audit.unreached)} files ({size(audit.unreached) / 1e6:.1f} MB) are used by no study; `gc` removes them",
    ]


def unreached(store: Store, study: Path, models: Collection[str], files: Sequence[str]) -> list[Path]:
    """What `gc` removes; nothing that a running job is at.

    Entries of the store that no study under the folder has asked for, what killed jobs were writing, and files of the
    study's models from other settings, such as another size of buckets, with their summaries.
    """
    orphans = set(store.keys()) - set(_reached(store, study, models, files))
    left = [part for file in _leftovers(study, models, files) for part in (file, summary_path(file)) if part.exists()]
    return [*(store.path(key) for key in sorted(orphans)), *_given_up(store), *sorted(left)]


def size(paths: Collection[Path]) -> int:
    """Bytes on disk."""
    return sum(path.stat().st_size for path in paths if path.exists())


def remove(path: Path) -> None:
    """Remove what stands there, a file of ours or a folder that somebody has put in its place."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _summaries(folder: Path) -> Iterator[Path]:
    yield from folder.rglob(f"*{SUMMARY}")


def _made(study: Path, models: Collection[str]) -> Iterator[Path]:
    for model in models:
        yield from (output_path(summary) for summary in _summaries(study / model))


def _leftovers(study: Path, models: Collection[str], files: Sequence[str]) -> Iterator[Path]:
    expected = {Path(file) for file in files}
    return (file for file in _made(study, models) if file not in expected and not file.name.startswith(ALONE))


def _reached(store: Store, study: Path, models: Collection[str], files: Sequence[str]) -> Iterator[str]:
    leftovers = {summary_path(file) for file in _leftovers(study, models, files)}
    for folder in study.parent.iterdir() if study.parent.is_dir() else ():
        if folder.is_dir() and folder != store.root:
            for summary in set(_summaries(folder)) - leftovers:
                record = read_json(summary)
                yield from record["keys"].values()
                yield from record["trails"].values()


def _finished(made: Collection[Path]) -> Iterator[str]:
    for file in made:
        if summary_path(file).exists():
            record = read_json(summary_path(file))
            yield from (key for unit, key in record["keys"].items() if unit not in record["failed"])


def _corrupt(paths: Collection[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        try:
            load(path)
        except CorruptError as error:
            yield path, str(error)


def _given_up(store: Store) -> Iterator[Path]:
    return (path for path in store.strays() if time.time() - _changed(path) > UNFINISHED)


def _changed(path: Path) -> float:
    """When a file was last written; now, if a job that runs beside this has finished it meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
