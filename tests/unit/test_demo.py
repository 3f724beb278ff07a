"""The embedded data set and its network: pure drawings, sound masks, reproducible training."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from limelight.demo.foods import FOODS
from limelight.demo.network import network
from limelight.demo.paint import Scene, Spot, blank
from limelight.demo.props import FLAT, OVER, STANDING
from limelight.demo.still_life import still_life
from limelight.demo.table import SURFACES, lay_table
from limelight.demo.training import Epoch, train

VARIANTS = [variant for _, variants in FOODS for variant in variants]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small are slower on two threads, and slowest on two that others use too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def drawn(label: int, seed: int, size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    return still_life(label, np.random.default_rng(seed), size)


def sound(scene: Scene) -> bool:
    return all(np.isfinite(plane).all() for plane in (scene.colour, scene.height, scene.gloss))


def test_there_are_eleven_foods_in_the_order_of_food_11() -> None:
    assert [name for name, _ in FOODS] == [
        "bread",
        "dairy product",
        "dessert",
        "egg",
        "fried food",
        "meat",
        "noodles/pasta",
        "rice",
        "seafood",
        "soup",
        "vegetable/fruit",
    ]


@pytest.mark.parametrize("label", range(11))
def test_a_picture_has_its_food_in_sight(label: int) -> None:
    for seed in range(6):
        picture, mask = drawn(label, seed)
        assert picture.shape == (64, 64, 3)
        assert picture.dtype == np.uint8
        assert mask.shape == (64, 64)
        assert mask.dtype == np.bool_
        assert 0.05 < mask.mean() < 0.6
        assert picture.std() > 10, "a picture has light and shade"


@pytest.mark.parametrize("label", range(11))
def test_the_same_generator_draws_the_same_bytes(label: int) -> None:
    first, second, other = drawn(label, 3), drawn(label, 3), drawn(label, 4)
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()
    assert first[0].tobytes() != other[0].tobytes()


def test_drawing_neither_reads_nor_changes_the_global_random_state() -> None:
    np.random.seed(1)
    first = drawn(6, 0)[0]
    after = np.random.random()
    np.random.seed(2)
    assert drawn(6, 0)[0].tobytes() == first.tobytes()
    np.random.seed(1)
    assert np.random.random() == after


@pytest.mark.parametrize("label", [-1, 11])
def test_an_unknown_label_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match=rf"0 to 10, not {label}"):
        drawn(label, 0)


@settings(max_examples=25, deadline=None)
@given(label=st.integers(0, 10), seed=st.integers(0, 2**32 - 1), size=st.integers(32, 72))
def test_any_seed_and_size_gives_a_picture(label: int, seed: int, size: int) -> None:
    picture, mask = drawn(label, seed, size)
    assert picture.shape == (size, size, 3)
    assert mask.shape == (size, size)
    assert mask.any()
    assert not mask.all()


def test_a_larger_picture_shows_the_same_scene() -> None:
    small, large = drawn(3, 5, 48)[1], drawn(3, 5, 96)[1]
    reduced = large.reshape(48, 2, 48, 2).mean(axis=(1, 3)) >= 0.5
    assert (small == reduced).mean() > 0.97


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.draw.__name__)
def test_every_variant_covers_about_the_area_it_names(variant) -> None:  # type: ignore[no-untyped-def]
    shares = []
    for seed in range(3):
        scene = blank(96)
        variant.draw(scene, np.random.default_rng(seed), Spot(0.5, 0.5, 0.3, float(seed)))
        assert sound(scene)
        shares.append(scene.food.mean() / 0.09)
    assert 0.5 * variant.area < np.mean(shares) < 1.4 * variant.area


@pytest.mark.parametrize("prop", [prop for prop, _ in FLAT + STANDING + OVER], ids=lambda prop: prop.__name__)
def test_a_prop_is_no_food_and_hides_the_food_below_it(prop) -> None:  # type: ignore[no-untyped-def]
    scene = blank(96)
    scene.food[:] = True
    prop(scene, np.random.default_rng(0), Spot(0.5, 0.5, 0.3))
    assert sound(scene)
    assert 0.3 < scene.food.mean() < 1


def test_tables_cover_the_whole_scene_and_are_no_food() -> None:
    for seed in range(2 * len(SURFACES)):
        scene = blank(64)
        lay_table(scene, np.random.default_rng(seed))
        assert sound(scene)
        assert not scene.food.any()
        assert scene.colour.max(axis=0).min() > 0


def test_the_network_has_the_layers_that_filters_are_named_by() -> None:
    layers = list(network().get_submodule("cnn").children())
    kinds = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]
    assert [type(layer) for layer in layers] == kinds * 5
    assert [layer.out_channels for layer in layers[::4]] == [16, 32, 64, 128, 128]
    assert all(layer.kernel_size == (3, 3) for layer in layers[::4])
    assert all(layer.inplace for layer in layers[2::4])


def test_the_network_returns_one_logit_a_class() -> None:
    with torch.inference_mode():
        assert network().eval()(torch.rand(2, 3, 128, 128)).shape == (2, 11)
        assert network(num_classes=4, width=4).eval()(torch.rand(1, 3, 32, 32)).shape == (1, 4)


def tiny(seed: int, start: int = 0, epochs: int = 1) -> tuple[nn.Module, list[Epoch]]:
    labels = np.repeat(np.arange(11), 2)
    images = np.stack([drawn(int(label), i, 48)[0] for i, label in enumerate(labels)])
    torch.manual_seed(start)
    model = network(width=4)
    return model, train(model, (images, labels), (images[::2], labels[::2]), seed=seed, epochs=epochs)


def weights(model: nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in model.state_dict().values())


def test_the_same_seed_trains_the_same_weights() -> None:
    first, history = tiny(seed=7, start=0)
    second, again = tiny(seed=7, start=1)
    other, _ = tiny(seed=8, start=0)
    assert weights(first) == weights(second)
    assert weights(first) != weights(other)
    assert [(e.loss, e.validation_accuracy) for e in history] == [(e.loss, e.validation_accuracy) for e in again]
    assert not first.training
    assert all(value.is_contiguous() for value in first.state_dict().values())


def test_training_reports_each_epoch_and_learns() -> None:
    heard: list[Epoch] = []
    labels = np.repeat([0, 1], 12)
    images = np.zeros((24, 48, 48, 3), np.uint8)
    images[:12, ..., 0], images[12:, ..., 2] = 200, 200
    images += np.random.default_rng(0).integers(0, 50, images.shape, dtype=np.uint8)
    history = train(network(2, 4), (images, labels), (images, labels), seed=0, epochs=8, on_epoch=heard.append)
    assert heard == history
    assert [epoch.epoch for epoch in history] == list(range(1, 9))
    assert history[-1].loss < history[0].loss
    assert history[-1].training_accuracy > 0.9
    assert all(0 <= epoch.validation_accuracy <= 1 and epoch.seconds > 0 for epoch in history)


def test_training_leaves_torch_as_it_found_it() -> None:
    before = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads(), torch.is_grad_enabled()
    torch.manual_seed(11)
    expected = torch.rand(3)
    labels, images = np.arange(2), np.zeros((2, 32, 32, 3), np.uint8)
    model = network(2, 2)
    torch.manual_seed(11)
    train(model, (images, labels), (images, labels), seed=0, epochs=1)
    assert torch.equal(torch.rand(3), expected)
    assert before == (
        torch.are_deterministic_algorithms_enabled(),
        torch.get_num_threads(),
        torch.is_grad_enabled(),
    )


def test_the_package_itself_imports_nothing_heavy() -> None:
    code = "import sys, limelight.demo; print(sorted({'numpy', 'torch', 'PIL', 'scipy'} & set(sys.modules)))"
    paths = [path for path in sys.path if path.endswith("scripts")]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": paths[0]}
    )
    assert found.stdout.strip() == "[]"
