"""What is known of the filters of a layer? Put together from whatever has looked at them.

Each *source* reads its own files, if the study has any, and gives what it knows of some filters; what several say of
one filter lies side by side on its page. A new source is a function in `SOURCES` and a named input of the rule.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from limelight.analysis import facets_of
from limelight.gallery.data import write_data
from limelight.gallery.pictures import coloured, save_sprite, tile, tile_size
from limelight.machinery import arrays, tables

TOP = 8
"""Photographs of a filter that are shown, those that it answers to most."""


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
    """What a source knows of one filter; whatever it does not know stays empty.

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
    """

    number: int
    pictures: Sequence[Picture] = ()
    classes: Mapping[str, float] = field(default_factory=dict)
    top: Sequence[tuple[str, float]] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    place: int | None = None

    def __or__(self, other: "Filter") -> "Filter":
        """Both sources' knowledge; where both know, the first one's."""
        return Filter(
            self.number,
            [*self.pictures, *other.pictures],
            self.classes or other.classes,
            self.top or other.top,
            {**other.numbers, **self.numbers},
            other.place if self.place is None else self.place,
        )


@dataclass(frozen=True)
class Layer:
    """What the sources may look at.

    Attributes
    ----------
    name : str
        As the tables of the model have it.
    files : mapping
        Paths by what they are: arrays `noise`, `facets` and `photographs`; tables `atlas`, `top` and `tuning`.
    labels : mapping
        Class of each image that has one.
    activation : str
        Matplotlib's name of the colour map of activation maps.
    load : callable
        From ids of photographs to those that can be read, (H, W, 3) uint8 each, as the network sees them.
    """

    name: str
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
        return table[table["layer"] == self.name]


def from_noise(layer: Layer) -> Iterator[Filter]:
    """What gradient ascent makes of noise."""
    units = {unit: found for unit, found in arrays.read(layer.files.get("noise", ())).items() if unit.isdecimal()}
    for unit, found in units.items():
        score = float(found["scores"][-1])
        iterations = int(found["iterations"][-1])
        face = Picture(found["frames"][-1], "Ascent from noise", f"{iterations} iterations, activation {score:.3g}")
        yield Filter(int(unit), [face], numbers={"activation after ascent from noise": score})


def from_facets(layer: Layer) -> Iterator[Filter]:
    """What else excites it."""
    found = arrays.read(layer.files.get("facets", ()))
    for unit, together in found.items():
        apart = facets_of(unit, found).values()
        group = "Facets: ascents from noise, kept apart"
        pictures = [Picture(one["frames"][-1], group, f"activation {one['activations']:.3g}") for one in apart]
        yield Filter(int(unit), pictures, numbers={"likeness of its facets": float(together["likeness"].mean())})


def from_photographs(layer: Layer) -> Iterator[Filter]:
    """How strongly the explained photographs excite it, where in them, and what ascent makes of the strongest."""
    paths = layer.files.get("photographs", ())
    if not paths:
        return
    units = [unit for path in paths for unit in arrays.read_index(path).digests]
    maps = {image: found["maps"] for image, found in arrays.read(paths, [u for u in units if "/" not in u]).items()}
    if not maps:
        return
    numbers = arrays.read_provenance(paths[0])["parameters"]["filters"]
    images = list(maps)
    means = np.array([maps[image].mean((1, 2)) for image in images])
    ranked = np.argsort(-means, axis=0, kind="stable")[:TOP]
    wanted = {f"{images[image]}/{number}" for row, number in enumerate(numbers) for image in ranked[:, row]}
    ascents = arrays.read(paths, wanted)
    for row, number in enumerate(numbers):
        top = [images[image] for image in ranked[:, row]]
        pictures = [
            Picture(
                coloured(maps[image][row], layer.activation),
                "Where photographs excite it",
                f"{image}: {maps[image][row].mean():.3g}",
                image,
            )
            for image in top
        ]
        pictures += [
            Picture(ascents[unit]["frames"][-1], "Ascent from photographs", f"{image}: {score:.3g}", image)
            for image in top
            if (unit := f"{image}/{number}") in ascents
            for score in [float(ascents[unit]["scores"][-1])]
        ]
        by_class: dict[str, list[float]] = {}
        for image, mean in zip(images, means[:, row], strict=True):
            if image in layer.labels:
                by_class.setdefault(layer.labels[image], []).append(float(mean))
        yield Filter(
            number,
            pictures,
            {name: float(np.mean(values)) for name, values in by_class.items()},
            [(images[image], float(means[image, row])) for image in ranked[:, row]],
        )


def from_top(layer: Layer) -> Iterator[Filter]:
    """The photographs of the whole image set that excite it most, and the patches of them that do."""
    table = layer.table("top")
    photographs = layer.load(list(dict.fromkeys(table["image"]))) if len(table) else {}
    for number, rows in table.groupby("filter"):
        patches = [
            Picture(
                photographs[row.image][row.top : row.bottom, row.left : row.right],
                "Patches of photographs that excite it most",
                f"{row.image}: {row.activation:.3g}",
                row.image,
            )
            for row in rows.itertuples()
            if row.image in photographs
        ]
        yield Filter(int(str(number)), patches, top=list(zip(rows["image"], rows["activation"], strict=True)))


def from_tables(layer: Layer) -> Iterator[Filter]:
    """Its place among filters that are alike, and what it is tuned to."""
    cells = layer.table("atlas")
    for place, number in enumerate(cells.sort_values(["row", "column"])["filter"] if len(cells) else ()):
        yield Filter(int(number), place=place)
    for row in layer.table("tuning").to_dict("records"):
        known = {words: float(row[column]) for column, words in TUNING.items() if not math.isnan(row[column])}
        yield Filter(int(row["filter"]), numbers=known)


TUNING = {
    "frequency": "spatial frequency, cycles a pixel",
    "orientation": "orientation, degrees",
    "selectivity": "orientation selectivity, 0 to 1",
}
"""Columns of `tuning.csv`, in words."""


SOURCES: tuple[Callable[[Layer], Iterable[Filter]], ...] = (
    from_noise,
    from_facets,
    from_top,
    from_photographs,
    from_tables,
)
"""Each yields what it knows, nothing where its files are not there; the first that has a picture gives the face."""


def filters_of(layer: Layer) -> list[Filter]:
    """All that is known of each filter, in the order of their numbers."""
    known: dict[int, Filter] = {}
    for source in SOURCES:
        for found in source(layer):
            known[found.number] = known[found.number] | found if found.number in known else found
    return [known[number] for number in sorted(known)]


def write_layer(root: Path, folder: str, layer: Layer) -> None:
    """The pictures of a layer's filters, and their data as the script `{folder}/layer.js`.

    Faces are one sprite, so that an atlas is one file; the other pictures of a filter are one for each filter.
    """
    filters = filters_of(layer)
    faces = [one.pictures[0] for one in filters if one.pictures]
    said: dict[str, Any] = {"filters": [_filter(root / folder, one) for one in filters]}
    if faces:
        size = tile_size(faces[0].pixels.shape[:2])
        said["faces"] = asdict(save_sprite([tile(face.pixels, size) for face in faces], root / folder / "faces.webp"))
        places = iter(range(len(faces)))
        for one, filled in zip(filters, said["filters"], strict=True):
            if one.pictures:
                filled["face"] = next(places)
    write_data(root, f"{folder}/layer.js", said)


def _filter(folder: Path, one: Filter) -> dict[str, Any]:
    said: dict[str, Any] = {
        "number": one.number,
        "numbers": one.numbers,
        "classes": one.classes,
        "top": one.top,
    }
    if one.place is not None:
        said["place"] = one.place
    if one.pictures:
        # A sprite has tiles of one size, that of the largest picture: activation maps may be of a few pixels.
        size = max(tile_size(picture.pixels.shape[:2]) for picture in one.pictures)
        pixels = [tile(picture.pixels, size) for picture in one.pictures]
        said["sprite"] = asdict(save_sprite(pixels, folder / f"{one.number}.webp"))
        said["pictures"] = [
            {"group": picture.group, "caption": picture.caption, "image": picture.image} for picture in one.pictures
        ]
    return {key: value for key, value in said.items() if value or key in ("number", "place")}
