"""What is a rule given that makes pictures and data for the gallery?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class GalleryJob:
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

    files: Mapping[str, Any]
    params: Mapping[str, Any]
    wildcards: Mapping[str, str]
    root: Path
    folder: str

    @classmethod
    def of(cls, snakemake: Any) -> "GalleryJob":
        """From the object that Snakemake gives a script."""
        params, folder = dict(snakemake.params.items()), snakemake.params.folder
        root = Path(snakemake.output[0]).parents[len(Path(folder).parts) - 1]
        return cls(dict(snakemake.input.items()), params, dict(snakemake.wildcards.items()), root, folder)

    def paths(self, name: str) -> list[str]:
        """The files of an input, none if the rule has no such input."""
        paths = self.files.get(name, [])
        return [paths] if isinstance(paths, str) else list(paths)
