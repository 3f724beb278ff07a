"""How does a checkpoint become a network?"""

import argparse
import copy
import functools
import io
import math
import os
import pickle
import re
import shutil
import tarfile
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor, nn

from limelight.network import classifier as model
from limelight.network import loading
from limelight.network.checkpoints import read_checkpoint
from limelight.network.classifier import Classifier, explaining, probabilities
from limelight.network.inspection import layer_table
from limelight.network.layers import Layer
from limelight.network.loading import build, fit, read_classes
from limelight.network.precision import check_precision
from limelight.study.errors import LimelightError

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
CAFFE = {"range": [0, 255], "mean": [103.9, 116.8, 123.7], "channels": "BGR"}
MINUS_ONE = {"range": [-1, 1], "mean": [0.1, 0, -0.1], "std": [1, 2, 0.5]}


# --- preprocessing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("different", [{}, IMAGENET, CAFFE, MINUS_ONE, {**MINUS_ONE, "channels": "BGR"}])
def test_normalise_does_to_every_pixel_what_the_settings_say(
    classify: Callable, photographs: Tensor, preprocessing: Callable, different: dict[str, Any]
) -> None:
    section = preprocessing(**different)
    slow = np.empty(photographs.shape)
    for n, c, y, x in np.ndindex(*slow.shape):
        black, white = section["range"]
        channel = 2 - c if section["channels"] == "BGR" else c
        value = black + (white - black) * float(photographs[n, channel, y, x])
        slow[n, c, y, x] = (value - section["mean"][c]) / section["std"][c]
    fast = classify(nn.Identity(), **different).normalise(photographs)
    np.testing.assert_allclose(fast.numpy(), slow, rtol=1e-5, atol=5e-5 if 255 in section["range"] else 2e-6)


def test_imagenet_preprocessing_is_torchvisions(classify: Callable, photographs: Tensor) -> None:
    from torchvision.transforms.functional import normalize

    expected = normalize(photographs, IMAGENET["mean"], IMAGENET["std"])
    torch.testing.assert_close(classify(nn.Identity(), **IMAGENET).normalise(photographs), expected)


def test_gradients_arrive_at_the_photograph(classify: Callable, photographs: Tensor) -> None:
    """A network that sums the blue input: in BGR that is channel 0, of an RGB photograph channel 2."""

    class Blue(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            return values[:, :1].sum((2, 3))

    classifier = classify(Blue(), 1, range=[0, 255], std=[4, 1, 1], channels="BGR")
    start = photographs.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(classifier(start).sum(), start)
    assert gradient[:, :2].abs().max() == 0
    assert (gradient[:, 2] == 255 / 4).all()


def test_preprocessing_is_no_part_of_the_checkpoint(classify: Callable, linear_network: nn.Module) -> None:
    assert set(classify(linear_network).state_dict()) == {"network.1.weight", "network.1.bias"}


# --- activations --------------------------------------------------------------------------------------------------


class Boom(nn.Module):
    """Counts its calls and fails in each of them."""

    calls = 0

    def forward(self, values: Tensor) -> Tensor:
        self.calls += 1
        raise RuntimeError("boom")


@pytest.mark.parametrize("layer", range(9))
def test_activation_is_the_output_of_that_layer(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor, layer: int
) -> None:
    classifier = classify(small_cnn, **IMAGENET)
    slow = classifier.normalise(photographs)
    for module in small_cnn[: layer + 1]:
        slow = module(slow.clone())
    with torch.no_grad():
        activation = classifier.activation(str(layer), photographs)
    assert torch.equal(activation, slow.detach())


def test_in_place_relu_behind_the_layer_does_not_reach_the_activation(
    classify: Callable, small_cnn: nn.Sequential, photographs: Tensor
) -> None:
    kept: list[Tensor] = []
    hook = small_cnn[1].register_forward_hook(lambda module, inputs, output: kept.append(output))
    classifier = classify(small_cnn)
    with torch.no_grad():
        classifier(photographs)
        hook.remove()
        activation = classifier.activation("1", photographs)
    assert activation.min() < 0
    assert kept[0].min() == 0, "what a hook alone keeps is overwritten: else this test shows nothing"
    assert torch.equal(activation.relu(), kept[0])


def test_no_module_behind_the_layer_runs(classify: Callable, photographs: Tensor) -> None:
    boom = Boom()
    classifier = classify(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), boom))
    assert classifier.activation("1", photographs).shape == (5, 2, 6, 6)
    assert boom.calls == 0
    with pytest.raises(RuntimeError, match="boom"):
        classifier(photographs)


def test_activation_inside_blocks_is_found_by_its_dotted_name(classify: Callable, photographs: Tensor) -> None:
    block = nn.Sequential(OrderedDict(first=nn.Conv2d(3, 2, 1), second=nn.Conv2d(2, 4, 1)))
    classifier = classify(nn.Sequential(OrderedDict(cnn=block, end=Boom())))
    expected = block.first(photographs)
    assert torch.equal(classifier.activation("cnn.first", photographs), expected)
    assert torch.equal(classifier.activation("cnn", photographs), block.second(expected))


