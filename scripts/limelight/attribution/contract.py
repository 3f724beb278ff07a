"""The interface of an attribution method: how one is declared, its arguments, and what it returns."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import torch
from torch import Tensor

from limelight.network.classifier import Classifier, explaining
from limelight.network.last_map import last_map
from limelight.study.errors import LimelightError


@dataclass(frozen=True)
class Paper:
    """Where a method is from; `arxiv` is the identifier, such as 1312.6034."""

    authors: str
    year: int
    arxiv: str


@dataclass(frozen=True)
class Attribution:
    """What a method says of N photographs.

    Parameters
    ----------
    maps
        (N, H, W) float32. Positive values of a signed method support the class, negative ones contradict it; values of
        other methods are not negative, and larger ones are more important.
    numbers
        Further numbers on each photograph, (N,) each, by name.
    layer
        The layer that the method used, if it uses one.
    """

    maps: Tensor
    numbers: Mapping[str, Tensor] = field(default_factory=dict)
    layer: str | None = None


@dataclass(frozen=True)
class Range:
    """Bounds of a number, both allowed; for annotations such as `Annotated[int, Range(1)]`.

    The upper one may be the name of another parameter.
    """

    low: float = -math.inf
    high: float | str = math.inf


Count = Annotated[int, Range(1)]
"""A whole number of things, at least one."""


@dataclass(frozen=True)
class Method:
    """An attribution method, made by `method`; call it as `__call__` says.

    Parameters
    ----------
    name
        Its key under `saliency.methods` of a study.
    takes
        Which of `seeds`, `layer` and `batch` the function takes.
    """

    name: str
    function: Callable[..., Attribution]
    takes: frozenset[str]

    @property
    def needs_layer(self) -> bool:
        """Whether it looks at a layer."""
        return "layer" in self.takes

    def __call__(
        self,
        classifier: Classifier,
        photographs: Tensor,
        targets: Tensor,
        *,
        seeds: Sequence[int],
        layer: str | None = None,
        batch: int,
        **parameters: Any,
    ) -> Attribution:
        """Attribute the scores of some photographs to their pixels.

        Parameters
        ----------
        photographs
            (N, 3, H, W) in [0, 1], N at least 1.
        targets
            (N,) class indices.
        seeds
            N seeds of 63 bits; what is random for a photograph depends on its own seed and on nothing else.
        layer
            The module to look at, by its name; methods of layers choose one themselves if it is None, others ignore it.
        batch
            How many photographs pass through the network at once; results do not depend on it.
        parameters
            The method's own, not checked; what is left out has its default.

        Raises
        ------
        LimelightError
            The layer is not what the method takes, or its answer is not what is expected of a method.
        """
        if not len(photographs) == len(targets) == len(seeds):
            raise ValueError(f"{len(photographs)} photographs, {len(targets)} targets and {len(seeds)} seeds")
        with explaining(classifier):
            if not self.needs_layer:
                layer = None
            elif layer is None:
                layer = last_map(classifier, photographs[:1])
            parts = []
            for start in range(0, len(photographs), batch):
                rows = slice(start, start + batch)
                given = {"seeds": seeds[rows], "layer": layer, "batch": batch}
                given = {name: value for name, value in given.items() if name in self.takes}
                part = self.function(classifier, photographs[rows].detach(), targets[rows], **given, **parameters)
                parts.append(self._checked(part, photographs[rows]))
        return Attribution(
            torch.cat([part.maps for part in parts]),
            {name: torch.cat([part.numbers[name] for part in parts]) for name in parts[0].numbers},
            layer,
        )

    def _checked(self, part: Attribution, photographs: Tensor) -> Attribution:
        count, _, height, width = photographs.shape
        if not isinstance(part, Attribution):
            raise LimelightError(f"{self.name}: returned {type(part).__name__}; expected an Attribution")
        for what, values, expected in (
            ("maps", part.maps, (count, height, width)),
            *((f"the number {name!r}", values, (count,)) for name, values in part.numbers.items()),
        ):
            if tuple(values.shape) != expected:
                raise LimelightError(
                    f"{self.name}: returned {what} of shape {tuple(values.shape)}; expected {expected}"
                )
        numbers = {name: values.detach().float() for name, values in part.numbers.items()}
        return replace(part, maps=part.maps.detach().float(), numbers=numbers)


_GIVEN = frozenset({"seeds", "layer", "batch"})


def method(
    *, paper: Paper, signed: bool, title: str = "", baseline: bool = False
) -> Callable[[Callable[..., Attribution]], Method]:
    """Make a `Method` of a function.

    The function takes `classifier`, `photographs` (N, 3, H, W) in [0, 1], of which there are at most `batch`, and
    `targets` (N,), and gives an `Attribution`. It runs with the network in evaluation mode and without parameter
    gradients. By keyword it is given whichever of these it names: `seeds` (N of them), `layer` (a module's name; a
    method that names it looks at a layer) and `batch` (how many photographs may pass through the network at once).
    Every other keyword is a parameter, whose annotation says which values it takes (`int`, `float`, `bool`, `str`,
    `Literal[...]`, `Annotated[int, Range(1)]`, or a union of such) and which has a default. The docstring says in its
    first paragraph what the method is, and under `Parameters` what each of them means.

    All of this is read from the source before anything runs, and checked there (`limelight.attribution.reader`): values
    are literals, or names of literals in the same file.

    Parameters
    ----------
    paper
        Where the method is from.
    signed
        Whether its maps have a sign.
    title
        Its name in words, where that is not its name with spaces.
    baseline
        Whether it is a baseline, which does not depend on the network.
    """

    def made(function: Callable[..., Attribution]) -> Method:
        return Method(function.__name__, function, _GIVEN.intersection(inspect.signature(function).parameters))

    return made
