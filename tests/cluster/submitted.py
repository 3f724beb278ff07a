"""The tiny study on a cluster."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slurm import GPUS, Cluster, ending, start, until
from tiny_study import Study, make_study

from limelight.study.gpus import PRETENDED

FOLDERS = {
    "compute_saliency": "saliency",
    "compute_filters": "filters/0",
    "compute_lime": "lime",
    "compute_dream": "dream",
}
"""Where the rules with a single bucket leave it, below `results/tiny/net`."""


class SubmittedStudy(Study):
    """A tiny study whose jobs go to Slurm, by the profile that comes with the workflow."""

    @contextmanager
    def submitting(
        self, cluster: Cluster, *targets: str, seconds: float = 600
    ) -> Iterator[Callable[[str, Callable[[], object]], None]]:
        """Snakemake at work on some targets; at the end of the context it has some seconds to end, and must succeed.

        The context is a function like `until` that gives up when Snakemake does.
        """
        script = str(Path(__file__).with_name("impatient.py"))
        command = [sys.executable, script, *targets, "--profile", "profiles/slurm", "--configfile", "study.yaml"]
        command += ["--max-status-checks-per-second", "2", "--verbose"]
        path = f"{self / 'profiles/slurm/without-accounting'}:{cluster.environment['PATH']}"
        environment = {**cluster.environment, "PATH": path, PRETENDED: str(GPUS)}
        with ending(start(command, environment, self / "output.log", self.folder)) as process:

            def wait(what: str, found: Callable[[], object]) -> None:
                until(what, lambda: process.poll() is not None or found())
                assert process.returncode is None, self.output

            yield wait
            until("Snakemake has finished", lambda: process.poll() is not None, seconds)
            assert process.returncode == 0, self.output

    @property
    def output(self) -> str:
        """What Snakemake has said so far."""
        return (self / "output.log").read_text()

    def unanswered(self) -> int:
        """How often Snakemake has asked Slurm in vain."""
        return self.output.count("could not check status of job")

    def summary(self, rule: str) -> dict[str, Any]:
        """What the job of a rule says that it did."""
        return self.summaries()[f"{FOLDERS[rule]}/b.summary.json"]


def make_submitted_study(folder: Path) -> SubmittedStudy:
    """A study of which nothing has been computed, and whose jobs ask for GPUs."""
    study = SubmittedStudy(make_study(folder).folder)
    study.configure(device="auto")
    return study
