"""What the capability `saliency` declares."""

from pathlib import Path
from typing import Any

from limelight.attribution import registry
from limelight.study.costs import MAP_PASSES
from limelight.study.declaration import Capability, Jobs, Named, Wildcards, bucket_images
from limelight.study.plan import Study


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    """The attribution methods with their parameters, what they explain, the layer and the seed where one needs them."""
    section = study.models[wildcards["model"]]["saliency"]
    methods = section["methods"]
    return {
        "methods": methods,
        "classes": section["classes"],
        "layer": section.get("layer") if any(map(registry.needs_layer, methods)) else None,
        "seed": study.settings["seed"] if any(map(registry.needs_seed, methods)) else None,
    }


def _files(study: Study, wildcards: Wildcards) -> list[Path]:
    return registry.source_files(study.models[wildcards["model"]]["saliency"]["methods"])


def _named(study: Study, model: str) -> list[Named]:
    """The layer that the user names; or the default, where methods that the user asks for look at one."""
    section = study.models[model]["saliency"]
    if "layer" in section:
        return [Named(section["layer"], key=study.chosen(model, "saliency.layer"))]
    looks = any(map(registry.needs_layer, section["methods"]))
    return [Named(None, key=study.chosen(model, "saliency.methods"))] if looks else []


CAPABILITY = Capability(
    name="saliency",
    title="Saliency",
    question="which pixels change the class score?",
    section="saliency",
    explains=True,
    jobs={
        "saliency": Jobs(
            units="saliency.units:units",
            computes=["capabilities.saliency.compute"],
            settings=_settings,
            images=bucket_images("saliency"),
            passes=lambda model: MAP_PASSES * len(model["saliency"]["methods"]),
            batch=lambda model: model["saliency"]["batch"],
            files=_files,
        )
    },
    arrays=lambda study, model: study.bucket_files("saliency", model),
    of_images=lambda study, model, images: study.bucket_files("saliency", model, images),
    sheets=lambda study, model: ["saliency"],
    headings={"saliency": "Saliency: which pixels change the class score?"},
    figures=lambda study, model: ["saliency"],
    exhibit="saliency.exhibit:exhibit",
    named=_named,
)
