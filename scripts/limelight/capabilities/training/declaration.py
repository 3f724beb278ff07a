"""What the capability `training` declares. Nothing is computed: it shows what others have of several checkpoints."""

from limelight.study.declaration import Capability
from limelight.study.errors import LimelightError, nearest
from limelight.study.plan import Study

KINDS = ("saliency", "dream")
"""What is shown of photographs; of filters the sheets are by layer."""


def checkpoints(study: Study) -> list[str]:
    """The models that are checkpoints of one training run, in order.

    Raises
    ------
    LimelightError
        There is no model of that name.
    """
    names: list[str] = study.settings.get("training", [])
    for name in names:
        if name not in study.models:
            near = nearest(name, study.models)
            raise LimelightError(f"training: there is no model {name!r}; the nearest are {near}")
    return names


def layers(study: Study) -> list[str]:
    """The layers whose filters all checkpoints show."""
    return _shared([list(map(str, study.models[name]["filters"]["layers"])) for name in checkpoints(study)])


def images(study: Study, kind: str) -> list[str]:
    """Ids of the photographs on the sheets of all checkpoints."""
    return _shared([study.on_sheet(kind, name) for name in checkpoints(study)])


def arrays_of_images(study: Study, kind: str) -> list[str]:
    """The files of all checkpoints that hold something of these photographs."""
    return [
        f"<study>/{model}/{kind}/{bucket}.npz"
        for model in checkpoints(study)
        for bucket in study.buckets_of(kind, model, images(study, kind))
    ]


def _shared(lists: list[list[str]]) -> list[str]:
    """What is in all lists, in the order of the first."""
    return [name for name in lists[0] if all(name in others for others in lists[1:])] if lists else []


def _study_files(study: Study) -> list[str]:
    if not checkpoints(study):
        return []
    names = [*(f"training/filters/{layer}" for layer in layers(study)), *(f"training/{kind}" for kind in KINDS)]
    return [f"{name}.{ending}" for ending in ("png", "webp") for name in names]


def _check(study: Study, model: str) -> None:
    checkpoints(study)


CAPABILITY = Capability(
    name="training",
    title="Through training",
    question="what changes while a network learns?",
    headings={"training": "Through training"},
    study_files=_study_files,
    pages="training.pages:pages",
    check=_check,
)
