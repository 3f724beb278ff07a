"""What is lost, computed twice or stuck when runs are killed, run beside each other, or fill the disk?

A tiny study is made once undisturbed. Then runs of it are killed at random moments, again and again: the whole tree of
processes, Snakemake alone (whose jobs live on), one of its jobs, by Ctrl-C, by SIGTERM. Each is followed by the same
command. Whenever one comes to its end, all that it made is compared byte by byte with the undisturbed study, and the
results are deleted. Before that two runs at a time, two studies on one store, and a disk that fills up (where this may
mount one: root, on Linux). Run it by `make break`; interrupted, it prints what it has.

- lost: files that are missing or differ at the end;
- twice: units that were finished more than once;
- stuck: runs that failed although nothing disturbed them, did not end, or ended with another error than one sentence.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from tiny_study import Study, make_study

PATIENCE = 1800.0
"""Seconds after which a run counts as stuck."""

TOLD = ("is making this study", "the disk is full")
"""What a run may say that is turned away."""

COUNTED = "finished.txt"
"""Keys of units in the order in which jobs finished them, a line each."""


@dataclass
class Tally:
    """A row of the table."""

    kind: str
    times: int = 0
    lost: int = 0
    twice: int = 0
    stuck: int = 0
    notes: list[str] = field(default_factory=list)


class Campaign:
    """A study, what it makes when nothing disturbs it, and the tallies of what does.

    Parameters
    ----------
    folder
        Where the study is made.
    targets
        Of Snakemake.
    seed
        Of all random choices.
    """

    def __init__(self, folder: Path, targets: Sequence[str], seed: int) -> None:
        self.random = random.Random(seed)
        self.targets = targets
        self.study = make_study(folder)
        count_units(self.study)
        self.tallies: dict[str, Tally] = {}
        began = time.monotonic()
        run = self.study.snakemake(*targets)
        assert run.status == 0, run.output
        self.seconds = time.monotonic() - began
        self.reference = self.made()
        self.units = len(self.finished())
        self.clean()

    def made(self, name: str = "tiny") -> dict[str, bytes]:
        """What the study has made, without what killed jobs were writing."""
        made = self.study.made(name)
        return {path: made[path] for path in made if not Path(path).name.startswith(".")}

    def finished(self) -> list[str]:
        """Keys of the units that jobs have computed since the results were deleted."""
        file = self.study / COUNTED
        return file.read_text().split() if file.exists() else []

    def clean(self) -> None:
        """Delete all results, and what Snakemake remembers of them."""
        for path in ("results", ".snakemake"):
            shutil.rmtree(self.study / path, ignore_errors=True)
        (self.study / COUNTED).unlink(missing_ok=True)

    def tally(self, kind: str) -> Tally:
        """The row of one kind of disturbance."""
        return self.tallies.setdefault(kind, Tally(kind))

    def judge(self, tally: Tally) -> None:
        """Compare the end with the undisturbed study, when also the jobs of killed runs are over."""
        _, alive = psutil.wait_procs(_jobs(psutil.pids(), self.study.folder), PATIENCE)
        tally.stuck += len(alive)
        made = self.made()
        print(f"{time.strftime('%T')} {tally.kind}: compared {len(made)} files", flush=True)
        different = {path for path in self.reference.keys() | made.keys() if self.reference.get(path) != made.get(path)}
        tally.lost += len(different)
        tally.notes += sorted(different)[:3]
        tally.twice += sum(count - 1 for count in Counter(self.finished()).values())

    @contextlib.contextmanager
    def start(self, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
        """A run in a group of its own, and what it prints; if it does not end, it is ended."""
        with tempfile.NamedTemporaryFile() as printed:
            process = subprocess.Popen(
                self.study.command(*self.targets, *more),
                cwd=self.study.folder,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process, Path(printed.name)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def end(self, tally: Tally, process: subprocess.Popen[bytes], printed: Path) -> bool:
        """Wait for a run; whether it succeeded. One that fails has to say why in a sentence."""
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            tally.stuck += 1
            tally.notes.append("did not end")
            return False
        output = printed.read_text(errors="replace")
        if status and ("Traceback" in output or not any(words in output for words in TOLD)):
            tally.stuck += 1
            tally.notes.append(output[-2000:])
        return status == 0

    # --- kills ----------------------------------------------------------------------------------------------------

    def kill(self, kinds: Sequence[str], times: int) -> None:
        """Kill runs so often, by kinds in turn, each time at a random moment of a run that is not yet over."""
        killed: list[str] = []
        left = times
        while left or killed:
            kind = kinds[(times - left) % len(kinds)] if left else ""
            with self.start() as (process, printed):
                if kind and self._killed(kind, process):
                    self.tally(kind).times += 1
                    killed.append(kind)
                    left -= 1
                    continue
                # It came to its end: all kills on the way to it are judged by that.
                tally = self.tally(killed[-1] if killed else kinds[0])
                if self.end(tally, process, printed):
                    self.judge(tally)
            self.clean()
            killed.clear()

    def _killed(self, kind: str, process: subprocess.Popen[bytes]) -> bool:
        """Whether the run was still there, at a random moment, to be killed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(self.random.uniform(0, 1.1 * self.seconds))
            return False
        if kind == "tree":
            os.killpg(process.pid, signal.SIGKILL)
        elif kind == "parent":
            process.kill()
        elif kind == "job":
            with contextlib.suppress(psutil.NoSuchProcess):
                children = psutil.Process(process.pid).children(recursive=True)
                jobs = _jobs([child.pid for child in children])
                (self.random.choice(jobs) if jobs else psutil.Process(process.pid)).kill()
        elif kind == "SIGINT":  # as the terminal does it
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
            return True
        self.tally(kind).stuck += 1
        return True

    # --- two at once ----------------------------------------------------------------------------------------------

    def two_runs(self, times: int) -> None:
        """The same command twice, the second a moment after the first: both share, or one is turned away."""
        tally = self.tally("two runs at once")
        for _ in range(times):
            tally.times += 1
            with self.start() as first:
                time.sleep(self.random.uniform(0, 0.5 * self.seconds))
                with self.start() as second:
                    ended = [self.end(tally, *run) for run in (first, second)]
            if not any(ended):
                tally.stuck += 1
            self.judge(tally)
            self.clean()

    def two_studies(self, times: int) -> None:
        """Two studies of the same images that share a store: both work, and compute each unit once between them."""
        tally = self.tally("two studies, one store")
        for _ in range(times):
            tally.times += 1
            other = ("--config", "study=other")
            with self.start() as first:
                time.sleep(self.random.uniform(0, 0.3 * self.seconds))
                with self.start(*other) as second:
                    ended = [self.end(tally, *run) for run in (first, second)]
            tally.stuck += ended.count(False)
            self.judge(tally)
            arrays = {path for path in self.reference if path.endswith(".npz")}
            made = self.made("other")
            tally.lost += sum(made.get(path) != self.reference[path] for path in arrays)
            self.clean()

    # --- a full disk ----------------------------------------------------------------------------------------------

    def full_disk(self, times: int) -> None:
        """Results on a disk of too few bytes, which is made larger once the run has said so."""
        tally = self.tally("full disk")
        results = self.study / "results"
        needed = sum(map(len, self.reference.values()))
        for _ in range(times):
            results.mkdir()
            size = int(needed * self.random.uniform(0.1, 0.9))
            if _mount(results, size) != 0:
                results.rmdir()
                tally.notes.append("not tried: it needs the right to mount a tmpfs")
                return
            tally.times += 1
            try:
                with self.start() as (process, printed):
                    if self.end(tally, process, printed):
                        tally.notes.append(f"{size} bytes were enough")
                    times = printed.read_text(errors="replace").count("limelight: ")
                    tally.notes.append(f"{size / 1e6:.2f} MB of {needed / 1e6:.2f}: {times} sentences")
                _mount(results, 50 * needed, "remount,")
                with self.start() as (process, printed):
                    if not self.end(tally, process, printed):
                        tally.stuck += 1
                self.judge(tally)
            finally:
                subprocess.run(["umount", results], check=True)
            self.clean()


