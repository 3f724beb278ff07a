"""The report of a study as one HTML file that opens from disk, needs no network connection, and can be sent alone."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

WIDEST, HIGHEST = 1600, 16_000  # pixels of a preview; WebP has no room for more than 16383


@dataclass(frozen=True)
class Sheet:
    """A PNG of the study.

    Attributes
    ----------
    path : str
        Relative to the page.
    name : str
        Such as `saliency`, `filters/cnn.4`.
    heading : str
        Under which it stands.
    provenance : mapping
        What made it.
    preview : str
        See `preview`.
    animation : str
        Path of an animation of the same, if there is one.
    """

    path: str
    name: str
    heading: str
    provenance: Mapping[str, Any]
    preview: str = ""
    animation: str = ""


@dataclass(frozen=True)
class StudySection:
    """Sheets of a capability that belong to no single model: its name, title and question."""

    name: str
    title: str
    question: str
    sheets: Sequence[Sheet]


@dataclass(frozen=True)
class ModelSection:
    """A model: its `model.json`, the rows of its `classes.csv` and its sheets in order."""

    name: str
    model: Mapping[str, Any]
    classes: Sequence[Mapping[str, str]]
    sheets: Sequence[Sheet]

    @property
    def accuracy(self) -> str:
        """Accuracy over all labelled images, as a sentence."""
        images = sum(int(row["images"]) for row in self.classes)
        right = sum(int(row["images"]) * float(row["accuracy"]) for row in self.classes if row["accuracy"])
        if not images:
            return "no image is labelled"
        return f"{right / images:.1%} of {images} labelled {'image is' if images == 1 else 'images are'} right"

    @property
    def worst_first(self) -> list[Mapping[str, str]]:
        """Classes that have images, least accurate first."""
        return sorted((row for row in self.classes if row["accuracy"]), key=lambda row: float(row["accuracy"]))


def preview(path: str | Path) -> str:
    """A sheet, at most as wide as the page, as a `data:` URL, so that the page is a single file."""
    with Image.open(path) as image:
        image.thumbnail((WIDEST, HIGHEST), reducing_gap=2.0)
        file = io.BytesIO()
        image.save(file, "WEBP", quality=80, method=0)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def report_page(
    study: str,
    models: Sequence[ModelSection],
    images: int,
    skipped: Sequence[Mapping[str, str]],
    failed: Sequence[Mapping[str, str]] = (),
    jobs: Sequence[Mapping[str, Any]] = (),
    sections: Sequence[StudySection] = (),
    left_out: Sequence[Mapping[str, str]] = (),
) -> str:
    """The page as HTML; all names are data and escaped.

    Parameters
    ----------
    images
        How many the study has.
    skipped, failed, jobs
        Rows of `skipped.csv`, `failed.csv` and `jobs.csv`.
    sections
        About the whole study.
    left_out
        Rows of `arrays.parts_left_out`.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["href"] = quote
    environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    environment.filters["percent"] = lambda value: f"{float(value):.1%}" if value else ""
    template = environment.get_template("report.html.jinja")
    return template.render(
        study=study,
        models=models,
        images=images,
        skipped=skipped,
        failed=failed,
        jobs=jobs,
        sections=sections,
        left_out=left_out,
    )
