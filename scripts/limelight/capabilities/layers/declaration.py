"""What the capability `layers` declares."""

from typing import Any

from limelight.study.declaration import Capability, Jobs, Named, Settings, Wildcards, bucket_images
from limelight.study.filter_layers import from_noise, of_atlas
from limelight.study.plan import Study, without_batch

PEAKS_BATCH = 32


def atlas_parts(study: Study, model: str) -> list[int]:
    """The jobs that share the filters of a layer; see `limelight.study.shards.share`."""
    most, size = study.models[model]["filters"]["atlas"]["most"], study.settings["buckets"]["filters"]
    return list(range(-(-most // size)))


def atlas_files(study: Study, model: str, layer: str) -> list[str]:
    """The files of all filters of a layer from noise, if it is one of those that are shown whole."""
    return _parts(study, model, layer) if layer in of_atlas(study.models[model]) else []


def atlas_of_rule(study: Study, wildcards: Wildcards) -> list[str]:
    """The files of the filters of the layer of a rule, which may be any, or of all layers that are shown whole."""
    model = wildcards["model"]
    layer = wildcards.get("layer")
    layers = of_atlas(study.models[model]) if layer is None else [layer]
    return [file for name in layers for file in _parts(study, model, name)]


def _parts(study: Study, model: str, layer: str) -> list[str]:
    return [f"atlas/{layer}/{part}.npz" for part in atlas_parts(study, model)]


def first_parts(study: Study, wildcards: Wildcards) -> list[str]:
    """Those files of the filters that also hold the receptive field of their layer."""
    return [f"atlas/{layer}/0.npz" for layer in of_atlas(study.models[wildcards["model"]])]


def _atlas_settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    """How the filters ascend, and which of them this job takes: a part of those that are shown."""
    section = study.models[wildcards["model"]]["filters"]
    return {
        "noise_iterations": section["noise_iterations"],
        "ascent": without_batch(section["ascent"]),
        "seed": study.settings["seed"],
        "most": section["atlas"]["most"],
        "part": int(wildcards["part"]),
        "parts": len(atlas_parts(study, wildcards["model"])),
    }


def _atlas_count(study: Study, wildcards: Wildcards) -> int:
    most: int = study.models[wildcards["model"]]["filters"]["atlas"]["most"]
    return min(most, study.settings["buckets"]["filters"])


def _atlas_passes(model: Settings) -> int:
    return int(3 * model["filters"]["noise_iterations"])


def _atlas_needs(study: Study, wildcards: Wildcards) -> dict[str, list[str]]:
    """What a layer's filters from noise are computed by already, so that none ascends in two jobs at once."""
    layer = wildcards["layer"]
    noise = layer in from_noise(study.models[wildcards["model"]])
    return {"noise": [f"<study>/{wildcards['model']}/filters/{layer}/noise.npz"] if noise else []}


def _peaks_settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    return {"layers": of_atlas(study.models[wildcards["model"]])}


def peak_files(study: Study, model: str) -> list[str]:
    """The files of the largest activations on all photographs, if any layer is shown whole."""
    buckets = study.buckets("predictions", model) if of_atlas(study.models[model]) else []
    return [f"peaks/{bucket}.npz" for bucket in buckets]


def _arrays(study: Study, model: str) -> list[str]:
    atlases = [file for layer in of_atlas(study.models[model]) for file in atlas_files(study, model, layer)]
    return [*atlases, *peak_files(study, model)]


def _sheets(study: Study, model: str) -> list[str]:
    layers = of_atlas(study.models[model])
    return [*(f"{kind}/{layer}" for kind in ("atlas", "top") for layer in layers), *(["tuning"] if layers else [])]


def _tables(study: Study, model: str) -> list[str]:
    return ["atlas", "top", "tuning"] if of_atlas(study.models[model]) else []


def _layer_files(study: Study, model: str, layer: str) -> dict[str, list[str]]:
    whole = layer in of_atlas(study.models[model])
    return {table: [f"{table}.csv"] if whole else [] for table in ("atlas", "top", "tuning")}


CAPABILITY = Capability(
    name="layers",
    title="Filters",
    question="what excites each filter of a layer?",
    section="filters",
    jobs={
        "atlas": Jobs(
            units="layers.units:atlas",
            computes=["ascent.compute", "capabilities.layers.receptive"],
            settings=_atlas_settings,
            passes=_atlas_passes,
            batch=lambda model: model["filters"]["ascent"]["batch"],
            count=_atlas_count,
            ascent="filters.ascent",
            needs=_atlas_needs,
        ),
        "peaks": Jobs(
            units="layers.units:peaks",
            computes=["capabilities.layers.peaks"],
            settings=_peaks_settings,
            images=bucket_images("predictions"),
            passes=lambda model: 1,
            batch=lambda model: PEAKS_BATCH,
        ),
    },
    arrays=_arrays,
    tables=_tables,
    sheets=_sheets,
    headings={
        "atlas": "Whole layers: what excites each filter?",
        "top": "Top photographs: which patches excite a filter most?",
        "tuning": "Tuning: which orientations and frequencies do filters prefer?",
    },
    layer_exhibit="layers.exhibit:of_layer",
    layers=lambda study, model: of_atlas(study.models[model]),
    layer_files=_layer_files,
    named=lambda study, model: [
        Named(layer, key=study.chosen(model, "filters.atlas.layers", "filters.layers"))
        for layer in of_atlas(study.models[model])
    ],
)
