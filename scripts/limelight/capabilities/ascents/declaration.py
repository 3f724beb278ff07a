"""What the capability `ascents` declares."""

from typing import Any

from limelight.capabilities.ascents.ways import SETTINGS
from limelight.study.declaration import Capability, Jobs, Settings, Wildcards
from limelight.study.plan import Study, without_batch


def _compares(study: Study, model: str) -> bool:
    """Whether ways to ascend are compared for a model."""
    section = study.models[model]["filters"]
    return bool(section["compare"] and section["layers"] and section["filters"])


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    section = study.models[wildcards["model"]]["filters"]
    return {
        **{key: section[key] for key in ("layers", "filters", "compare", "noise_iterations")},
        "ascent": without_batch(section["ascent"]),
        "seed": study.settings["seed"],
    }


def _passes(model: Settings) -> int:
    section = model["filters"]
    return int(3 * section["noise_iterations"] * section["compare"] * len(section["layers"]) * len(SETTINGS))


CAPABILITY = Capability(
    name="ascents",
    title="Filters",
    question="which way of gradient ascent reaches the largest activations?",
    section="filters",
    jobs={
        "ascents": Jobs(
            units="ascents.units:units",
            computes=["ascent.compute"],
            settings=_settings,
            passes=_passes,
            batch=lambda model: model["filters"]["ascent"]["batch"],
            ascent="filters.ascent",
        )
    },
    arrays=lambda study, model: ["ascents/all.npz"] if _compares(study, model) else [],
    tables=lambda study, model: ["ascents"] if _compares(study, model) else [],
    sheets=lambda study, model: ["ascents"] if _compares(study, model) else [],
    headings={"ascents": "Ways of ascent: which reaches the largest activations?"},
)
