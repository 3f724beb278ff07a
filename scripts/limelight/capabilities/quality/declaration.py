"""What the capability `quality` declares."""

from pathlib import Path
from typing import Any

from limelight.attribution import registry
from limelight.capabilities.lime.declaration import check_masks
from limelight.study.costs import MAP_PASSES
from limelight.study.declaration import Capability, Jobs, Named, Settings, Wildcards, bucket_images
from limelight.study.errors import LimelightError
from limelight.study.image_set import Image
from limelight.study.plan import Study

SHEETS = ("overview", "curves", "cascade", "clarity", "mistakes")

LIME_KEYS = ("segmentation", "max_samples", "agreement", "top", "outputs", "kernel_width", "fill")
"""Settings of LIME that decide an explanation of one class; each photograph has a seed from the quality section."""


def sanity_images(study: Study, model: str) -> list[Image]:
    """The images of the sanity check: the first ones of the section."""
    return [study.image(name) for name in study.explained("quality", model)[: study.models[model]["quality"]["sanity"]]]


def sanity_files(study: Study, model: str) -> list[str]:
    """The file of the sanity check, below the folder of the model, if it checks any image."""
    return ["sanity/all.npz"] if sanity_images(study, model) else []


def _methods(study: Study, model: str, *keys: str) -> dict[str, Any]:
    """The methods with the parameters and the layer that they have for saliency maps, and some keys of the section."""
    settings = study.models[model]
    section, saliency = settings["quality"], settings["saliency"]
    attributed = [name for name in section["methods"] if name != "lime"]
    chosen = {
        "methods": {name: saliency["methods"].get(name, {}) for name in section["methods"]},
        "layer": saliency.get("layer") if any(map(registry.needs_layer, attributed)) else None,
        "seed": study.settings["seed"],
        **{key: section[key] for key in keys},
    }
    if key := study.chosen(model, "quality.methods"):
        chosen["chosen"] = key
    if "lime" in section["methods"]:
        chosen["lime"] = {**{key: settings["lime"][key] for key in LIME_KEYS}, "samples": section["lime_samples"]}
    return chosen


def _named(study: Study, model: str) -> list[Named]:
    """As of saliency maps, whose layer it is."""
    methods = [name for name in study.models[model]["quality"]["methods"] if name != "lime"]
    looks = "layer" not in study.models[model]["saliency"] and any(map(registry.needs_layer, methods))
    return [Named(None, key=study.chosen(model, "quality.methods"))] if looks else []


_images = bucket_images("quality")


def _lime(study: Study, wildcards: Wildcards) -> dict[str, list[str]]:
    """The explanations by LIME of the images of a job."""
    model = wildcards["model"]
    if "lime" not in study.models[model]["quality"]["methods"]:
        return {}
    buckets = study.buckets_of("lime", model, [image.id for image in _images(study, wildcards)])
    return {"lime": [f"<study>/{model}/lime/{bucket}.npz" for bucket in buckets]}


def _files(study: Study, wildcards: Wildcards) -> list[Path]:
    methods = study.models[wildcards["model"]]["quality"]["methods"]
    return registry.source_files([*(name for name in methods if name != "lime"), *registry.BASELINES])


def _map_passes(model: Settings) -> int:
    """Forward passes for one map by each method."""
    section = model["quality"]
    return sum(section["lime_samples"] if name == "lime" else MAP_PASSES for name in section["methods"])


def _quality_passes(model: Settings) -> int:
    section = model["quality"]
    # Two curves, of which each step takes as many passes as there are orders of equal values, four at most.
    return _map_passes(model) * (section["samples"] + 2) + 8 * section["steps"] * len(section["methods"])


def _sanity_passes(model: Settings) -> int:
    return _map_passes(model) * (model["quality"]["cascade"] + 1) * model["quality"]["sanity"]


def _arrays(study: Study, model: str) -> list[str]:
    files = study.bucket_files("quality", model)
    return [*files, *sanity_files(study, model)]


def _tables(study: Study, model: str) -> list[str]:
    return ["quality", "clarity", "correlations"] if study.explained("quality", model) else []


def _sheets(study: Study, model: str) -> list[str]:
    return [f"quality/{sheet}" for sheet in SHEETS if sheet != "cascade" or sanity_files(study, model)]


def _check(study: Study, model: str) -> None:
    section, size = study.models[model]["quality"], study.models[model]["preprocessing"]["size"]
    height, width = (size, size) if isinstance(size, int) else size
    if section["steps"] > height * width:
        raise LimelightError(
            f"models.{model}.quality.steps: {section['steps']} is more than the {height} x {width} pixels of the "
            "network's input; expected a share of the pixels for each step"
        )
    if "lime" in section["methods"]:
        check_masks(study, model, "quality")


COMPUTES = ("capabilities.quality.measure", "capabilities.quality.of_lime")


def _page_files(study: Study, model: str) -> dict[str, list[str]]:
    """The tables, the arrays and the sanity check; nothing of a model whose explanations are not measured."""
    if not study.explained("quality", model):
        return {}
    tables = {table: [f"{table}.csv"] for table in _tables(study, model)}
    return {**tables, "arrays": study.bucket_files("quality", model), "sanity": sanity_files(study, model)}


CAPABILITY = Capability(
    name="quality",
    title="Quality",
    question="how reliable are the explanations?",
    section="quality",
    explains=True,
    jobs={
        "quality": Jobs(
            units="quality.units:quality",
            computes=COMPUTES,
            settings=lambda study, wildcards: _methods(study, wildcards["model"], "steps", "noise", "samples"),
            images=_images,
            passes=_quality_passes,
            batch=lambda model: model["quality"]["batch"],
            regions=True,
            needs=_lime,
            files=_files,
        ),
        "sanity": Jobs(
            units="quality.units:sanity",
            computes=COMPUTES,
            settings=lambda study, wildcards: _methods(study, wildcards["model"], "cascade"),
            images=lambda study, wildcards: sanity_images(study, wildcards["model"]),
            passes=_sanity_passes,
            count=lambda study, wildcards: 1,
            batch=lambda model: model["quality"]["batch"],
            regions=True,
            files=_files,
        ),
    },
    arrays=_arrays,
    of_images=lambda study, model, images: study.bucket_files("quality", model, images),
    tables=_tables,
    sheets=_sheets,
    headings={"quality": "Quality: how reliable are the explanations?"},
    exhibit="quality.exhibit:exhibit",
    check=_check,
    named=_named,
    pages="quality.pages:pages",
    page_files=_page_files,
)
