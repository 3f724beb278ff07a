"""What do the filters of a layer answer to?"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.ascent.starts import noise
from limelight.capabilities.filters.compute import activation_maps


@pytest.fixture
def edges() -> nn.Sequential:
    """Filter 0 is red on the right minus red on the left, filter 1 the contrary, filter 2 green below minus above."""
    network = nn.Sequential(nn.Conv2d(3, 3, 2, bias=False), nn.ReLU(inplace=True))
    with torch.no_grad():
        network[0].weight.zero_()
        network[0].weight[0, 0, 0] = torch.tensor([-1.0, 1])
        network[0].weight[1, 0, 0] = torch.tensor([1.0, -1])
        network[0].weight[2, 1, :, 0] = torch.tensor([-1.0, 1])
    return network


def test_edge_filter_answers_to_the_edge(classify: Callable, edges: nn.Sequential) -> None:
    photograph = torch.full((1, 3, 5, 6), 0.25)
    photograph[0, 0, :, 4:] = 0.75  # red: a step up between columns 3 and 4
    photograph[0, 1, 2:] = 0  # green: a step down between rows 1 and 2
    classifier = classify(edges, 3, size=[5, 6])
    before = activation_maps(classifier, "0", [2, 0, 1], photograph)
    assert before.shape == (1, 3, 4, 5)
    right = torch.zeros(4, 5)
    right[:, 3] = 0.5
    below = torch.zeros(4, 5)
    below[1] = -0.25
    assert torch.equal(before[0], torch.stack([below, right, -right]))
    behind = activation_maps(classifier, "1", [2, 0, 1], photograph)
    assert torch.equal(behind[0], torch.stack([below * 0, right, right * 0]))


def test_linear_layer_has_maps_of_one_pixel(
    classify: Callable, linear_network: nn.Sequential, photographs: Tensor
) -> None:
    maps = activation_maps(classify(linear_network), "1", [2, 0], photographs)
    assert maps.shape == (5, 2, 1, 1)
    assert torch.equal(maps[..., 0, 0], linear_network(photographs)[:, [2, 0]])


def test_map_of_a_layer_that_has_lost_its_rows_is_its_mean(classify: Callable, photographs: Tensor) -> None:
    maps = activation_maps(classify(nn.Sequential(nn.Flatten(2))), "0", [1], photographs)
    assert maps.shape == (5, 1, 1, 1)
    np.testing.assert_allclose(maps.ravel(), photographs[:, 1].mean((1, 2)), rtol=1e-6)


def test_maps_need_no_gradient_and_leave_the_network_as_it_was(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, state_of: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before = state_of(classifier)
    maps = activation_maps(classifier, "1", [0, 1], photographs)
    assert not maps.requires_grad
    assert state_of(classifier) == before
    assert torch.equal(maps, classifier.eval().activation("1", photographs)[:, :2])


def test_noise_belongs_to_its_identity() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    one = noise((40, 50), "vgg", "cnn.4", 3, 11)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert torch.equal(noise((40, 50), "vgg", "cnn.4", 3, 11), one)
    others = [("vgg", "cnn.4", 4, 11), ("vgg", "cnn.4", 3, 12), ("vgg", "cnn.43", 11), ()]
    assert not any(torch.equal(noise((40, 50), *identity), one) for identity in others)


def test_noise_is_grey_with_a_little_deviation() -> None:
    values = noise((100, 120), "x").double()
    assert values.shape == (3, 100, 120)
    assert 0 <= values.min() < 0.4
    assert 0.6 < values.max() <= 1
    # 36,000 draws: the mean is within five standard errors, 5 * 0.05 / sqrt(36000) = 0.0013.
    assert abs(values.mean() - 0.5) < 0.0013
    assert abs(values.std() - 0.05) < 5 * 0.05 / (2 * 36000) ** 0.5


def test_network_comes_back_as_it_was_after_an_exception(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, state_of: Callable
) -> None:
    classifier = classify(small_cnn).train()
    before = state_of(classifier)
    with pytest.raises(IndexError):
        activation_maps(classifier, "4", [6], photographs)
    assert state_of(classifier) == before
