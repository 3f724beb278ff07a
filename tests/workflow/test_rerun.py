"""What is made again, and what is not."""

import os
import signal
import subprocess
import time

import pytest

ALWAYS = {"all", "write_report", "write_gallery"}
QUALITY_SHEETS = {"draw_quality": 4, "draw_mistakes": 1}
MEASURED = {"compute_quality": 1, "summarise_quality": 1, **QUALITY_SHEETS, "draw_exhibits": 1}
ATTRIBUTED = {"compute_saliency": 1, "draw_saliency_sheet": 1, "compute_sanity": 1, **MEASURED}
"""What comes of the gradient."""


def test_a_second_run_has_nothing_to_do(finished):
    run = finished.snakemake("--dry-run")
    assert run.status == 0
    assert "Nothing to be done" in run.output


def test_touched_code_and_photographs_are_not_computed_again(finished):
    for path in (*(finished / "scripts").rglob("*.py"), *(finished / "photographs").iterdir()):
        path.touch()
    assert "Nothing to be done" in finished.snakemake("--dry-run").output


@pytest.mark.parametrize(
    ("sections", "made_again"),
    [
        (
            {"figures": {"saliency": "viridis"}},
            {"draw_saliency_sheet": 1, "draw_mistakes": 1, "draw_exhibits": 1},
        ),
        ({"figures": {"lime_features": 3}}, {"draw_lime_sheet": 1}),
        (
            {"lime": {"samples": 31, "segmentation": {"n_segments": 9, "compactness": 10}}},
            {"compute_lime": 1, "draw_lime_sheet": 1, **MEASURED},
        ),
        ({"saliency": {"methods": {"gradient": {"score": "cross_entropy"}}}}, ATTRIBUTED),
        (
            {"dream": {"size": 48}},  # what the network takes of it is looked at, without any other job
            {"compute_dream": 1, "compute_dream_sweep": 2, "draw_dream_sheet": 4, "draw_exhibits": 1},
        ),
    ],
)
def test_a_setting_makes_again_only_what_depends_on_it(finished, sections, made_again):
    finished.configure(**sections)
    jobs = finished.snakemake("--dry-run").jobs
    assert jobs == {**made_again, **dict.fromkeys(ALWAYS, 1)}


def test_another_format_draws_and_computes_nothing(finished):
    everything = finished.made()
    finished.configure(figures={"formats": ["svg", "png", "pdf"]})
    jobs = finished.snakemake("--dry-run").jobs
    assert {rule for rule in jobs if not rule.startswith("draw_")} == ALWAYS
    assert sum(jobs[rule] for rule in jobs.keys() - ALWAYS) == len([name for name in everything if "/sheets/" in name])
    run = finished.snakemake("results/tiny/net/sheets/lime.pdf")
    assert run.status == 0, run.output
    made = finished.made()
    assert made.keys() - everything.keys() == {"net/sheets/lime.pdf", "net/sheets/lime.svg"}
    assert everything.items() <= made.items()
    finished.configure(figures={"formats": ["png"]})
    assert finished.snakemake("--dry-run").jobs.keys() <= ALWAYS


def test_changed_code_of_a_method_makes_again_what_it_makes(finished):
    """Snakemake itself does not look into imported modules."""
    module = finished / "scripts/limelight/attribution/gradient.py"
    module.write_text(module.read_text() + "\n# changed\n")
    jobs = finished.snakemake("--dry-run").jobs
    assert jobs == {**ATTRIBUTED, **dict.fromkeys(ALWAYS, 1)}


def test_a_new_photograph_leaves_explanations_alone(finished):
    """It is not among the explained ones, so only predictions and what shows them are made again."""
    finished.photograph(0, 7)
    run = finished.snakemake()
    assert run.status == 0, run.output
    # It may be one of those that excite a filter most.
    assert [rule for rule in run.jobs if rule.startswith("compute_")] == ["compute_peaks"]
    assert run.jobs["predict"] == run.jobs["draw_thumbnails"] == 1
    assert "draw_exhibits" not in run.jobs
    assert "Nothing to be done" in finished.snakemake("--dry-run").output


def test_a_bad_photograph_stops_the_run_and_costs_nothing_that_was_computed(finished):
    bad = finished / "photographs/1_9.png"
    bad.write_bytes(b"not an image")
    run = finished.snakemake()
    assert run.status != 0
    assert "photographs/1_9.png" in run.output
    bad.unlink()
    again = finished.snakemake()
    assert again.status == 0, again.output
    assert "Nothing to be done" in again.output


def test_a_killed_run_goes_on_without_flags(study):
    command = study.command("saliency", "lime")
    process = subprocess.Popen(
        command, cwd=study.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    waiting_for, until = study / "results/tiny/net/model.json", time.monotonic() + 300
    while not waiting_for.exists() and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert waiting_for.exists()
    run = study.snakemake("saliency", "lime")
    assert run.status == 0, run.output
    assert (study / "results/tiny/net/sheets/lime.png").is_file()
    assert "Nothing to be done" in study.snakemake("saliency", "lime", "--dry-run").output
