"""The rows of all parts as gpu.json and as Markdown, and docs/gpu.md from the newest gpu.json.

python benchmarks/gpu/report.py                        # docs/gpu.md again, of benchmarks/gpu.json
python benchmarks/gpu/report.py results/gpu/gpu.json   # keep these numbers as the newest, and docs/gpu.md of them
"""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]

REPOSITORY = Path(__file__).parents[2]
NEWEST = REPOSITORY / "benchmarks/gpu.json"
PAGE = REPOSITORY / "docs/gpu.md"

TITLES = {
    "machine": "Machine",
    "tests": "Tests",
    "exactness": "Exactness",
    "speed": "Speed",
    "decoding": "Decoding",
    "memory": "Memory",
    "demo": "Demo",
}

HEAD = """# On a GPU

`benchmarks/gpu.sh` measures how fast and how exact limelight is on a GPU: one command, at most 8 minutes. This page
is made of what it wrote, by `python benchmarks/gpu/report.py results/gpu/gpu.json`.

"""

NOTHING = """**No numbers of a GPU exist yet.** It has been rehearsed in small, on a CPU that pretends to be one.

## What is not known

Everything that only a GPU can tell:

- whether every path for CUDA works: the lock on a GPU, TensorFloat-32, autocast in half precision, pinned memory,
  smaller batches when memory is short, `compile`. All were written and tested on CPUs;
- how far float32, tf32, bfloat16 and float16 on a GPU are from a CPU's float32, and whether two runs on a GPU agree to
  the bit;
- how fast anything is, which batch size is best, and how that compares with Captum, `lime` and torch-cam;
- whether decoding keeps up with a GPU;
- how much of a GPU's memory a method takes;
- how many jobs should share a GPU (`gpu.jobs_per_gpu`).

"""

UNKNOWN = """## What is not known

- Other devices than this one, and several GPUs at once: the script uses one.
- Trained networks: weights are random, which changes neither speed nor rounding much, but may change how far a method
  carries a rounding error.
- What is said to have failed or to have run out of time above.

"""

TAIL = """## How to measure

Where there is a network, fetch what the machine with the GPU lacks (at most 64 MiB, for Python 3.12 on Linux x86-64):

```
benchmarks/gpu_wheels.sh
```

The machine is expected to have one CUDA GPU, 16 cores, and Python 3.12 with torch 2.11, torchvision 0.26, numpy, scipy,
scikit-learn, matplotlib, pandas, safetensors, timm, transformers, pytest and hypothesis. It needs no network:

```
OUT=somewhere benchmarks/gpu.sh
```

Parts run in order of importance, each in its own process and with its own time limit: tests, exactness, speed,
decoding, memory, the demo. If one fails or takes too long, a row says so and the next one starts. `pytest -m gpu` runs
only the tests; with nothing but the wheels installed, `pytest -m gpu tests/gpu`.
`LIMELIGHT_REHEARSAL=1 benchmarks/gpu.sh` rehearses all of it on a small scale on a CPU; such numbers mean nothing.
"""


def read_rows(path: Path) -> list[Row]:
    """A JSON object a line; none if no part wrote one."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write(rows: Sequence[Row], out: Path) -> None:
    """gpu.json and gpu.md."""
    (out / "gpu.json").write_text(json.dumps(list(rows), indent=1) + "\n")
    (out / "gpu.md").write_text(markdown(rows))


def markdown(rows: Sequence[Row]) -> str:
    """A section a part and a table for rows of one kind, with a column for each value that one of them has."""
    sections = []
    for part in dict.fromkeys(row["part"] for row in rows):
        sections.append(f"## {TITLES.get(part, part)}\n")
        kinds: dict[str, list[Row]] = {}
        for row in rows:
            if row["part"] == part:
                kinds.setdefault(row["what"], []).append(row)
        sections += [_table(kind, beside(some)) for kind, some in kinds.items()]
    return "\n".join(sections)


def beside(rows: Sequence[Row]) -> list[Row]:
    """Rows that differ in their precision become one, with columns of each; what stands before it tells rows apart."""
    together: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        names = list(row)
        if "precision" not in row:
            together[(len(together),)] = row
            continue
        place = names.index("precision")
        key = {name: row[name] for name in names[:place]}
        values = {f"{row['precision']} {name}": row[name] for name in names[place + 1 :]}
        together.setdefault(tuple(key.values()), key).update(values)
    return list(together.values())


def _table(kind: str, rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row if name not in ("part", "what")))
    lines = [f"**{kind}**\n", f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items())
    return str(value).replace("|", "\\|").replace("\n", " ")


def page(rows: Sequence[Row] | None) -> str:
    """docs/gpu.md, of the newest numbers or of none."""
    if not rows:
        return HEAD + NOTHING + TAIL
    machine = next(row for row in rows if row["what"] == "machine")
    heading = f"Measured on {machine['date']}, on one {machine['device']}.\n\n"
    return HEAD + heading + markdown(rows) + "\n" + UNKNOWN + TAIL


def main() -> None:
    """Write docs/gpu.md."""
    if len(sys.argv) > 1:
        rows = json.loads(Path(sys.argv[1]).read_text())
        if any(row.get("small") for row in rows):
            raise SystemExit(f"{sys.argv[1]} is of a rehearsal; expected numbers of a GPU")
        shutil.copyfile(sys.argv[1], NEWEST)
    PAGE.write_text(page(json.loads(NEWEST.read_text()) if NEWEST.exists() else None))


if __name__ == "__main__":
    main()
