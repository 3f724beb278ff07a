"""Tiny studies, of which nothing or everything has been computed."""

import shutil
from pathlib import Path

import pytest
from tiny_study import Run, Study, make_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study of which nothing has been computed."""
    return make_study(tmp_path / "study")


@pytest.fixture
def finished(local_run: tuple[Study, Run], tmp_path: Path) -> Study:
    """A copy of a study whose default target is done."""
    original, run = local_run
    assert run.status == 0, run.output
    shutil.copytree(original.folder, tmp_path / "study", symlinks=True)
    return Study(tmp_path / "study")
