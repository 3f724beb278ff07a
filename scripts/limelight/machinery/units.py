"""Units, each computed, stored and counted by itself; the functions that compute them; and the summary of a job."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limelight.machinery.items import Item
from limelight.study.sources import PACKAGE, source_digest, source_files

if TYPE_CHECKING:
    from limelight.machinery import arrays
    from limelight.machinery.work import Work


@dataclass(frozen=True)
class Computation:
    """What computes a unit: its name, and `module:function` in this package, imported only where something is computed.

    The function takes a `Work` and the units to compute and yields each with its arrays, or with a `Failure`.
    `files` are what it imports by name, which belong to its source, too.
    """

    name: str
    function: str
    files: tuple[Path, ...] = ()

    @property
    def source(self) -> str:
        """Digest of its module and of all that this imports."""
        return source_digest(self._module, *self.files)

    @property
    def changed(self) -> bool:
        """Whether any of these files is no longer what it was when `source` was first asked for."""
        return source_digest.__wrapped__(self._module, *self.files) != self.source

    @property
    def sources(self) -> list[Path]:
        """The files behind it."""
        return source_files(self._module, *self.files)

    @property
    def _module(self) -> Path:
        return PACKAGE / (self.function.partition(":")[0].replace(".", "/") + ".py")

    def compute(self, work: "Work", units: "Sequence[Unit]") -> "Iterable[tuple[Unit, arrays.Arrays | Failure]]":
        """Import the function and run it."""
        module, _, function = self.function.partition(":")
        return getattr(importlib.import_module(f"{PACKAGE.name}.{module}"), function)(work, units)


@dataclass(frozen=True)
class Photograph:
    """A photograph of a job: its id, its label among the model's classes, and its file."""

    id: str
    label: int | None
    path: str


@dataclass(frozen=True)
class Unit:
    """What is computed, kept and counted by itself.

    Attributes
    ----------
    item : Item
        Its coordinates.
    computation : Computation
    parameters : mapping
        Everything, as JSON, that decides the result beside the image's bytes, the model and the computation's source.
    image : Photograph or None
        The photograph that it starts from.
    files : mapping
        Other files whose bytes decide the result, by what they are, such as `mask`.
    trail : mapping or None
        Of a long computation: the parameters that decide all states on its way, wherever it is to end.
    """

    item: Item
    computation: Computation
    parameters: Mapping[str, Any]
    image: Photograph | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    trail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Failure:
    """Why a unit has no result."""

    reason: str


@dataclass(frozen=True)
class Setup:
    """How a job runs; nothing of it decides a result.

    Attributes
    ----------
    device : str
        As in the study.
    jobs_per_gpu : int
    compile : bool
        Whether torch.compile is to speed the network up.
    store : str
        Folder of the store.
    study : str
        Folder of the study.
    allowed : int
        Units that may fail before the job does.
    """

    device: str
    jobs_per_gpu: int
    compile: bool
    store: str
    study: str
    allowed: int


@dataclass
class Summary:
    """What a job did, and from its start what belongs to it, as JSON beside its output.

    Attributes
    ----------
    state : {"running", "finished", "failed"}
    keys, trails : dict
        Entries of the store, by the name of the item: results, and last states of long computations.
    items, computed, reused : int
        Units of the job, those that it computed, and those that were in the store.
    failed : dict
        Reasons by the name of the item.
    left_out : list of str
        What the network cannot do of the defaults.
    device, gpu : str
        Where the network ran; empty if it did not.
    seconds, startup_seconds : float
        Wall time since the process began, and until its first step.
    items_per_second : float
        Computed units over the time after the start.
    inside_model : float
        Share of the time after the start that was spent in the network.
    peak_host_bytes, peak_device_bytes : int
    batch : dict
        By computation the size of the steps, where memory made them smaller.
    """

    state: str
    keys: dict[str, str]
    trails: dict[str, str]
    items: int
    computed: int = 0
    reused: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    device: str = ""
    gpu: str = ""
    seconds: float = 0.0
    startup_seconds: float = 0.0
    items_per_second: float = 0.0
    inside_model: float = 0.0
    peak_host_bytes: int = 0
    peak_device_bytes: int = 0
    batch: dict[str, int] = field(default_factory=dict)


SUMMARY = ".summary.json"


def summary_path(output: str | Path) -> Path:
    """Where the summary of the job lies that makes `output`. Snakemake, not told of it, never deletes it."""
    return Path(output).with_suffix(SUMMARY)


def output_path(summary: Path) -> Path:
    """The file whose job left a summary."""
    return summary.with_name(summary.name.removesuffix(SUMMARY) + ".npz")
