"""A job: asks the store, computes what is missing, stores each result at once, and writes a summary.

No torch here: a job of which everything is in the store imports no framework, loads no network and takes no GPU.
"""

import importlib
import importlib.metadata
import json
import logging
import platform
import resource
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from limelight import __version__
from limelight.machinery import arrays, failures
from limelight.machinery.inputs import digest_of, replaced
from limelight.machinery.items import Item
from limelight.machinery.progress import Progress, age
from limelight.machinery.store import Claims, Entry, Store
from limelight.machinery.units import Failure, Photograph, Setup, Summary, Unit, summary_path
from limelight.network.layers import LOGITS, Layer, UnsuitedError, find_layer, read_layers
from limelight.study.checked import Checked
from limelight.study.digests import digest, file_digest
from limelight.study.errors import LimelightError, nearest
from limelight.study.files import read_json, write_json
from limelight.study.paths import resolve
from limelight.study.sources import network_digest

log = logging.getLogger(__name__)

FORMAT = 2
"""Part of every key; another number makes everything be computed again. 2: keys of code that only computes."""


@dataclass(frozen=True)
class JobResults:
    """What a job has: entries of the store and reasons of failures, by item, in the order of the units."""

    entries: Mapping[Item, Entry]
    failed: Mapping[Item, str]
    keys: Mapping[Item, str]