def test_gradients_flow_from_an_activation_to_the_photograph(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    classifier = classify(small_cnn)
    start = photographs.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(classifier.activation("4", start).sum(), start)
    assert gradient.abs().sum() > 0


def hooks(network: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in network.modules())


def test_hook_goes_whatever_happens(classify: Callable, photographs: Tensor) -> None:
    network = nn.Sequential(nn.ReLU(), Boom(), nn.Tanh())
    network.spare = nn.Linear(1, 1)
    network.forward = lambda values: network[2](network[1](network[0](values)))
    classifier = classify(network)
    classifier.activation("0", photographs)
    with pytest.raises(RuntimeError, match="boom"):
        classifier.activation("2", photographs)
    network.forward = lambda values: network[0](values)
    with pytest.raises(LimelightError, match=r"^layer spare: the forward pass does not use it; expected a layer"):
        classifier.activation("spare", photographs)
    assert hooks(network) == 0


def test_layer_that_gives_no_tensor_is_named(classify: Callable, photographs: Tensor) -> None:
    class Pair(nn.Module):
        def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
            return values, values

    network = nn.Sequential(Pair())
    with pytest.raises(LimelightError, match=r"^layer 0: its output is not a tensor"):
        classify(network).activation("0", photographs)
    assert hooks(network) == 0


# --- the network comes back as it was -----------------------------------------------------------------------------


@pytest.fixture
def mixed(classify: Callable, small_cnn: nn.Sequential) -> Any:
    """A classifier that trains in parts: batch norm frozen, first convolution without gradients."""
    classifier = classify(small_cnn).train()
    small_cnn[1].eval()
    small_cnn[0].weight.requires_grad_(False)
    return classifier


def test_explaining_is_evaluation_without_parameter_gradients(mixed: Any, photographs: Tensor) -> None:
    with explaining(mixed):
        assert not any(module.training for module in mixed.modules())
        assert not any(parameter.requires_grad for parameter in mixed.parameters())
        assert torch.equal(mixed(photographs), mixed(photographs)), "dropout is off"


@pytest.mark.parametrize("fails", [False, True])
def test_explaining_leaves_everything_as_it_was(
    mixed: Any, photographs: Tensor, state_of: Callable, fails: bool
) -> None:
    before = state_of(mixed)
    assert [module.training for module in mixed.network] != [True] * 9
    try:
        with explaining(mixed), explaining(mixed):
            mixed(photographs)
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert fails
    assert state_of(mixed) == before


def test_probabilities_are_the_softmax_whatever_the_batches(
    mixed: Any, photographs: Tensor, state_of: Callable
) -> None:
    before = state_of(mixed)
    together = probabilities(mixed, [photographs])
    assert state_of(mixed) == before
    with explaining(mixed):
        logits = mixed(photographs).double().numpy()
    np.testing.assert_allclose(together, np.exp(logits) / np.exp(logits).sum(1, keepdims=True), rtol=1e-5)
    assert together.dtype == np.float32
    np.testing.assert_allclose(probabilities(mixed, photographs.split(2)), together, atol=1e-6)
    assert probabilities(mixed, []).shape == (0, 3)


# --- precision ----------------------------------------------------------------------------------------------------

HALVES = ["bfloat16", "float16"]
TOLERANCE = {"bfloat16": 2**-4, "float16": 2**-8}
"""Of the root mean square: roundings to 8 or 11 bits, and maxima of a pooling that change places because of them."""


def has(precision: str) -> str:
    """`precision`, unless the CPU does not have it: then the test is skipped."""
    try:
        check_precision(precision, torch.device("cpu"))
    except LimelightError as error:
        pytest.skip(str(error))
    return precision


class Conditions(nn.Module):
    """Passes values on and writes down under which conditions it does so, there and back."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Any] = []

    def look(self, gradient: Tensor | None = None) -> None:
        multiplied = torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.conv.fp32_precision
        half = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
        self.seen.append((*multiplied, half))

    def forward(self, values: Tensor) -> Tensor:
        self.look()
        if values.requires_grad:
            values.register_hook(self.look)
        return values.mean((2, 3))


@pytest.mark.parametrize(
    ("precision", "there", "back"),
    [
        ("float32", ("ieee", "ieee", None), ("ieee", "ieee", None)),
        ("tf32", ("tf32", "tf32", None), ("tf32", "tf32", None)),
        ("bfloat16", ("ieee", "ieee", torch.bfloat16), ("ieee", "ieee", None)),
        ("float16", ("ieee", "ieee", torch.float16), ("ieee", "ieee", None)),
    ],
)
def test_precision_holds_in_every_pass_and_only_there(
    classify: Callable, photographs: Tensor, precision: str, there: tuple, back: tuple
) -> None:
    network = Conditions()
    classifier = classify(network)
    classifier.precision = precision
    network.look()
    before = network.seen.pop()
    start = photographs.requires_grad_()
    logits = classifier(start)
    classifier.gradient(logits[:, 0], start)
    assert network.seen == [there, back]
    network.seen.clear()
    with explaining(classifier):
        classifier(photographs.detach())
        network.look()  # where somebody else may run a backward pass
    assert network.seen == [there, back]
    network.seen.clear()
    network.look()
    assert network.seen == [before]


@pytest.mark.parametrize("precision", HALVES)
def test_half_precision_is_close_and_comes_out_as_float32(
    classify: Callable, small_cnn: nn.Module, photographs: Tensor, precision: str
) -> None:
    classifier = classify(small_cnn, **IMAGENET)
    start = photographs.requires_grad_()

    def found() -> list[Tensor]:
        logits = classifier(start)
        return [logits.detach(), classifier.activation("4", start).detach(), classifier.gradient(logits[:, 1], start)]

    exact = found()
    classifier.precision = has(precision)
    for half, single in zip(found(), exact, strict=True):
        assert half.dtype == torch.float32
        assert (half - single).norm() <= TOLERANCE[precision] * single.norm()
        assert not torch.equal(half, single), "this was no half precision"


def test_a_float64_network_stays_one(classify: Callable, linear_network: nn.Module, photographs: Tensor) -> None:
    assert classify(linear_network).double()(photographs.double()).dtype == torch.float64


def chain(classify: Callable, *weights: float) -> Any:
    """Logit w_1 w_2 ... x of a single value x a photograph (and 0 times its two other channels), in float16."""
    layers = [nn.Conv2d(3, 1, 1, bias=False), *(nn.Conv2d(1, 1, 1, bias=False) for _ in weights[1:]), nn.Flatten()]
    with torch.no_grad():
        for layer, weight in zip(layers, weights, strict=False):
            layer.weight.zero_()[:, 0] = weight
    classifier = classify(nn.Sequential(*layers), 1, size=1)
    classifier.precision = has("float16")
    return classifier


@pytest.mark.parametrize(
    "weights",
    [
        (2.0**-14, 2.0**-14),
        (2.0**-9, 2.0**-14, 2.0**-15),
        (1.0,),
        (-(2.0**10), 2.0**9),
        (2.0**-8, 2.0**15, 2.0**12),
    ],
    ids=lambda weights: " ".join(f"{weight:.0e}" for weight in weights),
)
def test_gradient_in_float16_neither_underflows_nor_overflows(classify: Callable, weights: tuple[float, ...]) -> None:
    """The gradient is the product of the weights, powers of two, so that no rounding excuses a difference."""
    classifier = chain(classify, *weights)
    start = torch.full((1, 3, 1, 1), 2.0**-12, requires_grad=True)
    found = classifier.gradient(classifier(start), start)
    assert found.flatten().tolist() == [float(np.prod(weights)), 0, 0]
    assert not found.requires_grad
    naive = torch.autograd.grad(classifier(start).sum(), start)[0]
    if len(weights) > 1:
        assert not torch.equal(naive, found), "without a scale there would be nothing to do"


def test_scale_of_a_photograph_does_not_depend_on_the_others(classify: Callable) -> None:
    """One gradient is 2^25, another 2^-30: no scale suits both."""
    classifier = chain(classify, 2.0**5, 2.0**-10)
    factors = torch.tensor([[2.0**30], [2.0**-25], [float("inf")], [0.0]])
    start = torch.full((4, 3, 1, 1), 2.0**-12, requires_grad=True)
    together = classifier.gradient(classifier(start) * factors, start)
    assert together[[0, 1, 3], 0, 0, 0].tolist() == [2.0**25, 2.0**-30, 0]
    assert not together[2].isfinite().any()
    for row in range(4):
        alone = start[row : row + 1].detach().requires_grad_()
        gradient = classifier.gradient(classifier(alone) * factors[row : row + 1], alone)
        torch.testing.assert_close(gradient[0], together[row], rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("precision", ["float32", "tf32", *HALVES])
def test_gradient_of_a_linear_network_is_its_weight(
    classify: Callable, linear_network: nn.Module, photographs: Tensor, precision: str
) -> None:
    classifier = classify(linear_network)
    classifier.precision = has(precision)
    start = photographs.requires_grad_()
    gradient = classifier.gradient(classifier(start)[:, 2], start)
    weight = linear_network[1].weight[2].detach().view(1, 3, 8, 8).expand(5, -1, -1, -1)
    exact = precision in ("float32", "tf32")
    torch.testing.assert_close(gradient, weight, rtol=1e-6 if exact else TOLERANCE[precision], atol=0)


# --- compilation --------------------------------------------------------------------------------------------------


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, preprocessing: Callable) -> Callable[..., Classifier]:
    """Makes a compiled classifier; only the last stage, which takes half a minute and a C++ compiler, is left out."""
    torch.set_num_threads(1)

    def make(network: nn.Module, backend: Any = "aot_eager", precision: str = "float32") -> Classifier:
        monkeypatch.setattr(torch, "compile", functools.partial(compile_, backend=backend))
        classifier = Classifier(network, ["a", "b", "c"], preprocessing(), precision, compiled=True).eval()
        return classifier.requires_grad_(False)

    compile_ = torch.compile
    yield make
    torch.compiler.reset()


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_compiled_passes_are_the_same(
    compiled: Callable, classify: Callable, small_cnn: nn.Module, photographs: Tensor, precision: str
) -> None:
    plain = classify(copy.deepcopy(small_cnn)).requires_grad_(False)
    plain.precision = has(precision)
    passes = []

    def backend(graph: Any, inputs: Any) -> Callable:
        passes.append(len(list(graph.graph.nodes)))
        return graph.forward

    classifier = compiled(small_cnn, backend, precision)
    start = photographs.requires_grad_()
    with explaining(classifier):
        torch.testing.assert_close(classifier(photographs), plain(photographs))
        # Scaled by 2^26, to be taken again with a smaller scale in float16.
        gradients = [network.gradient(network(start)[:, 0] * 2.0**20, start) for network in (classifier, plain)]
    assert passes, "nothing was compiled"
    torch.testing.assert_close(*gradients)


def test_passes_to_a_layer_and_watched_passes_are_not_compiled(
    compiled: Callable, classify: Callable, small_cnn: nn.Module, photographs: Tensor
) -> None:
    plain = classify(copy.deepcopy(small_cnn)).requires_grad_(False)
    classifier = compiled(small_cnn)
    with torch.no_grad():
        classifier(photographs)
        assert torch.equal(classifier.activation("4", photographs), plain.activation("4", photographs))
        seen: list[Tensor] = []
        hook = small_cnn[4].register_forward_hook(lambda module, inputs, output: seen.append(output.clone()))
        classifier(photographs)
        hook.remove()
    assert torch.equal(seen[0], plain.activation("4", photographs))
    assert [layer.shape for layer in layer_table(classifier)] == [layer.shape for layer in layer_table(plain)]


def test_a_copy_of_a_compiled_classifier_has_weights_of_its_own(
    compiled: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    classifier = compiled(linear_network)
    before = classifier(photographs)
    twin = copy.deepcopy(classifier)
    with torch.no_grad():
        twin.network[1].weight.zero_()
        twin.network[1].bias.fill_(1)
    assert (twin(photographs) == 1).all()
    assert torch.equal(classifier(photographs), before)
    assert set(classifier.state_dict()) == set(twin.state_dict()) == {"network.1.weight", "network.1.bias"}


def test_network_that_cannot_be_compiled_is_one_sentence(
    compiled: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    def backend(graph: Any, inputs: Any) -> Callable:
        raise RuntimeError("No working C++ compiler found.\nSet CXX.")

    with pytest.raises(LimelightError) as error:
        compiled(linear_network, backend)(photographs)
    assert str(error.value) == (
        "compile: the network cannot be compiled (No working C++ compiler found); expected compile: false"
    )


def test_memory_that_a_compiled_pass_cannot_have_is_no_failure_to_compile(
    compiled: Callable, linear_network: nn.Module, photographs: Tensor
) -> None:
    def backend(graph: Any, inputs: Any) -> Callable:
        def run(*arguments: Any) -> Any:
            raise torch.OutOfMemoryError("CUDA out of memory.")

        return run

    with pytest.raises(torch.OutOfMemoryError):
        compiled(linear_network, backend)(photographs)


@pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="needs a C++ compiler")
def test_really_compiled(compiled: Callable, classify: Callable, photographs: Tensor) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3), nn.Softplus())
    expected = classify(copy.deepcopy(network))(photographs).detach()
    with torch.no_grad():
        torch.testing.assert_close(compiled(network, "inductor")(photographs), expected)


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time that only goes on when told so."""
    now = [100.0]
    monkeypatch.setattr(model.time, "perf_counter", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def test_seconds_of_all_explaining_add_up_and_count_once(
    classify: Callable, linear_network: nn.Module, clock: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []
    monkeypatch.setattr(model, "synchronise", lambda device: (waited.append(device.type), clock(0.5)))
    classifier = classify(linear_network)
    assert classifier.seconds == 0
    with explaining(classifier):
        clock(1)
        with explaining(classifier):
            clock(2)
        assert classifier.seconds == 0
    assert classifier.seconds == 1 + 2 + 2 * 0.5, "the device's work counts"
    clock(64)
    with suppress(KeyboardInterrupt), explaining(classifier):
        clock(8)
        raise KeyboardInterrupt
    assert classifier.seconds == 4 + 8
    assert waited == ["cpu", "cpu"], "a device that failed is not waited for"


def test_time_to_make_a_batch_is_not_the_networks(
    classify: Callable, linear_network: nn.Module, photographs: Tensor, clock: Callable
) -> None:
    classifier = classify(linear_network)

    def batches() -> Iterator[Tensor]:
        for batch in photographs.split(2):
            clock(1)
            yield batch

    assert probabilities(classifier, batches()).shape == (5, 3)
    assert classifier.seconds == 0


# --- checkpoints --------------------------------------------------------------------------------------------------

STATE = {"0.weight": torch.arange(6.0).view(2, 3), "0.bias": torch.tensor([1.0, -1.0])}


def saved(path: Path, content: Any, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


def refusal(path: Path, key: str | None = None) -> str:
    with pytest.raises(LimelightError) as error:
        read_checkpoint(path, key)
    said = str(error.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    assert "weights_only" not in said, "nobody is told how to load it unsafely"
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize(
    ("content", "key"),
    [
        (STATE, None),
        (OrderedDict(STATE), None),
        ({"state_dict": STATE, "epoch": 3, "accuracy": 0.5, "history": [1, 2]}, None),
        ({"model": STATE, "optimizer": {"state": {}, "param_groups": []}}, None),
        ({"ema": STATE, "epoch": 3}, None),
        ({"model": STATE, "ema": {"0.weight": torch.zeros(1)}}, None),
        ({"model": {"0.weight": torch.zeros(1)}, "ema": STATE}, "ema"),
        ({"run.1": STATE, "run": {"1": {}}}, "run.1"),
        ({"nets": {"student": STATE, "teacher": {}}}, "nets.student"),
        ({"nets": {"state_dict": STATE}}, "nets"),
    ],
    ids=["plain", "ordered", "state_dict", "model", "the only one", "the usual one", "own", "dotted", "deep", "both"],
)
def test_state_dict_is_found(tmp_path: Path, content: Any, key: str | None, zipped: bool) -> None:
    path = saved(tmp_path / "w.pth", content, _use_new_zipfile_serialization=zipped)
    found = read_checkpoint(path, key)
    assert list(found) == list(STATE)
    assert all(torch.equal(found[name], STATE[name]) for name in STATE)


def test_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file(STATE, path)
    found = read_checkpoint(path)
    assert found.keys() == STATE.keys()
    assert torch.equal(found["0.weight"], STATE["0.weight"])
    path.write_bytes(b"rubbish")
    assert refusal(path).endswith("; expected safetensors")
    assert refusal(tmp_path / "missing.safetensors") == "no such file; expected a checkpoint"
    path.write_bytes(b"")
    assert refusal(path) == "is empty; expected safetensors"
    save_file(STATE, tmp_path / "another name.pth")
    assert read_checkpoint(tmp_path / "another name.pth").keys() == STATE.keys()


def test_several_state_dicts_need_a_key(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pth", {"student": STATE, "teacher": STATE})
    assert refusal(path) == "several state dicts (student, teacher); expected checkpoint_key to name one"
    assert read_checkpoint(path, "teacher").keys() == STATE.keys()
    assert refusal(path, "teach") == "no key 'teach'; its keys are student, teacher"
    assert refusal(path, "teacher.0") == "no key 'teacher.0'; its keys are 0.weight, 0.bias"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"epoch": 3, "loss": 0.5}, "no state dict among its keys epoch, loss"),
        ([1, 2], "contains list; expected a state dict of tensors"),
        (torch.zeros(2), "contains Tensor; expected a state dict of tensors"),
    ],
)
def test_checkpoint_without_a_state_dict(tmp_path: Path, content: Any, said: str) -> None:
    assert refusal(saved(tmp_path / "w.pth", content)) == said


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_no_code_from_a_checkpoint_runs(tmp_path: Path, zipped: bool) -> None:
    mark = tmp_path / "mark"
    pickle.loads(pickle.dumps(Evil(mark)))
    assert mark.exists(), "unpickling touches the file: else this test shows nothing"
    mark.unlink()
    options = {"_use_new_zipfile_serialization": zipped}
    path = saved(tmp_path / "w.pth", {"state_dict": STATE, "x": Evil(mark)}, **options)
    assert "which are not loaded because that would run code from the file" in refusal(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"state_dict": STATE, "args": argparse.Namespace(lr=0.1)}, "argparse.Namespace"),
        (nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
    ],
)
def test_python_objects_are_refused_by_name(tmp_path: Path, content: Any, name: str) -> None:
    assert refusal(saved(tmp_path / "w.pth", content)) == (
        f"holds Python objects ({name}), which are not loaded because that would run code from the file; "
        "expected a state dict of tensors"
    )


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("call", [(os.system, "true"), (eval, "1"), (print, "x")], ids=["os.system", "eval", "print"])
def test_a_payload_is_called_one(tmp_path: Path, call: tuple, zipped: bool) -> None:
    class Payload:
        def __reduce__(self) -> tuple:
            return call[0], call[1:]

    path = saved(tmp_path / "w.pth", Payload(), _use_new_zipfile_serialization=zipped)
    assert refusal(path).startswith("holds Python objects (")


