"""Where does it run?"""

from collections.abc import Iterator

import pytest
import torch

from limelight.device import choose
from limelight.errors import LimelightError


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """Pretends that this machine has so many CUDA devices, and perhaps Apple's."""

    def pretend(cuda: int = 0, mps: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


@pytest.mark.parametrize(
    ("cuda", "mps", "name", "device"),
    [
        (0, False, "auto", "cpu"),
        (1, False, "auto", "cuda"),
        (0, True, "auto", "mps"),
        (2, True, "auto", "cuda"),
        (2, True, "cpu", "cpu"),
        (1, False, "cuda", "cuda"),
        (2, False, "cuda:1", "cuda:1"),
        (1, False, "cuda:0", "cuda:0"),
        (0, True, "mps", "mps"),
    ],
)
def test_device_of_a_name(machine, cuda: int, mps: bool, name: str, device: str) -> None:
    machine(cuda, mps)
    assert choose(name) == torch.device(device)


@pytest.mark.parametrize(
    ("cuda", "name", "said"),
    [
        (0, "cuda", "device: cuda is not on this machine, which has 0 CUDA devices"),
        (2, "cuda:2", "device: cuda:2 is not on this machine, which has 2 CUDA devices"),
        (2, "mps", "device: mps is not on this machine; expected auto, cpu or cuda"),
    ],
)
def test_device_that_is_not_there_is_named(machine, cuda: int, name: str, said: str) -> None:
    machine(cuda)
    with pytest.raises(LimelightError) as error:
        choose(name)
    assert str(error.value) == said


@pytest.mark.parametrize(("threads", "used"), [(1, 1), (2, 2), (0, 1)])
def test_torch_uses_the_threads_of_the_job(threads: int, used: int) -> None:
    choose("cpu", threads)
    assert torch.get_num_threads() == used
