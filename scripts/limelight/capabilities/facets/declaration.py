"""What the capability `facets` declares."""

from typing import Any

from limelight.capabilities.filters.declaration import filters_named
from limelight.study.declaration import Capability, Jobs, Settings, Wildcards
from limelight.study.filter_layers import of_facets, of_sheets
from limelight.study.plan import Study, without_batch


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    section = study.models[wildcards["model"]]["filters"]
    return {
        "filters": section["filters"],
        "noise_iterations": section["noise_iterations"],
        "ascent": without_batch(section["ascent"]),
        "facets": {key: section["facets"][key] for key in ("count", "diversity")},
        "seed": study.settings["seed"],
    }


def _passes(model: Settings) -> int:
    section = model["filters"]
    return int(3 * section["noise_iterations"] * section["facets"]["count"] * len(section["filters"]))


def _batch(model: Settings) -> int:
    """The facets of a filter are in one batch, however small that is to be."""
    return max(model["filters"]["ascent"]["batch"], model["filters"]["facets"]["count"])


def _arrays(study: Study, model: str) -> list[str]:
    """The facets, and what they are shown beside, where `filters` does not make that."""
    settings = study.models[model]
    others = [layer for layer in of_facets(settings) if layer not in of_sheets(settings)]
    return [
        *(f"filters/{layer}/noise.npz" for layer in others),
        *(f"filters/{layer}/facets.npz" for layer in of_facets(settings)),
    ]


def _layer_files(study: Study, model: str, layer: str) -> dict[str, list[str]]:
    return {"facets": [f"filters/{layer}/facets.npz"] if layer in of_facets(study.models[model]) else []}


CAPABILITY = Capability(
    name="facets",
    title="Filters",
    question="which different inputs excite a filter?",
    section="filters",
    jobs={
        "facets": Jobs(
            units="facets.units:units",
            computes=["ascent.compute"],
            settings=_settings,
            passes=_passes,
            batch=_batch,
            ascent="filters.ascent",
        )
    },
    arrays=_arrays,
    sheets=lambda study, model: [f"facets/{layer}" for layer in of_facets(study.models[model])],
    headings={"facets": "Facets: which different inputs excite a filter?"},
    layer_exhibit="facets.exhibit:of_layer",
    layers=lambda study, model: of_facets(study.models[model]),
    layer_files=_layer_files,
    named=lambda study, model: filters_named(
        study, model, of_facets(study.models[model]), "filters.facets.layers", "filters.layers"
    ),
)
