"""The objectives of a gradient ascent: sums of weighted terms, one for each image of a batch.

    Channel("cnn.4", 3) - 0.1 * DeepDream("cnn.8")

reads in a figure as "filter 3 of cnn.4 - 0.1 x layer cnn.8".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from limelight.network.classifier import Classifier
from limelight.study.errors import LimelightError, nearest

Score = Callable[[Tensor], Tensor]
"""Photographs (B, 3, H, W) to scores (B,)."""

LOGITS = ""
"""The layer whose channels are the classes: the network itself."""

MEASURES = ("mean", "l2", "centre")


class _Adds:
    """What can be added, subtracted and weighted."""

    def weighted(self) -> tuple[tuple[float, Term], ...]:
        """Terms with their weights."""
        raise NotImplementedError

    def __add__(self, other: _Adds) -> Objective:
        return Objective(self.weighted() + other.weighted())

    def __neg__(self) -> Objective:
        return -1 * self

    def __sub__(self, other: _Adds) -> Objective:
        return self + -other

    def __rmul__(self, weight: float) -> Objective:
        return Objective(tuple((weight * factor, term) for factor, term in self.weighted()))


@dataclass(frozen=True)
class Term(_Adds, ABC):
    """One thing that a layer does. `layer`: its name."""

    layer: str

    relative: ClassVar[bool] = False
    """Whether a weight of 1 stands for as much as the other terms of its picture add up to."""

    def weighted(self) -> tuple[tuple[float, Term], ...]:
        """Itself, once."""
        return ((1.0, self),)

    @property
    @abstractmethod
    def name(self) -> str:
        """For a figure."""

    @classmethod
    @abstractmethod
    def scores(cls, activation: Tensor, rows: Tensor, terms: Sequence[Any]) -> Tensor:
        """Scores (n,) of n terms of this kind, each in its row of the layer's activation, (B, K, ...)."""


@dataclass(frozen=True)
class Objective(_Adds):
    """A weighted sum of terms; the objective of one picture."""

    parts: tuple[tuple[float, Term], ...]

    def weighted(self) -> tuple[tuple[float, Term], ...]:
        """Its terms with their weights."""
        return self.parts

    @property
    def name(self) -> str:
        """For a figure: "filter 3 of cnn.4 - 0.1 x layer cnn.8"."""
        words = ""
        for weight, term in self.parts:
            sign = (" - " if weight < 0 else " + ") if words else ("-" if weight < 0 else "")
            times = "" if abs(weight) == 1 else f"{abs(weight):g} x "
            words += f"{sign}{times}{term.name}"
        return words


@dataclass(frozen=True)
class Channel(Term):
    """One filter of a layer, anywhere in the picture.

    `measure`: `mean` over the positions; `l2`, the mean of the squares; `centre`, the neuron in the middle alone.
    """

    channel: int
    measure: str = "mean"

    @property
    def name(self) -> str:
        """For a figure."""
        what = {"mean": "filter", "l2": "energy of filter", "centre": "centre neuron of filter"}[self.measure]
        return f"{what} {self.channel} of {self.layer}"

    @classmethod
    def scores(cls, activation: Tensor, rows: Tensor, terms: Sequence[Channel]) -> Tensor:
        """Scores of channels."""
        maps = activation[rows, _numbers([term.channel for term in terms], activation)]
        maps = maps.flatten(1) if maps.ndim > 1 else maps[:, None]
        kinds = {term.measure for term in terms}
        if kinds == {"mean"}:
            return maps.mean(1)
        middle = _middle(activation.shape[2:])
        by_measure = {"mean": maps.mean(1), "l2": maps.square().mean(1), "centre": maps[:, middle]}
        return torch.stack([by_measure[term.measure][row] for row, term in enumerate(terms)])


@dataclass(frozen=True)
class Logit(Term):
    """The score of a class, before the softmax."""

    label: int
    title: str = ""

    @property
    def name(self) -> str:
        """For a figure."""
        return f"class {self.title or self.label}"

    @classmethod
    def scores(cls, activation: Tensor, rows: Tensor, terms: Sequence[Logit]) -> Tensor:
        """Scores of classes."""
        return activation[rows, _numbers([term.label for term in terms], activation)]


@dataclass(frozen=True)
class DeepDream(Term):
    """A whole layer, as in the original deep dream: the mean of the squares of its activations."""

    @property
    def name(self) -> str:
        """For a figure."""
        return f"layer {self.layer}"

    @classmethod
    def scores(cls, activation: Tensor, rows: Tensor, terms: Sequence[DeepDream]) -> Tensor:
        """Scores of layers."""
        return activation[rows].flatten(1).square().mean(1)


@dataclass(frozen=True)
class Direction(Term):
    """The mean over the positions of the activation along a vector, one value a channel, made of length 1."""

    vector: tuple[float, ...]
    title: str = ""

    @property
    def name(self) -> str:
        """For a figure."""
        return f"{self.title or 'direction'} in {self.layer}"

    @classmethod
    def scores(cls, activation: Tensor, rows: Tensor, terms: Sequence[Direction]) -> Tensor:
        """Scores of directions."""
        vectors = F.normalize(activation.new_tensor([term.vector for term in terms]), dim=1)
        means = activation[rows].flatten(2).mean(2) if activation.ndim > 2 else activation[rows]
        return (means * vectors).sum(1)