def _mount(folder: Path, size: int, how: str = "") -> int:
    command = ["mount", "-t", "tmpfs", "-o", f"{how}size={size}", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode


def _jobs(processes: Sequence[int], folder: Path | None = None) -> list[psutil.Process]:
    """Those that run a script of a rule, in a folder or anywhere."""
    jobs = []
    for number in processes:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(number)
            script = process.name().startswith("python") and ".snakemake/scripts/" in " ".join(process.cmdline())
            if script and (folder is None or Path(process.cwd()) == folder.resolve()):
                jobs.append(process)
    return jobs


def count_units(study: Study) -> None:
    """Let the jobs of a study's copy of the workflow write down each unit that they finish."""
    job = study / "scripts/limelight/machinery/job.py"
    source, place = job.read_text(), "                        run.summary.computed += 1\n"
    assert source.count(place) == 1
    count = f'                        open("{COUNTED}", "a").write(run.keys[unit.item] + "\\n")\n'
    job.write_text(source.replace(place, place + count))


def main() -> None:
    """Run the campaign and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pairs", type=int, default=5, help="of runs, and of studies, at once")
    parser.add_argument("--disks", type=int, default=5, help="that fill up")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=["tree", "parent", "job", "SIGINT", "SIGTERM"])
    parser.add_argument("--targets", nargs="+", default=["all"])
    parser.add_argument("--folder", type=Path, help="kept afterwards; by default a temporary one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        campaign = Campaign((chosen.folder or Path(temporary)) / "study", chosen.targets, chosen.seed)
        files = f"{len(campaign.reference)} files, {campaign.units} units, {campaign.seconds:.0f} s undisturbed"
        print(f"{files}; seed {chosen.seed}", flush=True)
        try:
            campaign.two_runs(chosen.pairs)
            campaign.two_studies(chosen.pairs)
            campaign.full_disk(chosen.disks)
            campaign.kill(chosen.kinds, chosen.kills)
        finally:  # also of what was interrupted
            report(campaign.tallies.values())
    sys.exit(any(tally.lost or tally.twice or tally.stuck for tally in campaign.tallies.values()))


def report(tallies: Collection[Tally]) -> None:
    """Print the table, and what there is to say of single rows."""
    print("\n| disturbance | times | lost | twice | stuck |\n| --- | --- | --- | --- | --- |")
    for tally in tallies:
        print(f"| {tally.kind} | {tally.times} | {tally.lost} | {tally.twice} | {tally.stuck} |")
    for tally in tallies:
        for note in tally.notes:
            print(f"\n{tally.kind}: {note}")


if __name__ == "__main__":
    main()
