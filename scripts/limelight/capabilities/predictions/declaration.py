"""What the capability `predictions` declares."""

from typing import Any

from limelight.study.declaration import Capability, Jobs, Wildcards, bucket_images
from limelight.study.plan import Study

BATCH = 32


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    return {}


CAPABILITY = Capability(
    name="predictions",
    title="Predictions",
    question="what does the network predict, where is it wrong?",
    jobs={
        "predictions": Jobs(
            units="predictions.units:units",
            computes=["capabilities.predictions.compute"],
            settings=_settings,
            images=bucket_images("predictions"),
            passes=lambda model: 1,
            batch=lambda model: BATCH,
        )
    },
    arrays=lambda study, model: study.bucket_files("predictions", model),
    tables=lambda study, model: ["predictions", "confusion_matrix", "classes"],
    sheets=lambda study, model: ["confusion_matrix"],
    headings={"confusion_matrix": "Predictions"},
    pages="predictions.pages:pages",
    page_files=lambda study, model: {"classes": ["classes.csv"]},
)
