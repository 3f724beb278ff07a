"""Context of a rule that draws: files, parameters and wildcards, and what most figures read from them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from limelight.figures.inputs import failures, figure_provenance, subjects
from limelight.figures.style import Style
from limelight.figures.subject import Subject, join
from limelight.machinery import arrays
from limelight.machinery.items import Item
from limelight.machinery.rule import RuleContext
from limelight.study.files import read_json


@dataclass(frozen=True)
class Drawing(RuleContext):
    """A figure to draw.

    Attributes
    ----------
    files : mapping
        Inputs of the rule by name: a path, or a list of paths. `arrays` and `model` (a `model.json`) are usual.
    params : mapping
        Parameters of the rule; `style` is always there, `images` where photographs are shown: (id, label, path) each.
    wildcards : mapping
    """

    @cached_property
    def style(self) -> Style:
        """How it is to look."""
        return Style(**self.params["style"])

    @cached_property
    def model(self) -> dict[str, Any]:
        """The content of `model.json`."""
        return read_json(self.files["model"])

    @property
    def images(self) -> list[tuple[str, str | None, str]]:
        """Id, label and file of each photograph."""
        return list(self.params["images"])

    @cached_property
    def arrays(self) -> dict[Item, Any]:
        """The arrays of the photographs on the figure, or all where it shows none."""
        index = [item for path in self.paths() for item in arrays.read_index(path).items]
        names = {name for name, *_ in self.params.get("images", ())}
        return arrays.read(
            self.paths(), {item for item in index if item.image is None or not names or item.image in names}
        )

    @cached_property
    def failed(self) -> dict[Item, str]:
        """Reasons, of what the arrays lack."""
        return failures(self.paths())

    @cached_property
    def left_out(self) -> str:
        """What the network cannot do of the defaults, as sentences of a subtitle."""
        return join(*(f"{reason[0].upper()}{reason[1:]}." for reason in arrays.left_out(self.paths())))

    def subjects(self) -> list[Subject]:
        """The photographs with what the network said of each; those that are not known at all are left out."""
        computed = {item.image for item in (*self.arrays, *self.failed)}
        return subjects(self.images, self.files["model"], self.files["predictions"], computed)

    def made(self, images: Collection[str] | None = None) -> dict[str, Any]:
        """What made the figure, for its metadata."""
        return figure_provenance(self.paths(), self.params["style"], images)