def whole(**options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(STATE, file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"rubbish", "is no checkpoint: it begins with b'rubb' and not as a file of torch.save"),
        (b"<html>404</html>", "is no checkpoint: it begins with b'<htm' and not as a file of torch.save"),
        (b"\x80\x02rubbish", "is no checkpoint, or a damaged one"),
        (pickle.dumps(3, protocol=2), "is no checkpoint, or a damaged one"),
        (pickle.dumps({"a": 1}, protocol=4), "was saved with protocol 4 or 5 of pickle"),
        (whole(pickle_protocol=5), "was saved with protocol 4 or 5 of pickle"),
        (whole()[:-300], "is damaged or incomplete: it begins as an archive and does not end as one"),
        (whole()[:40], "is damaged or incomplete: it begins as an archive and does not end as one"),
        (b"PK\x03\x04" + b"x" * 99, "is damaged or incomplete: it begins as an archive and does not end as one"),
        (whole(_use_new_zipfile_serialization=False)[:-1], "is no checkpoint, or a damaged one"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_checkpoint_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    assert refusal(path).startswith(said)
    assert refusal(path).endswith("; expected a state dict of tensors")


@given(st.data())
def test_nothing_but_a_state_dict_or_one_sentence_comes_of_damage(data: st.DataObject) -> None:
    content = bytearray(whole(_use_new_zipfile_serialization=data.draw(st.booleans())))
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "w.pth")
        path.write_bytes(content[: data.draw(st.none() | places)])
        said, state = "", {}
        try:
            state = read_checkpoint(path)
        except LimelightError as error:
            said = str(error)
        assert len(said.splitlines()) == (not state)
        assert "weights_only" not in said


def repacked(path: Path, compression: int, **more: bytes) -> Path:
    """The checkpoint as another archive, with members more."""
    with zipfile.ZipFile(io.BytesIO(whole())) as source, zipfile.ZipFile(path, "w", compression) as archive:
        for member in source.infolist():
            archive.writestr(member.filename, source.read(member))
        for name, content in more.items():
            archive.writestr(f"archive/data/{name}", content)
    return path


def test_an_archive_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_checkpoint(repacked(tmp_path / "w.pth", zipfile.ZIP_DEFLATED)).keys() == STATE.keys()
    bomb = repacked(tmp_path / "bomb.pth", zipfile.ZIP_DEFLATED, more=bytes(10_000_000))
    monkeypatch.setattr(torch, "load", None)
    assert re.fullmatch(
        r"would unpack from 1\d,\d{3} to 10,00\d,\d{3} bytes; expected a checkpoint, not compressed", refusal(bomb)
    )


def test_other_archives_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.jit.save(torch.jit.trace(nn.Linear(3, 2), torch.zeros(1, 3)), path)
    assert refusal(path).startswith("is a TorchScript archive, whose code is not loaded; expected")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
    assert refusal(path).startswith("is an archive of something else than torch.save writes; expected")
    with tarfile.open(path, "w") as tar:
        tar.add(__file__)
    assert refusal(path).startswith("is an archive of a PyTorch before 0.1.10; expected")


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (torch.zeros(2, device="meta"), "is a meta tensor, which has a shape and no values"),
        (torch.eye(2).to_sparse(), "is a sparse tensor (sparse_coo)"),
        (torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), "is quantised (qint8)"),
    ],
)
def test_tensors_without_values_of_their_own_are_refused(tmp_path: Path, tensor: Tensor, said: str) -> None:
    path = saved(tmp_path / "w.pth", {**STATE, "0.bias": tensor})
    assert refusal(path) == f"0.bias {said}; expected a dense tensor with its values"


