"""The plan of a study: its images, their buckets, and the targets.

Read whenever Snakemake parses the workflow, on every cluster node and for every job, so: the standard library only,
no image is opened, no checkpoint is hashed, and everything is a pure function of the settings and of the names in the
image folder.
"""

import os
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from limelight.study.checked import Checked
from limelight.study.choices import choose
from limelight.study.errors import LimelightError, nearest
from limelight.study.image_set import Image, demo_files, list_images
from limelight.study.paths import resolve
from limelight.study.shards import ALONE, buckets

SPLITS = ("training", "validation", "evaluation")

THUMBNAILS = 256
"""Photographs that one job of the gallery makes small."""


class Study:
    """A complete configuration (`settings.complete`) and the lists that the rules ask for.

    Parameters
    ----------
    written
        What of it the user chose (`settings.written`), rather than the schema's defaults; by default all.
    defaults
        The sections of a model without any choice (`settings.defaults`).
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        written: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self.settings = settings
        self.defaults = defaults
        self._written = settings if written is None else written
        self.name: str = settings["study"]
        self.models: Mapping[str, Any] = settings["models"]
        self.results = Path(settings.get("pathvars", {}).get("results", "results"), self.name)
        self._explained: dict[tuple[str, str], list[str]] = {}
        self._buckets: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        for name, model in self.models.items():
            self._require(f"models.{name}.checkpoint", resolve(model["checkpoint"]))
            if ".py:" in model["factory"]:
                self._require(f"models.{name}.factory", model["factory"].rsplit(":", 1)[0])

    def _require(self, key: str, path: str) -> None:
        if not (self.is_drawn(path) or os.path.isfile(path)):
            raise LimelightError(f"{key}: {path} does not exist; expected a file")

    def chosen(self, model: str, *keys: str) -> str:
        """The first of some dotted keys, such as `dream.layer`, that is not left to its default; empty if all are."""
        choices = (self._written, self._written["models"][model])
        return next((key for key in keys if any(_has(choice, key.split(".")) for choice in choices)), "")

    def is_drawn(self, path: str) -> bool:
        """Whether `path` is made by the workflow itself, as part of the embedded data set."""
        return "demo" in self.settings and Path(os.path.normpath(path)).is_relative_to(self.results / "data")

    # images

    @cached_property
    def images(self) -> list[Image]:
        """The image set, in natural order."""
        section, classes = self.settings["images"], self.settings.get("classes")
        names = None
        if self.is_drawn(section["path"]):
            names = demo_files(self.settings["demo"], classes or (), os.path.basename(section["path"]))
        return list_images(section, classes, names)

    @cached_property
    def by_id(self) -> dict[str, Image]:
        """The image set by image id."""
        return {image.id: image for image in self.images}

    @cached_property
    def unchecked(self) -> set[str]:
        """Ids of the images that are still to be looked at, as far as names, sizes and times of files tell.

        With another `images.range` others of them can be used.
        """
        checked, settings = Checked.of(self.results / "checked.csv"), self.settings["images"]
        skip, values = settings["unreadable"] == "skip", settings.get("range")
        return {image.id for image in self.images if not checked.settles(image, skip, values)}

    def image(self, name: str) -> Image:
        """The image with that id."""
        if name not in self.by_id:
            raise LimelightError(f"there is no image {name!r}; the nearest are {nearest(name, self.by_id)}")
        return self.by_id[name]

    def explained(self, method: str, model: str) -> list[str]:
        """Ids of the images that the section `method` explains for `model`."""
        if (method, model) not in self._explained:
            choice = self.models[model][method].get("explain", self.settings["explain"])
            self._explained[method, model] = choose(self.images, choice, f"models.{model}.{method}.explain")
        return self._explained[method, model]

    def on_sheet(self, method: str, model: str) -> list[str]:
        """Ids of the explained images that a sheet shows: the first ones of each class, and unlabelled ones."""
        explained = [self.by_id[name] for name in self.explained(method, model)]
        figures = self.settings["figures"]
        labelled = choose([image for image in explained if image.label], {"per_class": figures["per_class"]})
        return [*labelled, *(image.id for image in explained if not image.label)][: figures["per_sheet"]]

    def images_with_figures(self) -> list[str]:
        """Ids of the images whose own figures the default target draws."""
        return choose(self.images, self.settings["figures"]["images"], "figures.images")

    # buckets

    def buckets(self, method: str, model: str) -> dict[str, tuple[str, ...]]:
        """Buckets of the images that the section `method` explains for `model`; `predictions` takes all."""
        if (method, model) not in self._buckets:
            predict = method == "predictions"
            ids = [image.id for image in self.images] if predict else self.explained(method, model)
            size = self.settings["buckets"]["predict" if predict else "explain"]
            self._buckets[method, model] = buckets(ids, size)
        return self._buckets[method, model]

    @cache  # noqa: B019 - a study lives as long as the process that parses it
    def thumbnails(self) -> dict[str, tuple[str, ...]]:
        """Buckets of all images, for the gallery's small photographs; the same for each model."""
        return buckets([image.id for image in self.images], THUMBNAILS)

    def members(self, method: str, model: str, bucket: str) -> list[Image]:
        """The images of a bucket."""
        if bucket.startswith(ALONE):
            return [self.image(bucket.removeprefix(ALONE))]
        known = self.buckets(method, model)
        if bucket not in known:
            raise LimelightError(f"{method} of {model} has no bucket {bucket!r}; there are {', '.join(known)}")
        return [self.by_id[name] for name in known[bucket]]

    def bucket_of(self, method: str, model: str, name: str) -> str:
        """The bucket of an image; one that is not among the explained is a bucket of its own."""
        self.image(name)
        return self._bucket_by_image(method, model).get(name, ALONE + name)

    @cache  # noqa: B019 - a study lives as long as the process that parses it
    def _bucket_by_image(self, method: str, model: str) -> dict[str, str]:
        return {name: bucket for bucket, names in self.buckets(method, model).items() for name in names}

    def buckets_of(self, method: str, model: str, names: Iterable[str]) -> list[str]:
        """The buckets of some images, each once, in order."""
        return list(dict.fromkeys(self.bucket_of(method, model, name) for name in names))

    def bucket_files(self, method: str, model: str, names: Iterable[str] | None = None) -> list[str]:
        """Files of arrays of the section `method`, below the folder of the model: all, or those of some images."""
        known = self.buckets(method, model) if names is None else self.buckets_of(method, model, names)
        return [f"{method}/{bucket}.npz" for bucket in known]


def _has(value: Any, path: list[str]) -> bool:
    return not path or (isinstance(value, Mapping) and path[0] in value and _has(value[path[0]], path[1:]))


def without_batch(value: Any) -> Any:
    """A section without its `batch`, which decides no result."""
    return {key: inner for key, inner in value.items() if key != "batch"} if isinstance(value, Mapping) else value
