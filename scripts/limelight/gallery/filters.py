"""What the gallery shows of the filters of a layer, merged from what several capabilities know of them.

Each gives what it knows of some filters; what several know of one filter lies side by side on its page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from limelight.gallery.data import write_data
from limelight.gallery.job import GalleryJob
from limelight.gallery.pictures import save_sprite, tile, tile_size
from limelight.machinery import tables
from limelight.network.layers import UnsuitedError, find_layer, read_layers
from limelight.network.photographs import Resize, load
from limelight.rooms import find
from limelight.study.files import read_json


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of a filter.

    Attributes
    ----------
    pixels : array, (H, W, 3) uint8
    group : str
        Heading under which a filter's page shows it with others of its kind; the first group is the filter's face.
    caption : str
    image : str
        Id of the photograph that it belongs to, to which it links.
    """

    pixels: np.ndarray
    group: str
    caption: str = ""
    image: str = ""


@dataclass(frozen=True)
class Filter:
    """What a capability knows of one filter; whatever it does not know stays empty.

    Attributes
    ----------
    number : int
    pictures : sequence of Picture
        The face first.
    classes : mapping
        Mean activation by class.
    top : sequence of (image id, activation)
        Photographs, strongest first.
    numbers : mapping
        Anything else, by name in words.
    place : int or None
        In an order in which filters that are alike stand together.
    rank : int
        Of several that know something, those of a low rank come first; within a rank, in the order of the catalogue.
    """

    number: int
    pictures: Sequence[Picture] = ()
    classes: Mapping[str, float] = field(default_factory=dict)
    top: Sequence[tuple[str, float]] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    place: int | None = None
    rank: int = 1

    def __or__(self, other: "Filter") -> "Filter":
        """The knowledge of both; where both know, that of the first."""
        return Filter(
            self.number,
            [*self.pictures, *other.pictures],
            self.classes or other.classes,
            self.top or other.top,
            {**other.numbers, **self.numbers},
            other.place if self.place is None else self.place,
            self.rank,
        )


@dataclass(frozen=True)
class LayerExhibit:
    """What the `layer_exhibit` of a capability is given.

    Attributes
    ----------
    layer : str
        Name of the module.
    files : mapping
        What `layer_files` of the capability names: paths.
    labels : mapping
        Class of each image that has one.
    activation : str
        Matplotlib's name of the colour map of activation maps.
    load : callable
        From ids of photographs to those that can be read, (H, W, 3) uint8 each, as the network sees them.
    """

    layer: str
    files: Mapping[str, Sequence[str]]
    labels: Mapping[str, str]
    activation: str
    load: Callable[[Sequence[str]], Mapping[str, np.ndarray]] = lambda names: {}

    def table(self, name: str) -> pd.DataFrame:
        """The rows of this layer in a table; none without the table."""
        files = self.files.get(name, ())
        if not files:
            return pd.DataFrame(columns=["layer", "filter"])
        table = tables.read(files[0])
        return table[table["layer"] == self.layer]


def merged(known: Iterable[Filter]) -> list[Filter]:
    """All that is known of each filter, in the order of their numbers."""
    filters: dict[int, Filter] = {}
    for one in sorted(known, key=lambda one: one.rank):
        filters[one.number] = filters[one.number] | one if one.number in filters else one
    return [filters[number] for number in sorted(filters)]


def write(job: GalleryJob) -> None:
    """The filters of a layer, from inputs whose names are those of a capability and of what it reads."""
    model, params = read_json(job.files["model"]), job.params
    resize = Resize.of(model["preprocessing"])
    try:
        layer = find_layer(read_layers(model), job.wildcards["layer"]).name
    except UnsuitedError as error:  # no page leads there
        return write_data(job.root, f"{job.folder}/layer.js", {"filters": [], "left_out": str(error)})

    def photographs(names: Sequence[str]) -> dict[str, np.ndarray]:
        loaded = load([params["paths"][name] for name in names], resize, skip=True)
        return {name: pixels for name, pixels in zip(names, loaded, strict=True) if pixels is not None}

    known: list[Filter] = []
    for name, (where, kinds) in params["exhibits"].items():
        files = {kind: job.paths(f"{name}.{kind}") for kind in kinds}
        exhibit = LayerExhibit(layer, files, params["labels"], params["style"]["activation"], photographs)
        known += find(where)(exhibit)
    write_layer(job.root, job.folder, merged(known))


def write_layer(root: Path, folder: str, filters: Sequence[Filter]) -> None:
    """The pictures of a layer's filters, and their data as the script `{folder}/layer.js`.

    Faces are one sprite, so that an atlas is one file; the other pictures of a filter are one for each filter.
    """
    faces = [one.pictures[0] for one in filters if one.pictures]
    data: dict[str, Any] = {"filters": [_filter(root / folder, one) for one in filters]}
    if faces:
        size = tile_size(faces[0].pixels.shape[:2])
        data["faces"] = asdict(save_sprite([tile(face.pixels, size) for face in faces], root / folder / "faces.webp"))
        places = iter(range(len(faces)))
        for one, written in zip(filters, data["filters"], strict=True):
            if one.pictures:
                written["face"] = next(places)
    write_data(root, f"{folder}/layer.js", data)


def _filter(folder: Path, one: Filter) -> dict[str, Any]:
    data: dict[str, Any] = {
        "number": one.number,
        "numbers": one.numbers,
        "classes": one.classes,
        "top": one.top,
    }
    if one.place is not None:
        data["place"] = one.place
    if one.pictures:
        # A sprite has tiles of one size, that of the largest picture: activation maps may be of a few pixels.
        size = max(tile_size(picture.pixels.shape[:2]) for picture in one.pictures)
        pixels = [tile(picture.pixels, size) for picture in one.pictures]
        data["sprite"] = asdict(save_sprite(pixels, folder / f"{one.number}.webp"))
        data["pictures"] = [
            {"group": picture.group, "caption": picture.caption, "image": picture.image} for picture in one.pictures
        ]
    return {key: value for key, value in data.items() if value or key in ("number", "place")}
