"""In which files are the attribution methods of a study? (parse time: no heavy imports)

They are imported by name, so that no digest of the code that calls them sees a change of theirs.
"""

from collections.abc import Sequence
from pathlib import Path

from limelight.attribution.registry import BASELINES, METHODS
from limelight.digests import PACKAGE
from limelight.errors import LimelightError, nearest


def sources(methods: Sequence[str]) -> list[Path]:
    """The files in which the attribution methods are, in whose digest a change of them shows; LIME has its arrays.

    Raises
    ------
    LimelightError
        There is no such method.
    """
    return [source_file(name) for name in methods if name != "lime"]


def source_file(name: str) -> Path:
    """The file of an attribution method or of a baseline; see `sources`."""
    if ":" in name:
        return Path(name.rpartition(":")[0])
    if name not in (*METHODS, *BASELINES):
        known = ["lime", *METHODS]
        raise LimelightError(f"quality.methods: there is no {name!r}; the nearest are {nearest(name, known)}")
    return PACKAGE / "attribution" / f"{'baselines' if name in BASELINES else name}.py"
