"""How many jobs run on GPUs at once?"""

import pytest

from limelight.study.gpus import PRETENDED
from limelight.study.shards import buckets

# Stands in for the scripts, which would take seconds to import torch: the test is about when jobs run.
JOB = """
import time
from pathlib import Path

start = time.monotonic()
time.sleep(0.5)
for path in snakemake.output:
    Path(path).touch()
times = Path("times")
times.mkdir(exist_ok=True)
(times / f"{snakemake.rule}.{snakemake.wildcards.get('bucket', '')}").write_text(f"{start} {time.monotonic()}")
"""


@pytest.mark.parametrize(
    ("gpus", "arguments", "limit"),
    [
        ("0", [], 4),
        ("1", [], 1),
        ("2", ["--resources", "mem_mb=64000"], 2),
        ("1", ["--resources", "gpu=3"], 3),
    ],
    ids=["no GPU", "one GPU", "two GPUs, another limit given", "limit given"],
)
def test_no_more_jobs_than_gpus_run_at_once_by_default(study, monkeypatch, gpus, arguments, limit):
    """Six prediction jobs, of one image each, on four cores."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    study.configure(device="auto", buckets={"predict": 1})
    for name in ("check_images", "inspect_model", "compute"):
        (study / f"scripts/{name}.py").write_text(JOB)
    names = buckets([f"{label}_{index}" for label in ("red", "green", "blue") for index in range(2)], 1)
    arrays = [f"results/tiny/net/predictions/{name}.npz" for name in names]
    run = study.snakemake(*arrays, "--cores", "4", *arguments, **{PRETENDED: gpus})
    assert run.status == 0, run.output
    times = [tuple(map(float, path.read_text().split())) for path in (study / "times").glob("predict.*")]
    assert len(times) == 6
    most = max(sum(start <= moment < end for start, end in times) for moment, _ in times)
    assert most <= limit
    assert most > 1 or limit == 1