def test_names_of_any_length_and_letters_fit_into_a_sentence(tmp_path: Path) -> None:
    long, odd = "k" * 100_000, "a\nb\x1b[31m"
    keys = refusal(saved(tmp_path / "w.pth", {long: 1, odd: 2, (1, 2): 3}))
    assert keys == f"no state dict among its keys {'k' * 30} ... {'k' * 30}, a\\nb\\x1b[31m, tuple"
    assert len(refusal(saved(tmp_path / "w.pth", {str(number): 0 for number in range(10_000)}))) < 100
    with pytest.raises(LimelightError) as error:
        fit(small(), {**STATE, long: torch.zeros(1)})
    assert len(str(error.value)) < 200
    assert len(refusal(saved(tmp_path / "w.pth", {"a": STATE, "b": STATE}), long)) < 200


def test_missing_checkpoint(tmp_path: Path) -> None:
    assert refusal(tmp_path / "w.pth") == "no such file; expected a checkpoint"


# --- fitting ------------------------------------------------------------------------------------------------------


def small() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2))


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod.", "model.", "net.backbone."])
def test_fit_drops_what_wrappers_put_before_the_names(prefix: str) -> None:
    network = small()
    fit(network, {prefix + name: value for name, value in STATE.items()})
    assert torch.equal(network[0].weight, STATE["0.weight"])
    assert torch.equal(network[0].bias, STATE["0.bias"])


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"0.weight": STATE["0.weight"]}, "1 missing, first 0.bias"),
        ({**STATE, "1.weight": torch.zeros(1), "2.weight": torch.zeros(1)}, "2 unexpected, first 1.weight"),
        ({**STATE, "0.weight": torch.zeros(2, 4)}, "1 mis-shaped, first 0.weight (2, 4) instead of (2, 3)"),
        (
            {"0.weight": torch.zeros(3), "x.y": torch.zeros(1)},
            "1 missing, first 0.bias; 1 unexpected, first x.y; 1 mis-shaped, first 0.weight (3,) instead of (2, 3)",
        ),
        ({"other": torch.zeros(1)}, "2 missing, first 0.weight; 1 unexpected, first other"),
    ],
)
def test_checkpoint_of_another_network_is_one_sentence(state: dict[str, Tensor], said: str) -> None:
    network = small()
    before = network[0].weight.clone()
    with pytest.raises(LimelightError) as error:
        fit(network, state, "w.pth does not fit a:b")
    assert str(error.value) == f"w.pth does not fit a:b: {said}"
    assert torch.equal(network[0].weight, before)


