"""What is known of one image of one model? Its explanations as pictures and as data.

A job makes those of a bucket. Each image is a number within it, in whose name no character of an id can do harm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from limelight.attribution.registry import BASELINES, signed
from limelight.figures.methods import spoken
from limelight.gallery.data import write_data
from limelight.gallery.pictures import Colours, coloured, framed, save_maps, save_sprite, save_webp, tile, tile_size
from limelight.machinery import arrays
from limelight.network.photographs import Resize
from limelight.study.errors import LimelightError

MOST_CLASSES = 12
"""Classes of one LIME explanation that a page shows at the most."""

Found = Mapping[str, Mapping[str, np.ndarray]]
"""Arrays by unit and by name."""


@dataclass(frozen=True)
class Part:
    """What one method has found for a bucket: arrays and reasons of failures by unit, and what made them."""

    found: Found
    failed: Mapping[str, str]
    made: Mapping[str, Any]
    keys: Mapping[str, str]

    @classmethod
    def read(cls, paths: Iterable[str | Path], images: Sequence[str]) -> "Part":
        """From some files of a method, what they say of `images`."""
        found: dict[str, dict[str, np.ndarray]] = {}
        failed: dict[str, str] = {}
        keys: dict[str, str] = {}
        made: dict[str, Any] = {}
        wanted = set(images)
        for path in paths:
            index = arrays.read_index(path)
            units = [unit for unit in index.digests if unit.partition("/")[0] in wanted]
            found |= arrays.read([path], units)
            failed |= {unit: why for unit, why in index.failed.items() if unit.partition("/")[0] in wanted}
            keys |= {unit: index.keys[unit] for unit in units if unit in index.keys}
            made = arrays.read_provenance(path)
        return cls(found, failed, made, keys)

    def of(self, image: str) -> "Part":
        """What it says of one image, by what follows its id in the unit's name."""
        own, start = len(image), image + "/"

        def cut(units: Mapping[str, Any]) -> dict[str, Any]:
            return {u[own:].lstrip("/"): value for u, value in units.items() if u == image or u.startswith(start)}

        return Part(cut(self.found), cut(self.failed), self.made, cut(self.keys))


