"""The results of a study for your own analysis: tables as pandas, arrays as numpy."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from limelight.machinery import arrays, tables
from limelight.machinery.items import COORDINATES
from limelight.network.photographs import Resize, load
from limelight.study.errors import LimelightError, nearest
from limelight.study.files import read_json

ITEM_COLUMNS = ("model", "section", *COORDINATES)
"""Columns of `items` by which a result is found."""


def open_study(folder: str | Path) -> "StudyResults":
    """The results of a study, `results/{study}`. Nothing is read before it is asked for.

    Raises
    ------
    LimelightError
        The folder holds no model that the workflow has looked at.
    """
    study = StudyResults(Path(folder))
    if not study.models:
        raise LimelightError(f"{folder}: contains no {{model}}/model.json; expected the results of a study")
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
        by_model = {one: tables.read(path) for one, path in files.items() if path.is_file()}
        if not by_model:
            of = "" if model is None else f" of model {model!r}"
            raise LimelightError(
                f"{self.folder}: there is no table {name!r}{of}; the nearest are {nearest(name, self.tables)}"
            )
        if model is not None:
            return by_model[model]
        rows = [table if "model" in table else table.assign(model=one) for one, table in by_model.items()]
        together = pd.concat(rows, ignore_index=True)
        return together[["model", *(column for column in together if column != "model")]]

    @cached_property
    def items(self) -> pd.DataFrame:
        """Everything that has arrays, a row each, as the files on disk list it.

        Columns: `model`; `section`, the folder of the file (`saliency`, `filters`, ...); the coordinates `image`,
        `layer`, `filter`, `target`, `method` and `variant`, None where they do not apply; `item` with all of these;
        and `file`, the path.
        """
        rows = [
            {"model": model, "section": section.name, **asdict(item), "item": item, "file": str(path)}
            for model in self.models
            for section in sorted(path for path in (self.folder / model).iterdir() if path.is_dir())
            for path in sorted(section.rglob("*.npz"))
            for item in arrays.read_index(path).items
        ]
        table = pd.DataFrame(rows, columns=[*ITEM_COLUMNS, "item", "file"]).astype(object)
        return table.where(table.notna(), None).astype({"filter": "Int64", "target": "Int64"})

    def find(self, section: str, **where: object) -> pd.DataFrame:
        """The rows of `items` of a section with these values of `model` and the coordinates.

        None means that the result has no such coordinate: `filter=None` is the item of all filters.

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
            which = "; ".join(f"{column}: {_shortly(values)}" for column, values in differ.items() if len(values) > 1)
            raise LimelightError(f"{section}: {len(table)} results match; expected one, also specify {which}")
        ((_, result),) = self.each(section, **where)
        return result

    def each(self, section: str, **where: object) -> Iterator[tuple[pd.Series, dict[str, np.ndarray]]]:
        """Each result that fits: its row of `items`, and its arrays by name. A file is opened once."""
        for file, rows in self.find(section, **where).groupby("file", sort=False):
            results = arrays.read([str(file)], set(rows["item"]))
            for _, row in rows.iterrows():
                yield row, results[row["item"]]

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
        (photograph,) = load([file], resize)
        assert photograph is not None
        return photograph


def _shortly(values: Sequence[object], most: int = 5) -> str:
    return ", ".join(map(str, values[:most])) + (", ..." if len(values) > most else "")
