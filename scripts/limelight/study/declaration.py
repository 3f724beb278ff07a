"""The declaration of a capability: its name and question, its jobs and their costs, and the files that it makes.

A declaration is read whenever Snakemake parses the workflow: the standard library only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from limelight.study.image_set import Image
    from limelight.study.plan import Study

Settings = Mapping[str, Any]
"""The complete settings of a model."""

Wildcards = Mapping[str, str]
"""Of a rule; `model` is among them."""


class Named(NamedTuple):
    """A layer that the settings of a model name.

    Attributes
    ----------
    layer : str, int or None
        None is the one that attribution methods of layers take by default.
    filters : sequence of int
        Those of its filters that the user asks for; a default is narrowed to the filters that there are.
    key : str
        Where the user asks for the layer; empty for a default, which is left out where the network lacks it.
    """

    layer: str | int | None
    filters: Sequence[int] = ()
    key: str = ""


NARROWED = ("transforms.pad", "octaves.count")
"""Keys of an ascent section that make pictures of other sizes than the network's input."""


def setting(model: Settings, key: str) -> Any:
    """A value of the settings of a model, or a section, by its dotted key."""
    value: Any = model
    for part in key.split("."):
        value = value[part]
    return value


def _nothing(*_: Any) -> list[str]:
    return []


def bucket_images(section: str) -> "Callable[[Study, Wildcards], Sequence[Image]]":
    """`images` of jobs that each take a bucket of the images of a section."""
    return lambda study, wildcards: study.members(section, wildcards["model"], wildcards["bucket"])


@dataclass(frozen=True)
class Jobs:
    """One kind of job that computes: what decides its results, which files it reads, and what it costs.

    Functions of a job take the study and the wildcards of its rule; those of costs take the settings of the model.

    Attributes
    ----------
    units : str
        `module:function` below `limelight.capabilities`. The function takes a `Job` and gives its units and the
        parameters that these share, for the provenance.
    computes : sequence of str
        Modules below `limelight` that compute the units.
    settings : callable
        All of the configuration that decides the results.
    passes : callable
        Forward passes for one photograph, or for whatever else `count` counts.
    batch : callable
        Photographs that pass through the network at once; it decides no result.
    images : callable
        The photographs of a job; none where it starts from noise.
    count : callable or None
        What the passes are counted by; the photographs, or one where there are none.
    size : callable
        Height and width of what passes through the network: one number, or both.
    regions : bool
        Whether `lime.segmentation: mask` makes it read the masks of the photographs.
    ascent : str
        Key of the ascent section, of a job that ascends, such as `dream.ascent`.
    needs : callable
        Other files of the study that the job reads, by name; see `limelight.study.plan` for how paths begin.
    files : callable
        Python files that compute the units and that no module imports by name.
    """

    units: str
    computes: Sequence[str]
    settings: "Callable[[Study, Wildcards], dict[str, Any]]"
    passes: Callable[[Settings], float]
    batch: Callable[[Settings], int]
    images: "Callable[[Study, Wildcards], Sequence[Image]]" = _nothing  # type: ignore[assignment]
    count: "Callable[[Study, Wildcards], int] | None" = None
    size: Callable[[Settings], int | Sequence[int]] = lambda model: model["preprocessing"]["size"]
    regions: bool = False
    ascent: str = ""
    needs: "Callable[[Study, Wildcards], dict[str, list[str]]]" = lambda study, wildcards: {}
    files: "Callable[[Study, Wildcards], Sequence[Path]]" = _nothing  # type: ignore[assignment]

    @property
    def decodes(self) -> bool:
        """Whether it reads photographs."""
        return self.images is not _nothing  # type: ignore[comparison-overlap]


@dataclass(frozen=True)
class Capability:
    """One room of the package: everything about it stands in `limelight/capabilities/{name}`.

    Functions of products take the study and the name of a model.

    Attributes
    ----------
    name : str
    title : str
        Of its section in the report of Snakemake; capabilities of one title share it.
    question : str
        What it answers.
    section : str
        Key of its settings in a model; empty where it has none.
    explains : bool
        Whether it explains single photographs, which `explain` of its section chooses.
    jobs : mapping
        By name.
    arrays : callable
        Files that its jobs make, below the folder of the model.
    of_images : callable or None
        Those of them that hold something of some photographs, whose ids are the third argument.
    tables : callable
        CSV files below the folder of the model, without their ending.
    sheets : callable
        PNG files below the model's `sheets`, without their ending.
    headings : mapping
        Headings in the report of the study, by the first folder or the name of a sheet.
    figures : callable
        Folders below the model's `figures` with a figure of each photograph that is shown.
    study_files : callable
        Files that belong to no single model, below the folder of the study; takes the study alone.
    exhibit : str
        `module:function` below `limelight.capabilities` that makes what the gallery shows of a photograph, if any.
    layer_exhibit : str
        The same for the filters of a layer.
    layers : callable
        Layers of which the gallery shows filters because of this capability, as the study names them.
    layer_files : callable
        What `layer_exhibit` reads of a layer, whose name is the third argument: files by name, below the folder of
        the model.
    pages : str
        `module:function` that says what it adds to the pages of the gallery, if anything; its folder may have a
        `section.html.jinja` for the first page, a `page.html.jinja` and a `view.js`.
    page_files : callable
        What `pages` reads of a model: files by name, below the folder of the model.
    named : callable
        Layers that the settings of a model name, as `Named`.
    check : callable
        Raises a LimelightError where the settings of a model make no sense, at parse time.
    """

    name: str
    title: str
    question: str
    section: str = ""
    explains: bool = False
    jobs: Mapping[str, Jobs] = field(default_factory=dict)
    arrays: "Callable[[Study, str], list[str]]" = _nothing
    of_images: "Callable[[Study, str, Sequence[str]], list[str]] | None" = None
    tables: "Callable[[Study, str], list[str]]" = _nothing
    sheets: "Callable[[Study, str], list[str]]" = _nothing
    headings: Mapping[str, str] = field(default_factory=dict)
    figures: "Callable[[Study, str], list[str]]" = _nothing
    study_files: "Callable[[Study], list[str]]" = _nothing
    exhibit: str = ""
    layer_exhibit: str = ""
    layers: "Callable[[Study, str], list[str]]" = _nothing
    layer_files: "Callable[[Study, str, str], dict[str, list[str]]]" = lambda study, model, layer: {}
    pages: str = ""
    page_files: "Callable[[Study, str], dict[str, list[str]]]" = lambda study, model: {}
    named: "Callable[[Study, str], list[Named]]" = _nothing  # type: ignore[assignment]
    check: "Callable[[Study, str], None]" = lambda study, model: None
