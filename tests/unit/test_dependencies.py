"""Do pyproject.toml, environment.yml and requirements.txt name the same software?"""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import limelight

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base", "snakemake": "snakemake-minimal"}


def ranges(requirements: list[str]) -> dict[str, SpecifierSet]:
    found = {}
    for text in requirements:
        requirement = Requirement(text)
        assert requirement.url is None, text
        assert requirement.marker is None, text
        found[canonicalize_name(requirement.name)] = requirement.specifier
    assert len(found) == len(requirements), "something is named twice"
    return found


DIRECT = ranges(PROJECT["dependencies"])
EXTRAS = {extra: ranges(requirements) for extra, requirements in PROJECT["optional-dependencies"].items()}


def pins() -> dict[str, Version]:
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        text = line.partition("#")[0].strip()
        if text:
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;,=]+)", text)
            assert match, f"{line!r} is not name==version"
            found[canonicalize_name(match[1])] = Version(match[2])
    assert len(found) == len([line for line in lines if line.partition("#")[0].strip()]), "something is named twice"
    return found


def test_conda_environment_is_the_project_and_its_photographs() -> None:
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (from_pip,) = (entry["pip"] for entry in environment if isinstance(entry, dict))
    conda = ranges([entry for entry in environment if isinstance(entry, str)])
    assert conda.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert conda.pop("pip") == SpecifierSet()
    assert conda == {CONDA_NAMES.get(name, name): wanted for name, wanted in DIRECT.items()}
    assert ranges(from_pip) == EXTRAS["photographs"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [pair for group in (DIRECT, *EXTRAS.values()) for pair in group.items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pin_of_every_direct_dependency_is_in_its_range(name: str, wanted: SpecifierSet) -> None:
    assert wanted, f"{name} has no range"
    assert name in pins(), f"{name} is not pinned"
    assert wanted.contains(pins()[name], prereleases=False), f"{name}: {pins()[name]} is not {wanted}"


def test_requirements_name_no_address() -> None:
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|@|^-", text, re.MULTILINE)


def test_every_third_party_import_is_a_direct_dependency() -> None:
    import ast
    import sys

    names = {"PIL": "pillow", "skimage": "scikit-image", "yaml": "pyyaml"}
    imported = set()
    for file in (REPOSITORY / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [node.module]
            imported |= {module.partition(".")[0] for module in modules}
    imported -= {*sys.stdlib_module_names, "limelight"}
    assert {"torch", "lime"} <= imported
    assert {canonicalize_name(names.get(name, name)) for name in imported} <= set(DIRECT)


def test_package_and_project_have_one_version() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert limelight.__version__ == PROJECT["version"] == citation["version"]
    assert PROJECT["license"] == citation["license"]


def test_commits_are_checked_with_the_tools_of_make_lint() -> None:
    lint = (REPOSITORY / "Makefile").read_text(encoding="utf-8").partition("lint:")[2].partition("\n\n")[0]
    (local,) = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    lines = [line.strip() for line in lint.splitlines() if line.startswith("\t")]
    for hook in local["hooks"]:
        assert any(line.startswith(hook["entry"]) for line in lines), hook["entry"]
    assert len(lines) == len(local["hooks"]) + 1  # `snakemake --lint` takes too long for every commit


def test_the_catalogue_finds_what_it_asks_for() -> None:
    """As its own generator checks: a standard entry, how to configure it, and how to use it."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    for path in ("workflow/Snakefile", "config/README.md", "config/config.yaml", "LICENSE"):
        assert (REPOSITORY / path).is_file()
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert usage["report"] is True
    assert usage["software-stack-deployment"]["conda"] is True
    assert usage["mandatory-flags"]["desc"]
