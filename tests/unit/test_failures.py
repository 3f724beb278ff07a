"""What failed, and why?"""

import multiprocessing
from pathlib import Path

from limelight.machinery import failures


def test_a_job_replaces_what_it_said_and_leaves_the_others(tmp_path: Path) -> None:
    assert failures.read(tmp_path) == []
    failures.record(tmp_path, "a.npz", {})
    assert not failures.table_path(tmp_path).exists(), "no table as long as all is well"
    failures.record(tmp_path, "a.npz", {"egg_1": "too dark, says one; torn", "egg_2": 'say "so"'})
    failures.record(tmp_path, "b.npz", {"麵包_1": "not finite"})
    failures.record(tmp_path, "a.npz", {"egg_2": "line\nbreak"})
    assert failures.read(tmp_path) == [
        {"file": "b.npz", "unit": "麵包_1", "reason": "not finite"},
        {"file": "a.npz", "unit": "egg_2", "reason": "line\nbreak"},
    ]
    failures.record(tmp_path, "a.npz", {})
    failures.record(tmp_path, "b.npz", {})
    assert failures.read(tmp_path) == []


def _record(folder: Path, number: int) -> None:
    for round_ in range(20):
        failures.record(folder, f"{number}.npz", {f"unit {round_}": "reason"})


def test_jobs_that_end_at_once_all_have_their_say(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_record, args=(tmp_path, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(row["file"] for row in failures.read(tmp_path)) == [f"{number}.npz" for number in range(4)]
    assert {row["unit"] for row in failures.read(tmp_path)} == {"unit 19"}
