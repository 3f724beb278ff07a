"""Where does it run?"""

import json
import logging
import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from limelight.machinery.device import (
    Lease,
    _named,
    free_memory,
    in_steps,
    is_out_of_memory,
    lease,
    least_loaded,
    peak_memory,
)
from limelight.study.errors import LimelightError
from limelight.study.gpus import PRETENDED

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the locks, of this test alone, on a machine without a batch system."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for variable in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "LSB_JOBINDEX", PRETENDED):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / f"limelight-{os.getuid()}"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """Pretends to torch that this machine has so many CUDA devices, and perhaps Apple's; lists the ones set."""

    def pretend(cuda: int = 0, mps: bool = False) -> list[torch.device]:
        current: list[torch.device] = []
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "set_device", current.append)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        return current

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
    assert _named(name, cuda) == torch.device(device)


@pytest.mark.parametrize(
    ("cuda", "name", "said"),
    [
        (0, "cuda", "device: cuda is not available: this machine has 0 CUDA devices"),
        (2, "cuda:2", "device: cuda:2 is not available: this machine has 2 CUDA devices"),
        (2, "mps", "device: mps is not available on this machine; expected auto, cpu or cuda"),
    ],
)
def test_device_that_is_not_there_is_named(machine, cuda: int, name: str, said: str) -> None:
    machine(cuda)
    with pytest.raises(LimelightError) as error:
        _named(name, cuda)
    assert str(error.value) == said


@pytest.mark.parametrize(("threads", "used"), [(1, 1), (2, 2), (0, 1)])
def test_torch_uses_the_threads_of_the_job(threads: int, used: int) -> None:
    with lease("cpu", threads=threads):
        assert torch.get_num_threads() == used


# --- lease: one process -------------------------------------------------------------------------------------------


@pytest.fixture
def held() -> Iterator[Callable[..., Lease]]:
    """Takes leases, all of which are held until the end of the test or until one is given back."""
    with ExitStack() as stack:

        def take(*arguments: Any, **named: Any) -> Lease:
            return stack.enter_context(lease(*arguments, **named))

        yield take


@pytest.mark.parametrize(
    ("name", "mps", "device"), [("cpu", False, "cpu"), ("auto", False, "cpu"), ("mps", True, "mps")]
)
def test_cpu_and_mps_need_no_lock(machine, locks: Path, name: str, mps: bool, device: str) -> None:
    machine(2 if name == "cpu" else 0, mps)
    with lease(name, threads=2) as first, lease(name) as second:
        assert first == second == Lease(torch.device(device), None)
        assert torch.get_num_threads() == 1
    assert not locks.exists()


@pytest.mark.parametrize(
    ("cuda", "name", "said"),
    [
        (0, "cuda", "device: cuda is not available: this machine has 0 CUDA devices"),
        (2, "cuda:2", "device: cuda:2 is not available: this machine has 2 CUDA devices"),
        (2, "mps", "device: mps is not available on this machine; expected auto, cpu or cuda"),
    ],
)
def test_no_lease_of_a_device_that_is_not_there(machine, locks: Path, cuda: int, name: str, said: str) -> None:
    machine(cuda)
    with pytest.raises(LimelightError, match=f"^{said}$"), lease(name):
        pass
    assert not locks.exists()


@pytest.mark.parametrize(
    ("listed", "names"),
    [(None, ["0", "1"]), ("5,3", ["5", "3"]), ("GPU-b1,GPU-a2", ["GPU-b1", "GPU-a2"]), ("0,1,2,3", ["0", "1"])],
)
def test_each_job_has_a_gpu_of_its_own_and_touches_no_other(
    machine, held, locks: Path, monkeypatch: pytest.MonkeyPatch, listed: str | None, names: list[str]
) -> None:
    """What CUDA calls 0 and 1 has other names for other jobs, and they name the locks."""
    current = machine(2)
    if listed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    for index, name in enumerate(names):
        assert held("auto") == Lease(torch.device("cuda", index), name)
        assert current == [torch.device("cuda", number) for number in range(index + 1)]
    assert {path.name for path in locks.iterdir()} == {"door.lock", *(f"{name}.0.lock" for name in names)}


