"""What belongs to a gallery, and how do its pages come to be?"""

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
from PIL import Image

from limelight import __version__
from limelight.attribution.registry import BASELINES
from limelight.capabilities.predictions.tables import class_names
from limelight.capabilities.quality.table import METRICS
from limelight.capabilities.quality.verdict import RULE, Verdict
from limelight.figures.methods import spoken
from limelight.gallery import tables
from limelight.gallery.data import write_data
from limelight.gallery.pictures import Colours
from limelight.study.files import atomic

HERE = Path(__file__).parent
PAGES = ("index", "images", "image", "class", "layer", "belief", "compare", "provenance")
"""Each is the template of its name."""

CHUNK = 256
"""Images in one file of predictions."""

TOP = 8
"""Most probable classes of an image that its page shows."""


@dataclass(frozen=True)
class Shown:
    """A layer that has a page: the `folder` of its data, and its row of the model's layer table."""

    folder: str
    index: int | None
    name: str
    type: str
    shape: Sequence[int]


@dataclass(frozen=True)
class Model:
    """What a gallery says of one model.

    Attributes
    ----------
    record : mapping
        Its `model.json`.
    predictions, classes, quality, clarity, correlations : table
        As in the study; the last three only where explanations were measured.
    buckets : mapping
        Images with explanations, by the bucket whose folder shows them.
    layers : sequence of Shown
    sanity : mapping
        Verdicts of the sanity check by method.
    """

    record: Mapping[str, Any]
    predictions: pd.DataFrame
    classes: pd.DataFrame
    buckets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    layers: Sequence[Shown] = ()
    quality: pd.DataFrame | None = None
    clarity: pd.DataFrame | None = None
    correlations: pd.DataFrame | None = None
    sanity: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the study calls it."""
        return str(self.record["model"])


@dataclass(frozen=True)
class Study:
    """What a gallery shows.

    Attributes
    ----------
    images : table
        The study's `images.csv`.
    thumbnails : mapping
        All images, by the bucket whose folder has their small photographs.
    settings : mapping
        The complete configuration.
    skipped, failed : sequence of mappings
        Rows of `skipped.csv` and `failed.csv`.
    versions : sequence of mappings
        Each distinct set of versions that results were computed with.
    configfiles : sequence of str
        What Snakemake was told to read.
    results : str
        Folder of the study.
    training : sequence of path
        The strips of a training run; each has its animation beside it, as WebP.
    """

    name: str
    models: Sequence[Model]
    images: pd.DataFrame
    thumbnails: Mapping[str, Sequence[str]]
    settings: Mapping[str, Any]
    colours: Colours
    skipped: Sequence[Mapping[str, str]] = ()
    failed: Sequence[Mapping[str, str]] = ()
    versions: Sequence[Mapping[str, str]] = ()
    configfiles: Sequence[str] = ()
    results: str = "results"
    training: Sequence[Path] = ()


MISTAKES = 8
"""Surest mistakes that the first page shows."""


def write_site(root: Path, study: Study) -> None:
    """The pages of a gallery with their style and scripts, its index and its predictions, below `root`."""
    classes = _all_classes(study)
    write_data(root, "data/index.js", _index(study, classes))
    for number, model in enumerate(study.models):
        for place, chunk in enumerate(_predictions(study, model)):
            write_data(root, f"data/{number}-{place}.js", chunk)
    for source in sorted((HERE / "assets").iterdir()):
        with atomic(root / "assets" / source.name) as file:
            file.write(source.read_bytes())
    for strip in study.training:
        for ending in (".png", ".webp"):
            with atomic(root / f"{_place(strip)}{ending}") as file:
                file.write(strip.with_suffix(ending).read_bytes())
    environment = _environment()
    for page in PAGES:
        text = environment.get_template(f"{page}.html.jinja").render(page=page, study=study, **_words(study))
        with atomic(root / f"{page}.html") as file:
            file.write(text.encode())


def sources() -> list[Path]:
    """The files that make the pages."""
    return sorted(path for folder in ("assets", "templates") for path in (HERE / folder).iterdir())


# --- data ---------------------------------------------------------------------------------------------------------


def _all_classes(study: Study) -> dict[str, int]:
    """A number for each class name, those of the labels and of every model."""
    names = [name for model in study.models for name in class_names(model.predictions)]
    labels = [name for model in study.models for name in model.predictions["label"] if name]
    return {name: number for number, name in enumerate(dict.fromkeys([*names, *labels]))}


def _places(buckets: Mapping[str, Sequence[str]], images: Sequence[str]) -> tuple[list[int], list[int]]:
    """Number of the bucket of each image, -1 without one, and its number within."""
    where = {name: (row, n) for row, names in enumerate(buckets.values()) for n, name in enumerate(names)}
    found = [where.get(image, (-1, 0)) for image in images]
    return [row for row, _ in found], [number for _, number in found]


def _index(study: Study, classes: Mapping[str, int]) -> dict[str, Any]:
    images = list(dict.fromkeys(name for model in study.models for name in model.predictions["image"]))
    labels = {name: label for m in study.models for name, label in zip(*_columns(m, "image", "label"), strict=True)}
    bucket, place = _places(study.thumbnails, images)
    return {
        "study": study.name,
        "classes": list(classes),
        "chunk": CHUNK,
        "ramps": study.colours.ramps(),
        "thumbnails": list(study.thumbnails),
        "images": {
            "id": images,
            "label": [classes.get(labels[name], -1) for name in images],
            "bucket": bucket,
            "place": place,
        },
        "models": [_model(model, images, classes) for model in study.models],
        "metrics": {
            metric.name: {"title": metric.title, "better": metric.better, "question": metric.question}
            for metric in METRICS.values()
        },
        "methods": {
            name: spoken(name) for m in study.models if m.quality is not None for name in m.quality["method"].unique()
        },
        "baselines": list(BASELINES),
        "command": {"results": study.results, "configfiles": list(study.configfiles)},
    }


def _columns(model: Model, *names: str) -> list[list[str]]:
    return [model.predictions[name].tolist() for name in names]


def _model(model: Model, images: Sequence[str], classes: Mapping[str, int]) -> dict[str, Any]:
    table = model.predictions.set_index("image")
    probability = dict(zip(table.index, table.iloc[:, 2:].to_numpy(np.float32).max(1, initial=0), strict=True))
    predicted = table["predicted"].to_dict()
    bucket, place = _places(model.buckets, images)
    columns = tables.clarity_columns(model.clarity)
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
            }
            for layer in model.layers
        ],
        "clarity": {
            "columns": {name: tables.COLUMNS_OF_CLASSES[name] for name in columns},
            "classes": {row.name: row.clarity for row in tables.class_rows(model.classes, model.clarity)},
        }
        if columns
        else None,
    }


def _predictions(study: Study, model: Model) -> Iterator[dict[str, Any]]:
    """The most probable classes of the images, and what their explanations are worth, some images at a time."""
    images = list(dict.fromkeys(name for m in study.models for name in m.predictions["image"]))
    names = class_names(model.predictions)
    top, values = tables.most_probable(model.predictions, TOP)
    rows = {name: row for row, name in enumerate(model.predictions["image"])}
    numbers = tables.numbers_by_image(model.quality)
    for start in range(0, len(images), CHUNK):
        yield {
            "top": [
                [
                    [names[k], round(float(value), 4)]
                    for k, value in zip(top[rows[image]], values[rows[image]], strict=True)
                ]
                if image in rows
                else []
                for image in images[start : start + CHUNK]
            ],
            "numbers": {image: numbers[image] for image in images[start : start + CHUNK] if image in numbers},
        }


# --- pages --------------------------------------------------------------------------------------------------------


def link(page: str, **where: Any) -> str:
    """A page of the gallery at a place: `images.html#model=vgg&label=egg`."""
    known = {key: value for key, value in where.items() if value not in (None, "")}
    return f"{page}.html" + (f"#{urlencode(known, quote_via=quote)}" if known else "")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"link": link, "spoken": spoken, "version": __version__, "said": tables.SAID, "rule": RULE}
    environment.filters["percent"] = lambda value: f"{value:.1%}" if np.isfinite(value) else "–"
    environment.filters["number"] = lambda value: f"{value:.2f}".replace("-", "−") if np.isfinite(value) else "–"
    environment.filters["thousands"] = lambda value: f"{value:,}".replace(",", " ")  # a thin space
    environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    environment.filters["yaml"] = lambda value: yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100)
    environment.filters["finite"] = lambda value: bool(np.isfinite(value))
    return environment


def _place(strip: Path) -> str:
    """Where a strip of a training run and its animation lie in the gallery, without their endings."""
    return f"data/training/{strip.parent.name}-{strip.stem}"


def _strip(path: Path) -> dict[str, Any]:
    """What the first page shows of a training run."""
    with Image.open(path) as opened:
        width, height = opened.size
    kind = path.parent.name if path.parent.name == "filters" else path.stem
    titles = {
        "filters": f"Filters of layer {path.stem}, from noise",
        "saliency": "Saliency maps",
        "dream": "Deep dreams",
    }
    return {"title": titles[kind], "file": _place(path), "width": width, "height": height}


def _words(study: Study) -> dict[str, Any]:
    """What the templates show."""
    seed = study.settings.get("seed", 0)
    thumbnails = {
        name: f"thumbnails/{bucket}/{number}.webp"
        for bucket, names in study.thumbnails.items()
        for number, name in enumerate(names)
    }
    sections = []
    for model in study.models:
        accuracy, labelled = tables.accuracy_of(model.predictions)
        sections.append(
            {
                "name": model.name,
                "record": model.record,
                "accuracy": accuracy,
                "labelled": labelled,
                "confusion": tables.confusion_of(model.predictions),
                "predicted": tables.counts_of(model.predictions, "predicted"),
                "surest": [
                    {**one, "thumbnail": thumbnails[one["image"]]}
                    for one in tables.surest_mistakes(model.predictions, MISTAKES)
                ],
                "classes": tables.class_rows(model.classes, model.clarity),
                "columns": {n: tables.COLUMNS_OF_CLASSES[n] for n in tables.clarity_columns(model.clarity)},
                "explained": sum(map(len, model.buckets.values())),
                "layers": model.layers,
                "belief": None if model.quality is None else tables.belief_of(model.quality, model.sanity, seed),
                "correlations": [] if model.correlations is None else tables.records(model.correlations),
            }
        )
    return {
        "sections": sections,
        "has_layers": any(model.layers for model in study.models),
        "has_belief": any(section["belief"] for section in sections),
        "has_compare": len(study.models) > 1,
        "strips": [_strip(path) for path in study.training],
        "total": len(study.images),
    }
