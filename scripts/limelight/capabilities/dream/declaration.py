"""What the capability `dream` declares."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from limelight.study.choices import choose
from limelight.study.declaration import Capability, Jobs, Named, Settings, Wildcards, bucket_images
from limelight.study.image_set import Image
from limelight.study.plan import Study, without_batch

SWEEPS = ("classes", "filters", "iterations", "layers")
"""What changes along the dreams of a sheet."""

COMPUTED = ("filters", "layers")
"""Those for which dreams are computed; the others show the dreams of the explained photographs."""


def variant(sweep: str) -> str:
    """Tells the dreams of a sweep, of which the last iteration is kept, from those that are recorded on the way."""
    return f"over {sweep}"


def swept_image(study: Study, model: str) -> str:
    """Id of the photograph of the sweeps over filters, iterations and layers."""
    chosen = study.models[model]["dream"].get("image")
    if chosen is None:
        return (study.explained("dream", model) or [study.images[0].id])[0]
    return choose(study.images, [chosen], f"models.{model}.dream.image")[0]


def images_of_sheet(study: Study, wildcards: Wildcards) -> list[str]:
    """Ids of the photographs on the sheet of a sweep."""
    model = wildcards["model"]
    return study.on_sheet("dream", model) if wildcards["sweep"] == "classes" else [swept_image(study, model)]


def files_of_sheet(study: Study, wildcards: Wildcards) -> list[str]:
    """The dreams on the sheet of a sweep: those of the photographs, or those that were computed for it."""
    model, sweep = wildcards["model"], wildcards["sweep"]
    if sweep in COMPUTED:
        return [_of_sweep(sweep)]
    return study.bucket_files("dream", model, images_of_sheet(study, wildcards))


def _image_of_sweep(study: Study, wildcards: Wildcards) -> Sequence[Image]:
    return [study.image(swept_image(study, wildcards["model"]))]


def _settings(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    return _decisive(study, wildcards["model"], "layer", "filter")


def _settings_of_sweep(study: Study, wildcards: Wildcards) -> dict[str, Any]:
    points = ("layer", "filters") if wildcards["sweep"] == "filters" else ("layers", "filter")
    return _decisive(study, wildcards["model"], *points)


def _decisive(study: Study, model: str, *points: str) -> dict[str, Any]:
    section = study.models[model]["dream"]
    settings = {key: section[key] for key in (*points, "record", "size") if key in section}
    return {**settings, "ascent": without_batch(section["ascent"]), "seed": study.settings["seed"]}


def _passes(model: Settings) -> float:
    section = model["dream"]
    return 3 * int(max(section["record"])) * len(section["filters"])


def _arrays(study: Study, model: str) -> list[str]:
    return study.bucket_files("dream", model) + list(map(_of_sweep, COMPUTED))


def _of_sweep(sweep: str) -> str:
    return f"dream/over_{sweep}.npz"


def _named(study: Study, model: str) -> list[Named]:
    section = study.models[model]["dream"]
    one = [section["filter"]] if study.chosen(model, "dream.filter") else []
    several = section["filters"] if study.chosen(model, "dream.filters") else []
    layers = study.chosen(model, "dream.layers")
    return [
        Named(section["layer"], [*one, *several], study.chosen(model, "dream.layer")),
        *(Named(layer, one, layers) for layer in section["layers"]),
    ]


def _check(study: Study, model: str) -> None:
    swept_image(study, model)


DREAMS = Jobs(
    units="dream.units:units",
    computes=["ascent.compute"],
    settings=_settings,
    images=bucket_images("dream"),
    passes=_passes,
    batch=lambda model: model["dream"]["ascent"]["batch"],
    size=lambda model: model["dream"].get("size", model["preprocessing"]["size"]),
    ascent="dream.ascent",
)

CAPABILITY = Capability(
    name="dream",
    title="Deep dream",
    question="what does a filter amplify in a photograph?",
    section="dream",
    explains=True,
    jobs={
        "dream": DREAMS,
        "dream sweep": replace(
            DREAMS, units="dream.units:units_of_sweep", settings=_settings_of_sweep, images=_image_of_sweep
        ),
    },
    arrays=_arrays,
    of_images=lambda study, model, images: study.bucket_files("dream", model, images),
    sheets=lambda study, model: [f"dream/{sweep}" for sweep in SWEEPS],
    headings={"dream": "Deep dream: what does a filter amplify in a photograph?"},
    figures=lambda study, model: ["dream"],
    exhibit="dream.exhibit:exhibit",
    named=_named,
    check=_check,
)
