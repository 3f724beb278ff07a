"""Which GPUs may be used here?"""

from pathlib import Path

import pytest

from limelight.study import gpus


def root(tmp_path: Path, devices: int = 0, drivers: int = 0) -> Path:
    """A machine with so many NVIDIA device files, and with so many GPUs in its driver's table."""
    files = ["nvidiactl", "nvidia-uvm", "nvidia-modeset", *(f"nvidia{number}" for number in range(devices))]
    cards = [f"proc/driver/nvidia/gpus/0000:0{number}:00.0/information" for number in range(drivers)]
    for name in [*(f"dev/{file}" for file in (files if devices else ["null"])), *cards]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("devices", "drivers", "environment", "names"),
    [
        (0, 0, {}, []),
        (2, 2, {}, ["0", "1"]),
        (0, 3, {}, ["0", "1", "2"]),
        (1, 8, {}, ["0"]),
        (12, 12, {"CUDA_VISIBLE_DEVICES": "11,2"}, ["11", "2"]),
        (2, 2, {"CUDA_VISIBLE_DEVICES": "1, 2"}, ["1"]),
        (2, 2, {"CUDA_VISIBLE_DEVICES": "GPU-ab"}, ["GPU-ab"]),
        (2, 2, {"CUDA_VISIBLE_DEVICES": ""}, []),
        (0, 0, {"CUDA_VISIBLE_DEVICES": "0"}, []),
        (0, 0, {"CUDA_VISIBLE_DEVICES": "GPU-ab"}, []),
        (0, 0, {gpus.PRETENDED: "2"}, ["0", "1"]),
        (2, 2, {gpus.PRETENDED: "0"}, []),
    ],
)
def test_gpus_are_counted_without_a_driver(
    tmp_path: Path, devices: int, drivers: int, environment: dict[str, str], names: list[str]
) -> None:
    assert gpus.visible_gpus(environment, root(tmp_path, devices, drivers)) == names


@pytest.mark.parametrize(
    ("count", "device", "jobs_per_gpu", "jobs"),
    [
        (2, "auto", 1, 2),
        (2, "cuda", 3, 6),
        (2, "cuda:1", 3, 3),
        (2, "cpu", 3, 0),
        (2, "mps", 3, 0),
        (0, "auto", 3, 0),
        (0, "cuda:0", 1, 0),
    ],
)
def test_jobs_that_can_hold_a_gpu_at_once(
    tmp_path: Path, count: int, device: str, jobs_per_gpu: int, jobs: int
) -> None:
    settings = {"device": device, "gpu": {"jobs_per_gpu": jobs_per_gpu}}
    assert gpus.gpu_jobs(settings, {}, root(tmp_path, count)) == jobs
