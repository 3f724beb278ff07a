"""Cascading randomisation of parameters: whether an explanation depends on what the network has learnt.

Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim: Sanity Checks for Saliency Maps, 2018 (arXiv 1810.03292).
"""

import copy
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from limelight.capabilities.quality.attribute import Attribute
from limelight.capabilities.quality.cascade import Randomisation
from limelight.capabilities.quality.similarity import ssim
from limelight.network.classifier import Classifier, explaining
from limelight.network.hooks import forward_pre_hooks
from limelight.statistics import spearman
from limelight.study.digests import seed as seed_of


def randomisation(
    attribute: Attribute,
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    seeds: Sequence[int],
    seed: int,
    steps: int | None = None,
) -> Randomisation:
    """Compare each map with the one that the same method makes of a network whose upper layers are randomised.

    Where one of both is constant, or not finite, the rank correlation is NaN.

    Parameters
    ----------
    photographs
        (N, 3, H, W) in [0, 1], N at least 1.
    targets
        (N,) classes explained, the same ones throughout.
    seeds
        N seeds of the method, the same ones throughout.
    seed
        Decides the parameters that are drawn.
    steps
        Maximum number of steps of the cascade to compare, evenly spread, including the last; None compares all.
    """
    before = _maps(attribute, classifier, photographs, targets, seeds)
    layers, measured = [], []
    for layer, randomised in cascade(classifier, photographs[:1], seed=seed, steps=steps):
        after = _maps(attribute, randomised, photographs, targets, seeds)
        layers.append(layer)
        measured.append((spearman(abs(before), abs(after)), spearman(before, after), ssim(before, after)))
    absolute, signed, structural = (np.stack(values) for values in zip(*measured, strict=True))
    return Randomisation(tuple(layers), absolute, signed, structural)


def cascade(
    classifier: Classifier, photograph: Tensor, *, seed: int, steps: int | None = None
) -> Iterator[tuple[str, Classifier]]:
    """A copy of the classifier, one layer after the other randomised from the logits down; itself it is not touched.

    Each parameter is drawn anew from the normal distribution with its own mean and standard deviation. That keeps the
    scale of the activations, and it knows what to do with layers that PyTorch cannot initialise by itself.

    Parameters
    ----------
    photograph
        (1, 3, H, W): the order of the layers is that in which it runs through them.
    seed
        Decides what is drawn, for each parameter by itself.
    steps
        Maximum number of layers to stop at, evenly spread, including the last.

    Yields
    ------
    tuple
        The layer just randomised, by its name in the network, and the copy, which is the same object each time.

    Raises
    ------
    ValueError
        `steps` is below 1, or the network has no parameters.
    """
    randomised = copy.deepcopy(classifier)
    layers = layers_with_parameters(randomised, photograph)
    if not layers or (steps is not None and steps < 1):
        raise ValueError(f"{steps} steps over {len(layers)} layers with parameters; expected at least one of both")
    count = min(steps or len(layers), len(layers))
    stops = {round((number + 1) * len(layers) / count) for number in range(count)}
    for number, (layer, parameters) in enumerate(reversed(layers.items()), 1):
        for name, parameter in parameters.items():
            generator = torch.Generator().manual_seed(seed_of(seed, "randomisation", name))
            noise = torch.randn(parameter.shape, generator=generator).to(parameter)
            with torch.no_grad():
                mean = parameter.mean() if parameter.ndim == 1 else 0
                parameter.copy_(mean + parameter.std(correction=0) * noise)
        if number in stops:
            yield layer, randomised


def layers_with_parameters(classifier: Classifier, photograph: Tensor) -> dict[str, dict[str, nn.Parameter]]:
    """The modules that have parameters, by name in the order in which a photograph reaches them, and these.

    Parameters of a module that is never called belong to the module around it that is (attention reads the weights
    of its projection and does not call it); parameters that no photograph reaches (an auxiliary head) are left out.
    """
    reached: dict[str, dict[str, nn.Parameter]] = {}
    network = classifier.network

    def note(name: str) -> None:
        reached.setdefault(name, {})

    with forward_pre_hooks(dict(network.named_modules()), note), explaining(classifier), torch.no_grad():
        classifier(photograph)
    for name, parameter in network.named_parameters():
        owner = name.rpartition(".")[0]
        direct = owner == ""
        while owner not in reached:
            owner = owner.rpartition(".")[0]
        if owner or direct:
            reached[owner][name] = parameter
    return {layer: parameters for layer, parameters in reached.items() if parameters}


def _maps(
    attribute: Attribute, classifier: Classifier, photographs: Tensor, targets: Tensor, seeds: Sequence[int]
) -> np.ndarray:
    return attribute(classifier, photographs, targets, seeds=seeds).detach().cpu().double().numpy()
