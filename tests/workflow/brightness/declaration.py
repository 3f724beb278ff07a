"""What the capability `brightness` declares."""

from collections.abc import Sequence
from typing import Any

from limelight.study.declaration import Capability, Jobs, Wildcards
from limelight.study.image_set import Image
from limelight.study.plan import Study

PASSES = 100_000
"""So many that one can see them in what a job asks of a cluster."""


def _images(study: Study, wildcards: Wildcards) -> Sequence[Image]:
    return study.members("brightness", wildcards["model"], wildcards["bucket"])


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    return {"power": study.models[wildcards["model"]]["brightness"]["power"]}


def _of_images(study: Study, model: str, images: Sequence[str]) -> list[str]:
    return [f"brightness/{bucket}.npz" for bucket in study.buckets_of("brightness", model, images)]


CAPABILITY = Capability(
    name="brightness",
    title="Brightness",
    question="how bright is each photograph?",
    section="brightness",
    explains=True,
    jobs={
        "brightness": Jobs(
            units="brightness.units:units",
            computes=["capabilities.brightness.compute"],
            settings=_settings,
            images=_images,
            passes=lambda model: PASSES,
            batch=lambda model: 4,
        )
    },
    arrays=lambda study, model: [f"brightness/{bucket}.npz" for bucket in study.buckets("brightness", model)],
    of_images=_of_images,
    tables=lambda study, model: ["brightness"],
    sheets=lambda study, model: ["brightness"],
    headings={"brightness": "Brightness: how bright is each photograph?"},
    figures=lambda study, model: ["brightness"],
    exhibit="brightness.exhibit:exhibit",
)
