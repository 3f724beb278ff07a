"""What the gallery shows of an image: the input of the `exhibit` of a capability, and the files of a bucket.

Each image is a number within its bucket, in whose name no character of an id can do harm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from limelight.attribution.registry import BASELINES, signed
from limelight.figures.methods import spoken
from limelight.gallery.data import write_data
from limelight.gallery.job import GalleryJob
from limelight.gallery.pictures import Colours, framed, save_maps, save_sprite, save_webp
from limelight.machinery import arrays
from limelight.machinery.arrays import ArraysByItem
from limelight.machinery.items import Item
from limelight.network.photographs import Resize
from limelight.rooms import find
from limelight.study.errors import LimelightError
from limelight.study.files import read_json

Value = TypeVar("Value")


@dataclass(frozen=True)
class Results:
    """What some files hold: arrays, reasons of failures, keys in the store, and the record of what made each item.

    left_out: what the network cannot do of the defaults.
    """

    arrays: ArraysByItem = field(default_factory=dict)
    failed: Mapping[Item, str] = field(default_factory=dict)
    keys: Mapping[Item, str] = field(default_factory=dict)
    records: Mapping[Item, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Sequence[str] = ()

    @classmethod
    def read(cls, paths: Sequence[str | Path], images: Iterable[str]) -> "Results":
        """What the files hold of some images."""
        names = set(images)
        everything: dict[Item, dict[str, np.ndarray]] = {}
        failed: dict[Item, str] = {}
        keys: dict[Item, str] = {}
        records: dict[Item, Mapping[str, Any]] = {}
        for path in paths:
            index, record = arrays.read_index(path), arrays.read_provenance(path)
            items = [item for item in index.items if item.image in names]
            everything |= arrays.read([path], set(items))
            failed |= {item: reason for item, reason in index.failed.items() if item.image in names}
            keys |= {item: index.keys[item] for item in items if item in index.keys}
            records |= dict.fromkeys(items, record)
        return cls(everything, failed, keys, records, arrays.left_out(paths))

    def of(self, image: str) -> "Results":
        """What they hold of one image."""
        return Results(
            _of(image, self.arrays), _of(image, self.failed), _of(image, self.keys), _of(image, self.records)
        )

    def made(self) -> list[dict[str, Any]]:
        """What made them, for the page: parameters, and the keys of those that these made."""
        made: list[dict[str, Any]] = []
        for item, key in self.keys.items():
            parameters = self.records[item].get("parameters")
            known = next((one for one in made if one["parameters"] == parameters), None)
            if known is None:
                made.append(known := {"parameters": parameters, "units": {}})
            known["units"][str(item)] = key
        return made


def _of(image: str, values: Mapping[Item, Value]) -> dict[Item, Value]:
    return {item: value for item, value in values.items() if item.image == image}


@dataclass(frozen=True, eq=False)
class AttributionMap:
    """A map over the pixels of a photograph.

    Attributes
    ----------
    method : str
        Attribution method.
    of : str
        Whose score it explains: `label` or `predicted`.
    values : array, (H, W) float
    numbers : mapping
        What the method says beside it, by name in words.
    layer : str or None
        The layer that the method looks at, if it does.
    """

    method: str
    of: str
    values: np.ndarray
    numbers: Mapping[str, float] = field(default_factory=dict)
    layer: str | None = None

    @property
    def signed(self) -> bool:
        """Whether it is signed; for a user's own method, whether it has negative values."""
        return signed(self.method) or bool((self.values < 0).any())


