"""A cluster, and a study to run on it."""

import os
from collections.abc import Iterator

import pytest
from slurm import Cluster, missing, running
from submitted import SubmittedStudy, make_submitted_study


@pytest.fixture(scope="session", autouse=True)
def _slurm(request: pytest.FixtureRequest) -> None:
    """Without Slurm's programs or root these tests are skipped, but not in CI, which installs them."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        groups = {
            item.nodeid: mark for item in request.session.items if (mark := item.get_closest_marker("xdist_group"))
        }
        assert all(name.endswith(f"@{mark.args[0]}") for name, mark in groups.items()), (
            "each process would start a Slurm of its own; expected `--dist loadgroup`"
        )
    if reason := missing():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no Slurm: {reason}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running Slurm."""
    with running(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> SubmittedStudy:
    """A study to run on the cluster."""
    return make_submitted_study(tmp_path_factory.mktemp("submitted") / "study")