def test_fewer_names_than_devices_are_no_names(machine, held, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA reads `1st,0th` as 1 and 0; this does not, and numbers what CUDA finds."""
    machine(2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1st,0th")
    assert [held("cuda").gpu, held("cuda").gpu] == ["0", "1"]


def test_a_numbered_device_is_that_gpu_of_the_visible_ones(held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRETENDED, "4")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert held("cuda:1") == Lease(CPU, "3")
    assert held("auto") == Lease(CPU, "2")


@pytest.mark.parametrize(
    ("pretended", "listed", "gpus"),
    [
        ("2", None, ["0", "1"]),
        ("2", "1", ["1"]),
        ("4", "3, 1", ["3", "1"]),
        ("4", "3,-1,1", ["3"]),
        ("4", "1,4,2", ["1"]),
        ("4", "1,2,1", []),
        ("4", "", []),
        ("4", "-1", []),
        ("4", "NoDevFiles", []),
        ("4", "GPU-8932f937-d72c,GPU-0f1c", ["GPU-8932f937-d72c", "GPU-0f1c"]),
        ("4", "MIG-1a,MIG-2b", ["MIG-1a", "MIG-2b"]),
        ("0", None, []),
        ("0", "0", []),
    ],
)
def test_visible_gpus_as_cuda_reads_them(
    held, monkeypatch: pytest.MonkeyPatch, pretended: str, listed: str | None, gpus: list[str]
) -> None:
    monkeypatch.setenv(PRETENDED, pretended)
    if listed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    if gpus:
        assert [held("cuda").gpu for _ in gpus] == gpus
    else:
        assert held("auto") == Lease(CPU, None)
        with pytest.raises(LimelightError, match="device: cuda is not available: this machine has 0 CUDA devices"):
            held("cuda")


def test_jobs_that_see_different_gpus_agree_on_which_is_which(held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRETENDED, "4")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert held("auto").gpu == "3"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,2")
    assert held("auto").gpu == "2"


@pytest.mark.parametrize(
    ("variable", "one", "other"),
    [("SLURM_JOB_ID", "7", "8"), ("PBS_JOBID", "7[1].head/a", "7[2].head/a"), ("LSB_JOBINDEX", "1", "2")],
)
def test_allocations_of_a_batch_system_have_slots_of_their_own(
    held, monkeypatch: pytest.MonkeyPatch, variable: str, one: str, other: str
) -> None:
    """Confined to one GPU each, both call it 0; inside of one, two jobs still share out its GPUs."""
    monkeypatch.setenv(PRETENDED, "2")
    monkeypatch.setenv(variable, one)
    assert held("auto").gpu == "0"
    monkeypatch.setenv(variable, other)
    assert held("auto").gpu == "0"
    assert held("auto").gpu == "1"
    monkeypatch.setenv(variable, one)
    assert held("auto").gpu == "1"


def test_slots_are_shared_out_evenly_also_after_some_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRETENDED, "3")
    taken = [(gpu := lease("auto", 2), gpu.__enter__().gpu) for _ in range(6)]
    assert [name for _, name in taken] == ["0", "1", "2", "0", "1", "2"]
    for number in (1, 2, 4):
        taken[number][0].__exit__(None, None, None)
    with lease("auto", 2) as first, lease("auto", 2) as second, lease("auto", 2) as third:
        assert [first.gpu, second.gpu, third.gpu] == ["1", "1", "2"], "1 was empty, then level with 2"
    for number in (0, 3, 5):
        taken[number][0].__exit__(None, None, None)


@pytest.mark.parametrize("fails", [False, True])
def test_a_slot_and_its_file_go_whatever_happens(locks: Path, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    monkeypatch.setenv(PRETENDED, "1")
    for _ in range(2):
        try:
            with lease("auto", 3):
                assert {path.name for path in locks.iterdir()} == {"door.lock", "0.0.lock"}
                if fails:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            assert fails
        assert [path.name for path in locks.iterdir()] == ["door.lock"]


def test_a_waiting_job_says_so_once_and_goes_on_when_a_slot_is_free(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PRETENDED, "1")
    monkeypatch.setattr("limelight.machinery.device._POLL", 0.02)
    entered = threading.Event()

    def job() -> None:
        with lease("auto"):
            entered.set()

    with caplog.at_level(logging.INFO, "limelight"):
        with lease("auto"):
            waiting = threading.Thread(target=job)
            waiting.start()
            assert not entered.wait(0.3)
        assert entered.wait(10)
        waiting.join()
    said = [record.message for record in caplog.records]
    assert said == ["holding GPU 0", "waiting for a GPU", "holding GPU 0"]


def test_locks_of_somebody_else_are_named(locks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRETENDED, "1")
    (locks.parent / "limelight-4711").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(LimelightError, match="limelight-4711 belongs to another user"), lease("auto"):
        pass


def test_pretended_gpus_that_are_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRETENDED, "two")
    with pytest.raises(LimelightError, match="LIMELIGHT_PRETEND_GPUS: 'two' is not a whole number"), lease("auto"):
        pass


@given(st.integers(1, 5), st.integers(1, 4), st.lists(st.integers(0, 19)))
def test_the_least_loaded_gpu_is_taken(gpus: int, jobs_per_gpu: int, ends: list[int]) -> None:
    """Jobs come until all slots are taken, some end, and jobs come again."""
    loads, jobs = [0] * gpus, []

    def fill() -> None:
        while (chosen := least_loaded([jobs_per_gpu - load for load in loads])) is not None:
            assert (loads[chosen], chosen) == min((load, gpu) for gpu, load in enumerate(loads))
            loads[chosen] += 1
            jobs.append(chosen)

    fill()
    assert jobs == list(range(gpus)) * jobs_per_gpu, "one on each GPU before a second on any"
    for number in ends:
        if number < len(jobs):
            loads[jobs.pop(number)] -= 1
    fill()
    assert loads == [jobs_per_gpu] * gpus


def test_no_gpu_is_least_loaded_among_none() -> None:
    assert least_loaded([]) is None
    assert least_loaded([0, 0]) is None


# --- lease: real processes ------------------------------------------------------------------------------------------

COMPETE = """
import json, multiprocessing, sys, time
from limelight.machinery.device import lease

jobs_per_gpu = int(sys.argv[1])

def job(number):
    with lease("auto", jobs_per_gpu) as held:
        start = time.monotonic()
        time.sleep(0.15)
        return held.gpu, start, time.monotonic()

with multiprocessing.get_context("fork").Pool(10) as pool:
    print(json.dumps(pool.map(job, range(16), chunksize=1)))
"""


@pytest.mark.parametrize("jobs_per_gpu", [1, 2])
def test_competing_processes_never_share_a_slot(python: Callable[..., str], jobs_per_gpu: int) -> None:
    holds = json.loads(python(COMPETE, str(jobs_per_gpu), **{PRETENDED: "2"}))
    assert len(holds) == 16
    most = 0
    for _, start, _ in holds:
        at_once = sorted(gpu for gpu, since, until in holds if since <= start < until)
        assert all(at_once.count(gpu) <= jobs_per_gpu for gpu in ("0", "1"))
        most = max(most, len(at_once))
    assert most == 2 * jobs_per_gpu, "all slots are in use at some time"
    first = [gpu for gpu, *_ in sorted(holds, key=lambda hold: hold[1])][: 2 * jobs_per_gpu]
    assert sorted(first) == sorted(["0", "1"] * jobs_per_gpu)


KILL = """
import multiprocessing, time
from pathlib import Path
import tempfile
from limelight.machinery.device import lease

def job(connection):
    with lease("auto") as held:
        connection.send(held.gpu)
        time.sleep(60)

processes = multiprocessing.get_context("fork")
pipes = [processes.Pipe(duplex=False) for _ in range(2)]
first, second = jobs = [processes.Process(target=job, args=(sender,), daemon=True) for _, sender in pipes]
first.start()
print("first", pipes[0][0].recv())
second.start()
print("second waits", not pipes[1][0].poll(0.6))
first.kill()
first.join()
print("nobody cleaned up", len(list(Path(tempfile.gettempdir()).rglob("0.0.lock"))) == 1)
print("second", pipes[1][0].poll(20) and pipes[1][0].recv())
second.kill()
"""


def test_a_killed_process_frees_its_slot(python: Callable[..., str]) -> None:
    said = python(KILL, **{PRETENDED: "1"}).splitlines()
    assert said == ["first 0", "second waits True", "nobody cleaned up True", "second 0"]


# --- memory ---------------------------------------------------------------------------------------------------------

OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to ..."),
    RuntimeError("MPS backend out of memory (MPS allocated: 18.00 GB)"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    MemoryError("Unable to allocate 3.00 TiB for an array"),
]


def squares(items: list[int], size: int, room: Callable[[int], int]) -> Any:
    """Steps that square numbers and run out of memory where `room` of the attempt is smaller than the step."""
    attempts: list[list[int]] = []

    def compute(step: list[int]) -> list[int]:
        attempts.append(step)
        if len(step) > room(len(attempts)):
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return [item**2 for item in step]

    return in_steps(items, size, compute), attempts


@given(st.integers(0, 40), st.integers(1, 20), st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_every_item_is_computed_once_in_order_whatever_the_memory(count: int, size: int, rooms: list[int]) -> None:
    """The room changes from attempt to attempt, as where other jobs share the GPU."""
    items = list(range(count))
    steps, attempts = squares(items, size, lambda attempt: rooms[min(attempt, len(rooms)) - 1])
    seen, sizes = [], [size]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("limelight.machinery.device.free_memory", lambda: None)  # takes a tenth of a second
        for step, result in steps:
            assert result == [item**2 for item in step]
            seen += step
            sizes.append(steps.size)
            assert 1 <= len(step) <= steps.size
    assert seen == items
    assert sizes == sorted(sizes, reverse=True)
    failed = [tried for tried, after in pairwise(attempts) if tried[0] == after[0]]
    assert len(attempts) == len(failed) + len(sizes) - 1
    assert steps.size == min([size, *(len(tried) // 2 for tried in failed)])


def test_steps_halve_until_they_fit_and_stay_that_small() -> None:
    steps, attempts = squares(list(range(20)), 16, lambda attempt: 5)
    assert [len(step) for step, _ in steps] == [4, 4, 4, 4, 4]
    assert [len(step) for step in attempts] == [16, 8, 4, 4, 4, 4, 4]
    assert steps.size == 4


def test_the_last_step_is_halved_from_what_it_holds() -> None:
    steps, attempts = squares(list(range(11)), 8, lambda attempt: 8 if attempt == 1 else 1)
    assert [len(step) for step, _ in steps] == [8, 1, 1, 1]
    assert [len(step) for step in attempts] == [8, 3, 1, 1, 1]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=lambda error: str(error)[:12])
def test_one_item_that_does_not_fit_is_not_tried_again(error: Exception) -> None:
    sizes = []

    def compute(step: list[int]) -> None:
        sizes.append(len(step))
        raise error

    with pytest.raises(type(error)) as raised:
        list(in_steps([1, 2, 3], 3, compute))
    assert raised.value is error
    assert sizes == [3, 1]


def test_any_other_failure_passes_at_once() -> None:
    sizes = []

    def compute(step: list[int]) -> None:
        sizes.append(len(step))
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        list(in_steps([1, 2, 3], 3, compute))
    assert sizes == [3]
    assert not is_out_of_memory(RuntimeError("mat1"))


def test_an_allocation_that_really_fails_and_tensors_as_items() -> None:
    def compute(step: torch.Tensor) -> torch.Tensor:
        if len(step) > 2:
            torch.empty(2**47, dtype=torch.uint8)  # the whole address space
        return step * 2

    items = torch.arange(7.0)
    found = [(step, result) for step, result in in_steps(items, 5, compute)]
    assert torch.equal(torch.cat([step for step, _ in found]), items)
    assert torch.equal(torch.cat([result for _, result in found]), items * 2)
    assert [len(step) for step, _ in found] == [2, 2, 2, 1]


def test_nothing_of_a_failed_or_finished_step_takes_memory_in_the_next() -> None:
    alive: list[weakref.ref] = []

    def compute(step: list[int]) -> torch.Tensor:
        assert not [tensor for tensor in alive if tensor() is not None]
        large = torch.zeros(len(step))
        alive.append(weakref.ref(large))
        if len(step) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return large

    for _, result in in_steps(list(range(9)), 8, compute):
        del result
    assert len(alive) == 2 + 5


def test_free_memory_empties_the_caches_of_devices_in_use(machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(1, mps=True)
    emptied = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append("cuda"))
    monkeypatch.setattr(torch.mps, "empty_cache", lambda: emptied.append("mps"))
    free_memory()
    assert emptied == ["cuda", "mps"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_peak_host_memory_is_in_bytes() -> None:
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    peak = peak_memory(CPU)
    # The kernel brings its account up to date now and then.
    assert 0.9 * resident <= peak["peak_host_bytes"] <= installed
    assert peak["peak_device_bytes"] is None


def test_peak_device_memory_is_that_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda device: 1000 + device.index)
    assert peak_memory(torch.device("cuda:3"))["peak_device_bytes"] == 1003