@dataclass(frozen=True)
class ImageExhibit:
    """What a capability knows of one image of a model, and where its pictures go.

    Attributes
    ----------
    image, label : str
    classes : sequence of str
        Of the model.
    results : Results
        What the arrays of the capability hold of the image.
    before : mapping
        What earlier capabilities of the catalogue show of the image, by their names.
    colours : Colours
        Of attributions.
    activation : str
        Matplotlib's name of the colour map of activation maps.
    folder : Path
    name : str
        With which the names of its pictures begin.
    """

    image: str
    label: str | None
    classes: Sequence[str]
    results: Results
    before: Mapping[str, Any]
    colours: Colours
    activation: str
    folder: Path
    name: str

    @property
    def arrays(self) -> ArraysByItem:
        """The arrays, by item and name."""
        return self.results.arrays

    def pictures(self, pictures: Sequence[np.ndarray]) -> dict[str, Any]:
        """Save pictures, (H, W, 3) uint8 of one size, as one file; what `views.tile` of the pages takes."""
        return asdict(save_sprite(pictures, self.folder / f"{self.name}.webp"))

    def maps(self, maps: Sequence[AttributionMap]) -> dict[str, Any] | None:
        """Save maps; as `maps` of an exhibit the page lays them over the photograph. None without any.

        A method whose maps an earlier capability shows is left out.
        """
        earlier = {one["method"] for data in self.before.values() for one in (data.get("maps") or {"list": ()})["list"]}
        maps = [one for one in maps if one.method not in earlier]
        if not maps:
            return None
        path = self.folder / f"{self.name}.maps.png"
        sprite = save_maps([one.values for one in maps], [one.signed for one in maps], self.colours, path)
        return {
            "sprite": asdict(sprite),
            "list": [
                {
                    "method": one.method,
                    "title": spoken(one.method),
                    "layer": one.layer,
                    "of": one.of,
                    "signed": one.signed,
                    "baseline": one.method in BASELINES,
                    "zero": not np.nan_to_num(one.values).any(),
                    "numbers": dict(one.numbers),
                }
                for one in maps
            ],
        }


Exhibitor = Callable[[ImageExhibit], Mapping[str, Any] | None]
"""The function of a capability: data for its view, as JSON; None if there is nothing to show."""


def write(job: GalleryJob) -> None:
    """Pictures and data of the images of a bucket, from the inputs that have the names of capabilities."""
    model, style = read_json(job.files["model"]), job.params["style"]
    images = job.params["images"]
    names = [image for image, *_ in images]
    rooms = {
        name: (find(where), Results.read(job.paths(name), names)) for name, where in job.params["exhibits"].items()
    }
    write_images(
        job.root,
        job.folder,
        images,
        model["classes"],
        rooms,
        Resize.of(model["preprocessing"]),
        Colours(style["saliency"], style["signed"]),
        style["activation"],
    )


def write_images(
    root: Path,
    folder: str,
    images: Sequence[tuple[str, str | None, str]],
    classes: Sequence[str],
    rooms: Mapping[str, tuple[Exhibitor, Results]],
    resize: Resize,
    colours: Colours,
    activation: str,
) -> None:
    """Pictures and data of the images of a bucket.

    Parameters
    ----------
    root
        Of the gallery.
    folder
        Of the bucket, below `root`.
    images
        Id, label and file of each, in order; image number n is shown by the script `{folder}/{n}.js`.
    classes
        Of the model.
    rooms
        By the name of a capability its function and what its arrays hold.
    resize
        Of the model's preprocessing.
    colours
        Of attributions.
    activation
        Matplotlib's name of the colour map of activation maps.
    """
    for number, (image, label, path) in enumerate(images):
        try:
            photograph = framed(path, resize)
        except LimelightError as error:
            write_data(root, f"{folder}/{number}.js", {"image": image, "unreadable": str(error)})
            continue
        save_webp(photograph, root / folder / f"{number}.webp")
        results = {name: everything.of(image) for name, (_, everything) in rooms.items()}
        exhibits: dict[str, Any] = {}
        for name, (exhibitor, _) in rooms.items():
            exhibit = ImageExhibit(
                image,
                label,
                classes,
                results[name],
                dict(exhibits),
                colours,
                activation,
                root / folder,
                f"{number}.{name}",
            )
            if data := exhibitor(exhibit):
                exhibits[name] = data
        data = {
            "image": image,
            "photograph": {"file": f"{number}.webp", "width": photograph.width, "height": photograph.height},
            "exhibits": exhibits,
            "failed": [
                {"section": name, "unit": str(replace(item, image=None)), "reason": reason}
                for name, one in results.items()
                for item, reason in one.failed.items()
            ],
            "left_out": [
                {"section": name, "reason": reason} for name, (_, one) in rooms.items() for reason in one.left_out
            ],
            "made": {name: made for name, one in results.items() if (made := one.made())},
        }
        write_data(root, f"{folder}/{number}.js", {key: value for key, value in data.items() if value})
