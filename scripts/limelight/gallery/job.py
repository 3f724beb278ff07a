"""Context of a rule that makes pictures and data for the gallery."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from limelight.machinery.rule import RuleContext


@dataclass(frozen=True)
class GalleryJob(RuleContext):
    """A folder of the gallery to fill.

    Attributes
    ----------
    files, params, wildcards : mapping
        Of the rule, by name.
    root : Path
        Of the gallery.
    folder : str
        Of what the job makes, below `root`.
    """

    root: Path
    folder: str

    @classmethod
    def of(cls, snakemake: Any) -> Self:
        """From the object that Snakemake gives a script."""
        rule, folder = RuleContext.of(snakemake), snakemake.params.folder
        root = Path(snakemake.output[0]).parents[len(Path(folder).parts) - 1]
        return cls(rule.files, rule.params, rule.wildcards, root, folder)
