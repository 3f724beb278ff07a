"""What does a job do? It asks the store, computes what is missing, keeps each result at once and says what happened.

No torch here: a job of which everything is in the store imports no framework, loads no network and takes no GPU.
"""

import csv
import importlib
import importlib.metadata
import json
import logging
import platform
import resource
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import yaml

from limelight import __version__, arrays, failures
from limelight.digests import PACKAGE, digest, file_digest, source_digest
from limelight.errors import LimelightError, nearest
from limelight.files import read_json, resolve, write_json
from limelight.progress import Progress
from limelight.store import Entry, Store

if TYPE_CHECKING:
    from limelight.work import Work

log = logging.getLogger(__name__)

FORMAT = 1
"""Part of every key; another number makes everything be computed again."""


@dataclass(frozen=True)
class Method:
    """A way to explain: its name, and `module:function` in this package, imported only where something is computed.

    The function takes a `Work` and the units to compute and yields each with its arrays, or with a `Failure`.
    `files` are what it imports by name, which belong to its source, too.
    """

    name: str
    function: str
    files: tuple[Path, ...] = ()

    @property
    def source(self) -> str:
        """Digest of the source of the method: its module and all that this imports."""
        return source_digest(PACKAGE / (self.function.partition(":")[0].replace(".", "/") + ".py"), *self.files)

    def compute(self, work: "Work", units: "Sequence[Unit]") -> "Iterable[tuple[Unit, arrays.Arrays | Failure]]":
        """Import the method and run it."""
        module, _, function = self.function.partition(":")
        return getattr(importlib.import_module(f"{PACKAGE.name}.{module}"), function)(work, units)


@dataclass(frozen=True)
class Image:
    """An image of a job: its id, its label among the model's classes, and its file."""

    id: str
    label: int | None
    path: str


@dataclass(frozen=True)
class Unit:
    """What is computed, kept and counted by itself.

    Attributes
    ----------
    name : str
        Of the item in the job's file.
    method : Method
    parameters : mapping
        Everything, as JSON, that decides the result beside the image's bytes, the model and the method's source.
    image : Image or None
        The photograph that it starts from.
    files : mapping
        Other files whose bytes decide the result, by what they are, such as `mask`.
    trail : mapping or None
        Of a long computation: the parameters that decide all states on its way, wherever it is to end.
    """

    name: str
    method: Method
    parameters: Mapping[str, Any]
    image: Image | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    trail: Mapping[str, Any] | None = None


ASCENT = Method("ascent", "filters:ascents")


