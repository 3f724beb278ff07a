"""What is an attribution method? How one is declared, what it is given, and what it gives back."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import torch
from torch import Tensor

from limelight.attribution.activations import last_map
from limelight.network.classifier import Classifier, explaining
from limelight.study.errors import LimelightError, nearest


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
        (N, H, W) float32, one number a pixel. Of a signed method positive speaks for the class and negative against
        it; of the others larger is more important and nothing is below zero.
    numbers
        What else there is to say of each photograph, (N,) each, by name.
    layer
        The layer that a method of layers looked at.
    """

    maps: Tensor
    numbers: Mapping[str, Tensor] = field(default_factory=dict)
    layer: str | None = None


@dataclass(frozen=True)
class Range:
    """Bounds of a number, both allowed; for annotations such as `Annotated[int, Range(1)]`."""

    low: float = -math.inf
    high: float = math.inf


Count = Annotated[int, Range(1)]
"""A whole number of things, at least one."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method: its name, its default, and the annotation that says which values it takes."""

    name: str
    default: Any
    annotation: Any

    @property
    def takes(self) -> str:
        """Which values it takes, in words."""
        return _takes(self.annotation)

    def accepts(self, value: Any) -> bool:
        """Whether it takes `value`."""
        return _accepts(self.annotation, value)


@dataclass(frozen=True)
class Method:
    """An attribution method, made by `method`; call it as `__call__` says.

    Parameters
    ----------
    name
        Its key under `saliency.methods` of a study.
    parameters
        What can be set, in the order of the function's signature.
    takes
        Which of `seeds`, `layer` and `batch` the function takes.
    signed
        Whether its maps tell what speaks for the class from what speaks against it.
    """

    name: str
    function: Callable[..., Attribution]
    parameters: tuple[Parameter, ...]
    takes: frozenset[str]
    signed: bool
    paper: Paper

    @property
    def needs_layer(self) -> bool:
        """Whether it looks at a layer."""
        return "layer" in self.takes

    @property
    def needs_seeds(self) -> bool:
        """Whether it draws random numbers."""
        return "seeds" in self.takes

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter: as in `given`, or its default.

        Raises
        ------
        LimelightError
            There is no such parameter, or it does not take that value.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name, value in given.items():
            if name not in known:
                expected = f"one of {nearest(name, known, 12)}" if known else "none: this method has no parameters"
                raise LimelightError(f"saliency.methods.{self.name}.{name}: unknown key; expected {expected}")
            if not known[name].accepts(value):
                raise LimelightError(f"saliency.methods.{self.name}.{name}: {value!r} is not {known[name].takes}")
        return {parameter.name: given.get(parameter.name, parameter.default) for parameter in self.parameters}

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
            The method's own; what is left out has its default.

        Raises
        ------
        LimelightError
            A parameter or the layer is not what the method takes.
        """
        if not len(photographs) == len(targets) == len(seeds):
            raise ValueError(f"{len(photographs)} photographs, {len(targets)} targets and {len(seeds)} seeds")
        chosen = self.settings(parameters)
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
                part = self.function(classifier, photographs[rows].detach(), targets[rows], **given, **chosen)
                parts.append(self._checked(part, photographs[rows]))
        return Attribution(
            torch.cat([part.maps for part in parts]),
            {name: torch.cat([part.numbers[name] for part in parts]) for name in parts[0].numbers},
            layer,
        )

    def _checked(self, part: Attribution, photographs: Tensor) -> Attribution:
        count, _, height, width = photographs.shape
        if not isinstance(part, Attribution):
            raise LimelightError(f"{self.name}: gave {type(part).__name__}; expected an Attribution")
        for what, values, expected in (
            ("maps", part.maps, (count, height, width)),
            *((f"the number {name!r}", values, (count,)) for name, values in part.numbers.items()),
        ):
            if tuple(values.shape) != expected:
                raise LimelightError(f"{self.name}: gave {what} of shape {tuple(values.shape)}; expected {expected}")
        numbers = {name: values.detach().float() for name, values in part.numbers.items()}
        return replace(part, maps=part.maps.detach().float(), numbers=numbers)


_GIVEN = ("seeds", "layer", "batch")


def method(*, paper: Paper, signed: bool) -> Callable[[Callable[..., Attribution]], Method]:
    """Make a `Method` of a function.

    The function takes `classifier`, `photographs` (N, 3, H, W) in [0, 1], of which there are at most `batch`, and
    `targets` (N,), and gives an `Attribution`. It runs with the network in evaluation mode and without parameter
    gradients. By keyword it is given whichever of these it names: `seeds` (N of them), `layer` (a module's name; a
    method that names it looks at a layer) and `batch` (how many photographs may pass through the network at once).
    Every other keyword is a parameter, whose annotation says which values it takes (`int`, `float`, `bool`, `str`,
    `Literal[...]`, `Annotated[int, Range(1)]`, or a union of such) and which has a default.

    Parameters
    ----------
    paper
        Where the method is from.
    signed
        Whether its maps have a sign.

    Raises
    ------
    TypeError
        A parameter has no default, or one that its annotation does not allow.
    """

    def made(function: Callable[..., Attribution]) -> Method:
        keywords = {
            name: keyword
            for name, keyword in inspect.signature(function).parameters.items()
            if keyword.kind is keyword.KEYWORD_ONLY
        }
        hints = get_type_hints(function, include_extras=True)
        parameters = tuple(
            Parameter(name, keyword.default, hints.get(name, type(keyword.default)))
            for name, keyword in keywords.items()
            if name not in _GIVEN
        )
        for parameter in parameters:
            if not parameter.accepts(parameter.default):
                raise TypeError(f"parameter {parameter.name}: no default, or one that its annotation does not allow")
        taken = frozenset(keywords).intersection(_GIVEN)
        return Method(function.__name__, function, parameters, taken, signed, paper)

    return made


# --- what annotations mean ----------------------------------------------------------------------------------------

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _accepts(annotation: Any, value: Any) -> bool:
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _accepts(arguments[0], value) and all(bounds.low <= value <= bounds.high for bounds in arguments[1:])
    if get_origin(annotation) is Literal:
        return any(type(value) is type(choice) and value == choice for choice in arguments)
    if get_origin(annotation) in (Union, UnionType):
        return any(_accepts(option, value) for option in arguments)
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return type(value) is annotation


def _takes(annotation: Any) -> str:
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        bounds = arguments[1]
        upper = f" to {bounds.high:g}" if bounds.high < math.inf else " up"
        return f"{_takes(arguments[0])} from {bounds.low:g}{upper}"
    if arguments:
        return " or ".join(
            _takes(option) if option in _WORDS or get_args(option) else str(option) for option in arguments
        )
    return _WORDS[annotation]
