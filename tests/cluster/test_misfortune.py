"""A study on a cluster where everything goes wrong."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from slurm import Cluster, Job
from submitted import FOLDERS, SubmittedStudy, make_submitted_study

from limelight.machinery.store import Store

# Forward passes after which the first job of each rule is struck, with its first image done and others to do.
PASSES = {"compute_saliency": 2, "compute_lime": 3, "compute_dream": 7}


def arrays(rule: str) -> str:
    return f"results/tiny/net/{FOLDERS[rule]}/b.npz"


def make_image_by_image(folder: Path) -> SubmittedStudy:
    study = make_submitted_study(folder)
    study.configure(saliency={"batch": 1}, dream={"ascent": {"batch": 1}})
    return study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> SubmittedStudy:
    return make_image_by_image(tmp_path_factory.mktemp("struck") / "study")


@dataclass(frozen=True)
class Victim:
    """A job when it was struck, and how many of its units it had stored by then."""

    job: Job
    stored: int


@pytest.fixture(scope="module")
def struck(cluster: Cluster, study: SubmittedStudy) -> dict[str, Victim]:
    """The victim of each blow; the study is done all the same."""
    for rule, passes in PASSES.items():
        study.pause(rule, passes)
    with study.submitting(cluster, *map(arrays, PASSES)) as wait:
        wait("all victims run", lambda: study.all_paused(*PASSES))
        running = [job for job in cluster.jobs() if job.state == "RUNNING"]
        assert {job.rule for job in running} == PASSES.keys()

        cluster.stop_controller()
        wait("Snakemake has asked in vain more often than the plugin forgives", lambda: study.unanswered() > 5)
        cluster.start_controller()

        # The node to die is the one with a single job.
        neighbours = Counter(job.node for job in running)
        jobs = sorted(running, key=lambda job: neighbours[job.node])
        stored = set(Store(study / "results/store").keys())
        victims = [Victim(job, len(stored & set(study.summary(job.rule)["keys"].values()))) for job in jobs]
        alone, cancelled, late = jobs
        cluster.cut_power(alone.node)
        cluster.ask("scancel", cancelled.id)
        cluster.ask("scontrol", "update", f"JobId={late.id}", "EndTime=now")
    return dict(zip(("node", "cancel", "time"), victims, strict=True))


@pytest.mark.parametrize(("blow", "state"), [("cancel", "CANCELLED"), ("time", "TIMEOUT")])
def test_a_job_that_is_cancelled_or_out_of_time_is_submitted_again(cluster, struck, blow, state):
    victim = struck[blow].job
    first, second = (job for job in cluster.jobs() if job.rule == victim.rule)
    assert (first.id, first.state) == (victim.id, state)
    assert second.state == "COMPLETED"


def test_a_job_whose_node_dies_is_taken_to_the_other_by_slurm_alone(cluster, struck):
    victim = struck["node"].job
    (job,) = (job for job in cluster.jobs() if job.rule == victim.rule)
    assert (job.id, job.state) == (victim.id, "COMPLETED")
    assert job.node != victim.node


@pytest.mark.parametrize("blow", ["cancel", "time", "node"])
def test_nothing_is_computed_again_that_was_stored(study, struck, blow):
    victim = struck[blow]
    assert victim.stored > 0
    summary = study.summary(victim.job.rule)
    assert (summary["reused"], summary["computed"]) == (victim.stored, summary["items"] - victim.stored)


def test_the_results_are_those_of_a_single_machine(study, struck, tmp_path):
    here = make_image_by_image(tmp_path / "study")
    run = here.snakemake(*map(arrays, PASSES))
    assert run.status == 0, run.output
    for rule in PASSES:
        assert (study / arrays(rule)).read_bytes() == (here / arrays(rule)).read_bytes()
