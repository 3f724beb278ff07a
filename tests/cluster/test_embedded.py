"""The embedded study on a cluster, with fewer photographs and less of everything: each job starts Snakemake anew."""

import pytest
import yaml
from slurm import NODES
from submitted import SubmittedStudy

SHORT = {
    "demo": {"training": 4, "validation": 1, "evaluation": 1, "epochs": 1},
    "saliency": {"methods": {"gradient": {}}},
    "filters": {
        **{"layers": ["cnn.16"], "iterations": 2, "noise_iterations": 2, "compare": 0},
        "atlas": {"layers": []},
    },
    "lime": {"samples": 20},
    "dream": {"record": [0, 1], "class_images": {"iterations": 2}},
    "quality": {"explain": []},
    "figures": {"images": []},
}


@pytest.fixture
def embedded(study: SubmittedStudy) -> SubmittedStudy:
    config = yaml.safe_load((study / "config/config.yaml").read_text())
    for section, values in SHORT.items():
        config[section] = {**config.get(section, {}), **values}
    (study / "study.yaml").write_text(yaml.safe_dump(config))
    return study


def test_it_draws_its_photographs_and_trains_its_network(cluster, embedded):
    """What no other study does; the rest of its rules are those of the tiny study."""
    with embedded.submitting(cluster, "predictions"):
        pass
    jobs = cluster.jobs()
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {"draw_photographs", "train_network", "predict"} <= {job.rule for job in jobs}
    assert (embedded / "results/demo/vgg/sheets/confusion_matrix.png").is_file()


@pytest.mark.long
def test_it_runs_on_both_nodes(cluster, embedded):
    with embedded.submitting(cluster, seconds=1800):
        pass
    jobs = cluster.jobs()
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {job.node for job in jobs} == set(NODES)
    assert {"draw_photographs", "train_network", "compute_lime", "write_report"} <= {job.rule for job in jobs}
    results = embedded / "results/demo"
    assert (results / "report.html").is_file()
    assert (results / "gallery/index.html").is_file()
    sheets = {str(path.relative_to(results / "vgg/sheets")) for path in (results / "vgg/sheets").rglob("*.png")}
    assert {"confusion_matrix.png", "saliency.png", "lime.png", "filters/cnn.16.png", "dream/layers.png"} <= sheets
