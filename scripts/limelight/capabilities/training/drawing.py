"""Filters, saliency maps or dreams over the checkpoints of one training run, as a sheet and as an animation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.saliency.sheet import SaliencyTile
from limelight.capabilities.saliency.units import item_of
from limelight.capabilities.training.sheet import Series, saliency_step, training_frames, training_sheet
from limelight.figures.ascents import ascended, in_words
from limelight.figures.drawing import Drawing
from limelight.figures.inputs import failures, figure_provenance, subjects
from limelight.figures.methods import spoken
from limelight.figures.sheet import Tile
from limelight.figures.subject import Subject, join
from limelight.machinery import arrays
from limelight.machinery.arrays import ArraysByItem
from limelight.machinery.items import Item
from limelight.study.errors import LimelightError

Animated = tuple[Figure, dict[str, Any], list[Figure]]
"""A sheet, what made it, and the frames of the animation of the same."""

CheckpointTile = Callable[[Subject, Mapping[str, Any], ArraysByItem, Mapping[Item, str]], Tile]
"""The tile of a photograph at one checkpoint, from the parameters of its arrays, these arrays and what they lack."""


def filters(drawing: Drawing) -> Animated:
    """The filters of a layer, from noise: a series for each that all checkpoints have."""
    files, series = _by_model(drawing.paths()), []
    checkpoints = drawing.params["models"]
    results = [arrays.read(files[name]) for name in checkpoints]
    failed = [failures(files[name]) for name in checkpoints]
    items = set.intersection(*({*one, *lost} for one, lost in zip(results, failed, strict=True)))
    for item in sorted(items, key=lambda item: item.filter or 0):
        steps = [_end(item, *both) for both in zip(results, failed, strict=True)]
        series.append(Series(f"filter {item.filter}", None, steps))
    settings = _parameters(files[checkpoints[-1]])
    how = f"{in_words(settings)}, {settings['noise_iterations']} iterations from the same noise."
    return _animated(drawing, series, "filters", f"filters of layer {settings['layer']} from noise", how)


def photographs(drawing: Drawing) -> Animated:
    """Saliency maps or dreams: a series for each photograph that all checkpoints have."""
    files, kind = _by_model(drawing.paths()), drawing.wildcards["kind"]
    settings = _parameters(files[drawing.params["models"][-1]])
    if kind == "saliency":

        def step(subject: Subject, made: Mapping[str, Any], results: ArraysByItem, failed: Mapping[Item, str]) -> Tile:
            method = next(iter(made["methods"]))
            item = item_of(subject.image, method, made["layer"])
            maps = results.get(item, {})
            tile = SaliencyTile(subject, maps.get("label"), maps.get("predicted"), failed.get(item, ""), method)
            return saliency_step(tile, drawing.style)

        first = next(iter(settings["methods"]))
        layer = item_of("", first, settings["layer"]).layer
        method = f"{spoken(first)}, layer {layer}" if layer else spoken(first)
        what, how = "saliency maps", f"Method: {method}; each map has its own scale."
    else:

        def step(subject: Subject, made: Mapping[str, Any], results: ArraysByItem, failed: Mapping[Item, str]) -> Tile:
            item = Item(image=subject.image, layer=made["layer"], filter=made["filter"])
            return _end(item, results, failed, scored=False)

        what = f"deep dreams on filter {settings['filter']} of layer {settings['layer']}"
        how = f"{in_words(settings)}, {max(settings['record'])} iterations."
    return _animated(drawing, _of_photographs(drawing, files, step), kind, what, how)


def _animated(drawing: Drawing, series: Sequence[Series], kind: str, what: str, how: str) -> Animated:
    """The figures of some series, with the units of each checkpoint."""
    checkpoints = drawing.params["models"]
    if not series:
        raise LimelightError(
            f"training: {', '.join(checkpoints)} have no {kind} in common; expected the same ones for all"
        )
    names = [name for name, *_ in drawing.images] or None
    made, files = drawing.made(names), _by_model(drawing.paths())
    style = drawing.params["style"]
    made["units"] = {name: figure_provenance(files[name], style, names)["units"] for name in checkpoints}
    how = join(how, drawing.left_out)
    sheet = training_sheet(series, checkpoints, title=f"Through training: {what}", subtitle=how, style=drawing.style)
    return sheet, made, training_frames(series, checkpoints, title=f"Through training, {what}", style=drawing.style)


def _of_photographs(drawing: Drawing, files: Mapping[str, Sequence[str]], step: CheckpointTile) -> list[Series]:
    """A series a photograph that all checkpoints have."""
    checkpoints, images = drawing.params["models"], {name for name, *_ in drawing.images}
    starts: dict[str, Tile] = {}
    steps: dict[str, list[Tile]] = {}
    for name, record, table in zip(checkpoints, drawing.paths("models"), drawing.paths("predictions"), strict=True):
        items = [item for path in files[name] for item in arrays.read_index(path).items if item.image in images]
        results, failed, made = arrays.read(files[name], set(items)), failures(files[name]), _parameters(files[name])
        computed = {item.image for item in (*results, *failed)}
        for subject in subjects(drawing.images, record, table, computed):
            starts.setdefault(subject.image, subject.tile())
            steps.setdefault(subject.image, []).append(step(subject, made, results, failed))
    return [Series(image, starts[image], tiles) for image, tiles in steps.items() if len(tiles) == len(checkpoints)]


def _end(item: Item, results: ArraysByItem, failed: Mapping[Item, str], scored: bool = True) -> Tile:
    """The end of an ascent at one checkpoint."""
    picture = ascended(item, results, failed)
    if isinstance(picture, str):
        return Tile(None, reason=picture)
    return Tile(picture, caption=f"activation {results[item]['scores'][-1]:.3g}" if scored else "")


def _by_model(paths: Sequence[str]) -> dict[str, list[str]]:
    """Files by the model that they belong to, as the files themselves say."""
    files: dict[str, list[str]] = {}
    for path in paths:
        files.setdefault(arrays.read_provenance(path)["model"]["model"], []).append(path)
    return files


def _parameters(paths: Sequence[str]) -> dict[str, Any]:
    parameters: dict[str, Any] = arrays.read_provenance(paths[0])["parameters"]
    return parameters
