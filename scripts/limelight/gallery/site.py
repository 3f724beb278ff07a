"""Writing of a gallery: its index, assets and pages."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from limelight import __version__
from limelight.catalogue import capabilities, rooms_with
from limelight.figures.methods import spoken
from limelight.gallery import SHELL_PAGES, tables
from limelight.gallery.data import write_data
from limelight.gallery.pages import ClassColumns, Pages
from limelight.gallery.pictures import Colours
from limelight.machinery.tables import class_names
from limelight.rooms import ROOMS
from limelight.study.files import atomic

HERE = Path(__file__).parent
VIEW, PAGE = "view.js", "page.html.jinja"
"""Files in the folder of a capability."""

CHUNK = 256
"""Images in one file of predictions."""

TOP = 8
"""Most probable classes of an image that its page shows."""


@dataclass(frozen=True)
class LayerPage:
    """A layer that has a page: the `folder` of its data, its row of the model's layer table, and a note on it."""

    folder: str
    index: int | None
    name: str
    type: str
    shape: Sequence[int]
    note: str = ""


@dataclass(frozen=True)
class ModelPages:
    """What a gallery says of one model.

    Attributes
    ----------
    record : mapping
        Its `model.json`.
    predictions : table
        As in the study.
    buckets : mapping
        Images with explanations, by the bucket whose folder shows them.
    layers : sequence of LayerPage
    figures : mapping
        By capability, folders below the model's `figures` that can have a figure of any image.
    """

    record: Mapping[str, Any]
    predictions: pd.DataFrame
    buckets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    layers: Sequence[LayerPage] = ()
    figures: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the study calls it."""
        return str(self.record["model"])


@dataclass(frozen=True)
class Gallery:
    """What a gallery shows.

    Attributes
    ----------
    name : str
        Of the study.
    images : table
        The study's `images.csv`.
    thumbnails : mapping
        All images, by the bucket whose folder has their small photographs.
    settings : mapping
        The complete configuration.
    pages : mapping
        What capabilities add, by their names.
    skipped, failed, left_out : sequence of mappings
        Rows of `skipped.csv`, of `failed.csv` and of `arrays.parts_left_out`.
    versions : sequence of mappings
        Each distinct set of versions that results were computed with.
    configfiles : sequence of str
        What Snakemake was told to read.
    results : str
        Folder of the study.
    """

    name: str
    models: Sequence[ModelPages]
    images: pd.DataFrame
    thumbnails: Mapping[str, Sequence[str]]
    settings: Mapping[str, Any]
    colours: Colours
    pages: Mapping[str, Pages] = field(default_factory=dict)
    skipped: Sequence[Mapping[str, str]] = ()
    failed: Sequence[Mapping[str, str]] = ()
    left_out: Sequence[Mapping[str, str]] = ()
    versions: Sequence[Mapping[str, str]] = ()
    configfiles: Sequence[str] = ()
    results: str = "results"


def write_site(root: Path, gallery: Gallery) -> None:
    """The pages of a gallery with their style and scripts, its index and its predictions, below `root`."""
    classes = _all_classes(gallery)
    write_data(root, "data/index.js", _index(gallery, classes))
    for number, model in enumerate(gallery.models):
        for part, chunk in enumerate(_predictions(gallery, model)):
            write_data(root, f"data/{number}-{part}.js", chunk)
    copies = {f"assets/{source.name}": source for source in (HERE / "assets").iterdir()}
    copies |= {f"assets/views/{name}.js": ROOMS / name / VIEW for name in rooms_with(VIEW)}
    copies |= {f"data/{place}": source for pages in gallery.pages.values() for place, source in pages.files.items()}
    for place, source in sorted(copies.items()):
        with atomic(root / place) as file:
            file.write(source.read_bytes())
    environment, words = _environment(gallery), _words(gallery)
    for page in SHELL_PAGES:
        text = environment.get_template(f"{page}.html.jinja").render(page=page, **words)
        with atomic(root / f"{page}.html") as file:
            file.write(text.encode())
    for name in rooms_with(PAGE):
        added = gallery.pages.get(name, Pages()).page
        text = environment.get_template(f"{name}/{PAGE}").render(page=name, words=added, **words)
        with atomic(root / f"{name}.html") as file:
            file.write(text.encode())


# --- data ---------------------------------------------------------------------------------------------------------


def _all_classes(gallery: Gallery) -> dict[str, int]:
    """A number for each class name, those of the labels and of every model."""
    names = [name for model in gallery.models for name in class_names(model.predictions)]
    labels = [name for model in gallery.models for name in model.predictions["label"] if name]
    return {name: number for number, name in enumerate(dict.fromkeys([*names, *labels]))}


def _places(buckets: Mapping[str, Sequence[str]], images: Sequence[str]) -> tuple[list[int], list[int]]:
    """Number of the bucket of each image, -1 without one, and its number within."""
    where = {name: (row, n) for row, names in enumerate(buckets.values()) for n, name in enumerate(names)}
    places = [where.get(image, (-1, 0)) for image in images]
    return [row for row, _ in places], [number for _, number in places]


def _index(gallery: Gallery, classes: Mapping[str, int]) -> dict[str, Any]:
    images = list(dict.fromkeys(name for model in gallery.models for name in model.predictions["image"]))
    labels = {name: label for m in gallery.models for name, label in zip(*_columns(m, "image", "label"), strict=True)}
    bucket, place = _places(gallery.thumbnails, images)
    return {
        "study": gallery.name,
        "classes": list(classes),
        "chunk": CHUNK,
        "ramps": gallery.colours.ramps(),
        "thumbnails": list(gallery.thumbnails),
        "images": {
            "id": images,
            "label": [classes.get(labels[name], -1) for name in images],
            "bucket": bucket,
            "place": place,
        },
        "models": [_model(gallery, model, images, classes) for model in gallery.models],
        "capabilities": {name: pages.data for name, pages in gallery.pages.items() if pages.data},
        "command": {"results": gallery.results, "configfiles": list(gallery.configfiles)},
    }


def _columns(model: ModelPages, *names: str) -> list[list[str]]:
    return [model.predictions[name].tolist() for name in names]


def _model(gallery: Gallery, model: ModelPages, images: Sequence[str], classes: Mapping[str, int]) -> dict[str, Any]:
    table = model.predictions.set_index("image")
    probability = dict(zip(table.index, table.iloc[:, 2:].to_numpy(np.float32).max(1, initial=0), strict=True))
    predicted = table["predicted"].to_dict()
    bucket, place = _places(model.buckets, images)
    known = _of_classes(gallery, model)
    return {
        "name": model.name,
        "predicted": [classes[predicted[name]] if name in predicted else -1 for name in images],
        "probability": [round(float(probability.get(name, 0)), 4) for name in images],
        "buckets": list(model.buckets),
        "bucket": bucket,
        "place": place,
        "layers": [
            {
                "folder": layer.folder,
                "name": layer.name,
                "index": layer.index,
                "type": layer.type,
                "shape": " × ".join(map(str, layer.shape)),
                "note": layer.note,
            }
            for layer in model.layers
        ],
        "figures": model.figures,
        "classes": {"headings": known.headings, "values": known.values},
    }


def _of_classes(gallery: Gallery, model: ModelPages) -> ClassColumns:
    """What all capabilities know of the classes."""
    headings: dict[str, tuple[str, str]] = {}
    values: dict[str, dict[str, float]] = {}
    for pages in gallery.pages.values():
        if columns := pages.classes.get(model.name):
            headings |= columns.headings
            for name, known in columns.values.items():
                values.setdefault(name, {}).update(known)
    return ClassColumns(headings, values)


def _predictions(gallery: Gallery, model: ModelPages) -> Iterator[dict[str, Any]]:
    """The most probable classes of the images, and what capabilities know of each, some images at a time."""
    images = list(dict.fromkeys(name for one in gallery.models for name in one.predictions["image"]))
    names = class_names(model.predictions)
    top, values = tables.most_probable(model.predictions, TOP)
    rows = {name: row for row, name in enumerate(model.predictions["image"])}
    known = {name: of for name, pages in gallery.pages.items() if (of := pages.images.get(model.name))}
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        yield {
            "top": [
                [
                    [names[k], round(float(value), 4)]
                    for k, value in zip(top[rows[image]], values[rows[image]], strict=True)
                ]
                if image in rows
                else []
                for image in chunk
            ],
            "capabilities": {name: {image: of[image] for image in chunk if image in of} for name, of in known.items()},
        }


# --- pages --------------------------------------------------------------------------------------------------------


def link(page: str, **where: Any) -> str:
    """A page of the gallery at a place: `images.html#model=vgg&label=egg`."""
    known = {key: value for key, value in where.items() if value not in (None, "")}
    return f"{page}.html" + (f"#{urlencode(known, quote_via=quote)}" if known else "")


def _environment(gallery: Gallery) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([HERE / "templates", ROOMS]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    thumbnails = {
        name: f"thumbnails/{bucket}/{number}.webp"
        for bucket, names in gallery.thumbnails.items()
        for number, name in enumerate(names)
    }
    environment.globals |= {"link": link, "spoken": spoken, "version": __version__, "thumbnail": thumbnails.get}
    environment.filters["percent"] = lambda value: f"{value:.1%}" if np.isfinite(value) else "–"
    environment.filters["number"] = lambda value: f"{value:.2f}".replace("-", "−") if np.isfinite(value) else "–"
    environment.filters["thousands"] = lambda value: f"{value:,}".replace(",", " ")  # a thin space
    environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    environment.filters["yaml"] = lambda value: yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100)
    environment.filters["finite"] = lambda value: bool(np.isfinite(value))
    return environment


def _words(gallery: Gallery) -> dict[str, Any]:
    """What all templates show."""
    titles = {one.name: one.title for one in capabilities()}
    models = []
    for model in gallery.models:
        accuracy, labelled = tables.accuracy_of(model.predictions)
        sections = {name: pages.sections.get(model.name) for name, pages in gallery.pages.items()}
        models.append(
            {
                "name": model.name,
                "record": model.record,
                "accuracy": accuracy,
                "labelled": labelled,
                "explained": sum(map(len, model.buckets.values())),
                "known": _of_classes(gallery, model),
                "sections": {name: words for name, words in sections.items() if words is not None},
            }
        )
    return {
        "gallery": gallery,
        "models": models,
        "study_sections": {
            name: (titles[name], pages.study_section)
            for name, pages in gallery.pages.items()
            if pages.study_section is not None
        },
        "views": rooms_with(VIEW),
        "room_pages": {name: titles[name] for name, pages in gallery.pages.items() if pages.page is not None},
        "has_layers": any(model.layers for model in gallery.models),
        "total": len(gallery.images),
    }
