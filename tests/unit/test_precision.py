"""How exactly does a device compute, and when is it done?"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import torch

from limelight.network.precision import check_precision, synchronise, tensor_float_32
from limelight.study.errors import LimelightError

CPU = torch.device("cpu")


def switches() -> list[Any]:
    """The older and the newer switches of torch, which raise where they disagree."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    older = [matmul.allow_tf32, cudnn.allow_tf32]
    return [*older, matmul.fp32_precision, cudnn.conv.fp32_precision, cudnn.rnn.fp32_precision]


@pytest.fixture
def _switches() -> Iterator[None]:
    yield
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.fp32_precision = "none"


@pytest.mark.usefixtures("_switches")
@pytest.mark.parametrize("before", [None, (True, True), (False, False), (True, False)])
def test_tensor_float_32_is_switched_and_back_whatever_it_was(before: tuple[bool, bool] | None) -> None:
    if before:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
    as_it_was = switches()
    with suppress(KeyboardInterrupt), tensor_float_32(True):
        assert switches() == [True, True, "tf32", "tf32", "tf32"]
        assert torch.get_float32_matmul_precision() == "high"
        with tensor_float_32(False):
            assert switches() == [False, False, "ieee", "ieee", "ieee"]
            assert torch.get_float32_matmul_precision() == "highest"
        assert switches() == [True, True, "tf32", "tf32", "tf32"]
        raise KeyboardInterrupt
    assert switches() == as_it_was


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_every_cpu_computes_in_these(precision: str) -> None:
    check_precision(precision, CPU)


def test_precision_that_a_device_does_not_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*arguments: Any, **named: Any) -> Any:
        raise RuntimeError("Current CUDA Device does not support bfloat16. Please switch dtype to float16.")

    monkeypatch.setattr(torch, "autocast", refuses)
    with pytest.raises(LimelightError) as error:
        check_precision("bfloat16", CPU)
    assert str(error.value) == "precision: this cpu device does not support bfloat16; expected float32"


@pytest.mark.parametrize(("device", "waited"), [("cuda:1", ["cuda:1"]), ("mps", ["mps"]), ("cpu", [])])
def test_synchronise_waits_for_that_device(monkeypatch: pytest.MonkeyPatch, device: str, waited: list[str]) -> None:
    found: list[str] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: found.append(str(device)))
    monkeypatch.setattr(torch.mps, "synchronize", lambda: found.append("mps"))
    synchronise(torch.device(device))
    assert found == waited
