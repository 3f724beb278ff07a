"""What is to be excited?"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.ascent import Channel, DeepDream, Direction, Diversity, Logit, likeness, parse, scorer
from limelight.ascent.objectives import Objective
from limelight.study.errors import LimelightError


def test_each_term_is_what_it_says(classify: Callable, small_cnn: nn.Sequential, photographs: Tensor) -> None:
    """Five photographs, each with an objective of its own, against the layers by themselves."""
    classifier = classify(small_cnn)
    maps, logits = small_cnn.eval()[:5](photographs).detach(), small_cnn(photographs).detach()
    vector = (1.0, -2.0, 0.0, 0.0, 2.0, 0.0)
    objectives = [
        Channel("4", 2),
        Channel("4", 5, "l2"),
        Channel("4", 1, "centre"),
        DeepDream("4"),
        0.5 * Direction("4", vector) - 2 * Logit("", 1) + Channel("4", 0),
    ]
    along = sum(weight * maps[4, k].mean() for k, weight in enumerate(vector)) / 3  # its length
    slow = [
        maps[0, 2].mean(),
        (maps[1, 5] ** 2).mean(),
        maps[2, 1, 2, 2],
        (maps[3] ** 2).mean(),
        0.5 * along - 2 * logits[4, 1] + maps[4, 0].mean(),
    ]
    found = scorer(classifier, objectives)(photographs)
    np.testing.assert_allclose(found.detach(), torch.stack(slow), rtol=1e-4, atol=1e-6)


def test_pass_ends_at_the_deepest_layer_and_in_place_relus_change_nothing(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor
) -> None:
    """Batch norm is followed by an in-place ReLU; both outputs are as they are alone."""
    classifier, beyond = classify(small_cnn), []
    small_cnn[6].register_forward_hook(lambda *_: beyond.append(1))
    found = classifier.activations(["5", "1"], photographs)
    assert list(found) == ["5", "1"]
    assert torch.equal(found["1"], small_cnn[:2](photographs))
    assert found["1"].min() < 0
    assert torch.equal(found["5"], small_cnn[:6](photographs))
    assert not beyond


def test_diversity_is_minus_the_likeness_of_those_of_one_group(classify: Callable, photographs: Tensor) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    rows = [Diversity("0", "a"), Diversity("0", "b"), Diversity("0", "a"), Diversity("0", "b"), Diversity("0", "c")]
    same = photographs.clone()
    same[2] = same[0]
    found = scorer(classify(network), rows)(same)
    np.testing.assert_allclose(found.detach()[[0, 2, 4]], [-1, -1, 0], atol=1e-6)
    # One sum of products in two orders: some roundings of float32, in numbers of size one.
    assert found[1].item() == pytest.approx(found[3].item(), abs=8 * torch.finfo(torch.float32).eps)
    maps = network(same).detach().flatten(2)
    grams = [(maps[row] @ maps[row].T).flatten() for row in (1, 3)]
    np.testing.assert_allclose(found[1].item(), -torch.cosine_similarity(*grams, dim=0), rtol=1e-5)


def test_diversity_is_weighed_by_what_else_is_to_be_excited(classify: Callable, photographs: Tensor) -> None:
    """a + 2 |a| d, of which only a and d have a gradient; whatever the sign of a."""
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    classifier = classify(network)
    apart = [2 * Diversity("0", group) for group in "ababa"]
    whole = [2 * Diversity("0", group) - Channel("0", 1) for group in "ababa"]
    pictures = photographs.clone().requires_grad_()
    with torch.no_grad():
        network[0].bias[1] -= network(photographs)[:3, 1].mean()
    own = scorer(classifier, [-Channel("0", 1)] * 5)(pictures)
    likeness = scorer(classifier, apart)(pictures)
    assert own.min() < 0 < own.max()
    found = scorer(classifier, whole)(pictures)
    expected = own + own.detach().abs() * likeness
    torch.testing.assert_close(found, expected)
    slopes = [torch.autograd.grad(score.sum(), pictures, retain_graph=True)[0] for score in (found, expected)]
    torch.testing.assert_close(*slopes)


def test_likeness_does_not_see_where_a_pattern_is() -> None:
    maps = torch.from_numpy(np.random.default_rng(4).random((4, 3, 6, 6)))
    maps[1] = maps[0].roll((2, 3), (1, 2))
    np.testing.assert_allclose(likeness(maps[:2]), [1, 1], atol=1e-12)
    assert likeness(maps[2:] - 0.5).max() < 0.99
    assert likeness(maps[:1]).tolist() == [0]
    for scale in (1e-9, 1e-30):
        torch.testing.assert_close(likeness(scale * maps), likeness(maps), msg="faint ones are as alike")
    silent = torch.zeros(2, 3, 4, 4, requires_grad=True)
    assert likeness(silent).tolist() == [0, 0]
    assert not torch.autograd.grad(likeness(silent).sum(), silent)[0].any()
    orthogonal = torch.tensor([[1.0, 2.0], [2.0, 4.0], [-2.0, 1.0]])  # of a linear layer
    np.testing.assert_allclose(likeness(orthogonal), [0.5, 0.5, 0], atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_likeness_is_the_cosine_of_gram_matrices_however_many_channels_there_are(size: int) -> None:
    """The matrices of more channels than positions are never made."""
    maps = torch.from_numpy(np.random.default_rng(size).normal(size=(3, 7, size, size)))
    grams = [(one.flatten(1) @ one.flatten(1).T).flatten() for one in maps]
    slow = [
        (torch.cosine_similarity(one, grams[k - 1], 0) + torch.cosine_similarity(one, grams[k - 2], 0)) / 2
        for k, one in enumerate(grams)
    ]
    torch.testing.assert_close(likeness(maps), torch.stack(slow))


def test_names_read_well() -> None:
    assert Channel("cnn.4", 3).name == "filter 3 of cnn.4"
    assert (Channel("a", 1, "centre") - 0.1 * DeepDream("b")).name == "centre neuron of filter 1 of a - 0.1 x layer b"
    assert (-Logit("", 2, "egg") + Channel("a", 0, "l2")).name == "-class egg + energy of filter 0 of a"
    assert (Direction("a", (1.0,), "stripes") + Diversity("a")).name == "stripes in a + diversity in a"


def test_a_study_says_it_in_a_word_or_in_terms() -> None:
    assert parse("l2", "a", 3) == Objective(((1.0, Channel("a", 3, "l2")),))
    assert parse("logit", "", 1, ["egg", "soup"]) == Objective(((1.0, Logit("", 1, "soup")),))
    spec = [{"of": "mean"}, {"of": "layer", "layer": "b", "weight": -2}, {"of": "logit", "class": "egg"}]
    expected = Objective(((1.0, Channel("a", 3)), (-2.0, DeepDream("b")), (1.0, Logit("", 0, "egg"))))
    assert parse(spec, "a", 3, ["egg", "soup"]) == expected
    assert parse([{"of": "direction", "vector": [1, 2]}], "a", None) == Objective(((1.0, Direction("a", (1, 2))),))


def test_what_cannot_be_climbed_is_said() -> None:
    with pytest.raises(LimelightError, match=r"^objective: there is no class 'eg'; the nearest are egg"):
        parse([{"of": "logit", "class": "eg"}], "a", 0, ["egg", "soup"])
    with pytest.raises(LimelightError, match="is incomplete"):
        parse([{"of": "direction"}], "a", 0)