def write_images(
    root: Path,
    folder: str,
    images: Sequence[tuple[str, str | None, str]],
    classes: Sequence[str],
    parts: Mapping[str, Part],
    layers: Mapping[str, Part],
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
    parts
        What has been found, by method: `saliency`, `lime`, `dream`, `quality`.
    layers
        What the filters have found, by layer.
    resize
        Of the model's preprocessing.
    colours
        Of attributions.
    activation
        Matplotlib's name of the colour map of activation maps.
    """
    for number, (image, label, path) in enumerate(images):
        own = {method: part.of(image) for method, part in parts.items()}
        seen = {layer: part.of(image) for layer, part in layers.items()}
        shown = _Image(root / folder, str(number))
        try:
            photograph = framed(path, resize)
        except LimelightError as error:
            write_data(root, f"{folder}/{number}.js", {"image": image, "unreadable": str(error)})
            continue
        save_webp(photograph, root / folder / f"{number}.webp")
        said = {
            "image": image,
            "photograph": {"file": f"{number}.webp", "width": photograph.width, "height": photograph.height},
            "maps": shown.maps(own, colours),
            "lime": _lime(own["lime"], classes, label) if "lime" in own else None,
            "dream": shown.dream(own["dream"]) if "dream" in own else None,
            "filters": shown.filters(seen, activation),
            "failed": _failures({**own, **{f"filters of {layer}": part for layer, part in seen.items()}}),
            "made": {
                name: {"parameters": part.made.get("parameters"), "units": part.keys}
                for name, part in {**own, **{f"filters/{layer}": part for layer, part in seen.items()}}.items()
                if part.keys
            },
        }
        write_data(root, f"{folder}/{number}.js", {key: value for key, value in said.items() if value})


@dataclass(frozen=True)
class _Image:
    """Where the pictures of one image go."""

    folder: Path
    name: str

    def maps(self, parts: Mapping[str, Part], colours: Colours) -> dict[str, Any] | None:
        """Each attribution: those of the study's saliency section, then what the quality section looked at beside."""
        listed: list[dict[str, Any]] = []
        maps: list[np.ndarray] = []
        seen: set[str] = set()
        for section, own in (("saliency", "label"), ("quality", "map")):
            for method, found in parts[section].found.items() if section in parts else ():
                if method in seen or method == "lime":
                    continue
                for name, of in ((own, "label"), ("predicted", "predicted")):
                    if name in found and np.ndim(found[name]) == 2:
                        listed.append(
                            {
                                "method": method,
                                "title": spoken(method),
                                "of": of,
                                "signed": signed(method) or bool((found[name] < 0).any()),
                                "baseline": method in BASELINES,
                                "zero": not np.nan_to_num(found[name]).any(),
                                "from": section,
                                "numbers": _numbers(found, name),
                            }
                        )
                        maps.append(found[name])
            seen |= {entry["method"] for entry in listed}
        if not maps:
            return None
        sprite = save_maps(maps, [entry["signed"] for entry in listed], colours, self.folder / f"{self.name}.maps.png")
        return {"sprite": asdict(sprite), "list": listed}

    def dream(self, part: Part) -> dict[str, Any] | None:
        """The recorded iterations of the deep dream that starts from the image."""
        found = part.found.get("")
        if found is None:
            return None
        sprite = save_sprite(list(found["frames"]), self.folder / f"{self.name}.dream.webp")
        return {
            "sprite": asdict(sprite),
            "iterations": found["iterations"],
            "scores": found["scores"],
            **{key: part.made["parameters"][key] for key in ("layer", "filter") if key in part.made["parameters"]},
        }

    def filters(self, layers: Mapping[str, Part], activation: str) -> dict[str, Any] | None:
        """Of each layer and filter the activation map, and what ascent makes of the image."""
        pictures: list[np.ndarray] = []
        rows = []
        first = next((part.found[unit] for part in layers.values() for unit in part.found if unit), None)
        size = None if first is None else tile_size(first["frames"].shape[1:3])
        for layer, part in layers.items():
            maps = part.found.get("", {}).get("maps")
            if maps is None:
                continue
            size = size or tile_size([max(maps.shape[1], 64), max(maps.shape[2], 64)])
            cells = []
            for row, number in enumerate(part.made["parameters"]["filters"]):
                cell = {"filter": number, "mean": float(maps[row].mean()), "map": len(pictures)}
                pictures.append(tile(coloured(maps[row], activation), size))
                if str(number) in part.found:
                    ascent = part.found[str(number)]
                    cell |= {"ascent": len(pictures), "score": ascent["scores"][-1]}
                    pictures.append(tile(ascent["frames"][-1], size))
                cells.append(cell)
            rows.append({"layer": layer, "cells": cells})
        if not pictures:
            return None
        sprite = save_sprite(pictures, self.folder / f"{self.name}.filters.webp")
        return {"sprite": asdict(sprite), "layers": rows}


def _numbers(found: Mapping[str, np.ndarray], map_name: str) -> dict[str, float]:
    """Numbers that a method gives beside its map, such as the completeness error of integrated gradients."""
    start = f"{map_name}."
    return {
        name.removeprefix(start).replace("_", " "): float(value)
        for name, value in found.items()
        if name.startswith(start) and np.ndim(value) == 0
    }


def _lime(part: Part, names: Sequence[str], label: str | None) -> dict[str, Any] | None:
    """Superpixels as runs of labels, row by row, and their weights for the most probable classes and the label."""
    found = part.found.get("")
    if found is None:
        return None
    segments, explained = found["segments"], [names[int(number)] for number in found["classes"]]
    flat = segments.ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=flat[0] - 1))
    runs = np.stack([flat[starts], np.diff(starts, append=flat.size)], axis=1)
    order = np.argsort(-found["probabilities"], kind="stable")
    chosen = [row for place, row in enumerate(order) if place < MOST_CLASSES or explained[row] == label]
    return {
        "height": segments.shape[0],
        "width": segments.shape[1],
        "runs": runs.ravel(),
        "samples": found["samples"],
        "all": len(explained),
        "classes": [
            {
                "class": explained[row],
                "probability": found["probabilities"][row],
                "r2": found["r2"][row],
                "halves": found["halves"][row],
                "local": found["local_prediction"][row],
                "weights": found["weights"][row],
            }
            for row in chosen
        ],
    }


def _failures(parts: Mapping[str, Part]) -> list[dict[str, str]]:
    return [
        {"section": section, "unit": unit, "reason": reason}
        for section, part in parts.items()
        for unit, reason in part.failed.items()
    ]
