"""The files that a study makes: all lists of targets of the rules, derived from the catalogue.

Paths begin with `<study>`, the path variable of the Snakefile. Read at parse time: no torch, no numpy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from limelight.catalogue import capabilities, capability, rooms_with
from limelight.gallery import SHELL_PAGES
from limelight.study import costs
from limelight.study.declaration import Capability
from limelight.study.plan import Study
from limelight.study.shards import buckets


@dataclass(frozen=True)
class Targets:
    """The files that a study makes, by what they are."""

    study: Study

    def check(self) -> None:
        """Raise a LimelightError where the choices of a capability make no sense."""
        for one in capabilities():
            for model in self.study.models:
                if one.explains:
                    self.study.explained(one.section, model)
                one.check(self.study, model)
        self.study.images_with_figures()

    def costly(self) -> list[str]:
        """What is lawful and takes long, or much memory: a sentence for each kind of job."""
        return [
            f"{name} of {model}: {cost}"
            for model, settings in self.study.models.items()
            for one in capabilities()
            if one.arrays(self.study, model)
            for name, jobs in one.jobs.items()
            if (cost := costs.in_words(jobs, settings))
        ]

    def arrays(self, *names: str) -> list[str]:
        """The files of all jobs that ask the store, of some capabilities or of all."""
        return [
            f"<study>/{model}/{file}"
            for one in _named(names)
            for model in self.study.models
            for file in one.arrays(self.study, model)
        ]

    def arrays_of(self, name: str, model: str) -> list[str]:
        """The files of the jobs of one capability for one model."""
        return [f"<study>/{model}/{file}" for file in capability(name).arrays(self.study, model)]

    def tables(self, *names: str) -> list[str]:
        """CSV files of the models."""
        return [
            f"<study>/{model}/{table}.csv"
            for one in _named(names)
            for model in self.study.models
            for table in one.tables(self.study, model)
        ]

    def sheets(self, *names: str) -> list[str]:
        """PNG files of the sheets, a model after the other, in the order of the report."""
        return [
            f"<study>/{model}/sheets/{sheet}.png"
            for model in self.study.models
            for one in _named(names)
            for sheet in self._sheets_of(one, model)
        ]

    def _sheets_of(self, one: Capability, model: str) -> Sequence[str]:
        """The sheets of a capability: none of one that explains photographs and is told to explain none."""
        explains = not one.explains or self.study.explained(one.section, model)
        return one.sheets(self.study, model) if explains else []

    def headings(self) -> dict[str, dict[str, str]]:
        """By model, the heading of each sheet in the report of the study: its own, or that of its first folder."""
        known = {key: heading for one in capabilities() for key, heading in one.headings.items()}
        return {
            model: {
                sheet: known.get(sheet, known.get(sheet.partition("/")[0], one.title))
                for one in capabilities()
                for sheet in self._sheets_of(one, model)
            }
            for model in self.study.models
        }

    def study_sections(self) -> dict[str, tuple[str, str, list[str]]]:
        """By capability, the title, the question and the files of what belongs to no single model."""
        return {
            one.name: (one.title, one.question, files)
            for one in capabilities()
            if (files := one.study_files(self.study))
        }

    def study_files(self, *names: str) -> list[str]:
        """Files that belong to no single model."""
        return [f"<study>/{file}" for one in _named(names) for file in one.study_files(self.study)]

    def figures(self) -> list[str]:
        """PNG files of the figures of those photographs that the config shows."""
        return [
            f"<study>/{model}/figures/{figure}/{image}.png"
            for model in self.study.models
            for image in self.study.images_with_figures()
            for one in capabilities()
            for figure in one.figures(self.study, model)
        ]

    def everything(self, *names: str) -> list[str]:
        """All that some capabilities make, in all formats of the study."""
        pictures = self.every_format([*self.sheets(*names), *self.study_files(*names)])
        return [*self.arrays(*names), *self.tables(*names), *pictures]

    def every_format(self, paths: Iterable[str]) -> list[str]:
        """Figures, named by their PNGs, in all formats of the study; what is no PNG as it is."""
        formats = sorted(self.study.settings["figures"]["formats"], key=lambda ending: ending != "png")
        return [
            f"{path.removesuffix('.png')}.{ending}" if path.endswith(".png") else path
            for path in paths
            for ending in (formats if path.endswith(".png") else [""])
        ]

    def on_disk(self, paths: Iterable[str]) -> list[str]:
        """Paths for a script, which knows no path variables."""
        return [path.replace("<study>", str(self.study.results)) for path in paths]

    # --- the gallery ----------------------------------------------------------------------------------------------

    def exhibited_by(self, one: Capability, model: str) -> set[str]:
        """Ids of the images of which the gallery shows a capability: the explained, and those with figures."""
        with_figures = self.study.images_with_figures() if one.figures(self.study, model) else []
        return {*self.study.explained(one.section, model), *with_figures}

    @cached_property
    def exhibited(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """By model, buckets of the images that any capability explains, for the gallery's pictures of them."""
        size = self.study.settings["buckets"]["explain"]
        known = {}
        for model in self.study.models:
            names = {name for one in capabilities() if one.explains for name in self.exhibited_by(one, model)}
            known[model] = buckets([image.id for image in self.study.images if image.id in names], size)
        return known

    def exhibit_files(self, model: str, bucket: str) -> dict[str, list[str]]:
        """By capability, the files that hold something of the images of a bucket of the gallery."""
        files = {}
        for one in capabilities():
            if one.exhibit and one.of_images:
                known = self.exhibited_by(one, model)
                names = [name for name in self.exhibited[model][bucket] if name in known]
                files[one.name] = [f"<study>/{model}/{file}" for file in one.of_images(self.study, model, names)]
        return files

    def layers(self, model: str) -> list[str]:
        """The layers of which the gallery shows filters."""
        return list(dict.fromkeys(layer for one in capabilities() for layer in one.layers(self.study, model)))

    def layer_files(self, model: str, layer: str) -> dict[str, list[str]]:
        """What the gallery reads of a layer, by capability and what it is: `facets.facets`."""
        return {
            f"{one.name}.{what}": [f"<study>/{model}/{file}" for file in files]
            for one in capabilities()
            if one.layer_exhibit
            for what, files in one.layer_files(self.study, model, layer).items()
        }

    def exhibits(self) -> list[str]:
        """The folders of the gallery that hold pictures."""
        return [
            *(f"<study>/gallery/thumbnails/{bucket}" for bucket in self.study.thumbnails()),
            *(
                f"<study>/gallery/models/{model}/{bucket}"
                for model in self.study.models
                for bucket in self.exhibited[model]
            ),
            *(
                f"<study>/gallery/models/{model}/layers/{layer}"
                for model in self.study.models
                for layer in self.layers(model)
            ),
        ]

    def gallery_models(self) -> dict[str, dict[str, Any]]:
        """What the pages have to know of each model."""
        return {
            model: {
                "buckets": self.exhibited[model],
                "layers": self.layers(model),
                "figures": {one.name: made for one in capabilities() if (made := one.figures(self.study, model))},
            }
            for model in self.study.models
        }

    def rooms_of_pages(self) -> dict[str, dict[str, Any]]:
        """The capabilities that add to the pages, and the files that each reads, below the folder of a model."""
        return {
            one.name: {
                "pages": one.pages,
                "files": {model: one.page_files(self.study, model) for model in self.study.models},
                "study_files": one.study_files(self.study),
            }
            for one in capabilities()
            if one.pages
        }

    def page_files(self) -> list[str]:
        """All of these files."""
        return [
            *(
                f"<study>/{model}/{file}"
                for room in self.rooms_of_pages().values()
                for model, kinds in room["files"].items()
                for files in kinds.values()
                for file in files
            ),
            *(f"<study>/{file}" for room in self.rooms_of_pages().values() for file in room["study_files"]),
        ]

    def pages(self) -> list[str]:
        """The pages of the gallery, without their ending."""
        return [*SHELL_PAGES, *rooms_with("page.html.jinja")]


def _named(names: Sequence[str]) -> Sequence[Capability]:
    return [capability(name) for name in names] if names else capabilities()
