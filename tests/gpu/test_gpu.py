"""Does what is written for CUDA run there? Skipped without a GPU, unless one is pretended, to rehearse these tests."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_study import make_study
from torch import Tensor, nn

from limelight.ascent import Channel, Schedule, ascend, scorer
from limelight.ascent.starts import noise
from limelight.attribution.registry import METHODS, find
from limelight.capabilities.lime.explanation import explain
from limelight.demo.network import network
from limelight.machinery.device import free_memory, in_steps, lease, peak_memory
from limelight.machinery.items import Item
from limelight.machinery.store import Store
from limelight.machinery.units import Computation, Failure, Photograph, Summary, Unit
from limelight.machinery.work import Work
from limelight.network.classifier import Classifier, explaining, probabilities
from limelight.network.precision import check_precision, tensor_float_32
from limelight.schema import load
from limelight.study.gpus import PRETENDED
from limelight.study.settings import complete

REAL = torch.cuda.is_available()

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not REAL and PRETENDED not in os.environ, reason="this machine has no CUDA GPU"),
]
only_real = pytest.mark.skipif(not REAL, reason="this machine has no CUDA GPU, it only pretends one")

SIZE = 64
CPU = torch.device("cpu")
APART = {"float32": 1e-3, "tf32": 2e-2, "bfloat16": 0.1, "float16": 2e-2}
"""How far values may be from the CPU's float32, as a share of the largest."""


@pytest.fixture(autouse=True)
def _locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def device() -> Iterator[torch.device]:
    """The GPU, or the CPU where one is pretended."""
    with lease("auto", threads=torch.get_num_threads()) as held:
        yield held.device
    free_memory()


def classifier(device: torch.device, precision: str = "float32", compiled: bool = False) -> Classifier:
    """The embedded study's network, whose batch norm knows the photographs."""
    section = {"size": SIZE, "resize": "squash", "interpolation": "bilinear", "range": [0, 1], "channels": "RGB"}
    section |= {"mean": [0.5] * 3, "std": [0.25] * 3}
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = network(11, 16)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        model((photographs(8) - 0.5) / 0.25)
    made = Classifier(model, [str(k) for k in range(11)], section, precision, compiled)
    return made.eval().to(device).to(memory_format=torch.channels_last)


def photographs(count: int) -> Tensor:
    """Smooth colours, (N, 3, 64, 64) in [0, 1]."""
    coarse = torch.from_numpy(np.random.default_rng(0).random((count, 3, 6, 6), dtype=np.float32))
    return nn.functional.interpolate(coarse, (SIZE, SIZE), mode="bilinear")


def apart(values: Tensor, others: Tensor) -> float:
    """The largest difference, as a share of the largest value."""
    return float((others.cpu() - values).abs().max() / values.abs().max())


def maps(model: Classifier, name: str, batch: int = 4) -> Tensor:
    """What a method says of four photographs."""
    images = photographs(4).to(model.mean.device)
    given = {
        "occlusion": {"patch": 16, "stride": 16},
        "smoothgrad": {"samples": 4},
        "integrated_gradients": {"steps": 8},
    }
    targets = torch.arange(4, device=images.device)
    return find(name)(model, images, targets, seeds=range(4), batch=batch, **given.get(name, {})).maps


def test_the_lease_is_of_a_gpu() -> None:
    with lease("auto") as held:
        assert held.gpu is not None
        assert held.device.type == ("cuda" if REAL else "cpu")
        if REAL:
            assert torch.cuda.current_device() == held.device.index


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16", "float16"])
def test_predictions_in_a_precision_are_near_those_of_a_cpu(device: torch.device, precision: str) -> None:
    check_precision(precision, device)
    expected = probabilities(classifier(CPU), [photographs(6)])
    computed = probabilities(classifier(device, precision), [photographs(6).to(device)])
    assert computed.dtype == np.float32
    assert apart(torch.from_numpy(expected), torch.from_numpy(computed)) < APART[precision]


@only_real
def test_tensor_float_32_is_on_only_where_it_is_asked_for(device: torch.device) -> None:
    values = torch.randn(512, 512, dtype=torch.float64, device=device)
    exact, product = values @ values, {}
    for allowed in (False, True):
        with tensor_float_32(allowed):
            product[allowed] = (values.float() @ values.float()).double()
    errors = {allowed: float((value - exact).abs().max() / exact.abs().max()) for allowed, value in product.items()}
    assert errors[False] < 1e-5
    if torch.cuda.get_device_capability() >= (8, 0):
        assert errors[True] > 1e-5


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_the_same_as_on_a_cpu(device: torch.device, name: str) -> None:
    expected = maps(classifier(CPU), name)
    computed = maps(classifier(device), name)
    assert computed.device.type == device.type
    # A rounding error may decide which of two neighbours is the largest in a pool, so not every pixel agrees.
    assert float(((computed.cpu() - expected).abs() / expected.abs().max()).quantile(0.99)) < 1e-2


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", ["gradient", "grad_cam", "occlusion"])
def test_half_precision_gives_finite_maps_of_single_precision(device: torch.device, name: str, precision: str) -> None:
    computed = maps(classifier(device, precision), name)
    assert computed.dtype == torch.float32
    assert computed.isfinite().all()
    assert computed.abs().max() > 0