@pytest.mark.parametrize(
    ("bias", "said"),
    [
        (torch.tensor([1, -1], dtype=torch.int8), "0.bias holds integers (int8); expected real numbers"),
        (torch.tensor([1, -1]), "0.bias holds integers (int64); expected real numbers"),
        (torch.tensor([True, False]), "0.bias holds integers (bool); expected real numbers"),
        (torch.tensor([1j, 0]), "0.bias holds complex numbers (complex64); expected real numbers"),
        (torch.tensor([math.nan, 1]), "0.bias holds 1 NaN or infinite values of 2; expected finite ones"),
        (torch.tensor([math.inf, -math.inf]), "0.bias holds 2 NaN or infinite values of 2; expected finite ones"),
        (
            torch.tensor([1e300, 1], dtype=torch.float64),
            "0.bias holds 1 NaN or infinite values of 2; expected finite ones within the range of float32",
        ),
    ],
)
def test_values_that_would_be_converted_in_silence_or_are_not_finite(bias: Tensor, said: str) -> None:
    network = small()
    before = network[0].weight.clone()
    with pytest.raises(LimelightError) as error:
        fit(network, {**STATE, "0.bias": bias}, "w.pth does not fit a:b")
    assert str(error.value) == f"w.pth does not fit a:b: {said}"
    assert torch.equal(network[0].weight, before)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_are_lawful(precision: torch.dtype) -> None:
    network = small()
    fit(network, {name: value.to(precision) for name, value in STATE.items()})
    assert torch.equal(network[0].weight, STATE["0.weight"])


