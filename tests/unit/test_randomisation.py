"""Does the explanation depend on what the network has learnt?"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from limelight.capabilities.quality.randomisation import cascade, layers_with_parameters, randomisation
from limelight.capabilities.quality.similarity import ssim
from limelight.capabilities.quality.verdict import Randomisation, verdict
from limelight.network.classifier import explaining
from limelight.study.digests import seed as seed_of

TARGETS = torch.tensor([2, 0, 1, 1, 2])
SEEDS = [3, 1, 4, 1, 5]


def signed_gradient(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
    with explaining(classifier), torch.enable_grad():
        photographs = photographs.clone().requires_grad_()
        score = classifier(photographs).gather(1, targets[:, None]).sum()
        return torch.autograd.grad(score, photographs)[0].sum(1)


def brightness(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
    """Like an edge detector: it does not look at the network."""
    return photographs.mean(1)


def drawn(parameter: Tensor, seed: int, name: str) -> Tensor:
    """What the cascade makes of a parameter, from its description."""
    noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed_of(seed, "randomisation", name)))
    values = parameter.detach().double()
    around = values.mean() if parameter.ndim == 1 else 0
    return (around + (values - values.mean()).square().mean().sqrt() * noise.double()).float()


def test_a_linear_network_forgets_its_weights(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    """Its gradient is its weights, so the similarities are those of the weights before and after."""
    found = randomisation(signed_gradient, classify(linear_network), photographs, TARGETS, seeds=SEEDS, seed=7)
    assert found.layers == ("1",)
    before = linear_network[1].weight.detach()
    after = drawn(before, 7, "1.weight")
    maps = [weight.view(3, 3, 8, 8).sum(1)[TARGETS].double().numpy() for weight in (before, after)]
    for row, (one, two) in enumerate(zip(*maps, strict=True)):
        assert found.signed[0, row] == pytest.approx(spearmanr(one.ravel(), two.ravel()).statistic, abs=1e-3)
        expected = spearmanr(abs(one.ravel()), abs(two.ravel())).statistic
        assert found.absolute[0, row] == pytest.approx(expected, abs=1e-3)
    np.testing.assert_allclose(found.ssim[0], ssim(*maps), atol=1e-4)
    assert abs(found.signed).max() < 0.5


def test_layers_are_forgotten_one_by_one_from_the_logits_down(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before, original = state_of(classifier), {k: v.clone() for k, v in small_cnn.state_dict().items()}
    generator, forgotten = torch.get_rng_state(), set()
    seen = []
    for layer, forgetful in cascade(classifier, photographs[:1], seed=5):
        seen.append(layer)
        forgotten |= {name for name, _ in small_cnn.named_parameters() if name.rpartition(".")[0] == layer}
        for name, value in forgetful.network.state_dict().items():
            expected = drawn(original[name], 5, name) if name in forgotten else original[name]
            torch.testing.assert_close(value, expected, msg=f"{name} after {layer}")
    assert seen == ["8", "4", "1", "0"]
    assert state_of(classifier) == before
    assert torch.equal(torch.get_rng_state(), generator), "torch's own generator is left alone"


class Backwards(nn.Module):
    """Defines its layers in another order than it runs them, and has one that it never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(8, 3)
        self.auxiliary = nn.Sequential(nn.Linear(8, 3))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.first = nn.Conv2d(3, 8, 8)
        self.token = nn.Parameter(torch.randn(1, 1, 8))

    def forward(self, photographs: Tensor) -> Tensor:
        tokens = torch.cat([self.token.expand(len(photographs), -1, -1), self.first(photographs).flatten(2).mT], 1)
        return self.last(self.attention(tokens, tokens, tokens)[0][:, 0])


def test_order_is_that_of_the_forward_pass_and_no_weight_is_forgotten_to_be_forgotten(
    classify: Callable, photographs: Tensor
) -> None:
    found = layers_with_parameters(classify(Backwards()), photographs[:1])
    assert {layer: sorted(name.removeprefix(f"{layer}.") for name in own) for layer, own in found.items()} == {
        "": ["token"],
        "first": ["bias", "weight"],
        "attention": ["in_proj_bias", "in_proj_weight", "out_proj.bias", "out_proj.weight"],
        "last": ["bias", "weight"],
    }
    assert list(found) == ["", "first", "attention", "last"]


