"""Part 3: how fast, as ratios in one run, beside the bare passes and beside other libraries; what a GPU waits for."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import attribution
import numpy as np
import superpixels
import torch
from captum.attr import Occlusion
from contest import Contender, Stopwatch, passes, take_turns
from rows import Rows, run
from subjects import (
    EMBEDDED,
    FULL,
    JOBS,
    RESNET,
    SMALL,
    SMALL_EMBEDDED,
    SMALL_RESNET,
    Classifier,
    Job,
    Sizes,
    Subject,
    explaining,
    find,
    last_map,
    lease,
    pictures,
    synchronise,
    to_uint8,
)
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torchcam.methods import GradCAM

BATCHES = (1, 8, 32, 64, 128, 256)
CLASSES = 5
"""Number of classes that LIME explains: the package takes long for each."""


def measure(rows: Rows) -> None:
    """Of each network first all jobs, for these matter most; then other libraries, then profiles."""
    sizes = SMALL if rows.small else FULL
    with lease("auto", threads=torch.get_num_threads()) as held:
        watch, prepared = stopwatch(held.device), []
        for subject in (SMALL_RESNET, SMALL_EMBEDDED) if rows.small else (RESNET, EMBEDDED):
            with rows.trying("batches", network=subject.name):
                classifier = subject.classifier(held.device)
                images = pictures(subject.size, sizes.images).to(held.device)
                best = batches(rows, subject, classifier, watch)
                for name, job in JOBS.items():
                    with rows.trying("jobs", network=subject.name, job=name):
                        against_passes(rows, subject, name, job, classifier, images, replace(sizes, batch=best), watch)
                prepared.append((subject, classifier, images, replace(sizes, batch=best)))
        for subject, classifier, images, chosen in prepared:
            peers(rows, subject, classifier, images, chosen, watch)
        for subject, classifier, images, chosen in prepared:
            for name, job in JOBS.items():
                with rows.trying("waiting", network=subject.name, job=name):
                    profiled(rows, subject, name, partial(job, classifier, subject, images, chosen), held.device)


def stopwatch(device: torch.device) -> Stopwatch:
    """Wall time until the device is done."""

    def seconds(work: Contender) -> float:
        synchronise(device)
        start = time.perf_counter()
        work()
        synchronise(device)
        return time.perf_counter() - start

    return seconds


def batches(rows: Rows, subject: Subject, classifier: Classifier, watch: Stopwatch) -> int:
    """Photographs a second by batch, forth, and back and forth; the batch that is fastest back and forth."""
    rates = {}
    for batch in BATCHES[:2] if rows.small else BATCHES:
        work = {back: partial(passes, classifier, max(batch, 8), batch, backward=back) for back in (False, True)}
        rate = {}
        for back, contender in work.items():
            contender()
            rate[back] = max(batch, 8) / statistics.median(watch(contender) for _ in range(3))
        rates[batch] = rate[True]
        rows.write("batches", network=subject.name, batch=batch, forth=rate[False], back_and_forth=rate[True])
    return max(rates, key=rates.__getitem__)


# --- jobs beside their bare passes --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pass:
    """A pass that a job made: the shape of its input, whether a gradient was taken, and whether it ended at a layer."""

    shape: torch.Size
    backward: bool
    cut: bool


@contextmanager
def counting(classifier: Classifier) -> Iterator[list[Pass]]:
    """Lists the passes of the network meanwhile."""
    made: list[Pass] = []

    def begins(module: torch.nn.Module, given: tuple[Tensor, ...]) -> None:
        made.append(Pass(given[0].shape, given[0].requires_grad, True))

    def ends(module: torch.nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        made[-1] = replace(made[-1], cut=False)

    hooks = [
        classifier.network.register_forward_pre_hook(begins),
        classifier.network.register_forward_hook(ends),
    ]
    try:
        yield made
    finally:
        for hook in hooks:
            hook.remove()


def bare(classifier: Classifier, made: list[Pass], layer: str) -> Contender:
    """The same passes with nothing around them; those that were cut short end at `layer`."""
    device = classifier.mean.device
    ready = {
        one.shape: torch.rand(one.shape, device=device).contiguous(memory_format=torch.channels_last) for one in made
    }

    def work() -> None:
        with explaining(classifier):
            for one in made:
                photographs = ready[one.shape].detach().requires_grad_(one.backward)
                with torch.set_grad_enabled(one.backward):
                    output = classifier.activation(layer, photographs) if one.cut else classifier(photographs)
                    if one.backward:
                        torch.autograd.grad(output.flatten(1)[:, 0].sum(), photographs)

    return work


def against_passes(
    rows: Rows,
    subject: Subject,
    name: str,
    job: Job,
    classifier: Classifier,
    images: Tensor,
    sizes: Sizes,
    watch: Stopwatch,
) -> None:
    """A row: what the job takes, and which share of it the bare passes take."""
    images = images[:1] if name == "LIME" else images
    work = partial(job, classifier, subject, images, sizes)
    with counting(classifier) as made:
        work()
    floor = bare(classifier, made, subject.deep if "dream" in name else subject.layer)
    taken = take_turns({"passes": floor, "job": work}, 1 if rows.small else 2, watch)
    seconds = statistics.median(taken["job"])
    share = statistics.median(a / b for a, b in zip(taken["passes"], taken["job"], strict=True))
    rows.write(
        "jobs",
        network=subject.name,
        job=name,
        batch=sizes.batch,
        images=len(images),
        passes=len(made),
        seconds=seconds,
        share_inside_model=share,
    )


# --- other libraries ----------------------------------------------------------------------------------------------


def peers(rows: Rows, subject: Subject, classifier: Classifier, images: Tensor, sizes: Sizes, watch: Stopwatch) -> None:
    """Contests of the benchmarks beside this folder, and two more; a row a contender, times those of limelight."""
    batch, some = sizes.batch, images[:4]
    targets = torch.arange(len(some), device=images.device) % len(classifier.classes)
    photographs = list(to_uint8(some[:1].cpu().numpy()))

    def lime() -> dict[str, Contender]:
        return superpixels.over(photographs, superpixels.make_explainers(classifier, sizes.lime, batch, CLASSES))

    contests: dict[str, Callable[[], dict[str, Contender]]] = {
        "gradient": lambda: attribution.gradient(classifier, some, targets, batch),
        "SmoothGrad": lambda: attribution.smoothgrad(classifier, some, targets, batch, sizes.samples),
        "integrated gradients": lambda: attribution.integrated(classifier, some, targets, batch, sizes.samples),
        "occlusion": lambda: occlusion(classifier, some, targets, batch, sizes.patch),
        "LIME": lime,
        "Grad-CAM": lambda: grad_cam(classifier, some, targets, batch),
        "deletion and insertion": lambda: attribution.curves(classifier, some, targets, batch, sizes.steps),
    }
    for name, contest in contests.items():
        with rows.trying("other libraries", network=subject.name, job=name), explaining(classifier):
            taken = take_turns(contest(), 1 if rows.small else 2, watch)
            ours = next(seconds for contender, seconds in taken.items() if contender.startswith("limelight"))
            for contender, seconds in taken.items():
                rows.write(
                    "other libraries",
                    network=subject.name,
                    job=name,
                    contender=contender,
                    seconds=statistics.median(seconds),
                    times_limelight=statistics.median(a / b for a, b in zip(seconds, ours, strict=True)),
                )


def occlusion(classifier: Classifier, images: Tensor, targets: Tensor, batch: int, patch: int) -> dict[str, Contender]:
    """Captum hides the same patch of all images at once, or of one image several patches."""
    side, window = images.shape[-1], (3, patch, patch)
    count = len(images) * (1 + (side // patch) ** 2)

    def captum() -> None:
        hidden = {
            "sliding_window_shapes": window,
            "strides": window,
            "perturbations_per_eval": max(1, batch // len(images)),
        }
        with torch.no_grad():
            Occlusion(classifier).attribute(images, target=targets, baselines=0.5, **hidden)

    return {
        f"passes alone, batch {batch}": partial(passes, classifier, count, batch),
        f"limelight, batch {batch}": lambda: find("occlusion")(
            classifier, images, targets, seeds=range(len(images)), batch=batch, patch=patch, stride=patch
        ),
        f"Captum, batch {batch}": captum,
    }


def grad_cam(classifier: Classifier, images: Tensor, targets: Tensor, batch: int) -> dict[str, Contender]:
    """torch-cam leaves its maps in the layer's own size, so it does a little less."""
    layer = last_map(classifier, images[:1])

    def torchcam() -> None:
        with torch.enable_grad(), GradCAM(classifier.network, target_layer=layer) as cam:
            scores = classifier(images.detach().requires_grad_())
            cam(targets.tolist(), scores)

    return {
        f"passes alone, batch {len(images)}": partial(passes, classifier, len(images), len(images), backward=True),
        f"limelight, batch {len(images)}": lambda: find("grad_cam")(
            classifier, images, targets, seeds=range(len(images)), layer=layer, batch=batch
        ),
        f"torch-cam, batch {len(images)}": torchcam,
    }


# --- profiles -----------------------------------------------------------------------------------------------------


def profiled(rows: Rows, subject: Subject, name: str, work: Contender, device: torch.device) -> None:
    """A row: the share of time in which the device computes, and on what the processor spends the most meanwhile."""
    cuda = device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    began = time.perf_counter()
    with profile(activities=activities) as measured:
        work()
        synchronise(device)
    microseconds = 1e6 * (time.perf_counter() - began)
    events = measured.key_averages()
    kernels = [event for event in events if event.device_type == torch.autograd.DeviceType.CUDA]
    processor = sorted(events, key=lambda event: -event.self_cpu_time_total)
    busy = float(np.sum([event.self_device_time_total for event in kernels])) / microseconds if cuda else None
    rows.write(
        "waiting",
        network=subject.name,
        job=name,
        device_busy=busy,
        processor={event.key[:60]: event.self_cpu_time_total / microseconds for event in processor[:3]},
    )


if __name__ == "__main__":
    run("speed", measure)