def test_buffers_may_hold_what_they_are_built_with_and_counters_may_be_real() -> None:
    class Masked(nn.BatchNorm1d):
        def __init__(self) -> None:
            super().__init__(2)
            self.register_buffer("mask", torch.tensor([0, -math.inf]))

    network, state = Masked(), Masked().state_dict()
    fit(network, {**state, "num_batches_tracked": torch.tensor(7.0)})
    assert int(network.num_batches_tracked) == 7
    with pytest.raises(LimelightError, match=r"^the checkpoint does not fit: mask holds 1 NaN or infinite values of 2"):
        fit(network, {**state, "mask": torch.tensor([-math.inf, -math.inf])})
    with pytest.raises(LimelightError, match=r"num_batches_tracked holds real numbers \(float32\); expected integers$"):
        fit(network, {**state, "num_batches_tracked": torch.tensor(7.5)})


def test_counters_of_batch_norm_may_be_missing() -> None:
    network, other = nn.BatchNorm2d(2), nn.BatchNorm2d(2)
    other.running_mean.fill_(7)
    fit(network, {name: value for name, value in other.state_dict().items() if name != "num_batches_tracked"})
    assert network.running_mean.tolist() == [7, 7]


# --- factories ----------------------------------------------------------------------------------------------------

FACTORY = """
from __future__ import annotations
from dataclasses import dataclass
from torch import nn

@dataclass
class Maker:
    width: int = 2
    def make(self): return nn.Linear(self.width, 1)
    @staticmethod
    def wide(width=9): return nn.Linear(width, 1)

def build(width=4): return nn.Linear(width, 1)
def none(): return None
def fails(): raise ValueError("no weights\\n  for you")
default = Maker(5)
"""


