"""What has a study found? Its tables and arrays, put together for figures, or opened for an analysis of one's own."""

import math
import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from limelight import arrays, tables
from limelight.errors import LimelightError, nearest
from limelight.figures.subject import Subject
from limelight.files import read_json
from limelight.images import Resize, load
from limelight.predictions import read_table

NO_PREDICTION = "(no prediction)"


def subjects(
    images: Sequence[tuple[str, str | None, str]],
    model: str | Path,
    predictions: str | Path,
    computed: Container[str] = (),
) -> list[Subject]:
    """Photographs of images (id, label, path) with what the network said of each.

    An image without a prediction is left out, for the study skips it, unless something was `computed` of it, or failed:
    then its prediction is what failed.

    Parameters
    ----------
    model, predictions
        The study's `model.json` and `predictions.csv`.

    Raises
    ------
    LimelightError
        None of them is left.
    """
    table = read_table(str(predictions)).set_index("image")
    known = [image for image in images if image[0] in table.index or image[0] in computed]
    if not known:
        names = ", ".join(name for name, *_ in images)
        raise LimelightError(f"{names}: cannot be read, as skipped.csv says; expected an image to show")
    photographs = load([path for *_, path in known], Resize.of(read_json(model)["preprocessing"]), skip=True)
    found = []
    for (name, label, _), photograph in zip(known, photographs, strict=True):
        row = table.loc[name] if name in table.index else None
        predicted = NO_PREDICTION if row is None else str(row["predicted"])
        probability = math.nan if row is None else float(row[predicted])
        found.append(Subject(name, photograph, label, predicted, probability))
    return found


def failures(paths: Iterable[str | Path]) -> dict[str, str]:
    """Reasons by item, of what some files lack."""
    return {item: reason for path in paths for item, reason in arrays.read_index(path).failed.items()}


def accuracy_by_class(path: str | Path) -> dict[str, float]:
    """Accuracy of each class that has images, from a study's `classes.csv`."""
    table = tables.read(path)
    return dict(table.dropna(subset="accuracy")[["class", "accuracy"]].itertuples(index=False, name=None))


def figure_provenance(
    paths: Iterable[str | Path], style: Mapping[str, Any], images: Collection[str] | None = None
) -> dict[str, Any]:
    """What made a figure: each distinct record of its files, the keys of its units, and the style it is drawn in.

    Parameters
    ----------
    images
        Those on the figure; the others in its files have no part in it.
    """
    made: list[dict[str, Any]] = []
    units: dict[str, str] = {}
    for path in paths:
        record = arrays.read_provenance(path)
        if record not in made:
            made.append(record)
        keys = arrays.read_index(path).keys
        units |= {item: key for item, key in keys.items() if images is None or item.partition("/")[0] in images}
    return {"made_from": made, "units": units, "style": dict(style)}


def in_words(settings: Mapping[str, Any]) -> str:
    """The settings of a gradient ascent as a sentence for a figure; of random views, octaves and the like if used."""
    ascent = settings["ascent"]
    how = {"normalised": "normalised gradient ascent", "plain": "gradient ascent", "adam": "Adam"}[ascent["optimiser"]]
    fourier = ascent.get("parameterisation") == "fourier"
    clipped = "values kept in [0, 1]" if ascent["clip"] == "each" else "values clipped to [0, 1] at the end"
    said = [
        _climbed(ascent.get("objective", "mean")),
        f"{how}{' on Fourier coefficients' if fourier else ''}, step {ascent['step']:g}",
        "" if fourier else clipped,
        _views(ascent.get("transforms", {})),
        _regularised(ascent.get("regularisation", {})),
        "{count} octaves, {scale:g} apart".format(**octaves) if (octaves := ascent.get("octaves", {})) else "",
    ]
    if octaves.get("count", 1) == 1:
        said.pop()
    words = ", ".join(filter(None, said))
    return words[0].upper() + words[1:]


def _climbed(objective: Any) -> str:
    named = {"mean": "", "l2": "energy of the filter", "centre": "centre neuron", "layer": "the whole layer"}
    return named.get(objective, "class score") if isinstance(objective, str) else "a weighted sum"


def _views(transforms: Mapping[str, Any]) -> str:
    units = {"jitter": "shifted by up to {} pixels", "scale": "scaled by up to {:.0%}", "rotate": "turned by up to {}°"}
    said = [text.format(transforms[key]) for key, text in units.items() if transforms.get(key)]
    return f"views {', '.join(said)}" if said else ""


def _regularised(regularisation: Mapping[str, Any]) -> str:
    named = {"decay": "decay", "total_variation": "total variation", "blur": "blur"}
    return ", ".join(f"{name} {regularisation[key]:g}" for key, name in named.items() if regularisation.get(key))


def silent(ascent: Mapping[str, np.ndarray]) -> str:
    """Why an ascent has nothing to show: not once did a gradient come through. Empty if one did."""
    steps = int(ascent["iterations"][-1])
    return DEAD if steps and int(ascent["blocked"]) == steps else ""


DEAD = "silent: no gradient comes through (a dead filter)"


def ascended(unit: str, found: Mapping[str, Mapping[str, np.ndarray]], failed: Mapping[str, str]) -> np.ndarray | str:
    """What an ascent made, (H, W, 3) in [0, 1], or why there is nothing to show."""
    if unit not in found:
        return failed.get(unit, "not computed")
    return silent(found[unit]) or picture(found[unit]["frames"][-1])


def facets_of(unit: str, found: Mapping[str, Mapping[str, np.ndarray]]) -> dict[int, dict[str, np.ndarray]]:
    """The ascents of a unit that has facets, by their number, each with arrays like those of one that climbed alone.

    Nothing of them is held out.
    """
    if unit not in found:
        return {}
    together = found[unit]
    along = {"frames": 1, "scores": 1, "blocked": 0, "activations": 0, "likeness": 0}
    return {
        facet: {name: array.take(facet, along[name]) if name in along else array for name, array in together.items()}
        for facet in range(len(together["blocked"]))
    }


def picture(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 as floats in [0, 1]."""
    return image.astype(np.float32) / 255


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
