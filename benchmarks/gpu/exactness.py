"""Part 2: how far is what a GPU computes from what a CPU does, and does it compute the same again?"""

from dataclasses import replace

import torch
from rows import Rows, run
from subjects import (
    EMBEDDED,
    EXACT,
    JOBS,
    RESNET,
    SMALL,
    SMALL_EMBEDDED,
    SMALL_RESNET,
    Classifier,
    LimelightError,
    Sizes,
    Subject,
    check_precision,
    lease,
    pictures,
)
from torch import Tensor

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")


def measure(rows: Rows) -> None:
    """The embedded network first; its jobs take the least time."""
    sizes = SMALL if rows.small else EXACT
    with lease("auto", threads=torch.get_num_threads()) as held:
        for subject in (SMALL_EMBEDDED, SMALL_RESNET) if rows.small else (EMBEDDED, RESNET):
            on_cpu = expected(rows, subject, sizes)
            for precision in PRECISIONS:
                with rows.trying("precision", network=subject.name, precision=precision):
                    compare(rows, subject, held.device, sizes, precision, on_cpu)


def expected(rows: Rows, subject: Subject, sizes: Sizes) -> dict[str, Tensor]:
    """What a CPU makes of each job, in float32."""
    classifier, images = subject.classifier(torch.device("cpu")), pictures(subject.size, sizes.images)
    computed = {}
    for name, job in JOBS.items():
        with rows.trying("on the CPU", network=subject.name, job=name):
            computed[name] = job(classifier, subject, images, sizes)
    return computed


def compare(
    rows: Rows, subject: Subject, device: torch.device, sizes: Sizes, precision: str, on_cpu: dict[str, Tensor]
) -> None:
    """A row a job."""
    try:
        check_precision(precision, device)
    except LimelightError as error:
        rows.write("precision", network=subject.name, precision=precision, failed=str(error))
        return
    classifier, images = subject.classifier(device, precision), pictures(subject.size, sizes.images).to(device)
    for name, values in on_cpu.items():
        key = {"network": subject.name, "job": name, "precision": precision}
        with rows.trying("difference", **key):
            once = JOBS[name](classifier, subject, images, sizes)
            rows.write("difference", **key, **differences(values, once))
            again = JOBS[name](classifier, subject, images, sizes)
            rows.write("again", **key, equal=torch.equal(once, again), **differences(once, again))
    if precision == "float32":
        with rows.trying("neighbours", network=subject.name):
            neighbours(rows, subject, classifier, images)


def neighbours(rows: Rows, subject: Subject, classifier: Classifier, images: Tensor) -> None:
    """What the network says of a photograph in another place, among others, in a pass of the same shape."""
    job, sizes = JOBS["predictions"], replace(SMALL, batch=8)
    others = pictures(subject.size, 15).to(images)
    one = job(classifier, subject, torch.cat([images[:1], others[:7]]), sizes)[0]
    other = job(classifier, subject, torch.cat([others[8:], images[:1]]), sizes)[-1]
    key = {"network": subject.name, "job": "predictions", "precision": "float32"}
    rows.write("neighbours", **key, equal=torch.equal(one, other), **differences(one, other))


def differences(values: Tensor, others: Tensor) -> dict[str, float]:
    """The largest and the median difference, as shares of the largest value; NaN where a value is not finite."""
    values, others = values.double(), others.double()
    largest = values.abs().max().clamp_min(1e-300)
    apart = ((others - values).abs() / largest).flatten()
    return {"largest": float(apart.max()), "median": float(apart.median())}


if __name__ == "__main__":
    run("exactness", measure)