@pytest.mark.parametrize(
    ("name", "arguments", "width"),
    [("build", {}, 4), ("build", {"width": 3}, 3), ("Maker.wide", {}, 9), ("default.make", {}, 5)],
)
def test_factory_in_a_file(tmp_path: Path, name: str, arguments: dict[str, Any], width: int) -> None:
    file = tmp_path / "my-network v2.py"
    file.write_text(FACTORY)
    network = build(f"{file}:{name}", arguments)
    assert isinstance(network, nn.Linear)
    assert network.in_features == width


def test_two_files_of_one_name_are_two_factories(tmp_path: Path) -> None:
    for width in (3, 4):
        (tmp_path / str(width)).mkdir()
        (tmp_path / str(width) / "net.py").write_text(f"from torch import nn\ndef f(): return nn.Linear({width}, 1)\n")
    assert [build(f"{tmp_path}/{width}/net.py:f", {}).in_features for width in (3, 4, 3)] == [3, 4, 3]


def test_factories_of_packages_and_torchvision() -> None:
    assert isinstance(build("torch.nn:Linear", {"in_features": 2, "out_features": 1}), nn.Linear)
    assert isinstance(build("torch:nn.Identity", {}), nn.Identity)
    network = build("torchvision:squeezenet1_1", {"num_classes": 3})
    assert type(network).__name__ == "SqueezeNet"
    assert network.classifier[1].out_channels == 3


@pytest.mark.parametrize(
    ("factory", "arguments", "said"),
    [
        ("FILE:fails", {}, "ValueError: no weights; expected a callable that builds a network"),
        ("FILE:none", {}, "returned NoneType; expected a torch.nn.Module"),
        ("FILE:nothing", {}, "AttributeError: module "),
        (
            "FILE:build",
            {"depth": 3},
            "TypeError: build() got an unexpected keyword argument 'depth'; expected a callable that",
        ),
        ("nowhere/net.py:build", {}, "FileNotFoundError: "),
        (
            "no_such_package.nets:build",
            {},
            "ModuleNotFoundError: No module named 'no_such_package'; expected a callable that",
        ),
        ("torchvision:vgg12", {}, "ValueError: Unknown model vgg12; expected a callable that builds a network"),
    ],
)
def test_factory_that_fails_is_one_sentence(tmp_path: Path, factory: str, arguments: dict[str, Any], said: str) -> None:
    (tmp_path / "net.py").write_text(FACTORY)
    factory = factory.replace("FILE", str(tmp_path / "net.py"))
    with pytest.raises(LimelightError) as error:
        build(factory, arguments)
    assert str(error.value).startswith(f"factory {factory}: {said}")
    assert "\n" not in str(error.value)


# --- class names --------------------------------------------------------------------------------------------------


def test_class_names_from_a_list_a_file_or_a_module(tmp_path: Path) -> None:
    assert read_classes(["b", "a"]) == ("b", "a")
    file = tmp_path / "names.txt"
    file.write_text("noodles/pasta\n\n  käse \nfried food\n", encoding="utf-8")
    assert read_classes(str(file)) == ("noodles/pasta", "käse", "fried food")
    assert read_classes("string:digits") == tuple("0123456789")


def test_class_names_in_another_encoding_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes("käse".encode("latin-1"))
    with pytest.raises(
        LimelightError, match=r"^classes: \S+names\.txt is not encoded in UTF-8; expected text in UTF-8$"
    ):
        read_classes(str(file))


def test_names_of_two_outputs_get_their_numbers() -> None:
    assert read_classes(["crane", "egg", "crane"]) == ("crane (0)", "egg", "crane (2)")
    names = read_classes("torchvision.models._meta:_IMAGENET_CATEGORIES")
    assert len(set(names)) == len(names) == 1000
    assert names[967] == "espresso"


@pytest.mark.parametrize("where", ["missing.txt", "no_such_package:names", "string:nothing", "math:pi"])
def test_class_names_that_are_nowhere(where: str) -> None:
    with pytest.raises(LimelightError, match=f"^classes: {where} is neither a text file nor package.module:attribute$"):
        read_classes(where)


# --- from settings to a classifier ---------------------------------------------------------------------------------


def settings(tmp_path: Path, preprocessing: dict[str, Any]) -> dict[str, Any]:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "def build(classes): return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, classes))\n"
    )
    network = build(f"{tmp_path}/net.py:build", {"classes": 3})
    saved(tmp_path / "w.pth", {"state_dict": network.state_dict()})
    return {
        "factory": f"{tmp_path}/net.py:build",
        "arguments": {"classes": 3},
        "checkpoint": f"{tmp_path}/w.pth",
        "classes": ["x", "y", "z"],
        "preprocessing": preprocessing,
    }


def test_load_gives_the_trained_network_frozen_and_in_evaluation_mode(
    tmp_path: Path, preprocessing: Callable, photographs: Tensor
) -> None:
    described = settings(tmp_path, preprocessing(size=[8, 8], **IMAGENET))
    classifier = loading.load(described)
    assert not any(module.training for module in classifier.modules())
    assert not any(parameter.requires_grad for parameter in classifier.parameters())
    assert classifier.classes == ("x", "y", "z")
    assert classifier.resize.size == (8, 8)
    plain = build(described["factory"], {"classes": 3})
    plain.load_state_dict(torch.load(described["checkpoint"])["state_dict"])
    mean, std = (torch.tensor(IMAGENET[name]).view(3, 1, 1) for name in ("mean", "std"))
    torch.testing.assert_close(classifier(photographs), plain((photographs - mean) / std), rtol=1e-4, atol=1e-5)