@dataclass(frozen=True)
class _Run:
    """What computes the units of a job, `batch` photographs at once, and what has become of them so far, by item."""

    store: Store
    batch: int
    summary: Summary
    keys: Mapping[Item, str]
    entries: dict[Item, Entry]
    failed: dict[Item, str]


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
        The table of images that have been looked at; those that cannot be used are left out.
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
    left_out : list of str
        What the network cannot do of the defaults, a sentence each.
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
    left_out: list[str] = field(default_factory=list)

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
        checked = None if self.checked is None else Checked.of(self.checked)
        return [
            Photograph(name, None if label is None else self.class_index(label, f"image {name}: label"), path)
            for name, label, path in self.listed
            if checked is None or checked.usable(name)
        ]

    def with_colours(self, ascent: Mapping[str, Any]) -> dict[str, Any]:
        """An `ascent` section with the numbers of `colours: learned`, which decide what is computed."""
        if ascent.get("colours") != "learned" or not self.files.get("colours"):
            return dict(ascent)
        return {**ascent, **yaml.safe_load(Path(self.files["colours"][0]).read_text(encoding="utf-8"))}

    # --- what the network can do ----------------------------------------------------------------------------------
    #
    # `inspect_model` has made sure that it can do all that the user asked for; defaults are narrowed to what it can.

    def units(
        self, listed: "Callable[[Job], tuple[list[Unit], Mapping[str, Any]]]"
    ) -> tuple[list[Unit], Mapping[str, Any]]:
        """The units that a capability lists and the parameters that they share; none where the network suits none."""
        try:
            return listed(self)
        except UnsuitedError as error:
            self.leave_out(str(error))
            return [], self.settings

    def leave_out(self, reason: str) -> None:
        """Say what is left out and why, in one sentence."""
        if reason not in self.left_out:
            self.left_out.append(reason)
            log.info("left out: %s", reason)

    def layer(self, named: str | int) -> Layer:
        """The layer that a study means by a name, an index or a depth.

        Raises
        ------
        UnsuitedError
            The network has no layer at that depth.
        """
        return find_layer(read_layers(self.model_record), named)

    def layer_of_maps(self, named: str | int | None) -> str | None:
        """The layer that attribution methods look at: that of the study, or the last map of the network, if any."""
        return self.model_record["last_map"] if named is None else self.layer(named).name

    def layers(self, named: Iterable[str | int]) -> list[Layer]:
        """Those of some layers that the network has, each once: a layer may go by several names.

        Raises
        ------
        UnsuitedError
            It has none of them.
        """
        known: dict[Layer, None] = {}
        reason = "no layer is named"
        for name in named:
            try:
                known[self.layer(name)] = None
            except UnsuitedError as error:
                reason = str(error)
                self.leave_out(reason)
        if not known:
            raise UnsuitedError(reason)
        return list(known)

    def filters(self, layer: Layer, numbers: Sequence[int]) -> list[int]:
        """Those of some filters that a layer has.

        Raises
        ------
        UnsuitedError
            It has none of them.
        """
        count = layer.filters or 0
        missing = [str(number) for number in numbers if number >= count]
        if missing:
            has = {0: "no filter", 1: "one filter"}.get(count, f"{count} filters")
            lacks = f"is no filter {missing[0]}" if len(missing) == 1 else f"are no filters {', '.join(missing)}"
            reason = f"layer {layer.name} ({layer.type}) has {has}, so that there {lacks}"
            if len(missing) == len(numbers):
                raise UnsuitedError(reason)
            self.leave_out(reason)
        return [number for number in numbers if number < count]

    def ascent(self, key: str, layer: str) -> dict[str, Any]:
        """The `ascent` section at that key, whose defaults are narrowed to the pictures that a layer takes."""
        section = dict(self.settings["ascent"])
        if section.get("tile") or self.settings.get("size"):
            return section
        asked = {"pad": section.get("transforms", {}).get("pad", 0), "octaves": section.get("octaves", {})}
        for name in (layer, *looked_at(section.get("objective", "mean"))):
            for fit in self.model_record.get("fits", {}).get(key, ()):
                if name in fit["layers"] and asked == fit["default"]:
                    self.leave_out(
                        f"{f'layer {name}' if name else 'the logits'}: the network fails on pictures of "
                        f"{fit['reason']}, so that ascents have {_pictures(fit)}"
                    )
                    pad = min(section["transforms"]["pad"], fit["pad"])
                    count = min(section["octaves"]["count"], fit["octaves"])
                    section["transforms"] = {**section["transforms"], "pad": pad}
                    section["octaves"] = {**section["octaves"], "count": count}
        return section

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
        """Digest of what decides the network's output for a file: its code and weights, and its preprocessing."""
        decisive = {key: self.model.get(key) for key in ("arguments", "checkpoint_key", "preprocessing", "precision")}
        return digest(*self._origin.values(), _canonical(decisive))

    @cached_property
    def _origin(self) -> dict[str, str]:
        """Digests of what the network is made from, as it stood there when the job began and not at parse time."""
        return self._origin_now()

    def _origin_now(self) -> dict[str, str]:
        path = resolve(self.model["checkpoint"])
        return {f"the code of {self.model['factory']}": network_digest(self.model["factory"]), path: file_digest(path)}

    def _check_origin(self) -> None:
        """Raise if the network that was just loaded may not be the one that the keys name.

        A job may wait for hours for a GPU between the digest of a checkpoint and its loading.
        """
        now = self._origin_now()
        changed = [what for what in now if now[what] != self._origin[what]]
        if changed:
            raise LimelightError(_CHANGED.format(changed[0]))

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
            None if unit.image is None else digest_of(unit.image.path),
            {what: digest_of(path) for what, path in sorted(unit.files.items())},
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

    def run(self, units: Sequence[Unit], batch: int) -> JobResults:
        """Find or compute units; each is in the store as soon as it is there.

        Parameters
        ----------
        batch
            How many images, or perturbed images of one, pass through the network at once.

        Raises
        ------
        LimelightError
            More units failed than the study allows; the others are kept. Or the checkpoint or the code of the network
            is not what it was when the model was inspected, or when the job began. Or an image or mask was replaced.
        """
        self._check_record()
        store = Store(Path(self.setup.store))
        keys, trails, failed = self._keys(units)
        summary = Summary(
            "running", _named(keys), _named(trails), len(units), failed=_named(failed), left_out=list(self.left_out)
        )
        self._write(summary)
        try:
            entries = {
                unit.item: entry for unit in units if unit.item in keys and (entry := store.get(keys[unit.item]))
            }
            summary.reused = len(entries)
            missing = [unit for unit in units if unit.item in keys and unit.item not in entries]
            if missing:
                self._share(missing, _Run(store, batch, summary, keys, entries, failed))
            self._check_files(units)
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
            if alike := _alike(units, failed):
                raise LimelightError(
                    f"{self.output}: {alike}; this is a mistake of the study or of the method, not of the images; see "
                    "failed.csv"
                )
            first = next(iter(failed))
            raise LimelightError(
                f"{self.output}: {len(failed)} of {len(units)} failed, first {first} ({failed[first]}); the others are "
                f"kept; see failed.csv, or tolerate failures with `failures: {{allowed: {len(failed)}}}`"
            )
        return JobResults({unit.item: entries[unit.item] for unit in units if unit.item in entries}, failed, keys)

    def write(self, results: JobResults, method: str, parameters: Mapping[str, Any]) -> None:
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
                "left_out": self.left_out,
            },
            {item: key for item, key in results.keys.items() if item in results.entries},
            results.failed,
        )

    def _check_record(self) -> None:
        """Raise if `model.json`, which says in every result what made it, is of another checkpoint."""
        path = resolve(self.model["checkpoint"])
        if self.model_record["checkpoint_sha256"] != self._origin[path]:
            raise LimelightError(
                f"{path} is not the checkpoint that {self.record} describes; expected it to stay as it is while a "
                "study runs; run it again, with `--forcerun inspect_model` if its date is older than that file's"
            )

    def _check_files(self, units: Sequence[Unit]) -> None:
        """Raise if Snakemake would take results of files that are gone for those of the files that are there now."""
        images = [unit.image.path for unit in units if unit.image is not None]
        files = dict.fromkeys([*images, *(path for unit in units for path in unit.files.values())])
        if others := replaced(files):
            raise LimelightError(
                f"{others[0]}: was replaced while {self.output} was made; expected the same file to the end; "
                "run again, which computes only what is missing"
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

    def _share(self, units: Sequence[Unit], run: _Run) -> None:
        """Compute what no other job is computing, and take the rest from the store when that has."""
        with run.store.claims() as claims:
            while units:
                claimed = {unit.item for unit in units if claims.take(run.keys[unit.item])}
                # Another job may have finished a unit between the look into the store and the claim.
                shared = {unit.item: entry for unit in units if (entry := run.store.get(run.keys[unit.item]))}
                run.entries.update(shared)
                run.summary.reused += len(shared)
                missing = [unit for unit in units if unit.item not in shared]
                if mine := [unit for unit in missing if unit.item in claimed]:
                    self._compute(mine, claims, run)
                units = [unit for unit in missing if unit.item not in claimed]
                if units:
                    log.info("waiting for %d units that another job computes", len(units))
                    claims.wait(run.keys[units[0].item])

    def _compute(self, units: Sequence[Unit], claims: Claims, run: _Run) -> None:
        """Compute units, and enter each among those that have arrays or that failed."""
        from limelight.machinery.work import working

        progress = Progress(self.output, len(units))
        with working(self.model, self.setup, self.threads, run.store, run.batch, run.summary) as work:
            self._check_origin()
            for computation, members in groupby(units, key=lambda unit: unit.computation):
                for number, (unit, result) in enumerate(computation.compute(work, list(members))):
                    if not number and computation.changed:  # what it imports, it has imported by now
                        raise LimelightError(_CHANGED.format(f"the code of {computation.name}"))
                    if isinstance(result, Failure):
                        run.failed[unit.item] = result.reason
                        log.warning("%s failed: %s", unit.item, result.reason)
                    else:
                        made = self.made(unit, run.summary.device)
                        run.store.put(run.keys[unit.item], result, made)
                        arrays_of_unit = {name: np.asarray(array) for name, array in result.items()}
                        run.entries[unit.item] = Entry(arrays_of_unit, made)
                        run.summary.computed += 1
                    claims.release(run.keys[unit.item])
                    progress.advance()

    def _write(self, summary: Summary) -> None:
        write_json(summary_path(self.output), asdict(summary))


_CHANGED = (
    "{} changed after this job had begun; expected it to stay as it is while a study runs; nothing that was computed "
    "with it is stored: run the study again"
)

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


def _alike(units: Sequence[Unit], failed: Mapping[Item, str]) -> str:
    """What fails for each of several images for the same reason; empty if nothing does."""
    groups: dict[tuple[str, str, str], list[Unit]] = {}
    for unit in units:
        if unit.image is not None:
            what = (unit.item.method or unit.computation.name, str(unit.item.layer or ""), str(unit.item.variant or ""))
            groups.setdefault(what, []).append(unit)
    for what, members in groups.items():
        reasons = {failed.get(unit.item) for unit in members}
        images = {unit.item.image for unit in members}
        if len(images) > 1 and len(reasons) == 1 and (reason := reasons.pop()):
            return f"{' '.join(filter(None, what))} fails alike for all {len(images)} images ({reason})"
    return ""


def looked_at(objective: str | Sequence[Mapping[str, Any]]) -> list[str]:
    """The layers that an objective names itself, beside the one whose filter ascends."""
    terms = [{"of": objective}] if isinstance(objective, str) else objective
    layers = [LOGITS if term["of"] == "logit" else term.get("layer") for term in terms]
    return [str(layer) for layer in layers if layer is not None]


def _pictures(fit: Mapping[str, Any]) -> str:
    """What a `limelight.ascent.fits.Fit` leaves, in words."""
    octaves = "one octave" if fit["octaves"] == 1 else f"{fit['octaves']} octaves"
    padding = f"{fit['pad']} pixels of padding" if fit["pad"] else "no padding"
    return f"{octaves} and {padding}"


def _named(values: Mapping[Item, str]) -> dict[str, str]:
    """By the names of items, as JSON has it."""
    return {str(item): value for item, value in values.items()}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
