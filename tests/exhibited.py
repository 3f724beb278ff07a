"""Galleries made from synthetic tables and arrays, without a network and without Snakemake."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from limelight.capabilities.predictions.tables import class_table, confusion, prediction_table
from limelight.gallery.exhibit import Exhibitor, Results, write_images
from limelight.gallery.filters import Filter, LayerExhibit, merged, write_layer
from limelight.gallery.pages import ModelFiles, PageFiles, Pages
from limelight.gallery.pictures import Colours, save_webp, thumbnail
from limelight.gallery.site import Gallery, LayerPage, ModelPages, write_site
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.network.photographs import Resize
from limelight.rooms import find

EXHIBITS = ("saliency", "filters", "lime", "dream", "quality")
LAYER_EXHIBITS = ("filters", "facets", "layers")
SCRIPT = "<script>document.title='run'</script>"
CLASSES = [SCRIPT, '麵包 & "bread"', "../up/🍜 it's", "50% #1?"]
IMAGES = ["plain_0", "麵包_1", "a#b?c%20d", 'it\'s "q" <b>', "../up", "last_5"]
SIZE = 24
COLOURS = Colours("inferno", "RdBu_r")
METHODS = ("gradient", "occlusion")
PREPROCESSING = {"size": SIZE, "resize": "squash", "interpolation": "bilinear", "mean": [0, 0, 0]}


def record(name: str) -> dict:
    return {
        "model": name,
        "factory": "net.py:build",
        "checkpoint": f"{name}.pth",
        "checkpoint_sha256": "0123456789abcdef" * 4,
        "parameters": 12345,
        "preprocessing": PREPROCESSING,
        "classes": CLASSES,
    }


def predictions(images: list[str], shift: int = 0, labelled: bool = True) -> pd.DataFrame:
    """Of every third image another class than the label is the most probable."""
    count = len(CLASSES)
    labels = [CLASSES[k % count] if labelled else None for k in range(len(images))]
    values = np.full((len(images), count), 0.1, np.float32)
    for k in range(len(images)):
        values[k, (k + (k % 3 == shift)) % count] = 0.7
    return prediction_table(images, labels, CLASSES, values)


def photographs(folder: Path, images: list[str]) -> list[tuple[str, str, str]]:
    """Id, label and file of images."""
    folder.mkdir(parents=True)
    rows = []
    for k, image in enumerate(images):
        path = folder / f"{k}.png"
        pixels = np.random.default_rng(k).integers(0, 255, (5, 6, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((60, 50)).save(path)
        rows.append((image, CLASSES[k % len(CLASSES)], str(path)))
    return rows


def results(folder: Path, images: list[str], seed: int) -> tuple[dict[str, Results], list[str], list[str]]:
    """What every capability would have, through files as jobs write them; saliency of the last image has failed."""
    rng = np.random.default_rng(seed)
    maps = {name: rng.normal(size=(SIZE, SIZE)).astype(np.float32) for name in ("a", "b", "c")}
    segments = np.add.outer(np.arange(SIZE) // 8, 3 * (np.arange(SIZE) // 8)).astype(np.int32)
    frames = rng.integers(0, 255, (3, SIZE, SIZE, 3), dtype=np.uint8)
    ascent = {"iterations": np.array([0, 5, 10]), "frames": frames, "scores": np.array([0.1, 0.5, 0.7], np.float32)}
    whole = len(CLASSES)
    items = {
        "saliency": {
            Item(image=image, method=method): {
                "label": np.abs(maps["a"]) if method == "gradient" else maps["b"],
                "predicted": np.abs(maps["c"]),
                "label.completeness_error": np.float32(0.01),
            }
            for image in images[:-1]
            for method in METHODS
        },
        "quality": {
            Item(image=image, method=method): {"map": np.abs(maps["c"])}
            for image in images
            for method in ("gradient", "edges")
        },
        "lime": {
            Item(image=image): {
                "segments": segments,
                "classes": np.arange(whole),
                "weights": rng.normal(size=(whole, 9)),
                "probabilities": np.array([0.7, 0.1, 0.1, 0.1]),
                "r2": np.full(whole, 0.8),
                "halves": np.full(whole, 0.6),
                "local_prediction": np.full(whole, 0.5),
                "samples": np.array(100),
            }
            for image in images
        },
        "dream": {Item(image=image, layer="conv", filter=3): ascent for image in images},
        "filters": {
            **{Item(image=image, layer="conv"): {"maps": rng.normal(size=(2, 6, 6))} for image in images},
            **{Item(image=image, layer="conv", filter=number): ascent for image in images for number in (0, 3)},
        },
        "noise": {Item(layer="conv", filter=number): ascent for number in (0, 3)},
    }
    files = {}
    for name, arrays_of in items.items():
        files[name] = folder / f"{name}.npz"
        made = {"parameters": {"filters": [0, 3]}, "versions": [{"torch": "2.11"}]}
        failed = {Item(image=images[-1], method="gradient"): "not finite <b>"} if name == "saliency" else {}
        arrays.write(files[name], arrays_of, made, dict.fromkeys(arrays_of, "key"), failed)
    read = {name: Results.read([files[name]], images) for name in EXHIBITS}
    return read, [str(files["noise"])], [str(files["filters"])]


def quality(images: list[str], name: str) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = [
        (image, name, method, metric, rng.random())
        for method in (*METHODS, "lime", "random", "edges")
        for image in images
        for metric in ("deletion", "insertion", "relevance_rank", "gini", *(["r2"] if method == "lime" else []))
    ]
    return pd.DataFrame(rows, columns=["image", "model", "method", "metric", "value"])


def model(name: str, shift: int = 0, explained: tuple[str, ...] = ()) -> ModelPages:
    return ModelPages(
        record(name),
        predictions(IMAGES, shift),
        buckets={"b": list(explained)},
        layers=[LayerPage("0", 0, "conv", "Conv2d", (4, 6, 6))],
        figures={"saliency": ["saliency"], "filters": ["filters/0"]},
    )


def model_files(folder: Path, one: ModelPages, measured: bool = True) -> ModelFiles:
    """The tables and arrays that capabilities read of a model, as the workflow writes them."""
    folder.mkdir(exist_ok=True)
    classes = class_table(confusion(one.predictions))
    rows = {"classes": classes}
    if measured:
        explained = [image for names in one.buckets.values() for image in names]
        rows["quality"] = quality(explained, one.name)
        rows["clarity"] = classes.assign(relevance_rank=0.5, r2=0.25, explained=1)
        correlation = {
            "column": "r2",
            "method": "lime",
            "count": 4,
            "rho": 0.4,
            "remaining": 0.3,
            "low": np.nan,
            "high": np.nan,
            "p": 0.5,
            "given": "the probability of the label",
        }
        rows["correlations"] = pd.DataFrame([correlation])
    for what, table in rows.items():
        table.to_csv(folder / f"{what}.csv", index=False)
    files = {what: [folder / f"{what}.csv"] for what in rows}
    if measured:
        # Of the second method too little is left to compare.
        kept = {
            Item(image=image, method=method): {"fc": np.array(values), "conv": np.array(values)}
            for image in IMAGES[:3]
            for method, values in (("gradient", [0.2, 0.2, 0.3]), ("occlusion", [np.nan] * 3))
        }
        arrays.write(folder / "sanity.npz", kept, {})
        files["sanity"] = [folder / "sanity.npz"]
    return ModelFiles(one.record, one.predictions, files)


def pages(files: PageFiles) -> dict[str, Pages]:
    """What the capabilities that have pages add."""
    return {name: find(f"{name}.pages:pages")(files) for name in ("predictions", "quality", "training")}


@dataclass(frozen=True)
class Made:
    """A gallery on disk, and what it shows."""

    root: Path
    gallery: Gallery


def make_gallery(folder: Path, more: Mapping[str, Exhibitor] | None = None) -> Made:
    """Two models, every image but one explained, one failure, and names that break what takes them for code.

    `more`: what other capabilities show of images, without any arrays.
    """
    root, rows = folder / "gallery", photographs(folder / "photographs", IMAGES)
    explained = IMAGES[:2] + IMAGES[3:]
    for number, (_, _, path) in enumerate(rows):
        save_webp(thumbnail(path), root / f"thumbnails/b0/{number}.webp")
    models, files = [], {}
    for shift, name in enumerate(("net", "other.net")):
        (folder / name).mkdir()
        read, noise, of_photographs = results(folder / name, explained, shift)
        chosen = [row for row in rows if row[0] in explained]
        resize = Resize.of(PREPROCESSING)
        rooms = {room: (find(f"{room}.exhibit:exhibit"), one) for room, one in read.items()}
        rooms |= {room: (exhibit, Results()) for room, exhibit in (more or {}).items()}
        write_images(root, f"models/{name}/b", chosen, CLASSES, rooms, resize, COLOURS, "viridis")
        labels = {image: label for image, label, _ in chosen}
        (folder / name / "atlas.csv").write_text("layer,filter,row,column,similarity\nconv,0,0,1,0.5\nconv,3,0,0,0.5\n")
        sources = {"noise": noise, "photographs": of_photographs, "atlas": [str(folder / name / "atlas.csv")]}
        write_layer(root, f"models/{name}/layers/0", filters_of(LayerExhibit("conv", sources, labels, "viridis")))
        models.append(model(name, shift, tuple(explained)))
        files[name] = model_files(folder / name, models[-1])
    gallery = Gallery(
        name="tiny <b>study</b>",
        models=models,
        images=pd.DataFrame({"image": IMAGES}),
        thumbnails={"b0": IMAGES},
        settings={"study": "tiny", "seed": 0, "classes": CLASSES},
        colours=COLOURS,
        pages=pages(PageFiles(files, strips(folder / "training"))),
        skipped=[{"image": "gone", "reason": f"photographs/gone.png: {SCRIPT}"}],
        failed=[{"file": "net/saliency/b.npz", "unit": f"{IMAGES[-1]}/gradient", "reason": "not finite <b>"}],
        versions=[{"torch": "2.11"}],
        configfiles=["my study.yaml"],
        results="results/tiny",
    )
    write_site(root, gallery)
    return Made(root, gallery)


def filters_of(layer: LayerExhibit) -> list[Filter]:
    """What all capabilities know of a layer, each of its files."""
    return merged(one for room in LAYER_EXHIBITS for one in find(f"{room}.exhibit:of_layer")(layer))


def strips(folder: Path) -> list[Path]:
    """Two of a training run, wider than a screen, with their animations."""
    files = [folder / "dream.png", folder / "filters/a #1%.png"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (1900, 60), "teal").save(file)
        frames = [Image.new("RGB", (90, 60), colour) for colour in ("teal", "navy")]
        frames[0].save(file.with_suffix(".webp"), save_all=True, append_images=frames[1:])
    return files


def make_bare(folder: Path) -> Made:
    """One model, nothing but predictions, no labels."""
    root, rows = folder / "gallery", photographs(folder / "photographs", IMAGES)
    for number, (_, _, path) in enumerate(rows):
        save_webp(thumbnail(path), root / f"thumbnails/b0/{number}.webp")
    only = ModelPages(record("net"), predictions(IMAGES, labelled=False), figures={"saliency": ["saliency"]})
    files = PageFiles({"net": model_files(folder / "net", only, measured=False)})
    images, settings = pd.DataFrame({"image": IMAGES}), {"study": "bare"}
    gallery = Gallery("bare", [only], images, {"b0": IMAGES}, settings, COLOURS, pages(files))
    write_site(root, gallery)
    return Made(root, gallery)


def make_large(folder: Path, count: int) -> Made:
    """Many images, of which none is explained; all look alike."""
    images = [f"image_{number:05}" for number in range(count)]
    root = folder / "gallery"
    path = folder / "one.webp"
    save_webp(Image.new("RGB", (48, 40), "#7a9"), path)
    places = {f"b{part}": images[part * 256 : (part + 1) * 256] for part in range(-(-count // 256))}
    for bucket, names in places.items():
        (root / "thumbnails" / bucket).mkdir(parents=True)
        for number in range(len(names)):
            (root / "thumbnails" / bucket / f"{number}.webp").hardlink_to(path)
    models = [ModelPages(record(name), predictions(images)) for name in ("net", "other")]
    files = PageFiles({one.name: model_files(folder / one.name, one, measured=False) for one in models})
    table, settings = pd.DataFrame({"image": images}), {"study": "large"}
    gallery = Gallery("large", models, table, places, settings, COLOURS, pages(files), results="results/large")
    write_site(root, gallery)
    return Made(root, gallery)
