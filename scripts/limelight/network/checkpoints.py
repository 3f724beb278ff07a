"""From a checkpoint file to a state dict. No code in the file runs, and its content is checked before it is used."""

import re
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from limelight.study.errors import LimelightError, first_line, shortened

_NESTED = ("state_dict", "model_state_dict", "model", "network", "net", "weights")

_INFLATION = 20
"""How many times its own size an archive may unpack to. Archives of torch.save are not compressed; weights that
somebody compressed afterwards shrink to a half or a tenth."""

_PROTOCOL_4 = range(0x8C, 0x99)
"""The instructions of pickle that torch.save does not write unless it is told to use another protocol than 2."""


def read_checkpoint(path: str | Path, key: str | None = None) -> dict[str, Tensor]:
    """The state dict in a checkpoint: dense tensors on the CPU. Never runs code from the file.

    Parameters
    ----------
    key
        Key of the state dict; by default the file itself is one, or has one under a usual key (`state_dict`, ...).

    Raises
    ------
    LimelightError
        The file is missing, damaged or no checkpoint, or contains no such state dict.
    """
    where = shortened(path, 1000)
    try:
        content = _safetensors(path) if _is_safetensors(path) else _torch(path)
    except FileNotFoundError as error:
        raise LimelightError(f"{where}: no such file; expected a checkpoint") from error
    except OSError as error:
        raise LimelightError(f"{where}: cannot be read ({error.strerror}); expected a checkpoint") from error
    except _RefusedError as error:
        raise LimelightError(f"{where}: {error}") from error
    state = _state_dict(content, where, key)
    for name, tensor in state.items():
        if kind := _unusable(tensor):
            raise LimelightError(f"{where}: {shortened(name)} is {kind}; expected a dense tensor with its values")
    return state


class _RefusedError(Exception):
    """Why a file is not read; its text is the end of a sentence."""


def _is_safetensors(path: str | Path) -> bool:
    """By its name, or by its content: the length of a JSON object, and that object."""
    with open(path, "rb") as file:
        start = file.read(9)
        size = file.seek(0, 2)
    return str(path).endswith(".safetensors") or (start[8:] == b"{" and int.from_bytes(start[:8], "little") < size)


def _safetensors(path: str | Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if Path(path).stat().st_size == 0:
        raise _RefusedError("is empty; expected safetensors")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise _RefusedError(f"is damaged or no safetensors file ({first_line(error)}); expected safetensors") from error


def _torch(path: str | Path) -> Any:
    with open(path, "rb") as file:
        _check_container(file)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the pickle machinery met
        raise _RefusedError(f"{_refusal(error)}; expected a state dict of tensors") from error


def _check_container(file: BinaryIO) -> None:
    """Refuse a file that torch.save did not write, or that would fill the memory, before it is unpacked."""
    expected = "; expected a state dict of tensors"
    start = file.read(4)
    size = file.seek(0, 2)
    file.seek(0)
    if not start:
        raise _RefusedError(f"is empty{expected}")
    if start == b"PK\x03\x04":
        try:
            members = zipfile.ZipFile(file).infolist()
        except Exception:  # not always BadZipFile
            raise _RefusedError(
                f"is damaged or incomplete: it begins as an archive and does not end as one{expected}"
            ) from None
        if any(member.filename.endswith("/constants.pkl") for member in members):
            raise _RefusedError(f"is a TorchScript archive, whose code is not loaded{expected}, saved by torch.save")
        if not any(member.filename.endswith("/data.pkl") for member in members):
            raise _RefusedError(f"is an archive of something else than torch.save writes{expected}")
        unpacked = sum(member.file_size for member in members)
        if unpacked > _INFLATION * size:
            raise _RefusedError(
                f"would unpack from {size:,} to {unpacked:,} bytes; expected a checkpoint, not compressed"
            )
    elif start[:1] != b"\x80":
        if tarfile.is_tarfile(file):
            raise _RefusedError(f"is an archive of a PyTorch before 0.1.10{expected}, saved by a later one")
        raise _RefusedError(f"is no checkpoint: it begins with {start!r} and not as a file of torch.save{expected}")


def _refusal(error: Exception) -> str:
    """Why torch did not load a file, without its advice to load it in a way that runs code."""
    text = str(error)
    name = re.search(r"(?:Unsupported global:|unsupported) GLOBAL (\S+)", text)
    if name or "Can only" in text or "unrecognized function" in text:
        objects = f"Python objects ({shortened(name[1])})" if name else "Python objects"
        return f"holds {objects}, which are not loaded because that would run code from the file"
    if (operand := re.search(r"Unsupported operand (\d+)", text)) and int(operand[1]) in _PROTOCOL_4:
        return "was saved with protocol 4 or 5 of pickle, which torch does not load as data; save it with protocol 2"
    advice = any(word in text for word in ("weights_only", "safe_globals", "Weights only"))
    reason = "" if advice or not text else f": {shortened(first_line(error), 160)}"
    return f"is no checkpoint, or a damaged one ({type(error).__name__}{reason})"


def _unusable(tensor: Tensor) -> str:
    """What keeps a tensor from being a dense one with values; empty if nothing does."""
    if tensor.is_meta:
        return "a meta tensor, which has a shape and no values"
    if tensor.is_quantized:
        return f"quantised ({str(tensor.dtype).removeprefix('torch.')})"
    if tensor.is_nested:
        return "a nested tensor"
    if tensor.layout != torch.strided:
        return f"a sparse tensor ({str(tensor.layout).removeprefix('torch.')})"
    return ""


def _is_state_dict(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(name, str) and isinstance(item, Tensor) for name, item in value.items())
    )


def _state_dict(content: Any, path: str, key: str | None) -> dict[str, Tensor]:
    if key is not None:
        for part in [key] if isinstance(content, Mapping) and key in content else key.split("."):
            if not isinstance(content, Mapping) or part not in content:
                keys = _listed(content) if isinstance(content, Mapping) else type(content).__name__
                raise LimelightError(f"{path}: no key {shortened(key)!r}; its keys are {keys}")
            content = content[part]
    if _is_state_dict(content):
        return dict(content)
    if isinstance(content, Mapping):
        candidates = [name for name, value in content.items() if _is_state_dict(value)]
        usual = [name for name in _NESTED if name in candidates] or candidates
        if len(usual) == 1 or (usual and usual[0] in _NESTED):
            return dict(content[usual[0]])
        if usual:
            raise LimelightError(f"{path}: several state dicts ({_listed(usual)}); expected checkpoint_key to name one")
        raise LimelightError(f"{path}: no state dict among its keys {_listed(content) or '(there are none)'}")
    raise LimelightError(f"{path}: contains {type(content).__name__}; expected a state dict of tensors")


def _listed(keys: Any) -> str:
    """Keys of a checkpoint, which may be anything and any number, for a sentence."""
    first = [shortened(key, 60) if isinstance(key, str | int) else type(key).__name__ for key in list(keys)[:12]]
    return ", ".join([*first, *(["..."] if len(keys) > len(first) else [])])
