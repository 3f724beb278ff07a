"""A job: asks the store, computes what is missing, stores each result at once, and writes a summary.

No torch here: a job of which everything is in the store imports no framework, loads no network and takes no GPU.
"""

import csv
import importlib
import importlib.metadata
import json
import logging
import platform
import resource
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from limelight import __version__
from limelight.machinery import arrays, failures
from limelight.machinery.items import Item
from limelight.machinery.progress import Progress, age
from limelight.machinery.store import Entry, Store
from limelight.machinery.units import Failure, Photograph, Setup, Summary, Unit, summary_path
from limelight.network.layers import Layer, find_layer, read_layers
from limelight.study.digests import digest, file_digest
from limelight.study.errors import LimelightError, nearest
from limelight.study.files import read_json, write_json
from limelight.study.paths import resolve
from limelight.study.sources import network_digest

log = logging.getLogger(__name__)

FORMAT = 2
"""Part of every key; another number makes everything be computed again. 2: keys of code that only computes."""


@dataclass(frozen=True)
class Results:
    """What a job has: entries of the store and reasons of failures, by item, in the order of the units."""

    entries: Mapping[Item, Entry]
    failed: Mapping[Item, str]
    keys: Mapping[Item, str]


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
    settings : mapping
        All of the configuration that decides the results.
    wildcards : mapping
        Of the rule.
    regions : mapping
        Files of given superpixels, by image.
    files : mapping
        Other inputs of the rule by name, lists of paths.
    """

    output: str
    model: Mapping[str, Any]
    record: str
    listed: Sequence[tuple[str, str | None, str]]
    checked: str | None
    threads: int
    setup: Setup
    settings: Mapping[str, Any] = field(default_factory=dict)
    wildcards: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, snakemake: Any) -> "Job":
        """The job of a rule, from the object that Snakemake gives its script."""
        files = {name: [paths] if isinstance(paths, str) else list(paths) for name, paths in snakemake.input.items()}
        return cls(
            snakemake.output[0],
            snakemake.params.model,
            snakemake.input.model,
            snakemake.params.images,
            snakemake.input.get("checked"),
            snakemake.threads,
            Setup(**snakemake.params.setup),
            snakemake.params.settings,
            dict(snakemake.wildcards.items()),
            snakemake.params.regions,
            files,
        )

    @cached_property
    def model_record(self) -> dict[str, Any]:
        """The content of `model.json`."""
        return read_json(self.record)

    @cached_property
    def images(self) -> list[Photograph]:
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
            Photograph(name, None if label is None else self.class_index(label, f"image {name}: label"), path)
            for name, label, path in self.listed
            if name in usable
        ]

    def with_colours(self, ascent: Mapping[str, Any]) -> dict[str, Any]:
        """An `ascent` section with the numbers of `colours: learned`, which decide what is computed."""
        if ascent.get("colours") != "learned" or not self.files.get("colours"):
            return dict(ascent)
        return {**ascent, **yaml.safe_load(Path(self.files["colours"][0]).read_text(encoding="utf-8"))}

    def layer(self, named: str | int) -> Layer:
        """The layer that a study means by a name, an index or a depth."""
        return find_layer(read_layers(self.model_record), named)

    def layer_of_maps(self, named: str | int | None) -> str | None:
        """The layer that attribution methods look at: that of the study, or the last map of the network, if any."""
        return self.model_record["last_map"] if named is None else self.layer(named).name

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
        raise LimelightError(f"{where} {name!r} is not a class of the model; the nearest are {nearest(name, classes)}")

    # --- keys ---------------------------------------------------------------------------------------------------

    @cached_property
    def _network(self) -> str:
        """Digest of what decides the network's output for a file: its code and weights, and its preprocessing.

        Of the code what stands there now, not when the workflow was parsed.
        """
        decisive = {key: self.model.get(key) for key in ("arguments", "checkpoint_key", "preprocessing", "precision")}
        return digest(
            network_digest(self.model["factory"]),
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
            unit.computation.name,
            unit.computation.source,
            self._network,
            None if unit.image is None else _bytes(unit.image.path),
            {what: _bytes(path) for what, path in sorted(unit.files.items())},
            _canonical(unit.parameters if parameters is None else parameters),
        )

    def made(self, unit: Unit, device: str) -> dict[str, Any]:
        """What makes a unit, for its entry in the store."""
        return {
            "method": unit.computation.name,
            "parameters": unit.parameters,
            "versions": versions(),
            "device": device,
        }

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
        summary = Summary("running", _named(keys), _named(trails), len(units), failed=_named(failed))
        self._write(summary)
        try:
            entries = {
                unit.item: entry for unit in units if unit.item in keys and (entry := store.get(keys[unit.item]))
            }
            summary.reused = len(entries)
            missing = [unit for unit in units if unit.item in keys and unit.item not in entries]
            if missing:
                self._compute(missing, store, batch, summary, keys, entries, failed)
            summary.state = "finished" if len(failed) <= self.setup.allowed else "failed"
        except BaseException:
            summary.state = "failed"
            raise
        finally:
            summary.failed = _named(failed)
            summary.seconds = age()
            summary.peak_host_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            self._write(summary)
        failures.record(self.setup.study, self.output, summary.failed)
        log.info(
            "%d units: %d computed, %d reused, %d failed", len(units), summary.computed, summary.reused, len(failed)
        )
        if summary.state == "failed":
            first = next(iter(failed))
            raise LimelightError(
                f"{self.output}: {len(failed)} of {len(units)} failed, first {first} ({failed[first]}); the others are "
                f"kept; see failed.csv, or tolerate failures with `failures: {{allowed: {len(failed)}}}`"
            )
        return Results({unit.item: entries[unit.item] for unit in units if unit.item in entries}, failed, keys)

    def write(self, results: Results, method: str, parameters: Mapping[str, Any]) -> None:
        """The job's file of arrays; `method` and the `parameters` that its units share say what made it."""
        made = [entry.made for entry in results.entries.values()]
        arrays.write(
            self.output,
            {item: entry.arrays for item, entry in results.entries.items()},
            {
                "model": {key: self.model_record[key] for key in MODEL_KEYS},
                "method": method,
                "parameters": dict(parameters),
                "versions": [json.loads(text) for text in sorted({_canonical(one["versions"]) for one in made})],
            },
            {item: key for item, key in results.keys.items() if item in results.entries},
            results.failed,
        )

    def _keys(self, units: Sequence[Unit]) -> tuple[dict[Item, str], dict[Item, str], dict[Item, str]]:
        keys, trails, failed = {}, {}, {}
        for unit in units:
            try:
                keys[unit.item] = self.key(unit)
                if unit.trail is not None:
                    trails[unit.item] = self.key(unit, {"trail": unit.trail})
            except OSError as error:
                failed[unit.item] = f"{error.filename} cannot be read: {error.strerror}"
        return keys, trails, failed

    def _compute(
        self,
        units: Sequence[Unit],
        store: Store,
        batch: int,
        summary: Summary,
        keys: Mapping[Item, str],
        entries: dict[Item, Entry],
        failed: dict[Item, str],
    ) -> None:
        """Compute units, and enter each among the `entries` or the `failed`."""
        from limelight.machinery.work import working

        progress = Progress(self.output, len(units))
        with working(self.model, self.setup, self.threads, store, batch, summary) as work:
            for computation, members in groupby(units, key=lambda unit: unit.computation):
                for unit, result in computation.compute(work, list(members)):
                    if isinstance(result, Failure):
                        failed[unit.item] = result.reason
                        log.warning("%s failed: %s", unit.item, result.reason)
                    else:
                        made = self.made(unit, summary.device)
                        store.put(keys[unit.item], result, made)
                        entries[unit.item] = Entry({name: np.asarray(array) for name, array in result.items()}, made)
                        summary.computed += 1
                    progress.advance()

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


def _named(values: Mapping[Item, str]) -> dict[str, str]:
    """By the names of items, as JSON has it."""
    return {str(item): value for item, value in values.items()}


@cache
def _bytes(path: str) -> str:
    return file_digest(path)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
