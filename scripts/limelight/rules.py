"""Inputs, parameters and resources of each kind of rule, from what its capability declares.

Plain Python, read at parse time: Snakemake's flags on files come in as functions.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from limelight import schema
from limelight.catalogue import capabilities, capability, rooms_with
from limelight.rooms import ROOMS, file_of
from limelight.study import costs, settings
from limelight.study.declaration import NARROWED, Jobs, Wildcards, setting
from limelight.study.files import file_size
from limelight.study.image_set import Image
from limelight.study.paths import resolve
from limelight.study.plan import Study
from limelight.study.sources import PACKAGE, network_digest, source_digest
from limelight.targets import Targets

LOADING_KEYS = ("factory", "arguments", "checkpoint", "checkpoint_key", "classes", "preprocessing")
"""How a network is loaded: keys of a model's settings."""

PAGE_FILES = ("view.js", "section.html.jinja", "page.html.jinja")
"""What the folder of a capability may have for the pages of the gallery."""

Flag = Callable[[Any], Any]

_PATTERN = re.compile("[{].*[}]|<.*>", re.DOTALL)
"""What Snakemake takes, wherever it stands in the path of an input, for a wildcard or a path variable."""


@dataclass(frozen=True)
class Rules:
    """The rules of a study.

    Attributes
    ----------
    study, targets
    scripts : Path
        Folder of the scripts.
    ancient, as_it_is : callable
        Flags of Snakemake: a file whose time decides nothing; and one that is also not waited for.
    """

    study: Study
    targets: Targets
    scripts: Path
    ancient: Flag
    as_it_is: Flag

    @classmethod
    def of(cls, config: Mapping[str, Any], home: Path, ancient: Flag, as_it_is: Flag) -> "Rules":
        """From what Snakemake was given, and the folder that holds `scripts` and `config`.

        Raises
        ------
        LimelightError
            The configuration is not one of a study.
        """
        known = schema.with_methods_of(config, schema.load(home))
        presets = settings.load_presets(home)
        complete, written = settings.complete(config, known, presets), settings.written(config, presets)
        study = Study(complete, written, settings.defaults(known))
        targets = Targets(study)
        targets.check()
        return cls(study, targets, home / "scripts", ancient, as_it_is)

    # --- params: only what decides the rule's result, so that nothing else makes it run again ---------------------

    def source(self, *files: str | Path) -> str:
        """Digest of scripts, of all package modules behind them, and of other files that they read."""
        return source_digest(*(self.scripts / file for file in files))

    def model_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """How to load the model of a job; `code` changes with the code of its network, also where no file is named."""
        model = self.study.models[wildcards["model"]]
        return {**{key: model[key] for key in LOADING_KEYS if key in model}, "code": self._code(model["factory"])}

    @cache  # noqa: B019 - the rules live as long as the process that parses them
    def _code(self, factory: str) -> str:
        return network_digest(factory)

    def named_layers(self, wildcards: Wildcards) -> list[tuple[Any, ...]]:
        """Layers and filters that the study names for a model, as `Named`, plain."""
        named = [one for room in capabilities() for one in room.named(self.study, wildcards["model"])]
        return [tuple(one) for one in named if one.layer not in (None, "")]

    # Not compared by Snakemake, because derived from the input: they decide nothing of what is written about a network,
    # and another choice makes no other job run again. Who looks at a layer or an ascent looks at it again.

    def asked_for_map(self, wildcards: Wildcards, input: Any) -> list[str]:
        """Where the user asks for attribution methods that need a layer with a map."""
        named = [one for room in capabilities() for one in room.named(self.study, wildcards["model"])]
        return [one.key for one in named if one.layer is None and one.key]

    def ascents(self, wildcards: Wildcards, input: Any) -> list[dict[str, Any]]:
        """The ascent sections of a model; see `limelight.ascent.fits`."""
        model, known = wildcards["model"], dict[str, dict[str, Any]]()
        settings = self.study.models[model]
        for room in capabilities():
            layers = [named.layer for named in room.named(self.study, model)]
            for jobs in room.jobs.values():
                if not jobs.ascent:
                    continue
                entry = known.setdefault(
                    jobs.ascent,
                    {
                        "key": jobs.ascent,
                        "size": jobs.size(settings),
                        "section": setting(settings, jobs.ascent),
                        "default": setting(self.study.defaults or settings, jobs.ascent),
                        "chosen": [key for key in NARROWED if self.study.chosen(model, f"{jobs.ascent}.{key}")],
                        "layers": [],
                    },
                )
                entry["layers"] += [layer for layer in layers if layer not in entry["layers"]]
        return list(known.values())

    def jobs(self, name: str, jobs: str | None) -> Jobs:
        """What a capability declares of one kind of its jobs, by default that of its own name."""
        return capability(name).jobs[jobs or name]

    def parameters(self, name: str, which: str | None) -> dict[str, Any]:
        """Params of a job that computes."""
        jobs, study = self.jobs(name, which), self.study
        code = (self.scripts / "compute.py", file_of(jobs.units))
        modules = [PACKAGE / f"{module.replace('.', '/')}.py" for module in jobs.computes]

        def model(wildcards: Any) -> dict[str, Any]:
            return {**self.model_settings(wildcards), "precision": study.settings["precision"]}

        def images(wildcards: Any) -> list[tuple[str, str | None, str]]:
            return [_described(image) for image in jobs.images(study, wildcards)]

        def chosen(wildcards: Any) -> dict[str, Any]:
            return jobs.settings(study, wildcards)

        def regions(wildcards: Any) -> dict[str, str]:
            return self._regions(jobs, wildcards)

        def code_digest(wildcards: Any) -> str:
            return source_digest(*code, *modules, *jobs.files(study, wildcards))

        # Snakemake does not compare params that are derived from the input: what follows decides no result.
        def batch(wildcards: Any, input: Any) -> int:
            return jobs.batch(study.models[wildcards["model"]])

        def setup(wildcards: Any, input: Any) -> dict[str, Any]:
            return {
                "device": study.settings["device"],
                "jobs_per_gpu": study.settings["gpu"]["jobs_per_gpu"],
                "compile": study.settings["compile"],
                "store": self.store,
                "study": str(study.results),
                "allowed": study.settings["failures"]["allowed"],
            }

        return {
            "capability": which or name,
            "units": jobs.units,
            "model": model,
            "images": images,
            "settings": chosen,
            "regions": regions,
            "source": code_digest,
            "unlisted": lambda wildcards: self.unlisted(self._images_read(jobs, wildcards)),
            "batch": batch,
            "setup": setup,
        }

    @property
    def store(self) -> str:
        """Folder of the store."""
        return str(self.study.results.parent / "store")

    def drawing(self, where: str, *style: str, **more: Any) -> dict[str, Any]:
        """Params of a figure that the function `where` of a capability draws."""
        figures = self.study.settings["figures"]
        return {
            "draw": where,
            "style": {key: figures[key] for key in ("dpi", "fonts", *style)},
            "source": self.source("draw.py", file_of(where)),
            **more,
        }

    def summarising(self, where: str, **more: Any) -> dict[str, Any]:
        """Params of the tables that the function `where` of a capability makes."""
        return {"summarise": where, "source": self.source("summarise.py", file_of(where)), **more}

    def paths_of_images(self, wildcards: Any, input: Any) -> dict[str, str]:
        """Where each image of the set is; as for the setup of a job, none of it makes a job run again."""
        return {image.id: image.path for image in self.study.images}

    # --- the gallery ----------------------------------------------------------------------------------------------

    def exhibiting(self, where: str, *style: str, functions: Iterable[str] = (), **more: Any) -> dict[str, Any]:
        """Params of a folder that the function `where` of `limelight.gallery` fills, by those `functions` of rooms.

        `style`: the keys of the figures' style that decide how it looks.
        """
        library = PACKAGE / f"gallery/{where.partition(':')[0]}.py"
        figures = self.study.settings["figures"]
        return {
            "write": where,
            "style": {key: figures[key] for key in style},
            "source": self.source("draw_exhibit.py", library, *map(file_of, functions)),
            **more,
        }

    def exhibits(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a job reads that shows the images of a bucket: arrays by capability, photographs, the model."""
        names = self.targets.exhibited[wildcards["model"]][wildcards["bucket"]]
        return {
            **self.targets.exhibit_files(wildcards["model"], wildcards["bucket"]),
            **self._photographs_and_check(names),
            "model": f"<study>/{wildcards['model']}/model.json",
        }

    def thumbnails(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a job reads that makes photographs small."""
        return self._photographs_and_check(self.study.thumbnails()[wildcards["bucket"]])

    def _photographs_and_check(self, names: Sequence[str]) -> dict[str, Any]:
        return {"checked": self.checked(names), "photographs": self.existing(map(self.study.image, names))}

    def layer(self, wildcards: Wildcards) -> dict[str, Any]:
        """What a job reads that shows the filters of a layer."""
        model = wildcards["model"]
        return {**self.targets.layer_files(model, wildcards["layer"]), "model": f"<study>/{model}/model.json"}

    def layer_exhibits(self, wildcards: Wildcards) -> dict[str, tuple[str, list[str]]]:
        """By capability, the function that knows something of the filters of a layer, and the names of its inputs."""
        return {
            one.name: (one.layer_exhibit, list(one.layer_files(self.study, wildcards["model"], wildcards["layer"])))
            for one in capabilities()
            if one.layer_exhibit
        }

    def labels(self, wildcards: Wildcards) -> dict[str, str]:
        """The class of each explained image that has one."""
        model = wildcards["model"]
        names = {name for one in capabilities() if one.explains for name in self.study.explained(one.section, model)}
        return {image.id: image.label for image in self.study.images if image.id in names and image.label}

    def page_sources(self) -> list[Path]:
        """The files behind the pages that no module imports: assets, templates, and what stands in the rooms."""
        shell = [file for folder in ("assets", "templates") for file in (PACKAGE / "gallery" / folder).iterdir()]
        rooms = [ROOMS / name / file for file in PAGE_FILES for name in rooms_with(file)]
        return sorted([*shell, *rooms, *(file_of(one.pages) for one in capabilities() if one.pages)])

    # --- resources ------------------------------------------------------------------------------------------------

    def resources(self, name: str, which: str | None) -> dict[str, Any]:
        """Memory and running time of a job that computes: they grow with its work, and with each attempt."""
        jobs, study = self.jobs(name, which), self.study

        def mem_mb(wildcards: Any, attempt: int) -> int:
            return costs.megabytes(jobs, study.models[wildcards["model"]], attempt)

        def runtime(wildcards: Any, attempt: int) -> int:
            count = jobs.count(study, wildcards) if jobs.count else max(1, len(jobs.images(study, wildcards)))
            return costs.minutes(jobs, study.models[wildcards["model"]], count, attempt)

        return {"mem_mb": mem_mb, "runtime": runtime}

    # --- inputs ---------------------------------------------------------------------------------------------------

    def inputs(self, name: str, which: str | None) -> Callable[[Any], dict[str, Any]]:
        """What a job reads that computes, by name."""
        jobs = self.jobs(name, which)

        def lookup(wildcards: Any) -> dict[str, Any]:
            images = jobs.images(self.study, wildcards)
            model = self.study.models[wildcards["model"]]
            learned = jobs.ascent and setting(model, jobs.ascent).get("colours") == "learned"
            return {
                "checked": self.checked([image.id for image in images]),
                "model": f"<study>/{wildcards['model']}/model.json",
                "checkpoint": [self.ancient(path) for path in self.checkpoint(wildcards)],
                "photographs": self.existing(images),
                "masks": self._folded(self._regions(jobs, wildcards).values()),
                "colours": ["<study>/colours.yaml"] if learned else [],
                **jobs.needs(self.study, wildcards),
            }

        return lookup

    def checkpoint(self, wildcards: Any) -> list[str]:
        """The checkpoint of a model."""
        return listed([resolve(self.study.models[wildcards["model"]]["checkpoint"])])

    def factory_file(self, wildcards: Any) -> list[str]:
        """The Python file of a `path/to/file.py:callable` factory."""
        return listed(self._factory_file(wildcards))

    def _factory_file(self, wildcards: Any) -> list[str]:
        file = self.study.models[wildcards["model"]]["factory"].rpartition(":")[0]
        return [file] if file.endswith(".py") else []

    def table(self) -> list[str]:
        """The table of the images, if there is one."""
        images = self.study.settings["images"]
        return [resolve(images["path"])] if images["layout"] == "csv" else []

    # A path of the user's is data, but Snakemake takes each input for a pattern, and a pattern cannot be escaped. The
    # files that it would misread it is not told of: their times are params, so that a changed one runs a job again.

    def unlisted(self, paths: Iterable[str]) -> dict[str, int]:
        """Of those paths that no input can name, the time of each file."""
        return {path: os.stat(path).st_mtime_ns for path in paths if not listed([path]) and os.path.exists(path)}

    def unlisted_of_model(self, wildcards: Any) -> dict[str, int]:
        """Of a model's checkpoint and factory."""
        return self.unlisted(
            [resolve(self.study.models[wildcards["model"]]["checkpoint"]), *self._factory_file(wildcards)]
        )

    def unlisted_of_images(self, names: Callable[[Any], Iterable[str]]) -> Callable[[Any], dict[str, int]]:
        """Of some images and their masks."""
        return lambda wildcards: self.unlisted(
            path for image in map(self.study.image, names(wildcards)) for path in _files(image)
        )

    def unlisted_to_check(self) -> dict[str, int]:
        """Of all images, their masks, and their table."""
        return self.unlisted([*self.table(), *(path for image in self.study.images for path in _files(image))])

    def _images_read(self, jobs: Jobs, wildcards: Wildcards) -> list[str]:
        return [*(image.path for image in jobs.images(self.study, wildcards)), *self._regions(jobs, wildcards).values()]

    # Nothing heavy starts before its images have been looked at. A plain input would run every job again whenever one
    # image is added, and `ancient` alone hides all other reasons to run a job from Snakemake whenever `check_images`
    # runs (it looks for them only in jobs that are not downstream of one that has to run). So only jobs whose images
    # are new wait for the check; the others name the same file, for their set of inputs must not change, but as it is
    # on disk. There it stays whatever becomes of a check (`kept` in common.smk); where it is missing all jobs wait.

    def checked(self, names: Sequence[str]) -> Any:
        """What a job with these images waits for; one without images waits for the first check of the image set."""
        unchecked = self.study.unchecked
        table = "<study>/checked.csv"
        waits = not self.is_made(table) or any(name in unchecked for name in names)
        return table if waits else self.as_it_is(table)

    def is_made(self, path: str) -> bool:
        """Whether a file below `<study>` is on disk."""
        return all(map(os.path.exists, self.targets.on_disk([path])))

    def to_check(self) -> list[tuple[str, str, str | None, str | None, list[str]]]:
        """Id, path, label, mask of all images, and the sizes of their files: another size is another file."""
        return [
            (image.id, image.path, image.label, image.mask, [self._size(path) for path in _files(image)])
            for image in self.study.images
        ]

    def _size(self, path: str) -> str:
        return "" if self.study.is_drawn(path) else file_size(path)

    def files_to_check(self) -> list[str]:
        """The files of all images and their masks."""
        return self._existing(path for image in self.study.images for path in _files(image))

    def existing(self, images: Iterable[Image]) -> list[str]:
        """Files of images that an input can name and that exist; `check_images` reports others, all at once."""
        return self._existing(image.path for image in images)

    def _existing(self, paths: Iterable[str]) -> list[str]:
        return [path for path in self._folded(paths) if self._is_there(path)]

    def _is_there(self, path: str) -> bool:
        """Whether a file of the user's exists, or is one that the workflow draws."""
        return self.study.is_drawn(path) or os.path.exists(path)

    def _folded(self, paths: Iterable[str]) -> list[str]:
        """Paths, but of drawn files their folder, which is one output, and none that no input can name."""
        folded = (os.path.dirname(path) if self.study.is_drawn(path) else path for path in paths)
        return listed(dict.fromkeys(folded))

    def _regions(self, jobs: Jobs, wildcards: Wildcards) -> dict[str, str]:
        """Files of given superpixels, by image, if LIME is to take its superpixels from files."""
        if not jobs.regions or self.study.models[wildcards["model"]]["lime"]["segmentation"]["method"] != "mask":
            return {}
        return {image.id: image.mask for image in jobs.images(self.study, wildcards) if image.mask}

    def masks(self, names: Iterable[str]) -> dict[str, str]:
        """Files of the masks of some images, by image, of those that have one."""
        images = [self.study.image(name) for name in names]
        return {image.id: image.mask for image in images if image.mask and self._is_there(image.mask)}

    def mask_files(self, names: Iterable[str]) -> list[str]:
        """The files of these masks; drawn ones are one output, their folder."""
        return self._folded(self.masks(names).values())

    def of_images(self, name: str, images: Callable[[Any], Sequence[str]]) -> Callable[[Any], list[str]]:
        """The files of a capability that hold something of some images."""
        of_images = capability(name).of_images
        assert of_images is not None

        def lookup(wildcards: Any) -> list[str]:
            model = wildcards["model"]
            return [f"<study>/{model}/{file}" for file in of_images(self.study, model, images(wildcards))]

        return lookup

    def files(self, listed: "Callable[[Study, Any], list[str]]") -> Callable[[Any], list[str]]:
        """The files of a model that a function of the study and the wildcards lists, below the folder of the model."""
        return lambda wildcards: [f"<study>/{wildcards['model']}/{file}" for file in listed(self.study, wildcards)]

    # --- images ---------------------------------------------------------------------------------------------------

    def this_image(self, wildcards: Any) -> list[str]:
        """The image of a figure of one image."""
        return [wildcards["image"]]

    def on_sheet(self, section: str) -> Callable[[Any], list[str]]:
        """The images of the sheet of a section."""
        return lambda wildcards: self.study.on_sheet(section, wildcards["model"])

    def explained(self, section: str) -> Callable[[Any], list[str]]:
        """The images that a section explains."""
        return lambda wildcards: self.study.explained(section, wildcards["model"])

    def pictured(self, names: Callable[[Any], Iterable[str]]) -> Callable[[Any], list[tuple[str, str | None, str]]]:
        """Id, label and path of the images of a figure."""
        return lambda wildcards: [_described(self.study.image(name)) for name in names(wildcards)]

    def spread(self) -> list[Image]:
        """At most 500 images, evenly over the set."""
        return self.study.images[:: max(1, -(-len(self.study.images) // 500))]


def listed(paths: Iterable[str]) -> list[str]:
    """Those of some paths that an input of Snakemake can name."""
    return [path for path in paths if not _PATTERN.search(path)]


def _files(image: Image) -> list[str]:
    return [path for path in (image.path, image.mask) if path]


def _described(image: Image) -> tuple[str, str | None, str]:
    return image.id, image.label, image.path