def test_superpixels_are_explained(device: torch.device, repository: Path) -> None:
    study = {"study": "gpu", "classes": ["a", "b"], "images": {"path": "."}}
    study["models"] = {"m": {"factory": "a:b", "checkpoint": "c"}}
    settings = {**complete(study, load(repository), {})["lime"], "samples": 64, "batch": 16}
    image = (photographs(1)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    weights = []
    for model in (classifier(CPU), classifier(device)):
        with explaining(model):
            weights.append(torch.from_numpy(explain(model, image, range(3), settings, 1).weights))
    assert apart(*weights) < 1e-2


def test_filters_ascend(device: torch.device) -> None:
    ends = []
    for where in (CPU, device):
        model = classifier(where)
        score = scorer(model, [Channel("cnn.4", number) for number in range(3)])
        starts = torch.stack([noise((SIZE, SIZE), number) for number in range(3)]).to(where)
        with explaining(model):
            recording = ascend(score, starts, Schedule((0, 4), step=0.02), seeds=range(3), gradient=model.gradient)
        ends.append(recording.photographs[-1])
    assert ends[1].isfinite().all()
    assert apart(ends[0], ends[1]) < 5e-2


def test_steps_are_halved_when_memory_is_short(device: torch.device) -> None:
    """A step of 16 takes more than the GPU has (or seems to have); one of 4 does not."""
    sizes = []
    whole = torch.cuda.get_device_properties(device).total_memory if REAL else 0

    def compute(part: Tensor) -> Tensor:
        sizes.append(len(part))
        if len(part) > 4 and not REAL:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        held = torch.empty(len(part) * whole // 6, dtype=torch.uint8, device=device)
        return part * 2 + held[:0].sum()

    items = torch.arange(16, device=device)
    steps = in_steps(items, 16, compute)
    doubled = torch.cat([result for _, result in steps])
    assert torch.equal(doubled, items * 2)
    assert sizes == [16, 8, *[4] * 4]
    assert steps.size == 4


def test_photographs_come_through_pinned_memory(device: torch.device, tmp_path: Path) -> None:
    """Files to the GPU, in steps of one shape, the last of which is filled up."""
    pixels = (photographs(5).permute(0, 2, 3, 1).numpy() * 255).astype(np.uint8)
    computation = Computation("predictions", "capabilities.predictions.compute:predict")
    units = []
    for number, image in enumerate(pixels):
        path = tmp_path / f"{number}.png"
        Image.fromarray(image).save(path)
        units.append(Unit(Item(image=path.stem), computation, {}, Photograph(path.stem, None, str(path))))
    model = classifier(device)
    work = Work(model, device, Store(tmp_path / "store"), 4, 2, Summary("running", {}, {}, 5))
    shapes = []

    def step(part: Sequence[Unit], images: Tensor) -> list[dict[str, np.ndarray]]:
        shapes.append((tuple(images.shape), images.device.type))
        return [{"image": image} for image in images.cpu().numpy()]

    for (_, result), image in zip(work.steps(units, step), pixels, strict=True):
        assert not isinstance(result, Failure)
        assert np.array_equal(np.round(result["image"].transpose(1, 2, 0) * 255), image)
    assert shapes == [((4, 3, SIZE, SIZE), device.type)] * 2


def test_neighbours_in_a_batch_change_nothing(device: torch.device) -> None:
    model, images = classifier(device), photographs(8).to(device)
    first = probabilities(model, [images])[0]
    last = probabilities(model, [images.flip(0)])[-1]
    assert np.array_equal(first, last)


@only_real
def test_peak_memory_is_that_of_the_device(device: torch.device) -> None:
    kept = torch.empty(64 * 2**20, dtype=torch.uint8, device=device)
    peak = peak_memory(device)["peak_device_bytes"]
    assert peak is not None
    assert peak >= kept.numel()


def test_the_tiny_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of job, eight at once on the GPU; nothing is drawn."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    study = make_study(tmp_path / "study")
    study.configure(device="auto", gpu={"jobs_per_gpu": 8})
    only = [] if REAL else ["--until", "compute_saliency"]
    run = study.snakemake("compute", *only, "--cores", str(len(os.sched_getaffinity(0))))
    assert run.status == 0, run.output
    for path, summary in study.summaries().items():
        assert not summary["failed"], path
        assert summary["gpu"] == "0", path
        assert summary["device"] == ("cuda:0" if REAL else "cpu"), path


def test_a_compiled_network_says_the_same(device: torch.device) -> None:
    images = photographs(4).to(device)
    expected = probabilities(classifier(device), [images])
    computed = probabilities(classifier(device, compiled=True), [images])
    assert apart(torch.from_numpy(expected), torch.from_numpy(computed)) < 1e-3
