"""Where does it run?"""

import torch

from limelight.errors import LimelightError


def choose(name: str, threads: int = 1) -> torch.device:
    """The device that `name` (auto, cpu, cuda, cuda:N, mps) means on this machine, with torch set to `threads`.

    Raises
    ------
    LimelightError
        The device is asked for by name and this machine does not have it.
    """
    torch.set_num_threads(max(1, threads))
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise LimelightError(
            f"device: {name} is not on this machine, which has {torch.cuda.device_count()} CUDA devices"
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise LimelightError("device: mps is not on this machine; expected auto, cpu or cuda")
    return device
