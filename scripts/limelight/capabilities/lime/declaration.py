"""What the capability `lime` declares."""

from typing import Any

from limelight.study.declaration import Capability, Jobs, Settings, Wildcards, bucket_images
from limelight.study.errors import LimelightError
from limelight.study.plan import Study

KEYS = (
    *("segmentation", "samples", "max_samples", "agreement", "top", "repetitions"),
    *("outputs", "kernel_width", "fill", "classes", "seed"),
)
"""Keys of the `lime` section that decide an explanation."""


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    section = study.models[wildcards["model"]]["lime"]
    return {**{key: section[key] for key in KEYS if key in section}, "study_seed": study.settings["seed"]}


def _passes(model: Settings) -> float:
    section = model["lime"]
    samples = section["max_samples"] if section["samples"] == "auto" else section["samples"]
    return int(samples) * int(section["repetitions"])


def check_masks(study: Study, model: str, section: str) -> None:
    """Raise a LimelightError if LIME is to take its superpixels from masks, and images that it explains have none."""
    if study.models[model]["lime"]["segmentation"]["method"] != "mask":
        return
    explained = study.explained(section, model)
    without = [name for name in explained if not study.image(name).mask]
    if without:
        raise LimelightError(
            f"models.{model}.lime.segmentation.method: mask, but {len(without)} of {len(explained)} images of "
            f"{section} have no mask, first {without[0]}; expected images.masks, or a column mask of their table"
        )


CAPABILITY = Capability(
    name="lime",
    title="LIME",
    question="which regions support or contradict a class?",
    section="lime",
    explains=True,
    jobs={
        "lime": Jobs(
            units="lime.units:units",
            computes=["capabilities.lime.compute"],
            settings=_settings,
            images=bucket_images("lime"),
            passes=_passes,
            batch=lambda model: model["lime"]["batch"],
            regions=True,
        )
    },
    arrays=lambda study, model: study.bucket_files("lime", model),
    of_images=lambda study, model, images: study.bucket_files("lime", model, images),
    sheets=lambda study, model: ["lime"],
    headings={"lime": "LIME: which regions support or contradict a class?"},
    figures=lambda study, model: ["lime"],
    exhibit="lime.exhibit:exhibit",
    check=lambda study, model: check_masks(study, model, "lime"),
)
