"""Which images, in which bucket, for which targets?

Read whenever Snakemake parses the workflow, on every cluster node and for every job, so: the standard library only,
no image is opened, no checkpoint is hashed, and everything is a pure function of the settings and of the names in the
image folder.
"""

import csv
import io
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from limelight.digests import digest
from limelight.errors import LimelightError, nearest
from limelight.files import file_size, resolve

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
SPLITS = ("training", "validation", "evaluation")
LAYER_SHEETS = ("atlas", "top")
"""The sheets of a whole layer."""
SWEEPS = ("classes", "filters", "iterations", "layers")
"""The deep dream's sheets."""

SETTINGS = ("pixels", "pixels + views", "fourier", "fourier + views")
"""Ways to ascend that the sheet `ascents` compares."""

QUALITY_SHEETS = ("overview", "curves", "cascade", "clarity", "mistakes")
"""The sheets of the quality section."""

METHODS = ("saliency", "filters", "lime", "dream", "quality")
"""What explains images, each with a choice of its own."""

THUMBNAILS = 256
"""Photographs that one job of the gallery makes small."""

ALONE = "one."
"""How the names of buckets begin that no list has: any image may be asked for by the path of its figure."""


@dataclass(frozen=True)
class Image:
    """One image of the set: a unique id, its file, and what is known of it (label: a class name)."""

    id: str
    path: str
    label: str | None = None
    mask: str | None = None


# --- the image set ----------------------------------------------------------------------------------------------


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
        raise LimelightError(f"images.path: {path} holds no image ({layout}); expected files like {_EXAMPLES[layout]}")
    if settings.get("masks"):
        images = [_with_mask(image, path, settings["masks"]) for image in images]
    seen: dict[str, str] = {}
    for image in images:
        if image.id in seen:
            raise LimelightError(f"images: {seen[image.id]} and {image.path} have one id, {image.id!r}; expected two")
        seen[image.id] = image.path
    return sorted(images, key=lambda image: (_natural(image.id), image.id))


_EXAMPLES = {"flat": "3_17.jpg", "folders": "egg/17.jpg", "csv": "a row `egg_17,photos/17.jpg,egg`"}


def _flat(folder: str, name: str, classes: Sequence[str] | None) -> Image:
    match = re.fullmatch(r"(\d+)_(.+)", Path(name).stem)
    if match is None:
        raise LimelightError(f"{os.path.join(folder, name)}: the name is not {{label}}_{{index}} as in 3_17.jpg")
    label = match[1]
    if classes is not None:
        if int(label) >= len(classes):
            raise LimelightError(
                f"{os.path.join(folder, name)}: label {label} is no class; expected 0 to {len(classes) - 1}"
            )
        label = classes[int(label)]
    return Image(_slug(f"{label}_{match[2]}"), os.path.join(folder, name), label)


