"""What the capability `predictions` declares."""

from collections.abc import Sequence
from typing import Any

from limelight.study.declaration import Capability, Jobs, Wildcards
from limelight.study.image_set import Image
from limelight.study.plan import Study

BATCH = 32


def _images(study: Study, wildcards: Wildcards) -> Sequence[Image]:
    return study.members("predictions", wildcards["model"], wildcards["bucket"])


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    return {}


def _arrays(study: Study, model: str) -> list[str]:
    return study.bucket_files("predictions", model)


CAPABILITY = Capability(
    name="predictions",
    title="Predictions",
    question="what does the network predict, where is it wrong?",
    jobs={
        "predictions": Jobs(
            units="predictions.units:units",
            computes=["capabilities.predictions.compute"],
            settings=_settings,
            images=_images,
            passes=lambda model: 1,
            batch=lambda model: BATCH,
        )
    },
    arrays=_arrays,
    tables=lambda study, model: ["predictions", "confusion_matrix", "classes"],
    sheets=lambda study, model: ["confusion_matrix"],
    headings={"confusion_matrix": "Predictions"},
    pages="predictions.pages:pages",
    page_files=lambda study, model: {"classes": ["classes.csv"]},
)
