"""What has a study found? Its tables and arrays, put together for figures, or opened for an analysis of one's own."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from limelight.machinery import arrays, tables
from limelight.network.photographs import Resize, load
from limelight.study.errors import LimelightError, nearest
from limelight.study.files import read_json

# --- for an analysis of one's own ---------------------------------------------------------------------------------

ITEM_COLUMNS = ("model", "section", "layer", "part", "image", "filter", "method")

BUCKET = re.compile(r"b[01]*|one[.].+")
WITHOUT_IMAGE = re.compile(r"noise|facets|over_.+")


def open_study(folder: str | Path) -> "StudyResults":
    """The results of a study, `results/{study}`. Nothing is read before it is asked for.

    Raises
    ------
    LimelightError
        The folder holds no model that the workflow has looked at.
    """
    study = StudyResults(Path(folder))
    if not study.models:
        raise LimelightError(f"{folder}: holds no {{model}}/model.json; expected the results of a study")
    return study


@dataclass(frozen=True)
class StudyResults:
    """The results of a study: tables as pandas, arrays as numpy.

    Attributes
    ----------
    folder : Path
        `results/{study}`.
    """

    folder: Path

    @cached_property
    def models(self) -> list[str]:
        """Names of the models."""
        return sorted(path.parent.name for path in self.folder.glob("*/model.json"))

    @cached_property
    def tables(self) -> list[str]:
        """Names of the tables that there are."""
        folders = [self.folder, *(self.folder / model for model in self.models)]
        return sorted({path.stem for folder in folders for path in folder.glob("*.csv")} - {"checked"})

    def table(self, name: str, model: str | None = None) -> pd.DataFrame:
        """A table: the study's, one model's, or those of all models below each other with the column `model`.

        Names of images and classes are text, whatever they look like; empty cells of a column of numbers are NaN.

        Raises
        ------
        LimelightError
            There is no such table.
        """
        of_study = self.folder / f"{name}.csv"
        if of_study.is_file() and model is None:
            return tables.read(of_study)
        files = {one: self.folder / one / f"{name}.csv" for one in self.models if model in (None, one)}
        found = {one: tables.read(path) for one, path in files.items() if path.is_file()}
        if not found:
            of = "" if model is None else f" of model {model!r}"
            raise LimelightError(
                f"{self.folder}: there is no table {name!r}{of}; the nearest are {nearest(name, self.tables)}"
            )
        if model is not None:
            return found[model]
        rows = [table if "model" in table else table.assign(model=one) for one, table in found.items()]
        together = pd.concat(rows, ignore_index=True)
        return together[["model", *(column for column in together if column != "model")]]

    @cached_property
    def items(self) -> pd.DataFrame:
        """Everything that has arrays, a row each, as the files on disk list it.

        Columns: `model`; `section` (`saliency`, `filters`, ...); `layer`, `image`, `filter` and attribution `method`,
        None where there is none; `part` and `file`, the name and the path of the file; `item`, its name in there.
        """
        images = set(self.table("images")["image"])
        rows = [
            {"model": model, **row}
            for model in self.models
            for path in sorted((self.folder / model).glob("*/**/*.npz"))
            for row in _items_of(path, path.relative_to(self.folder / model), images)
        ]
        table = pd.DataFrame(rows, columns=[*ITEM_COLUMNS, "item", "file"]).astype(object)
        return table.where(table.notna(), None).astype({"filter": "Int64"})

    def find(self, section: str, **where: object) -> pd.DataFrame:
        """The rows of `items` of a section with these values of `model`, `layer`, `image`, `filter`, `method`, `part`.

        None means that the result has no such thing: `filter=None` is the item of all filters.

        Raises
        ------
        LimelightError
            Nothing fits, or there is no such column.
        """
        table = self.items[self.items["section"] == section]
        if table.empty:
            known = nearest(section, self.items["section"])
            raise LimelightError(f"{self.folder}: there are no arrays of {section!r}; the nearest are {known}")
        for column, value in where.items():
            if column not in ITEM_COLUMNS:
                raise LimelightError(f"{column}: unknown; expected one of {', '.join(ITEM_COLUMNS)}")
            values = table[column]
            kept = table[values.isna() if value is None else values.astype(str) == str(value)]
            if kept.empty:
                known = nearest(str(value), values.dropna().astype(str)) or "None"
                raise LimelightError(f"{section}: no result with {column}={value!r}; the nearest are {known}")
            table = kept
        return table

    def arrays(self, section: str, **where: object) -> dict[str, np.ndarray]:
        """The arrays, by name, of the one result that fits; `where` as for `find`.

        Raises
        ------
        LimelightError
            Nothing fits, or more than one result does.
        """
        table = self.find(section, **where)
        if len(table) > 1:
            there = table.astype(object).where(table.notna(), None)
            differ = {column: list(dict.fromkeys(there[column])) for column in ITEM_COLUMNS}
            said = "; ".join(f"{column}: {_shortly(values)}" for column, values in differ.items() if len(values) > 1)
            raise LimelightError(f"{section}: {len(table)} results fit; expected one, say also which {said}")
        ((_, found),) = self.each(section, **where)
        return found

    def each(self, section: str, **where: object) -> Iterator[tuple[pd.Series, dict[str, np.ndarray]]]:
        """Each result that fits: its row of `items`, and its arrays by name. A file is opened once."""
        for file, rows in self.find(section, **where).groupby("file", sort=False):
            found = arrays.read([str(file)], rows["item"])
            for _, row in rows.iterrows():
                yield row, found[row["item"]]

    def photograph(self, image: str, model: str | None = None) -> np.ndarray:
        """A photograph as a model sees it, (H, W, 3) uint8; without a name, as the only or first model does."""
        table = self.table("images").set_index("image")
        if image not in table.index:
            raise LimelightError(f"there is no image {image!r}; the nearest are {nearest(image, table.index)}")
        # Paths are relative to where Snakemake ran, which is above the results.
        path = Path(table.loc[image, "path"])
        places = (folder / path for folder in (Path(), *self.folder.absolute().parents))
        file = next((place for place in places if place.is_file()), path)
        resize = Resize.of(read_json(self.folder / (model or self.models[0]) / "model.json")["preprocessing"])
        (found,) = load([file], resize)
        assert found is not None
        return found


def _items_of(path: Path, inside: Path, images: Container[str]) -> Iterator[dict[str, Any]]:
    """What a file lists: `{image}/{method}`, `{layer}/{filter}`, `{layer}/{filter}/{method}` and the like."""
    section, *folders = inside.parts[:-1]
    made = arrays.read_provenance(path)["parameters"]
    of_file: dict[str, Any] = {"section": section, "part": inside.stem, "file": str(path)}
    if folders:
        of_file["layer"] = "/".join(folders)
    elif {"layer", "filter"} <= made.keys():
        of_file |= {"layer": made["layer"], "filter": made["filter"]}
    for item in arrays.read_index(path).digests:
        row = {**of_file, "item": item}
        first, *rest = item.split("/")
        if BUCKET.fullmatch(inside.stem) or (first in images and not WITHOUT_IMAGE.fullmatch(inside.stem)):
            row["image"] = first
        else:
            rest = [first, *rest]
        if section == "ascents":
            row["method"] = rest.pop()
        if rest and rest[-1].isdecimal():
            row["filter"] = int(rest.pop())
        if rest:
            row["method" if "image" in row else "layer"] = "/".join(rest)
        yield row


def _shortly(values: Sequence[object], most: int = 5) -> str:
    return ", ".join(map(str, values[:most])) + (", ..." if len(values) > most else "")