def _from_table(table: Path) -> list[Image]:
    if not table.is_file():
        raise LimelightError(f"images.path: {table} does not exist; expected a CSV file with the columns image,path")
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LimelightError(f"{table}: is not in UTF-8 ({error.reason}); expected a CSV file in UTF-8") from error
    with io.StringIO(text, newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        missing = {"image", "path"} - set(rows.fieldnames or ())
        if missing:
            raise LimelightError(
                f"{table}: no column {sorted(missing)[0]!r}; expected image,path and perhaps label and mask"
            )
        images = []
        for row in rows:
            if not row["image"] or not row["path"]:
                raise LimelightError(f"{table}: line {rows.line_num} has no image or no path; expected both")
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
    return [entry.name for entry in _scan(folder) if entry.is_file() and Path(entry.name).suffix.lower() in SUFFIXES]


def _folders(folder: str) -> list[str]:
    return [entry.name for entry in _scan(folder) if entry.is_dir() and not entry.name.startswith(".")]


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise LimelightError(f"images.path: {folder} is not a folder that can be read; expected the images") from error


def _slug(name: str) -> str:
    """`name` as one path component: other characters than letters, digits, dot, dash and underscore become dashes."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "-"


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"(\d+)", name) if part]


def demo_files(settings: Mapping[str, Any], classes: Sequence[str], split: str) -> list[str]:
    """File names of one split of the embedded data set: `{label}_{index}.png`, the index with two digits or more."""
    return [f"{label}_{index:02d}.png" for label in range(len(classes)) for index in range(settings[split])]


# --- choices and buckets ----------------------------------------------------------------------------------------


def choose(images: Sequence[Image], choice: Any, key: str = "explain") -> list[str]:
    """Ids of the images that `choice` names: `all`, a list of ids, or `{per_class: n}` (unlabelled count as a class).

    Raises
    ------
    LimelightError
        A listed id does not exist; the nearest ids are named.
    """
    if choice == "all":
        return [image.id for image in images]
    if isinstance(choice, Mapping):
        taken: dict[str | None, int] = {}
        chosen = []
        for image in images:
            taken[image.label] = taken.get(image.label, 0) + 1
            if taken[image.label] <= choice["per_class"]:
                chosen.append(image.id)
        return chosen
    known = {image.id for image in images}
    for name in choice:
        if name not in known:
            raise LimelightError(f"{key}: there is no image {name!r}; the nearest are {nearest(name, known)}")
    return list(dict.fromkeys(choice))


def choose_classes(classes: Sequence[str], choice: Any, labels: Iterable[str]) -> list[str]:
    """Those classes of a model that `choice` names: `all`, a list of names, or no more than so many.

    Parameters
    ----------
    labels
        What images are labelled with; of many classes these are chosen first. The order is that of `classes`.

    Raises
    ------
    LimelightError
        A listed class does not exist; the nearest are named.
    """
    if choice == "all":
        return list(classes)
    if isinstance(choice, int):
        known = set(labels)
        first = sorted(classes, key=lambda name: name not in known)[:choice]
        return [name for name in classes if name in set(first)]
    for name in choice:
        if name not in classes:
            raise LimelightError(
                f"dream.class_images.classes: there is no class {name!r}; the nearest are {nearest(name, classes)}"
            )
    return list(choice)


def buckets(ids: Iterable[str], size: int) -> dict[str, tuple[str, ...]]:
    """Partition `ids` into buckets of at most `size`, so that one id more or less changes one bucket.

    A bucket is named after the leading bits that the digests of its ids share, as in extendible hashing (Fagin et al.,
    1979): a full bucket splits in two and leaves every other as it was. Ids keep their order within a bucket.
    """
    ids = list(ids)
    bits = {name: format(int(digest(name)[:16], 16), "064b") for name in ids}

    def split(members: list[str], prefix: str) -> dict[str, tuple[str, ...]]:
        if not members:
            return {}
        if len(members) <= size or len(prefix) == 64:
            return {f"b{prefix}": tuple(members)}
        found: dict[str, tuple[str, ...]] = {}
        for bit in "01":
            half = [name for name in members if bits[name][len(prefix)] == bit]
            found |= split(half, prefix + bit)
        return found

    return split(ids, "")


def share(count: int, most: int, part: int, parts: int) -> range:
    """The filters of job `part` of `parts` of a layer that has `count`, of which the first `most` are wanted.

    How many a layer has is not known before its network has been loaded, so the number of jobs derives from `most`.

    >>> share(10, 8, 1, 3)
    range(2, 5)
    """
    wanted = min(count, most)
    return range(wanted * part // parts, wanted * (part + 1) // parts)


# --- what a job needs --------------------------------------------------------------------------------------------

CLASSES = 24
"""Class images that a job may take; where a study wants more, its second attempt has more time."""

PASS_SECONDS = 0.03
"""A forward pass of a 128 x 128 photograph through a VGG-like network on one slow core; GPUs are 50 times as fast."""

MAP_PASSES = 150
"""What an attribution method may take for one map: 50 steps of integrated gradients, there and back."""


def minutes(method: str, model: Mapping[str, Any], images: int, attempt: int) -> int:
    """Running time to ask for, for a job of so many `images` on one core: twice what it should take, times the attempt.

    What counts of an atlas are its filters.

    Parameters
    ----------
    model
        The complete settings of a model.
    """
    section = _section(method, model)
    match method:
        case "predict":
            passes = 1
        case "saliency":
            passes = MAP_PASSES * len(section["methods"])
        case "filters":
            longest = max(section["iterations"], section["noise_iterations"])
            passes = 1 + 3 * longest * len(section["filters"])
        case "atlas":
            passes = 3 * section["noise_iterations"]
        case "facets":
            passes = 3 * section["noise_iterations"] * section["facets"]["count"] * len(section["filters"])
        case "class_images":
            passes = 3 * section["iterations"] * CLASSES
        case "ascents":
            passes = 3 * section["noise_iterations"] * section["compare"] * len(section["layers"]) * len(SETTINGS)
        case "lime":
            passes = _samples(section) * section["repetitions"]
        case "dream":
            passes = 3 * max(section["record"]) * len(section["filters"])
        case "quality":
            passes = _map_passes(section) * (section["samples"] + 2) + 2 * section["steps"] * len(section["methods"])
        case "sanity":
            passes = _map_passes(section) * (section["cascade"] + 1) * section["sanity"]
        case _:
            raise ValueError(f"no job of method {method!r}")
    seconds = images * passes * PASS_SECONDS * _pixels(method, model)
    return attempt * (5 + math.ceil(2 * seconds / 60))


def megabytes(method: str, model: Mapping[str, Any], attempt: int) -> int:
    """Memory to ask for: PyTorch itself, and the activations of one batch, times the attempt.

    The facets of a filter are in one batch, however small that is to be.
    """
    section = _section(method, model)
    ascent = section.get("ascent", section)
    pixels = _pixels(method, model)
    if ascent.get("tile"):
        pixels = min(pixels, ascent["tile"] ** 2 / 128**2)
    batch = max(ascent.get("batch", 32), section["facets"]["count"] if method == "facets" else 0)
    return attempt * (2500 + math.ceil(60 * batch * pixels))


def _section(method: str, model: Mapping[str, Any]) -> Mapping[str, Any]:
    """The section of a model's settings that a kind of job belongs to."""
    if method == "class_images":
        return model["dream"]["class_images"]
    sections = {"sanity": "quality", **dict.fromkeys(("ascents", "atlas", "facets"), "filters")}
    return model.get(sections.get(method, method), {})


def _samples(section: Mapping[str, Any]) -> int:
    return int(section["max_samples"] if section["samples"] == "auto" else section["samples"])


def _map_passes(section: Mapping[str, Any]) -> int:
    """Passes for one map by each method of a `quality` section."""
    return sum(section["lime_samples"] if name == "lime" else MAP_PASSES for name in section["methods"])


def _pixels(method: str, model: Mapping[str, Any]) -> float:
    """Pixels that a network looks at, in 128 x 128: those of its input, or of a dream of another size."""
    size = model["preprocessing"]["size"]
    if method == "dream":
        size = model["dream"].get("size", size)
    height, width = (size, size) if isinstance(size, int) else size
    return height * width / 128**2


def without_batch(value: Any) -> Any:
    """A section without its `batch`, which decides no result."""
    return {key: inner for key, inner in value.items() if key != "batch"} if isinstance(value, Mapping) else value


# --- the study --------------------------------------------------------------------------------------------------


class Study:
    """A complete configuration (`settings.complete`) and the lists that the rules ask for."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.name: str = settings["study"]
        self.models: Mapping[str, Any] = settings["models"]
        self.results = Path(settings.get("pathvars", {}).get("results", "results"), self.name)
        # Not an output of a rule: Snakemake deletes those of a failed job, and what was looked at would be forgotten.
        self.checked = self.results / "checked.csv"
        self._explained: dict[tuple[str, str], list[str]] = {}
        self._buckets: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        for name, model in self.models.items():
            self._require(f"models.{name}.checkpoint", resolve(model["checkpoint"]))
            if ".py:" in model["factory"]:
                self._require(f"models.{name}.factory", model["factory"].rsplit(":", 1)[0])
            for section in ("saliency", "quality"):
                for method in model.get(section, {}).get("methods", ()):
                    if ":" in method:
                        self._require(f"models.{name}.{section}.methods.{method}", method.rpartition(":")[0])
        for name in self.models:
            for method in METHODS:
                self.explained(method, name)
            self.dreamt(name)
        self.shown()
        self.training()

    def _require(self, key: str, path: str) -> None:
        if not (self.is_drawn(path) or os.path.isfile(path)):
            raise LimelightError(f"{key}: {path} does not exist; expected a file")

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
        """Ids of the images whose files have not been looked at yet, by path and size, in an earlier run."""
        known = set()
        with suppress(FileNotFoundError), self.checked.open(newline="", encoding="utf-8") as file:
            known = {(row["path"], row["bytes"]) for row in csv.DictReader(file)}
        return {image.id for image in self.images if (image.path, file_size(image.path)) not in known}

    def image(self, name: str) -> Image:
        """The image with that id."""
        if name not in self.by_id:
            raise LimelightError(f"there is no image {name!r}; the nearest are {nearest(name, self.by_id)}")
        return self.by_id[name]

    def explained(self, method: str, model: str) -> list[str]:
        """Ids of the images that `method` explains for `model`."""
        if (method, model) not in self._explained:
            choice = self.models[model][method].get("explain", self.settings["explain"])
            self._explained[method, model] = choose(self.images, choice, f"models.{model}.{method}.explain")
        return self._explained[method, model]

    def sanity(self, model: str) -> list[str]:
        """Ids of the images of a model's sanity check: the first ones of the quality section."""
        return self.explained("quality", model)[: self.models[model]["quality"]["sanity"]]

    def on_sheet(self, method: str, model: str) -> list[str]:
        """Ids of the explained images that a sheet shows: the first ones of each class, and unlabelled ones."""
        explained = [self.by_id[name] for name in self.explained(method, model)]
        figures = self.settings["figures"]
        labelled = choose([image for image in explained if image.label], {"per_class": figures["per_class"]})
        return [*labelled, *(image.id for image in explained if not image.label)][: figures["per_sheet"]]

    def shown(self) -> list[str]:
        """Ids of the images whose own figures the default target draws."""
        return choose(self.images, self.settings["figures"]["images"], "figures.images")

    def dreamt(self, model: str) -> str:
        """Id of the photograph of the dream's sweeps over filters, iterations and layers."""
        chosen = self.models[model]["dream"].get("image")
        if chosen is None:
            return (self.explained("dream", model) or [self.images[0].id])[0]
        return choose(self.images, [chosen], f"models.{model}.dream.image")[0]

    # whole layers

    def atlas_layers(self, model: str) -> list[str]:
        """The layers that are shown whole, as the study calls them: those of the filters' sheets if it names none."""
        return self._layers_of_filters("atlas", model)

    def atlas_parts(self, model: str) -> list[str]:
        """Names of the jobs that share the filters of a layer; see `share`."""
        most, size = self.models[model]["filters"]["atlas"]["most"], self.settings["buckets"]["filters"]
        return [str(part) for part in range(-(-most // size))]

    def facet_layers(self, model: str) -> list[str]:
        """The layers of whose filters the facets are shown: those of the filters' sheets if the study names none."""
        return self._layers_of_filters("facets", model)

    def _layers_of_filters(self, part: str, model: str) -> list[str]:
        section = self.models[model]["filters"]
        return [str(layer) for layer in section[part].get("layers", section["layers"])]

    # training

    def training(self) -> list[str]:
        """The models that are checkpoints of one training run, in order.

        Raises
        ------
        LimelightError
            There is no model of that name.
        """
        named: list[str] = self.settings.get("training", [])
        for name in named:
            if name not in self.models:
                near = nearest(name, self.models)
                raise LimelightError(f"training: there is no model {name!r}; the nearest are {near}")
        return named

    def training_layers(self) -> list[str]:
        """The layers whose filters all checkpoints of the training run show."""
        shown = [[str(layer) for layer in self.models[name]["filters"]["layers"]] for name in self.training()]
        return [layer for layer in shown[0] if all(layer in others for others in shown[1:])] if shown else []

    def training_images(self, method: str) -> list[str]:
        """Ids of the images that the sheets of all checkpoints of the training run show."""
        shown = [self.on_sheet(method, name) for name in self.training()]
        return [name for name in shown[0] if all(name in others for others in shown[1:])] if shown else []

    # buckets

    def buckets(self, method: str, model: str) -> dict[str, tuple[str, ...]]:
        """Buckets of the images that `method` (or `predict`, which takes all) explains for `model`."""
        if (method, model) not in self._buckets:
            predict = method == "predict"
            ids = [image.id for image in self.images] if predict else self.explained(method, model)
            size = self.settings["buckets"]["predict" if predict else "explain"]
            self._buckets[method, model] = buckets(ids, size)
        return self._buckets[method, model]

    @cache  # noqa: B019 - a study lives as long as the process that parses it
    def thumbnails(self) -> dict[str, tuple[str, ...]]:
        """Buckets of all images, for the gallery's small photographs; any model's, for all look at the same files."""
        return buckets([image.id for image in self.images], THUMBNAILS)

    def exhibited_by(self, method: str, model: str) -> set[str]:
        """Ids of the images that `method` has in the gallery: the explained, and those with figures of their own."""
        return {*self.explained(method, model), *(self.shown() if method != "quality" else ())}

    @cache  # noqa: B019
    def exhibited(self, model: str) -> dict[str, tuple[str, ...]]:
        """Buckets of the images that any method explains for `model`, for the gallery's pictures of them."""
        wanted = {name for method in METHODS for name in self.exhibited_by(method, model)}
        return buckets([image.id for image in self.images if image.id in wanted], self.settings["buckets"]["explain"])

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
