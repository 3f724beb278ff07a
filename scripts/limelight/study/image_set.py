"""The image set of a study.

The standard library only: it is read whenever Snakemake parses the workflow.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limelight.study.digests import digest
from limelight.study.errors import LimelightError, shortened
from limelight.study.paths import resolve

SUFFIXES = frozenset(
    {
        *(".avif", ".bmp", ".gif", ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".j2k", ".png"),
        *(".pbm", ".pgm", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"),
    }
)
"""How the names of images in a folder end: those of the formats of `network.decoding`."""


@dataclass(frozen=True)
class Image:
    """One image of the set: a unique id, its file, and what is known of it (label: a class name)."""

    id: str
    path: str
    label: str | None = None
    mask: str | None = None


def list_images(settings: Mapping[str, Any], classes: Sequence[str] | None, names: Iterable[str] | None) -> list[Image]:
    """The image set that the `images` section of a study names, in natural order.

    Parameters
    ----------
    classes
        Names of the classes that the numbers in `flat` file names count; `None` leaves the numbers.
    names
        The file names in the folder, where they are known although the folder is yet to be made.

    Raises
    ------
    LimelightError
        The folder or table does not exist, is empty, or gives two images one id.
    """
    path, layout = settings["path"], settings["layout"]
    if layout == "csv":
        images = _from_table(Path(resolve(path)))
    elif layout == "flat":
        images = [_flat(path, name, classes) for name in (_files(path) if names is None else names)]
    else:
        images = [
            Image(_slug(f"{label}_{Path(name).stem}"), os.path.join(path, label, name), label)
            for label in _folders(path)
            for name in _files(os.path.join(path, label))
        ]
    if not images:
        raise LimelightError(
            f"images.path: {path} contains no image (layout {layout}); expected files like {_EXAMPLES[layout]}"
        )
    if settings.get("masks"):
        images = [_with_mask(image, path, settings["masks"]) for image in images]
    seen: dict[str, str] = {}
    for image in images:
        if image.id in seen:
            raise LimelightError(
                f"images: {shortened(seen[image.id], 300)} and {shortened(image.path, 300)} share the id {image.id!r}; "
                "ids must be unique"
            )
        seen[image.id] = image.path
    return sorted(images, key=lambda image: (_natural(image.id), image.id))


_LONGEST = 180
"""Bytes of an id."""

_EXAMPLES = {"flat": "3_17.jpg", "folders": "egg/17.jpg", "csv": "a row `egg_17,photos/17.jpg,egg`"}


def _flat(folder: str, name: str, classes: Sequence[str] | None) -> Image:
    match = re.fullmatch(r"(\d+)_(.+)", Path(name).stem)
    if match is None:
        raise LimelightError(f"{os.path.join(folder, name)}: the name is not {{label}}_{{index}} as in 3_17.jpg")
    label = match[1]
    if classes is not None:
        if int(label) >= len(classes):
            raise LimelightError(
                f"{os.path.join(folder, name)}: label {label} is not a class; expected 0 to {len(classes) - 1}"
            )
        label = classes[int(label)]
    return Image(_slug(f"{label}_{match[2]}"), os.path.join(folder, name), label)


def _from_table(table: Path) -> list[Image]:
    if not table.is_file():
        raise LimelightError(f"images.path: {table} does not exist; expected a CSV file with the columns image,path")
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LimelightError(
            f"{table}: is not encoded in UTF-8 ({error.reason}); expected a CSV file in UTF-8"
        ) from error
    with io.StringIO(text, newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        missing = {"image", "path"} - set(rows.fieldnames or ())
        if missing:
            raise LimelightError(
                f"{table}: no column {sorted(missing)[0]!r}; expected image,path and optionally label and mask"
            )
        images = []
        for row in rows:
            if "\0" in f"{row['path']}{row.get('mask')}":
                raise LimelightError(f"{table}: line {rows.line_num} has a NUL character in a path; expected text")
            if not row["image"] or not row["path"]:
                raise LimelightError(f"{table}: line {rows.line_num} lacks image or path; expected both")
            images.append(
                Image(
                    _slug(row["image"]),
                    _beside(table, row["path"]),
                    row.get("label") or None,
                    _beside(table, row["mask"]) if row.get("mask") else None,
                )
            )
        return images


def _beside(table: Path, path: str) -> str:
    resolved = resolve(path)
    return resolved if resolved != path else os.path.normpath(table.parent / path)


def _with_mask(image: Image, folder: str, masks: str) -> Image:
    mask = os.path.join(masks, os.path.splitext(os.path.relpath(image.path, folder))[0] + ".png")
    return Image(image.id, image.path, image.label, mask)


def _files(folder: str) -> list[str]:
    return [_text(entry) for entry in _scan(folder) if entry.is_file() and Path(entry.name).suffix.lower() in SUFFIXES]


def _folders(folder: str) -> list[str]:
    return [_text(entry) for entry in _scan(folder) if entry.is_dir() and not entry.name.startswith(".")]


def _text(entry: os.DirEntry[str]) -> str:
    """The name of a file, which may be any bytes, and of which only text can stand in tables and on pages."""
    if re.search("[\ud800-\udfff]", entry.name):
        raise LimelightError(f"images.path: the name of {shortened(entry.path, 300)} is not in UTF-8; expected UTF-8")
    return entry.name


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise LimelightError(f"images.path: {folder} is not a readable folder; expected a folder of images") from error


def _slug(name: str) -> str:
    """`name` as one path component: other characters than letters, digits, dot, dash and underscore become dashes.

    The end of a long one becomes a digest: a name has at most 255 bytes, and those of results are longer than the id.
    So does that of one that ends with 20 repetitions, for which Snakemake stops.
    """
    slug = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "-"
    repetitive = slug.count(slug[-1]) >= 20 and re.search(r"(.+)\1{19}$", slug)
    if len(slug.encode(errors="replace")) <= _LONGEST and not repetitive:
        return slug
    start = slug.encode(errors="replace")[: _LONGEST - 9].decode(errors="ignore")
    return f"{start}-{digest(name)[:8]}"


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", name) if part]


def range_text(values: Sequence[float] | None) -> str:
    """What is black and white in the images, for a cell of a table; empty where the files say it."""
    return " ".join(map(str, values or ()))


def demo_files(settings: Mapping[str, Any], classes: Sequence[str], split: str) -> list[str]:
    """File names of one split of the embedded data set: `{label}_{index}.png`, the index with two digits or more."""
    return [f"{label}_{index:02d}.png" for label in range(len(classes)) for index in range(settings[split])]
