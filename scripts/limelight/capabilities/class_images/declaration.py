"""What the capability `class_images` declares."""

from collections.abc import Mapping
from typing import Any

from limelight.study.declaration import Capability, Jobs, Named, Settings, Wildcards
from limelight.study.plan import Study, without_batch

CLASSES = 24
"""Class images that a job may take; where a study wants more, its second attempt has more time."""


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    """The settings, and the labels of the images where these choose the classes."""
    section = _section(study.models[wildcards["model"]])
    labels = {image.label for image in study.images if image.label is not None}
    return {
        **section,
        "ascent": without_batch(section["ascent"]),
        "labels": sorted(labels) if isinstance(section["classes"], int) else [],
        "seed": study.settings["seed"],
    }


def _section(model: Settings) -> Mapping[str, Any]:
    section: Mapping[str, Any] = model["dream"]["class_images"]
    return section


CAPABILITY = Capability(
    name="class_images",
    title="Deep dream",
    question="which image maximises the score of each class?",
    section="dream",
    jobs={
        "class_images": Jobs(
            units="class_images.units:units",
            computes=["ascent.compute"],
            settings=_settings,
            passes=lambda model: 3 * _section(model)["iterations"] * CLASSES,
            batch=lambda model: _section(model)["ascent"]["batch"],
            ascent="dream.class_images.ascent",
        )
    },
    arrays=lambda study, model: ["dream/class_images.npz"],
    sheets=lambda study, model: ["dream/class_images"],
    named=lambda study, model: [Named("")],
)