def test_steps_are_evenly_spread_and_end_at_the_last(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor
) -> None:
    classifier = classify(small_cnn)
    everything = {}
    for layer, forgetful in cascade(classifier, photographs[:1], seed=5):
        everything[layer] = {name: value.clone() for name, value in forgetful.state_dict().items()}
    for steps, layers in ((1, ["0"]), (2, ["4", "0"]), (3, ["8", "1", "0"]), (9, ["8", "4", "1", "0"])):
        seen = []
        for layer, forgetful in cascade(classifier, photographs[:1], seed=5, steps=steps):
            seen.append(layer)
            for name, value in forgetful.state_dict().items():
                assert torch.equal(value, everything[layer][name])
        assert seen == layers
    other = next(cascade(classifier, photographs[:1], seed=6))[1].network[8].weight
    assert not torch.equal(other, everything["8"]["network.8.weight"])
    with pytest.raises(ValueError, match="0 steps"):
        next(cascade(classifier, photographs[:1], seed=5, steps=0))
    with pytest.raises(ValueError, match="0 layers"):
        next(cascade(classify(nn.Flatten()), photographs[:1], seed=5))


def test_verdicts_of_a_gradient_and_of_a_map_without_a_network(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before = state_of(classifier)
    good = verdict(randomisation(signed_gradient, classifier, photographs, TARGETS, seeds=SEEDS, seed=7))
    assert good.passed
    assert good.words.startswith("passes: keeps 0.")
    kept = randomisation(brightness, classifier, photographs, TARGETS, seeds=SEEDS, seed=7)
    assert kept.signed.shape == (4, 5)
    np.testing.assert_allclose([kept.absolute, kept.signed, kept.ssim], 1)
    assert verdict(kept).words == "fails: keeps 1.00 by rank, 1.00 by SSIM"
    assert state_of(classifier) == before


def test_photographs_do_not_change_each_others_similarity(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor
) -> None:
    classifier = classify(small_cnn)
    together = randomisation(signed_gradient, classifier, photographs, TARGETS, seeds=SEEDS, seed=7)
    alone = randomisation(signed_gradient, classifier, photographs[2:3], TARGETS[2:3], seeds=SEEDS[2:3], seed=7)
    np.testing.assert_allclose(together.absolute[:, 2:3], alone.absolute, atol=1e-3)
    np.testing.assert_allclose(together.ssim[:, 2:3], alone.ssim, atol=1e-3)


def similarities(ranks: Sequence[Sequence[float]], structure: float = 0.1) -> Randomisation:
    absolute = np.array(ranks)
    return Randomisation(("a", "b")[: len(ranks)], absolute, absolute, np.full(absolute.shape, structure))


def test_verdict_by_hand() -> None:
    """Steps have means 0.8 and -0.1: kept is (0.8 + 0.1) / 2."""
    found = verdict(similarities([[0.7, 0.9], [0.4, -0.6]]))
    assert found.spearman == pytest.approx(0.45)
    assert found.ssim == pytest.approx(0.1)
    assert found.passed is True
    assert verdict(similarities([[0.7, 0.9], [-0.7, -0.9]])).passed is False, "a negative is as good as a copy"
    assert verdict(similarities([[0.9, -0.9], [0.8, -0.8]])).passed is True, "what is chance is not kept"
    assert verdict(similarities([[0.1, 0.1], [0.1, 0.1]], structure=0.5)).passed is False, "either is enough to fail"


def test_no_verdict_where_maps_became_constant() -> None:
    nan = math.nan
    assert verdict(similarities([[0.4, nan], [0.2, nan]])).spearman == pytest.approx(0.3)
    for silent, words in (
        ([[nan, nan], [0.1, 0.1]], "undecided: all maps constant at 1 of 2 steps"),
        ([[nan], [nan]], "undecided: all maps constant at 2 of 2 steps"),
        ([[0.1, nan, nan], [0.1, nan, nan]], "undecided: 4 of 6 maps constant"),
    ):
        found = verdict(similarities(silent))
        assert found.passed is None
        assert found.words == words


def test_a_network_that_falls_silent_does_not_make_a_method_pass(classify: Callable, photographs: Tensor) -> None:
    def silent(classifier: nn.Module, photographs: Tensor, targets: Tensor, *, seeds: Sequence[int]) -> Tensor:
        trained = torch.equal(classifier.network[1].weight, network[1].weight)
        return photographs.mean(1) if trained else torch.zeros_like(photographs[:, 0])

    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    found = randomisation(silent, classify(network), photographs, TARGETS, seeds=SEEDS, seed=7)
    assert np.isnan(found.absolute).all()
    assert verdict(found).passed is None