def ascent(
    name: str,
    layer: str,
    number: int | None,
    record: Sequence[int],
    settings: Mapping[str, Any],
    image: Image | None = None,
    noise: Sequence[Any] | None = None,
    *,
    objective: Any = None,
    seed: int | None = None,
    size: int | Sequence[int] | None = None,
    held_out: int = 0,
    facets: Mapping[str, Any] | None = None,
) -> Unit:
    """A gradient ascent on one filter of a layer, from an image or from the noise that belongs to `noise`.

    Parameters
    ----------
    record
        Iterations to keep.
    settings
        An `ascent` section.
    objective
        What is climbed, as `limelight.ascent.parse` takes it; by default what the settings say.
    seed
        Of the random views, if there are any; what is climbed and the noise belong to it, too.
    size
        Height and width of the picture, in pixels; by default the network's.
    held_out
        So many random views that the ascent has not seen are scored at its end.
    facets
        `count` pictures ascend from noise of their own, and the weight of their `diversity` keeps them apart.
    """
    said = {key: value for key, value in settings.items() if key not in ("batch", "objective")}
    trail: dict[str, Any] = {"layer": layer, "filter": number, "ascent": said}
    wanted = objective if objective is not None else settings.get("objective", "mean")
    optional = {
        "objective": None if wanted == "mean" else wanted,
        "noise": None if noise is None else list(noise),
        "seed": seed if any(settings.get("transforms", {}).get(key) for key in ("jitter", "scale", "rotate")) else None,
        "size": size,
        "facets": None if facets is None else dict(facets),
    }
    trail |= {key: value for key, value in optional.items() if value is not None}
    ends = {"record": sorted(record)} | ({"held_out": held_out} if held_out else {})
    return Unit(name, ASCENT, {**trail, **ends}, image, trail=trail)


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
        Entries of the store, by unit: results, and last states of long computations.
    items, computed, reused : int
        Units of the job, those that it computed, and those that were in the store.
    failed : dict
        Reasons by unit.
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
        By method the size of the steps, where memory made them smaller.
    """

    state: str
    keys: dict[str, str]
    trails: dict[str, str]
    items: int
    computed: int = 0
    reused: int = 0
    failed: dict[str, str] = field(default_factory=dict)
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


@dataclass(frozen=True)
class Results:
    """What a job found: entries of the store and reasons of failures, by unit, in the order of the units."""

    found: Mapping[str, Entry]
    failed: Mapping[str, str]
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Job:
    """One run of an explaining rule.

    Attributes
    ----------
    output : str
        The file to make.
    model : mapping
        How to load the network: a model's settings.
    record : str
        Its `model.json`.
    listed : sequence of (id, label, path)
        The images of the job.
    checked : str or None
        The table of images that can be used; the study wants others to be left out.
    threads : int
    setup : Setup
    """

    output: str
    model: Mapping[str, Any]
    record: str
    listed: Sequence[tuple[str, str | None, str]]
    checked: str | None
    threads: int
    setup: Setup
    colours: str | None = None

    @classmethod
    def of(cls, snakemake: Any) -> "Job":
        """The job of a rule, from the object that Snakemake gives its script."""
        return cls(
            snakemake.output[0],
            snakemake.params.model,
            snakemake.input.model,
            snakemake.params.get("images", ()),
            snakemake.input.get("checked"),
            snakemake.threads,
            Setup(**snakemake.params.setup),
            next(iter(snakemake.input.get("colours", ())), None),
        )

    @cached_property
    def model_record(self) -> dict[str, Any]:
        """The content of `model.json`."""
        return read_json(self.record)

    @cached_property
    def images(self) -> list[Image]:
        """The images of the job that can be used.

        Raises
        ------
        LimelightError
            The model has no class of an image's label.
        """
        usable = {name for name, *_ in self.listed}
        if self.checked is not None:
            with open(self.checked, newline="", encoding="utf-8") as file:
                usable &= {row["image"] for row in csv.DictReader(file)}
        return [
            Image(name, None if label is None else self.class_index(label, f"image {name}: label"), path)
            for name, label, path in self.listed
            if name in usable
        ]

    def with_colours(self, ascent: Mapping[str, Any]) -> dict[str, Any]:
        """An `ascent` section with the numbers of `colours: learned`, which decide what is computed."""
        if ascent.get("colours") != "learned" or self.colours is None:
            return dict(ascent)
        return {**ascent, **yaml.safe_load(Path(self.colours).read_text(encoding="utf-8"))}

    def class_index(self, name: str, where: str) -> int:
        """The number of a class of the model, which `where` names.

        Raises
        ------
        LimelightError
            The model has no such class.
        """
        classes = self.model_record["classes"]
        if name in classes:
            return classes.index(name)
        raise LimelightError(f"{where} {name!r} is no class of the model; the nearest are {nearest(name, classes)}")

    # --- keys ---------------------------------------------------------------------------------------------------

    @cached_property
    def _network(self) -> str:
        """Digest of what decides the network's answer to a file: its code and weights by bytes, its preprocessing."""
        code, _, name = self.model["factory"].rpartition(":")
        decisive = {key: self.model.get(key) for key in ("arguments", "checkpoint_key", "preprocessing", "precision")}
        return digest(
            file_digest(code) if code.endswith(".py") else code,
            name,
            file_digest(resolve(self.model["checkpoint"])),
            _canonical(decisive),
        )

    def key(self, unit: Unit, parameters: Mapping[str, Any] | None = None) -> str:
        """The name of a unit in the store, or of what belongs to it under other `parameters`.

        Raises
        ------
        OSError
            A file of the unit cannot be read.
        """
        return digest(
            FORMAT,
            unit.method.name,
            unit.method.source,
            self._network,
            None if unit.image is None else _bytes(unit.image.path),
            {what: _bytes(path) for what, path in sorted(unit.files.items())},
            _canonical(unit.parameters if parameters is None else parameters),
        )

    def made(self, unit: Unit, device: str) -> dict[str, Any]:
        """What makes a unit, for its entry in the store."""
        return {"method": unit.method.name, "parameters": unit.parameters, "versions": versions(), "device": device}

    # --- running --------------------------------------------------------------------------------------------------

    def run(self, units: Sequence[Unit], batch: int) -> Results:
        """Find or compute units; each is in the store as soon as it is there.

        Parameters
        ----------
        batch
            How many images, or perturbed images of one, pass through the network at once.

        Raises
        ------
        LimelightError
            More units failed than the study allows; the others are kept.
        """
        store = Store(Path(self.setup.store))
        keys, trails, failed = self._keys(units)
        summary = Summary("running", keys, trails, len(units), failed=failed)
        self._write(summary)
        try:
            found = {unit.name: entry for unit in units if unit.name in keys and (entry := store.get(keys[unit.name]))}
            summary.reused = len(found)
            missing = [unit for unit in units if unit.name in keys and unit.name not in found]
            if missing:
                found |= self._compute(missing, store, batch, summary)
            summary.state = "finished" if len(failed) <= self.setup.allowed else "failed"
        except BaseException:
            summary.state = "failed"
            raise
        finally:
            summary.seconds = age()
            summary.peak_host_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            self._write(summary)
        failures.record(self.setup.study, self.output, failed)
        log.info(
            "%d units: %d computed, %d reused, %d failed", len(units), summary.computed, summary.reused, len(failed)
        )
        if summary.state == "failed":
            first = next(iter(failed))
            raise LimelightError(
                f"{self.output}: {len(failed)} of {len(units)} failed, first {first} ({failed[first]}); the others are "
                f"kept: see failed.csv, or allow as many by `failures: {{allowed: {len(failed)}}}`"
            )
        return Results({unit.name: found[unit.name] for unit in units if unit.name in found}, failed, keys)

    def write(self, results: Results, method: str, parameters: Mapping[str, Any]) -> None:
        """The job's file of arrays; `method` and the `parameters` that its units share say what made it."""
        made = [entry.made for entry in results.found.values()]
        arrays.write(
            self.output,
            {name: entry.arrays for name, entry in results.found.items()},
            {
                "model": {key: self.model_record[key] for key in MODEL_KEYS},
                "method": method,
                "parameters": dict(parameters),
                "versions": [json.loads(text) for text in sorted({_canonical(one["versions"]) for one in made})],
            },
            {name: key for name, key in results.keys.items() if name in results.found},
            results.failed,
        )

    def _keys(self, units: Sequence[Unit]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        keys, trails, failed = {}, {}, {}
        for unit in units:
            try:
                keys[unit.name] = self.key(unit)
                if unit.trail is not None:
                    trails[unit.name] = self.key(unit, {"trail": unit.trail})
            except OSError as error:
                failed[unit.name] = f"{error.filename} cannot be read: {error.strerror}"
        return keys, trails, failed

    def _compute(self, units: Sequence[Unit], store: Store, batch: int, summary: Summary) -> dict[str, Entry]:
        from limelight.work import working

        found = {}
        progress = Progress(self.output, len(units))
        with working(self, store, batch, summary) as work:
            for method, members in groupby(units, key=lambda unit: unit.method):
                for unit, result in method.compute(work, list(members)):
                    if isinstance(result, Failure):
                        summary.failed[unit.name] = result.reason
                        log.warning("%s failed: %s", unit.name, result.reason)
                    else:
                        made = self.made(unit, summary.device)
                        store.put(summary.keys[unit.name], result, made)
                        found[unit.name] = Entry({name: np.asarray(array) for name, array in result.items()}, made)
                        summary.computed += 1
                    progress.advance()
        return found

    def _write(self, summary: Summary) -> None:
        write_json(summary_path(self.output), asdict(summary))


MODEL_KEYS = ("model", "factory", "checkpoint", "checkpoint_sha256")
"""What a record of provenance says of a model, from its `model.json`."""


@cache
def versions() -> dict[str, str]:
    """Versions of what computes."""
    return {
        "limelight": __version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("torch", "torchvision", "numpy", "pillow")},
    }


def age() -> float:
    """Seconds since this process began."""
    return time.time() - psutil.Process().create_time()


@cache
def _bytes(path: str) -> str:
    return file_digest(path)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
