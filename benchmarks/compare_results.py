"""Did a change of the code change a number? Two results folders of one study, before and after, to the bit.

    python benchmarks/compare_results.py BEFORE/results/demo AFTER/results/demo

Compares each array file item by item in the order of the file, and each table. Names and coordinates of items may
differ: where they do, a line says how. The exit status is 1 where a number, an item, a file or a table differs.
What tells how jobs went (`jobs.csv`, `checked.csv`, summaries, how long an epoch took) is not compared.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ABOUT_JOBS = frozenset({"jobs.csv", "checked.csv", "failed.csv"})
MADE_OTHERWISE = {"predictions": "tables until format 1, arrays since format 2; predictions.csv holds both"}


@dataclass
class Comparison:
    """What was compared and what differs.

    Attributes
    ----------
    arrays, tables : int
        How many were compared.
    renamed : dict
        Items whose name differs, before and after, by file.
    differences : list of str
        A sentence each.
    """

    arrays: int = 0
    tables: int = 0
    renamed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def compare(before: Path, after: Path) -> Comparison:
    """Compare two results folders of one study."""
    result = Comparison()
    for name in _both(before, after, "*.npz", result):
        _compare_arrays(name, _items(before / name), _items(after / name), result)
    for name in _both(before, after, "*.csv", result):
        result.tables += 1
        old, new = _table(before / name), _table(after / name)
        if old != new:
            result.differences.append(f"{name}: {_first_difference(old, new)}")
    return result


def _both(before: Path, after: Path, pattern: str, result: Comparison) -> Iterator[str]:
    """Files that both have; those of one alone are differences."""
    old, new = (_files(folder, pattern) for folder in (before, after))
    result.differences += [f"{name}: is missing after" for name in sorted(old - new)]
    result.differences += [f"{name}: is missing before" for name in sorted(new - old)]
    yield from sorted(old & new)


def _files(folder: Path, pattern: str) -> set[str]:
    names = {path.relative_to(folder) for path in folder.rglob(pattern)}
    skipped = {"logs", "benchmarks", "gallery", *MADE_OTHERWISE}
    return {path.as_posix() for path in names if path.name not in ABOUT_JOBS and not skipped & set(path.parts[:-1])}


def _items(path: Path) -> dict[str, Mapping[str, np.ndarray]]:
    """Arrays by item and name, in the order of the file; of either format."""
    with np.load(path, allow_pickle=False) as archive:
        items: dict[str, dict[str, np.ndarray]] = {}
        for key in archive.files:
            if key not in ("provenance.json", "index.json"):
                item, _, name = key.rpartition("/")
                items.setdefault(item, {})[name] = archive[key]
        for item in _failed(json.loads(archive["index.json"].tobytes())):
            items.setdefault(item, {})
    return dict(items)


def _failed(index: Any) -> list[str]:
    """Names of the items that have no arrays, of an index of either format."""
    if isinstance(index, dict):
        return list(index["failed"])
    return ["/".join(map(str, entry["item"].values())) for entry in index if entry.get("failed")]


def _compare_arrays(
    file: str,
    before: Mapping[str, Mapping[str, np.ndarray]],
    after: Mapping[str, Mapping[str, np.ndarray]],
    result: Comparison,
) -> None:
    if len(before) != len(after):
        result.differences.append(f"{file}: {len(before)} items before, {len(after)} after")
        return
    for (old, arrays), (new, others) in zip(before.items(), after.items(), strict=True):
        if old != new:
            result.renamed.setdefault(file, []).append((old, new))
        if list(arrays) != list(others):
            result.differences.append(f"{file}: {old} has the arrays {', '.join(arrays)}, {new} {', '.join(others)}")
            continue
        for name, array in arrays.items():
            result.arrays += 1
            other = others[name]
            if array.dtype != other.dtype or array.shape != other.shape or array.tobytes() != other.tobytes():
                result.differences.append(f"{file}: {name} of {old} differs{_by_how_much(array, other)}")


def _by_how_much(array: np.ndarray, other: np.ndarray) -> str:
    if array.shape != other.shape:
        return f": shape {array.shape} before, {other.shape} after"
    if array.dtype.kind not in "fiu":
        return ""
    return f" by up to {np.abs(array.astype(float) - other.astype(float)).max():.3g}"


def _table(path: Path) -> list[str]:
    """Lines of a table, without a last column that says how long something took, as in the table of a training."""
    lines = path.read_text(encoding="utf-8").splitlines()
    timed = bool(lines) and lines[0].endswith(",seconds")
    return [line.rpartition(",")[0] for line in lines] if timed else lines


def _first_difference(old: list[str], new: list[str]) -> str:
    if len(old) != len(new):
        return f"{len(old)} lines before, {len(new)} after"
    number = next((n for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b), len(old))
    return f"line {number + 1} is {old[number][:80]!r} before, {new[number][:80]!r} after" if old[number:] else "ends"


def main(arguments: list[str]) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    folders = parser.parse_args(arguments)
    result = compare(folders.before, folders.after)
    for file, names in result.renamed.items():
        old, new = names[0]
        print(f"{file}: {len(names)} items have another name, such as {old} -> {new}")
    for difference in result.differences:
        print(f"DIFFERS {difference}")
    print(f"{result.arrays} arrays and {result.tables} tables compared, {len(result.differences)} differences")
    return 1 if result.differences or not result.arrays else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
