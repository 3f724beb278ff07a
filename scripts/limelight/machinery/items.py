"""The coordinates of a result, which are stored beside its arrays. The standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Item:
    """The coordinates of one result; what does not apply is None.

    Attributes
    ----------
    image : str
        Id of the photograph that it belongs to.
    layer : str
        Name of the module, as PyTorch has it.
    filter : int
        Filter of the layer.
    target : int
        Index of the class.
    method : str
        Attribution method.
    variant : str
        What else tells results of one kind of job apart.
    """

    image: str | None = None
    layer: str | None = None
    filter: int | None = None
    target: int | None = None
    method: str | None = None
    variant: str | None = None

    @classmethod
    def of(cls, coordinates: Mapping[str, Any]) -> "Item":
        """From `coordinates`."""
        return cls(**coordinates)

    @property
    def coordinates(self) -> dict[str, Any]:
        """Those that apply, by name, as JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        """For people and logs, and the name of its arrays in a file: `egg_03/gradient`. Nothing takes it apart."""
        return "/".join(str(value) for value in self.coordinates.values())


COORDINATES = tuple(field.name for field in fields(Item))
"""Names of the coordinates, in order."""
