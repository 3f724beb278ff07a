"""What a capability adds to the pages of the gallery, beside what it exhibits of images and layers.

Its `pages` function says it, and its folder has the templates: `section.html.jinja` is a part of the first page, and
`page.html.jinja` a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class ModelFiles:
    """What is there of one model: its `model.json`, its prediction table, and the files that `page_files` names."""

    record: Mapping[str, Any]
    predictions: pd.DataFrame
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)


@dataclass(frozen=True)
class PageFiles:
    """What the `pages` function of a capability is given.

    Attributes
    ----------
    models : mapping
        By name.
    study_files : sequence of Path
        Those of the capability.
    settings : mapping
        The complete configuration.
    """

    models: Mapping[str, ModelFiles]
    study_files: Sequence[Path] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassColumns:
    """What is known of classes beside their accuracy.

    Attributes
    ----------
    headings : mapping
        Heading and meaning of each column.
    values : mapping
        By class and column; what is not known is NaN or left out.
    """

    headings: Mapping[str, tuple[str, str]]
    values: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Pages:
    """What a capability adds to the pages.

    Attributes
    ----------
    data : mapping
        For scripts, as `study.capabilities.NAME`.
    images : mapping
        For scripts, by model and image, as `of.NAME` of what `study.predictions` gives.
    classes : mapping
        By model.
    sections : mapping
        By model, the words of `section.html.jinja`.
    study_section : mapping or None
        The words of `section.html.jinja` about the whole study.
    page : mapping or None
        The words of `page.html.jinja`; without them the page is there, but no other leads to it.
    files : mapping
        Files to copy, by where below `data` the section or the page refers to them.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    classes: Mapping[str, ClassColumns] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    study_section: Mapping[str, Any] | None = None
    page: Mapping[str, Any] | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
