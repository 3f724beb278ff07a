"""Run the parts one after the other, each in a process of its own and within its own time, in order of importance."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import report
from rows import ROWS, Rows

REPOSITORY = Path(__file__).parents[2]

PARTS = {
    "machine": 40,
    "tests": 120,
    "exactness": 55,
    "speed": 135,
    "decoding": 25,
    "memory": 35,
    "demo": 480,
}
"""Seconds that each part may take at most; the last one takes what the others leave."""

WHOLE = 475
"""Seconds for all of it."""


def main() -> None:
    """As gpu.sh says."""
    parser = argparse.ArgumentParser(description="The parts of gpu.sh.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--spent", type=float, default=0, help="seconds that are gone already")
    parser.add_argument("--small", action="store_true", help="a rehearsal")
    parser.add_argument("--longer", type=float, default=1, help="how many times its time a part may take")
    options = parser.parse_args()
    (options.out / ROWS).unlink(missing_ok=True)
    limits = {name: seconds * options.longer for name, seconds in PARTS.items()}
    whole = WHOLE * options.longer - options.spent
    print(report.markdown(run_parts(options.out, limits, whole, small=options.small)))


def run_parts(
    out: Path, limits: Mapping[str, float], whole: float, *, small: bool = False, folder: Path = Path(__file__).parent
) -> list[report.Row]:
    """Run `folder/NAME.py` for each name, within its seconds of `limits` each and `whole` together; all rows.

    Results are written after every part, so nothing is lost if a later one brings the machine down.
    """
    until = time.monotonic() + whole
    rows: list[report.Row] = []
    for name, limit in limits.items():
        seconds = min(limit, until - time.monotonic())
        failed = run_part(folder / f"{name}.py", out, seconds, small) if seconds > 0 else "no time was left"
        if failed:
            Rows(name, out, small, 0).write("end", failed=failed)
        rows = report.read_rows(out / ROWS)
        report.write(rows, out)
    return rows


def run_part(script: Path, out: Path, seconds: float, small: bool) -> str:
    """Run a part, which writes rows into `out`; why it did not come to its end, if so. Its log lies beside the rows."""
    command = [
        sys.executable,
        str(script),
        str(out),
        f"--until={time.time() + seconds}",
        *(["--small"] if small else []),
    ]
    paths = [str(REPOSITORY / name) for name in ("benchmarks", "scripts")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")])}
    log = out / f"{script.stem}.log"
    with log.open("wb") as file:
        # A session of its own, so that all that it started can be ended with it.
        process = subprocess.Popen(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"ended after {seconds:.0f} s, when its time was over"
        finally:
            with suppress(ProcessLookupError):  # all have ended by themselves
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"exit status {status}: {(lines or ['it said nothing'])[-1]}"[:300] if status else ""


if __name__ == "__main__":
    main()
