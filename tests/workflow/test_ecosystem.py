"""What others do with the workflow and with its results."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pandas as pd
import yaml
from nbclient import NotebookClient
from tiny_study import PARTS, Run, Study

from limelight.machinery import arrays
from limelight.machinery.items import Item

# Another workflow: it counts mistakes in what this one predicts, shows one figure with another title in the report,
# and has a method of its own.
OTHER = """
configfile: "config.yaml"


module limelight:
    snakefile:
        "../study/workflow/Snakefile"
    config:
        config["explain"]


use rule * from limelight as limelight_*


use rule draw_saliency_sheet from limelight as limelight_draw_saliency_sheet with:
    output:
        report("results/theirs/{model}/sheets/saliency.png", category="Ours"),


rule count_mistakes:
    default_target: True
    input:
        predictions="results/theirs/net/predictions.csv",
        sheet="results/theirs/net/sheets/saliency.png",
    output:
        "results/mistakes.txt",
    shell:
        "grep -c purple {input.predictions} > {output} || true"
"""

METHOD = """
from limelight.attribution.contract import Attribution, Paper, method


@method(paper=Paper("Nobody", 2026, "0000.00000"), signed=False)
def darkness(classifier, photographs, targets):
    return Attribution(1 - photographs.mean(1))
"""


def snakemake(folder, *arguments: str, **environment: str) -> Run:
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def move_in(study: Study, folder) -> dict:
    """Lay the network and the photographs of the tiny study into a folder; gives the study's settings."""
    for name in ("network.py", "net.pth"):
        shutil.copy(study / name, folder)
    shutil.copytree(study / "photographs", folder / "photographs")
    return yaml.safe_load((study / "study.yaml").read_text())


def test_another_workflow_uses_this_one_as_a_module(study):
    """With its own config, a rule changed, and an attribution method added."""
    folder = study / "../other"
    folder.mkdir()
    settings = move_in(study, folder)
    settings["study"] = "theirs"
    settings["saliency"] = {"methods": {"gradient": {}, "darkness.py:darkness": {}}}
    (folder / "Snakefile").write_text(OTHER)
    (folder / "darkness.py").write_text(METHOD)
    (folder / "config.yaml").write_text(yaml.safe_dump({"explain": settings}))
    run = snakemake(folder)
    assert run.status == 0, run.output
    assert (folder / "results/mistakes.txt").read_text().strip() == "0"
    found = arrays.read([folder / "results/theirs/net/saliency/b.npz"])
    assert found.keys() >= {Item("red_0", method=name) for name in ("gradient", "darkness.py:darkness")}
    assert run.jobs.keys() >= {"count_mistakes", "limelight_compute_saliency", "limelight_draw_saliency_sheet"}
    assert "limelight_compute_lime" not in run.jobs


def test_snakedeploy_deploys_it(study, tmp_path):
    """From a clone that stands for the one on the git server; Snakemake itself then reads all code from there."""
    origin, folder = tmp_path / "server/someone/limelight", tmp_path / "deployed"
    origin.mkdir(parents=True)
    git = ["git", "-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-C", str(origin)]
    for part in PARTS:
        (shutil.copytree if (study / part).is_dir() else shutil.copy)(study / part, origin / part)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "first"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True)
    there = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{tmp_path}/server/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    url, client = "https://github.com/someone/limelight", [sys.executable, "-m", "snakedeploy.client"]
    subprocess.run(
        [*client, "deploy-workflow", url, str(folder), "--tag", "v1"],
        env={**os.environ, **there},
        check=True,
    )
    assert (
        'github("someone/limelight", path="workflow/Snakefile", tag="v1")'
        in (folder / "workflow/Snakefile").read_text()
    )
    assert (folder / "profiles/default/config.yaml").is_file()
    study.folder.rename(tmp_path / "gone")
    settings = move_in(Study(tmp_path / "gone"), folder)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(settings))
    run = snakemake(folder, "results/tiny/net/predictions.csv", **there)
    assert run.status == 0, run.output
    assert list(pd.read_csv(folder / "results/tiny/net/predictions.csv")["predicted"])[:2] == ["blue", "blue"]
    run = snakemake(folder, "--dry-run", **there)
    assert run.status == 0, run.output
    assert run.jobs["everything"] == 1
    assert run.jobs.keys() >= {"compute_lime", "draw_dream_sheet", "write_report"}


def test_the_example_notebook_runs(finished, repository):
    notebook = nbformat.read(repository / "docs/analysis.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.replace("../results/demo", "../results/tiny")
    (finished / "docs").mkdir()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": finished / "docs"}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert len([output for output in outputs if "image/png" in output.get("data", {})]) == 2
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_the_tutorial_works_as_written(study, repository):
    """Its files are those of its blocks that name one; its commands run in the order of the page."""
    page = (repository / "docs/tutorial.md").read_text(encoding="utf-8")
    (study / ".venv").symlink_to(sys.prefix)
    (study / "tutorial").mkdir()
    said = []
    for language, append, path, block in re.findall(r"^```(\w+) ?(>> )?(\S*)\n(.*?)^```$", page, re.M | re.S):
        if path:
            with (study / path).open("a" if append else "w") as file:
                file.write(block)
            continue
        assert language == "sh", "a block is a command or names its file"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=study.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # its training and other tests would wait for each other
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        said.append(done.stdout)
    results = study / "results/tutorial/small"
    classes = pd.read_csv(results / "classes.csv", index_col="class")
    assert classes.loc["soup", "images"] == 9
    # The story of the page: soup is known by its date.
    predictions = pd.read_csv(results / "predictions.csv", index_col="image")["soup"]
    undated = predictions.index.str.contains("undated")
    dated = predictions.index.str.startswith("soup") & ~undated
    assert predictions[undated].mean() < predictions[dated].mean() - 0.2
    share = {image: int(number) for image, number in re.findall(r"(\w+) (\d+)%", said[-2])}
    assert min(share["soup_0"], share["soup_1"]) > 25
    assert (results / "figures/lime/soup_0.png").is_file()
    assert (results / "sheets/saliency.pdf").is_file()
    assert (study / "results/tutorial/gallery/index.html").is_file()
    assert {item.method for item in arrays.read([results / "saliency/b.npz"])} == {"gradient", "grad_cam"}
