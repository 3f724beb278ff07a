"""A study whose images, settings and files change at random between runs, and what each run has to do then."""

import contextlib
import os
import random
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from tiny_study import CLASSES, Run, Study

TARGET = "results/tiny/net/predictions.csv"


@dataclass
class States:
    """The study, which of its images are whole, and what happens to the others.

    Attributes
    ----------
    whole : dict
        Bytes of each image that is or was whole, by the name of its file.
    bad : set of str
        Files that cannot be decoded now.
    unreadable, buckets
        As in the study.
    done : list of str
        Actions so far, for the message of a failing test.
    """

    study: Study
    seed: int
    whole: dict[str, bytes] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    unreadable: str = "stop"
    buckets: int = 64
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.photographs = self.study / "photographs"
        self.whole = {path.name: path.read_bytes() for path in sorted(self.photographs.iterdir())}

    @property
    def good(self) -> set[str]:
        """Files that are there and can be decoded."""
        return {path.name for path in self.photographs.iterdir()} - self.bad

    def walk(self, steps: int, *first: str) -> "States":
        """Some actions, and then random ones, each followed by a run that `check_run` judges."""
        for step in range(steps):
            action = first[step] if step < len(first) else self.random.choice(ACTIONS)
            self.done.append(action)
            getattr(self, action)()
            self.check_run(self.study.snakemake(TARGET))
        return self

    # --- what may happen ------------------------------------------------------------------------------------------

    def add(self) -> None:
        path = self.study.photograph(self.random.randrange(3), 2 + len(self.whole))
        self.whole[path.name] = path.read_bytes()

    def add_bad(self) -> None:
        self.add()
        self._spoil(list(self.whole)[-1])

    def corrupt(self) -> None:
        self._spoil(self._one_of(self.good))

    def remove(self) -> None:
        name = self._one_of(self.bad or self.good)
        if len(self.good | self.bad) > 1:
            (self.photographs / name).unlink()
            self.bad.discard(name)

    def repair(self) -> None:
        """Write a whole file, or one whose date is older than all results."""
        name = self._one_of(self.bad or self.good)
        path = self.photographs / name
        path.write_bytes(self.whole[name])
        self.bad.discard(name)
        if self.random.random() < 0.5:
            os.utime(path, (1e9, 1e9))

    def touch(self) -> None:
        (self.photographs / self._one_of(self.good | self.bad)).touch()

    def other_policy(self) -> None:
        self.unreadable = "skip" if self.unreadable == "stop" else "stop"
        self.study.configure(images={"unreadable": self.unreadable})

    def other_buckets(self) -> None:
        self.buckets = self.random.choice([size for size in (1, 2, 64) if size != self.buckets])
        self.study.configure(buckets={"predict": self.buckets})

    def lose_the_record(self) -> None:
        """Delete the table of the images that can be used, when all jobs that read it have to run."""
        (self.study / "results/tiny/checked.csv").unlink(missing_ok=True)
        self.other_buckets()

    def lose_a_file(self) -> None:
        """Delete a table, an array file, a record: whatever the study has written by itself."""
        names = ("images.csv", "skipped.csv", "checked.csv", "net/model.json", "net/predictions.csv")
        folder = self.study / "results/tiny"
        files = [*(folder / name for name in names), *sorted(folder.glob("net/predictions/*"))]
        there = [path for path in files if path.is_file()]
        if there:
            self.random.choice(there).unlink()

    def kill(self) -> None:
        """A run that is killed with all of its jobs: early, in the check of the images, or later."""
        process = subprocess.Popen(
            self.study.command(TARGET),
            cwd=self.study.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        logs = self.study / "results/tiny/logs"
        waiting_for = self.random.choice([logs / "check_images.log", logs / "net/predict", logs / "net"])
        before = _changed(waiting_for)
        until = time.monotonic() + 30
        while process.poll() is None and _changed(waiting_for) == before and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(self.random.choice([0, 0.3, 1, 3]))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    # --- and what a run does then ---------------------------------------------------------------------------------

    def check_run(self, run: Run) -> None:
        """The run makes the table of exactly the images that can be read, or names those that cannot."""
        told = f"seed {self.seed}, after {', '.join(self.done)}:\n{run.output}"
        for words in ("Traceback", "MissingInputException", "FileNotFoundError", "Errno", "Exception in"):
            assert words not in run.output, told
        if (self.bad and self.unreadable == "stop") or not self.good:
            assert run.status != 0, told
            assert re.search(r"\d+ of \d+ images cannot be used|\d+ of \d+ failed", run.output), told
            assert all(f"photographs/{name}" in run.output for name in self.bad), told
            return
        assert run.status == 0, told
        table = pd.read_csv(self.study / TARGET)
        assert list(table["image"]) == sorted((_id(name) for name in self.good), key=_natural), told
        assert (table["predicted"] == table["image"].str.partition("_")[0]).all(), told

    def _one_of(self, names: set[str]) -> str:
        return self.random.choice(sorted(names or self.whole))

    def _spoil(self, name: str) -> None:
        """Replace a file by garbage, nothing, half of it, or zeros of its length."""
        path, whole = self.photographs / name, self.whole[name]
        path.write_bytes(self.random.choice([b"garbage", b"", whole[: len(whole) // 2], bytes(len(whole))]))
        self.bad.add(name)


ACTIONS = (
    *("add", "add_bad", "corrupt", "remove", "repair", "touch", "other_policy", "other_buckets"),
    *("lose_the_record", "lose_a_file", "kill"),
)


def _changed(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def _id(name: str) -> str:
    label, index = Path(name).stem.split("_")
    return f"{CLASSES[int(label)]}_{index}"


def _natural(name: str) -> tuple[str, int]:
    label, index = name.split("_")
    return label, int(index)
