"""Time and memory that a job requests from a cluster."""

import math
from collections.abc import Mapping
from typing import Any

from limelight.study.declaration import Jobs, setting

PASS_SECONDS = 0.03
"""A forward pass of a 128 x 128 photograph through a VGG-like network on one slow core; GPUs are 50 times as fast."""

MAP_PASSES = 150
"""What an attribution method may take for one map: 50 steps of integrated gradients, there and back."""

DECODING_MB = 1500
"""What a job may take to decode images, whatever they are: `network.decoding.MEMORY`."""


LONG_HOURS = 24
"""What takes longer on one core for one photograph is said before it begins."""

MUCH_MEMORY = 64_000
"""And what asks for more memory, in MB."""


def in_words(jobs: Jobs, model: Mapping[str, Any]) -> str:
    """What a job costs whose settings are lawful and large; empty if it costs no more than usual."""
    hours = jobs.passes(model) * PASS_SECONDS * pixels(jobs.size(model)) / 3600
    memory = megabytes(jobs, model, 1)
    what = "job" if jobs.count else "photograph"
    parts = [
        *([f"takes about {hours:,.0f} hours of one CPU core for each {what}"] if hours > LONG_HOURS else []),
        *([f"asks for {memory / 1000:,.0f} GB of memory, less with a smaller batch"] if memory > MUCH_MEMORY else []),
    ]
    return ", and ".join(parts)


def minutes(jobs: Jobs, model: Mapping[str, Any], count: int, attempt: int) -> int:
    """Running time to ask for on one core, in minutes: twice what the job should take, times the attempt.

    Parameters
    ----------
    model
        The complete settings of a model.
    count
        Photographs, or whatever else the passes of the job are counted by.
    """
    seconds = count * jobs.passes(model) * PASS_SECONDS * pixels(jobs.size(model))
    return attempt * (5 + math.ceil(2 * seconds / 60))


def megabytes(jobs: Jobs, model: Mapping[str, Any], attempt: int) -> int:
    """Memory to ask for: PyTorch itself, images to decode, and the activations of one batch, times the attempt."""
    area = pixels(jobs.size(model))
    tile = setting(model, jobs.ascent).get("tile") if jobs.ascent else None
    if tile:
        area = min(area, pixels(tile))
    images = DECODING_MB if jobs.decodes else 0
    return attempt * (2500 + images + math.ceil(60 * jobs.batch(model) * area))


def pixels(size: Any) -> float:
    """Pixels of one number or of height and width, in 128 x 128."""
    height, width = (size, size) if isinstance(size, int) else size
    return height * width / 128**2
