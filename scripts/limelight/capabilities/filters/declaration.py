"""What the capability `filters` declares."""

from collections.abc import Sequence
from typing import Any

from limelight.capabilities.layers.declaration import atlas_files
from limelight.study.declaration import Capability, Jobs, Named, Settings, Wildcards, bucket_images
from limelight.study.filter_layers import from_noise, of_sheets
from limelight.study.plan import Study, without_batch


def _settings(iterations: str) -> Any:
    """The filters, and how long and how they ascend."""

    def settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
        section = study.models[wildcards["model"]]["filters"]
        return {
            "filters": section["filters"],
            iterations: section[iterations],
            "ascent": without_batch(section["ascent"]),
            "seed": study.settings["seed"],
        }

    return settings


def _passes(model: Settings) -> int:
    section = model["filters"]
    longest = max(section["iterations"], section["noise_iterations"])
    return 1 + 3 * longest * len(section["filters"])


def _arrays(study: Study, model: str) -> list[str]:
    return [
        f"filters/{layer}/{part}.npz"
        for layer in of_sheets(study.models[model])
        for part in ["noise", *study.buckets("filters", model)]
    ]


def _of_images(study: Study, model: str, images: Sequence[str]) -> list[str]:
    buckets = study.buckets_of("filters", model, images)
    return [f"filters/{layer}/{bucket}.npz" for layer in of_sheets(study.models[model]) for bucket in buckets]


def files_of_sheet(study: Study, wildcards: Wildcards) -> list[str]:
    """What the sheet of a layer shows of photographs."""
    return _of_layer(study, wildcards, study.on_sheet("filters", wildcards["model"]))


def files_of_image(study: Study, wildcards: Wildcards) -> list[str]:
    """What the figure of one image shows; its path may name any layer."""
    return _of_layer(study, wildcards, [wildcards["image"]])


def _of_layer(study: Study, wildcards: Wildcards, images: Sequence[str]) -> list[str]:
    buckets = study.buckets_of("filters", wildcards["model"], images)
    return [f"filters/{wildcards['layer']}/{bucket}.npz" for bucket in buckets]


def filters_named(study: Study, model: str, layers: Sequence[str], *keys: str) -> list[Named]:
    """Some layers with the filters of the section; to choose one of those keys is to ask for the layers."""
    filters = study.models[model]["filters"]["filters"] if study.chosen(model, "filters.filters") else []
    return [Named(layer, filters, study.chosen(model, *keys)) for layer in layers]


def _layer_files(study: Study, model: str, layer: str) -> dict[str, list[str]]:
    """A filter of the atlas ascends from the same noise: of a layer that is in both it is shown once."""
    settings = study.models[model]
    explained = study.explained("filters", model)
    buckets = study.buckets_of("filters", model, explained) if layer in of_sheets(settings) else []
    return {
        "noise": [
            *([f"filters/{layer}/noise.npz"] if layer in from_noise(settings) else []),
            *atlas_files(study, model, layer),
        ],
        "photographs": [f"filters/{layer}/{bucket}.npz" for bucket in buckets],
    }


CAPABILITY = Capability(
    name="filters",
    title="Filters",
    question="what do the filters of a layer respond to?",
    section="filters",
    explains=True,
    jobs={
        "filters": Jobs(
            units="filters.units:units",
            computes=["capabilities.filters.compute", "ascent.compute"],
            settings=_settings("iterations"),
            images=bucket_images("filters"),
            passes=_passes,
            batch=lambda model: model["filters"]["ascent"]["batch"],
            ascent="filters.ascent",
        ),
        "filters from noise": Jobs(
            units="filters.units:units_from_noise",
            computes=["ascent.compute"],
            settings=_settings("noise_iterations"),
            passes=_passes,
            batch=lambda model: model["filters"]["ascent"]["batch"],
            ascent="filters.ascent",
        ),
    },
    arrays=_arrays,
    of_images=_of_images,
    sheets=lambda study, model: [f"filters/{layer}" for layer in of_sheets(study.models[model])],
    headings={"filters": "Filters: what do the filters of a layer respond to?"},
    figures=lambda study, model: [f"filters/{layer}" for layer in of_sheets(study.models[model])],
    exhibit="filters.exhibit:exhibit",
    layer_exhibit="filters.exhibit:of_layer",
    layers=lambda study, model: of_sheets(study.models[model]),
    layer_files=_layer_files,
    named=lambda study, model: filters_named(study, model, of_sheets(study.models[model]), "filters.layers"),
)