def test_load_computes_as_it_is_told(
    tmp_path: Path, preprocessing: Callable, photographs: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = settings(tmp_path, preprocessing())
    monkeypatch.setattr(torch, "compile", lambda network: lambda values: 2 * network(values))
    plain = loading.load(described)
    told = loading.load(described, "cpu", "bfloat16", compiled=True)
    assert told.precision == "bfloat16"
    torch.testing.assert_close(told(photographs), 2 * plain(photographs), rtol=0.05, atol=0.05)


def test_load_refuses_a_precision_that_the_device_does_not_have(
    tmp_path: Path, preprocessing: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "build", None)  # before anything is built
    monkeypatch.setattr("limelight.network.precision.F.conv2d", lambda values, weight: values)
    with pytest.raises(LimelightError, match="precision: this cpu device does not support float16; expected float32"):
        loading.load({}, "cpu", "float16")


@pytest.mark.parametrize("prefix", ["", "module."])
def test_fit_keeps_the_versions_that_a_network_asks_for(prefix: str) -> None:
    """MNASNet refuses to load where `_metadata` does not say which version of it was saved."""
    state = build("torchvision:mnasnet0_5", {"num_classes": 2}).state_dict()
    network = build("torchvision:mnasnet0_5", {"num_classes": 2})
    fit(network, {prefix + name: value for name, value in state.items()})
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


def test_load_names_checkpoint_and_factory_that_do_not_fit(tmp_path: Path, preprocessing: Callable) -> None:
    described = {**settings(tmp_path, preprocessing()), "arguments": {"classes": 4}}
    with pytest.raises(LimelightError) as error:
        loading.load(described)
    assert str(error.value) == (
        f"{tmp_path}/w.pth does not fit {tmp_path}/net.py:build: "
        "2 mis-shaped, first 2.weight (3, 144) instead of (4, 144)"
    )


# --- the layer table ----------------------------------------------------------------------------------------------


@pytest.fixture
def branched(classify: Callable) -> Any:
    """Two blocks that share one ReLU, a convolution that nothing uses, and a pair of tensors."""

    class Pair(nn.Module):
        def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
            return values, values

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            relu = nn.ReLU()
            self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), relu)
            self.spare = nn.Conv2d(3, 9, 1)
            self.body = nn.Sequential(nn.Conv2d(4, 6, 3), relu)
            self.pair = Pair()
            self.head = nn.Linear(6, 3)

        def forward(self, values: Tensor) -> Tensor:
            values, _ = self.pair(self.body(self.stem(values)))
            return self.head(values.mean((2, 3)))

    return classify(Network())


def test_layer_table_by_hand(branched: Any, state_of: Callable) -> None:
    before = state_of(branched)
    assert layer_table(branched) == [
        Layer(None, "stem", "Sequential", (4, 4, 4), 4, 1, 1),
        Layer(0, "stem.0", "Conv2d", (4, 4, 4), 4, 1, 1),
        Layer(1, "stem.1", "ReLU", (4, 4, 4), 4, 2, 1),  # the first of its two outputs
        Layer(2, "spare", "Conv2d", (), None, 0, None),
        Layer(None, "body", "Sequential", (6, 2, 2), 6, 1, 2),
        Layer(3, "body.0", "Conv2d", (6, 2, 2), 6, 1, 2),
        Layer(4, "pair", "Pair", (), None, 1, None),
        Layer(5, "head", "Linear", (3,), 3, 1, 2),
    ]
    assert state_of(branched) == before


def test_index_counts_the_leaf_modules_as_the_original_report_does(classify: Callable) -> None:
    """That is: `[m for m in network.modules() if not list(m.children())]`."""
    from torchvision.models import resnet18

    network = resnet18(num_classes=3)
    leaves = [module for module in network.modules() if not list(module.children())]
    table = layer_table(classify(network, size=32))
    found = {layer.index: network.get_submodule(layer.name) for layer in table if layer.index is not None}
    assert list(found) == list(range(len(leaves)))
    assert all(found[index] is leaf for index, leaf in enumerate(leaves))


def test_layer_table_has_the_shape_of_a_rectangular_input(classify: Callable) -> None:
    table = layer_table(
        classify(nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()), 5, size=[9, 7])
    )
    assert [layer.shape for layer in table] == [(5, 7, 5), (5, 1, 1), (5,)]


def test_network_that_does_not_take_the_input_size(
    classify: Callable, small_cnn: nn.Module, state_of: Callable
) -> None:
    classifier = classify(small_cnn, size=10)
    before = state_of(classifier)
    with pytest.raises(LimelightError) as error:
        layer_table(classifier)
    assert str(error.value).startswith("the network fails on an input of 10 x 10 pixels (")
    assert "shapes cannot be multiplied" in str(error.value)
    assert str(error.value).endswith("; expected preprocessing.size to be the input size of its training")
    assert state_of(classifier) == before


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 4)), "(1, 4)"),
        (nn.Conv2d(3, 3, 1), "(1, 3, 8, 8)"),
    ],
)
def test_network_that_does_not_give_one_logit_a_class(classify: Callable, network: nn.Module, said: str) -> None:
    with pytest.raises(LimelightError) as error:
        layer_table(classify(network, 3))
    assert str(error.value) == f"the network's output is {said}; expected (1, 3), a logit for each of the classes"
