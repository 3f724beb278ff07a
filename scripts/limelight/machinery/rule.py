"""Context of a rule's script: its files, parameters and wildcards, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class RuleContext:
    """One run of a rule.

    Attributes
    ----------
    files : mapping
        Its inputs by name: a path, or a list of paths.
    params : mapping
    wildcards : mapping
    """

    files: Mapping[str, Any]
    params: Mapping[str, Any]
    wildcards: Mapping[str, str]

    @classmethod
    def of(cls, snakemake: Any) -> Self:
        """From the object that Snakemake gives a script."""
        return cls(dict(snakemake.input.items()), dict(snakemake.params.items()), dict(snakemake.wildcards.items()))

    def paths(self, name: str = "arrays") -> list[str]:
        """The files of an input, none if the rule has no such input."""
        paths = self.files.get(name, [])
        return [paths] if isinstance(paths, str) else list(paths)
