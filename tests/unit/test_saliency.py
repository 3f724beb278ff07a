"""Which pixels change the score?"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.saliency import SCORES, gradient, saliency_maps, saliency_of_label_and_prediction

TARGETS = torch.tensor([2, 0, 1, 1, 2])


def weights(network: nn.Sequential) -> Tensor:
    """W of the linear network, (3, 3, 8, 8)."""
    return network[1].weight.detach().view(3, 3, 8, 8)


def test_gradient_of_a_linear_network_is_its_weights(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    found = gradient(classify(linear_network), photographs, TARGETS)
    assert torch.equal(found, weights(linear_network)[TARGETS])
    assert torch.equal(saliency_maps(found), weights(linear_network)[TARGETS].abs().amax(1))
    assert not photographs.requires_grad


def test_gradient_is_that_of_the_photograph_and_not_of_the_networks_input(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    std = [0.5, 2, 4]
    classifier = classify(linear_network, range=[-1, 1], mean=[9, 9, 9], std=std, channels="BGR")
    in_bgr = weights(linear_network)[TARGETS] * 2 / torch.tensor(std).view(3, 1, 1)
    torch.testing.assert_close(gradient(classifier, photographs, TARGETS), in_bgr.flip(1))


def test_gradient_of_the_loss_in_closed_form(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    """d(-log softmax(y)_k)/dx = (softmax(y) - onehot(k)) W."""
    flat, matrix = photographs.flatten(1).double(), linear_network[1].weight.detach().double()
    logits = flat @ matrix.T + linear_network[1].bias.detach().double()
    expected = (logits.softmax(1) - torch.eye(3)[TARGETS]) @ matrix
    found = gradient(classify(linear_network), photographs, TARGETS, "cross_entropy")
    np.testing.assert_allclose(found.flatten(1), expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("score", SCORES)
def test_gradient_agrees_with_finite_differences(classify: Callable, photographs: Tensor, score: str) -> None:
    torch.manual_seed(2)
    smooth = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.Tanh(), nn.Conv2d(4, 5, 3), nn.Softplus(), nn.Flatten())
    classifier = classify(nn.Sequential(smooth, nn.Linear(5, 3)), mean=[0.4, 0.5, 0.6], std=[0.2, 0.3, 0.4]).double()
    chosen, targets = photographs[:2].double(), TARGETS[:2]

    def value(photograph: Tensor, target: int) -> float:
        logits = classifier(photograph[None])[0].detach().numpy()
        return logits[target] if score == "logit" else np.log(np.exp(logits).sum()) - logits[target]

    step = 1e-5
    slow = np.empty(chosen.shape)
    for index in np.ndindex(*slow.shape):
        change = torch.zeros_like(chosen[0])
        change[index[1:]] = step
        here, target = chosen[index[0]], int(targets[index[0]])
        slow[index] = (value(here + change, target) - value(here - change, target)) / (2 * step)
    np.testing.assert_allclose(gradient(classifier, chosen, targets, score), slow, rtol=1e-6, atol=1e-8)


def test_saliency_is_the_largest_absolute_gradient_of_the_channels() -> None:
    gradients = torch.tensor([[[[1.0, 0]], [[-3, 0.5]], [[2, -0.25]]]])
    assert saliency_maps(gradients).tolist() == [[[3, 0.5]]]


@pytest.mark.parametrize("score", SCORES)
def test_photographs_do_not_change_each_others_gradient(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, score: str
) -> None:
    classifier = classify(small_cnn).train()
    together = gradient(classifier, photographs, TARGETS, score)
    assert together.abs().flatten(1).sum(1).min() > 0
    for row in range(5):
        alone = gradient(classifier, photographs[row : row + 1], TARGETS[row : row + 1], score)
        np.testing.assert_allclose(together[row], alone[0], rtol=0, atol=1e-6)


def test_label_and_prediction_share_a_map_where_they_agree(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    with torch.no_grad():
        linear_network[1].bias.copy_(torch.tensor([0, 50.0, 0]))  # class 1 always
    maps = weights(linear_network).abs().amax(1).numpy()
    found = saliency_of_label_and_prediction(classify(linear_network), photographs, [0, 1, None, 2, 1])
    assert [list(pair) for pair in found] == [
        ["label", "predicted"],
        ["label"],
        ["predicted"],
        ["label", "predicted"],
        ["label"],
    ]
    for pair, label in zip(found, (0, 1, None, 2, 1), strict=True):
        if label is not None:
            np.testing.assert_array_equal(pair["label"], maps[label])
        if label != 1:
            np.testing.assert_array_equal(pair["predicted"], maps[1])
        assert all(array.dtype == np.float32 for array in pair.values())


@pytest.mark.parametrize("score", SCORES)
def test_network_and_photographs_stay_as_they_are(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, state_of: Callable, score: str
) -> None:
    classifier = classify(small_cnn).train()
    small_cnn[1].eval()
    before, pixels = state_of(classifier), photographs.clone()
    with torch.no_grad():
        found = saliency_of_label_and_prediction(classifier, photographs, [0, 1, 2, None, 0], score)
    assert len(found) == 5
    assert state_of(classifier) == before
    assert torch.equal(photographs, pixels)
    assert not photographs.requires_grad
