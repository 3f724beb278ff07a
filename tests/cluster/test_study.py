"""A study on a cluster where nothing goes wrong."""

from collections import Counter, defaultdict

import pytest
from slurm import GPUS, NODES, Cluster, Job
from submitted import FOLDERS, SubmittedStudy
from tiny_study import Run, Study

# As many as the cluster has GPUs, so that all are taken once each of these has come to its pause.
RULES = tuple(FOLDERS)

# All that is computed, and some of what is drawn: each job on the cluster starts Snakemake anew.
TARGETS = ("compute", "predictions", "saliency")

ALONE = ("compute_class_images", "compare_ascents")
"""Rules of one job a model."""


@pytest.fixture(scope="module")
def at_once(cluster: Cluster, study: SubmittedStudy) -> list[tuple[Job, str, str]]:
    """Jobs that ran at the same time, each with its GPUs as Slurm counts them and as it saw them; the study is done."""
    for rule in RULES:
        study.pause(rule)
    with study.submitting(cluster, *TARGETS) as wait:
        wait("all GPUs are taken", lambda: study.all_paused(*RULES))
        seen = {job["SLURM_JOB_ID"]: job["CUDA_VISIBLE_DEVICES"] for job in map(study.paused, RULES)}
        found = [(job, cluster.gpus(job.id), seen[job.id]) for job in cluster.jobs() if job.id in seen]
        for rule in RULES:
            study.resume(rule)
    return found


def test_all_jobs_run_in_slurm_on_both_nodes(cluster, study, at_once, local_run):
    jobs = cluster.jobs()
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {job.node for job in jobs} == set(NODES)
    done_there, done_here = Counter(job.rule for job in jobs), Counter(local_run[1].jobs)
    assert done_there.keys() >= {rule for rule in done_here if rule.startswith("compute_")}
    assert done_there == {rule: done_here[rule] for rule in done_there}


def test_jobs_with_a_gpu_go_to_the_partition_that_has_some(cluster, at_once):
    with_gpu = {job.rule for job in cluster.jobs() if job.partition == "gpu"}
    assert with_gpu == {
        *RULES,
        *ALONE,
        "predict",
        "compute_filters_from_noise",
        "compute_facets",
        "compute_dream_sweep",
        "compute_atlas",
        "compute_peaks",
        "compute_quality",
        "compute_sanity",
    }


def test_jobs_that_share_a_node_have_different_gpus(study, at_once):
    assert {job.state for job, _, _ in at_once} == {"RUNNING"}
    of_node = defaultdict(set)
    for job, granted, seen in at_once:
        assert study.summary(job.rule)["gpu"] == seen == granted
        of_node[job.node].add(seen)
    assert of_node == {node: set(map(str, range(GPUS))) for node in NODES}


def test_the_cluster_finds_what_a_single_machine_finds(study, at_once, local_run: tuple[Study, Run]):
    """Tables, arrays and figures, byte for byte."""
    assert local_run[1].status == 0, local_run[1].output
    here, there = local_run[0].made(), study.made()
    assert there.keys() <= here.keys()
    assert len(there) > 20
    assert [name for name in there if here[name] != there[name]] == []