@dataclass(frozen=True)
class Diversity(Term):
    """How unlike the others of its `group` a picture is: minus its likeness to them (Olah et al., 2017).

    The one term that looks at other pictures, which is its purpose: those of its group in the same batch. It counts in
    units of what else is to be excited, for activations of 1 here and of 100 there want the same push.
    """

    group: str = ""

    relative: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """For a figure."""
        return f"diversity in {self.layer}"

    @classmethod
    def scores(cls, activation: Tensor, rows: Tensor, terms: Sequence[Diversity]) -> Tensor:
        """Scores of diversities."""
        groups: dict[str, list[int]] = {}
        for row, term in enumerate(terms):
            groups.setdefault(term.group, []).append(row)
        values = torch.cat([likeness(activation[rows[members]]) for members in groups.values()])
        return -values[_numbers([row for members in groups.values() for row in members], activation).argsort()]


def likeness(activation: Tensor) -> Tensor:
    """How like each of some pictures is to the others, (B,): the mean cosine similarity of their Gram matrices.

    Parameters
    ----------
    activation
        (B, K, ...) of a layer. The Gram matrix of its K maps knows which patterns occur together, not where.

    Returns
    -------
    Tensor
        From 0 to 1; 0 for one that is alone, or without any activation.
    """
    maps = activation.reshape(*activation.shape[:2], -1)
    # What follows is of their fourth power.
    maps = maps / maps.detach().abs().amax((1, 2), keepdim=True).clamp_min(torch.finfo(maps.dtype).tiny)
    if maps.shape[2] < maps.shape[1]:  # Gram matrices would be large, as those of a linear layer
        products = torch.stack([(one.T @ maps).square().sum((1, 2)) for one in maps])
    else:
        grams = (maps @ maps.transpose(1, 2)).flatten(1)
        products = grams @ grams.T
    lengths = products.diagonal().clamp_min(1e-12).sqrt()
    cosines = products / (lengths[:, None] * lengths)
    return (cosines.sum(1) - cosines.diagonal()) / max(len(cosines) - 1, 1)


def scorer(classifier: Classifier, objectives: Sequence[_Adds]) -> Score:
    """The scores of a batch of photographs, each by an objective of its own.

    Terms of one kind in one layer are computed together, and the forward pass ends at the deepest layer of all.
    """
    layers = list(dict.fromkeys(term.layer for objective in objectives for _, term in objective.weighted()))
    grouped: dict[tuple[type[Term], str], list[tuple[int, float, Term]]] = {}
    for row, objective in enumerate(objectives):
        for weight, term in objective.weighted():
            grouped.setdefault((type(term), term.layer), []).append((row, weight, term))
    alone = [all(term.relative for _, term in objective.weighted()) for objective in objectives]

    def score(photographs: Tensor) -> Tensor:
        activations = classifier.activations(layers, photographs)
        total = unit = photographs.new_zeros(len(photographs))
        # Relative terms last, because all others are their unit.
        for (kind, layer), members in sorted(grouped.items(), key=lambda item: item[0][0].relative):
            activation = activations[layer]
            rows = torch.tensor([row for row, _, _ in members], device=activation.device)
            values = kind.scores(activation, rows, [term for _, _, term in members])
            values = values * values.new_tensor([weight for _, weight, _ in members])
            if kind.relative:
                values = values * torch.where(torch.tensor(alone, device=unit.device), 1, unit.abs())[rows]
            else:
                unit = unit.index_add(0, rows, values).detach()
            total = total.index_add(0, rows, values)
        return total

    return score


def filter_mean(classifier: Classifier, layer: str, filters: Sequence[int]) -> Score:
    """The mean activation of filter `filters[b]` of `layer` for photograph b."""
    return scorer(classifier, [Channel(layer, number) for number in filters])


def parse(spec: Any, layer: str, channel: int | None, classes: Sequence[str] = ()) -> Objective:
    """The objective that a study describes, for the layer and filter at hand.

    Parameters
    ----------
    spec
        `mean`, `l2` or `centre` of the filter, `layer` for the whole layer, `logit` (its channel is a class); or a list
        of mappings, one a term, with `of` (one of these, or `direction`) and as needed `weight`, `layer`, `channel`,
        `class` (name or number), `vector`.

    Raises
    ------
    LimelightError
        A term lacks what it needs, or names a class that there is not.
    """
    terms = [{"of": spec}] if isinstance(spec, str) else spec
    parts = tuple(
        (float(term.get("weight", 1)), _term({"layer": layer, "channel": channel, **term}, classes)) for term in terms
    )
    return Objective(parts)


def _term(term: Mapping[str, Any], classes: Sequence[str]) -> Term:
    match term["of"]:
        case "layer":
            return DeepDream(term["layer"])
        case "logit":
            label = _label(term.get("class", term["channel"]), classes)
            return Logit(LOGITS, label, classes[label] if label < len(classes) else "")
        case "direction" if "vector" in term:
            return Direction(term["layer"], tuple(term["vector"]))
        case measure if measure in MEASURES and term["channel"] is not None:
            return Channel(term["layer"], term["channel"], measure)
    raise LimelightError(f"objective: the term {dict(term)} is incomplete; expected `of` and the keys that it requires")


def _label(name: Any, classes: Sequence[str]) -> int:
    if isinstance(name, str) and name not in classes:
        raise LimelightError(f"objective: there is no class {name!r}; the nearest are {nearest(name, classes)}")
    return classes.index(name) if isinstance(name, str) else int(name)


def _numbers(numbers: Sequence[int], like: Tensor) -> Tensor:
    return torch.tensor(numbers, device=like.device)


def _middle(shape: Sequence[int]) -> int:
    """Position of the middle neuron among all of a map."""
    position: int = 0
    for size in shape:
        position = position * size + size // 2
    return position
