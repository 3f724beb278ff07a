"""What the capability `brightness` declares."""

from typing import Any

from limelight.study.declaration import Capability, Jobs, Wildcards, bucket_images
from limelight.study.plan import Study

PASSES = 100_000
"""Large enough to show in the time that a job requests from a cluster."""


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    return {"power": study.models[wildcards["model"]]["brightness"]["power"]}


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
            images=bucket_images("brightness"),
            passes=lambda model: PASSES,
            batch=lambda model: 4,
        )
    },
    arrays=lambda study, model: study.bucket_files("brightness", model),
    of_images=lambda study, model, images: study.bucket_files("brightness", model, images),
    tables=lambda study, model: ["brightness"],
    sheets=lambda study, model: ["brightness"],
    headings={"brightness": "Brightness: how bright is each photograph?"},
    figures=lambda study, model: ["brightness"],
    exhibit="brightness.exhibit:exhibit",
)
