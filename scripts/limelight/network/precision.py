"""The floating-point precision of a device, and synchronisation with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional as F

from limelight.study.errors import LimelightError

HALF = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The context in which a network's forward pass runs in `precision`; without effect for float32 and tf32."""
    return torch.autocast(device.type, dtype=HALF.get(precision), enabled=precision in HALF)


@contextmanager
def tensor_float_32(allowed: bool) -> Iterator[None]:
    """Whether float32 matrix products and convolutions on NVIDIA GPUs may round to TensorFloat-32; then as before.

    The switch is the process's, and it holds for a backward pass only while that runs.
    """
    # Their stubs do not know all attributes.
    matmul: Any = torch.backends.cuda.matmul
    cudnn: Any = torch.backends.cudnn
    before = matmul.fp32_precision, cudnn.conv.fp32_precision, cudnn.rnn.fp32_precision

    def switch(products: str, convolutions: str, recurrences: str) -> None:
        # torch has an older and a newer switch, reading the older one raises where they disagree, and its compiler
        # reads both. Setting the older one sets both, but the newer one knows more values.
        matmul.allow_tf32 = products == "tf32"
        cudnn.allow_tf32 = convolutions == "tf32"
        matmul.fp32_precision = products
        cudnn.conv.fp32_precision = convolutions
        cudnn.rnn.fp32_precision = recurrences

    mode = "tf32" if allowed else "ieee"
    switch(mode, mode, mode)
    try:
        yield
    finally:
        switch(*before)


def check_precision(precision: str, device: torch.device) -> None:
    """Raise a `LimelightError` if `device` cannot compute in `precision`."""
    if precision in HALF:
        try:
            with autocast(precision, device):
                dtype = F.conv2d(torch.zeros(1, 1, 1, 1, device=device), torch.ones(1, 1, 1, 1, device=device)).dtype
        except RuntimeError:
            dtype = torch.float32
        if dtype != HALF[precision]:
            raise LimelightError(f"precision: this {device.type} device does not support {precision}; expected float32")


def synchronise(device: torch.device) -> None:
    """Wait until `device` has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
