"""A part of the measurements: what it is told, and rows of results that are kept as soon as they are known."""

import argparse
import json
import math
import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROWS = "gpu.jsonl"
"""The rows of all parts in the folder of results, a JSON object a line."""


@dataclass(frozen=True)
class Rows:
    """Where a part writes.

    Parameters
    ----------
    small
        Whether this is a rehearsal, on a CPU and in small.
    until
        When the part's time is over, by `time.time`.
    """

    part: str
    folder: Path
    small: bool
    until: float

    @classmethod
    def of_command_line(cls, part: str) -> "Rows":
        """`FOLDER [--until TIME] [--small]`."""
        parser = argparse.ArgumentParser(description=f"The part `{part}` of gpu.sh.")
        parser.add_argument("folder", type=Path, help="where rows are written")
        parser.add_argument("--until", type=float, default=math.inf, help="when its time is over, as of time.time")
        parser.add_argument("--small", action="store_true", help="a rehearsal")
        options = parser.parse_args()
        options.folder.mkdir(parents=True, exist_ok=True)
        return cls(part, options.folder, options.small, options.until)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.until - time.time()

    def write(self, what: str, **values: Any) -> None:
        """Keep a row; a line is written whole, also when the part is ended."""
        line = json.dumps({"part": self.part, "what": what, **values}) + "\n"
        with (self.folder / ROWS).open("ab", buffering=0) as file:
            file.write(line.encode())

    @contextmanager
    def trying(self, what: str, **values: Any) -> Iterator[None]:
        """Go on after a failure, which becomes a row."""
        try:
            yield
        except Exception as error:  # one measurement must not take the others with it
            traceback.print_exc()
            reason = (str(error).strip().splitlines() or [""])[0]
            self.write(what, **values, failed=f"{type(error).__name__}: {reason}"[:300])


def run(part: str, measure: Callable[[Rows], None]) -> None:
    """Measure as the command line says; a row tells that the part came to its end, and another who pretends GPUs."""
    rows = Rows.of_command_line(part)
    if rows.small:
        os.environ.setdefault("LIMELIGHT_PRETEND_GPUS", "1")
    began = time.monotonic()
    measure(rows)
    rows.write("end", seconds=round(time.monotonic() - began, 1))
