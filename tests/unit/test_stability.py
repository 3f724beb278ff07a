"""Does a change that nobody sees change the explanation?"""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from captum.metrics import sensitivity_max
from scipy.stats import spearmanr
from torch import Tensor, nn

from limelight.capabilities.quality.stability import stability
from limelight.network.classifier import explaining
from limelight.study.digests import seed as seed_of

TARGETS = torch.tensor([2, 0, 1, 1, 2])
SEEDS = [3, 1, 4, 1, 5]


def seeded(seeds: Sequence[int]) -> dict[str, Sequence[int]]:
    """The method and the noise have the same seeds."""
    return {"seeds": seeds, "noise_seeds": seeds}


def saliency(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
    with explaining(classifier), torch.enable_grad():
        photographs = photographs.clone().requires_grad_()
        score = classifier(photographs).gather(1, targets[:, None]).sum()
        return torch.autograd.grad(score, photographs)[0].abs().amax(1)


def red(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
    return photographs[:, 0]


def noise(seeds: Sequence[int], samples: int, radius: float) -> Tensor:
    """The noise of each photograph's copies, (N * samples, 3, 8, 8), from its description."""
    generators = [torch.Generator().manual_seed(seed_of(seed, "stability")) for seed in seeds]
    return torch.cat([radius * (2 * torch.rand(samples, 3, 8, 8, generator=each) - 1) for each in generators])


def test_a_map_that_is_the_photograph_changes_by_the_noise(
    classify: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    found = stability(red, classify(linear_network), photographs, TARGETS, **seeded(SEEDS), radius=0.1, samples=4)
    changes = noise(SEEDS, 4, 0.1).view(5, 4, 3, 8, 8)[:, :, 0]
    assert changes.abs().max() <= 0.1
    assert changes.min() < -0.09
    assert changes.max() > 0.09
    for row, photograph in enumerate(photographs[:, 0]):
        lengths = [change.square().sum().sqrt() / photograph.square().sum().sqrt() for change in changes[row]]
        assert found.max_sensitivity[row] == pytest.approx(float(max(lengths)), rel=1e-5)
        ranks = [spearmanr(photograph.flatten(), (photograph + change).flatten()).statistic for change in changes[row]]
        assert found.agreement[row] == pytest.approx(np.mean(ranks), abs=1e-6)


def test_gradient_of_a_linear_network_is_perfectly_stable(
    classify: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    found = stability(saliency, classify(linear_network), photographs, TARGETS, **seeded(SEEDS))
    np.testing.assert_allclose(found.max_sensitivity, 0, atol=1e-6)
    np.testing.assert_allclose(found.agreement, 1)


def test_max_sensitivity_is_captums(classify: Callable, small_cnn: nn.Module, photographs: Tensor) -> None:
    classifier = classify(small_cnn)
    found = stability(saliency, classifier, photographs, TARGETS, **seeded(SEEDS), radius=0.05, samples=6, batch=7)

    def explain(inputs: Tensor | tuple[Tensor], target: Tensor) -> Tensor | tuple[Tensor]:
        if isinstance(inputs, Tensor):
            return saliency(classifier, inputs, target, seeds=())
        return (saliency(classifier, inputs[0], target, seeds=()),)

    theirs = sensitivity_max(
        explain,
        photographs,
        perturb_func=lambda inputs: inputs + noise(SEEDS, 6, 0.05),
        n_perturb_samples=6,
        norm_ord=2,
        target=TARGETS,
    )
    np.testing.assert_allclose(found.max_sensitivity, theirs, rtol=1e-4)
    assert (found.max_sensitivity > 0.001).all()


def test_photographs_and_batches_do_not_change_the_result(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, state_of: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before, pixels, generator = state_of(classifier), photographs.clone(), torch.get_rng_state()
    together = stability(saliency, classifier, photographs, TARGETS, **seeded(SEEDS), samples=3, batch=100)
    split = stability(saliency, classifier, photographs, TARGETS, **seeded(SEEDS), samples=3, batch=2)
    alone = stability(saliency, classifier, photographs[2:3], TARGETS[2:3], **seeded(SEEDS[2:3]), samples=3)
    for name in ("max_sensitivity", "agreement"):
        np.testing.assert_allclose(getattr(together, name), getattr(split, name), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(getattr(together, name)[2:3], getattr(alone, name), rtol=1e-4, atol=1e-5)
    assert state_of(classifier) == before
    assert torch.equal(photographs, pixels)
    assert torch.equal(torch.get_rng_state(), generator)


def test_the_methods_own_randomness_does_not_count(
    classify: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    def random(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        return torch.stack([torch.rand(8, 8, generator=torch.Generator().manual_seed(seed)) for seed in seeds])

    found = stability(random, classify(linear_network), photographs, TARGETS, **seeded(SEEDS), batch=3)
    assert found.max_sensitivity.tolist() == [0] * 5
    np.testing.assert_allclose(found.agreement, 1)


def test_maps_of_which_nothing_can_be_said(classify: Callable, linear_network: nn.Module, photographs: Tensor) -> None:
    """0: zeros; 1: constant; 2: not finite; 3: a copy's map is zeros, so all of it is lost; 4: as it should be."""
    noisy = len(photographs)

    def odd(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        maps = photographs[:, 0].clone()
        for row, target in enumerate(targets.tolist()):
            if target == 3:
                maps[row] *= len(photographs) == noisy
            elif target < 3:
                maps[row] = [0, 7, torch.nan][target]
        return maps

    found = stability(odd, classify(linear_network), photographs, torch.arange(5), **seeded(SEEDS), samples=2, batch=10)
    np.testing.assert_allclose(found.max_sensitivity[:4], [np.nan, 0, np.nan, 1])
    np.testing.assert_allclose(found.agreement[:4], [np.nan, np.nan, np.nan, 0])
    assert 0 < found.max_sensitivity[4] < 0.1
    assert 0.9 < found.agreement[4] <= 1
