"""Which code decides a result?"""

import importlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from limelight.study import sources
from limelight.study.digests import digest
from limelight.study.sources import network_digest, source_digest

PROBE = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from limelight.study import sources
assert sources.__file__.startswith(sys.argv[1])
print(sources.source_digest(Path(sys.argv[1], "job.py")))
"""


@pytest.fixture
def house(tmp_path: Path, python: Callable[..., str]) -> Callable[..., str]:
    """A small package around the real `sources`; called with files to write, it gives the digest of `job.py`."""
    package = tmp_path / "limelight"
    for folder in ("paint", "study"):
        (package / folder).mkdir(parents=True)
    for name in ("study/digests.py", "study/sources.py", "study/__init__.py", "__init__.py"):
        shutil.copy(sources.PACKAGE / name, package / name)

    def digest_after(**files: str) -> str:
        for name, text in files.items():
            tmp_path.joinpath(*name.split("__")).with_suffix(".py").write_text(text)
        return python(PROBE, str(tmp_path)).strip()

    return digest_after


SOURCES = {
    "job": "import numpy\nfrom limelight.near import f\n",
    "limelight__near": "def f():\n    from limelight import far\n    import limelight.paint.brush\n"
    "if TYPE_CHECKING:\n    from limelight import typed\n",
    "limelight__far": "from limelight import near\n",  # a circle
    "limelight__paint__brush": "BRISTLES = 3\n",
    "limelight__other": "",
    "limelight__typed": "",
}


@pytest.mark.parametrize("module", ["job", "limelight__near", "limelight__far", "limelight__paint__brush"])
def test_source_digest_follows_every_import(house: Callable[..., str], module: str) -> None:
    before = house(**SOURCES)
    assert len(before) == 16
    changed = house(**{module: SOURCES[module] + "x = 1\n"})
    assert changed != before
    assert house(**SOURCES) == before


def test_source_digest_does_not_see_a_touch_or_what_is_not_imported(house: Callable[..., str], tmp_path: Path) -> None:
    before = house(**SOURCES)
    for file in (tmp_path / "limelight").rglob("*.py"):
        file.touch()
    assert house(limelight__other="x = 1\n", limelight__typed="x = 1\n", limelight__new="", other="") == before


def test_source_digest_of_every_script_reads_more_than_the_script(repository: Path) -> None:
    scripts = sorted((repository / "scripts").glob("*.py"))
    assert scripts
    for script in scripts:
        alone = digest(script.read_bytes())[:16]
        assert source_digest(script) != alone, f"{script.name} imports nothing of the package"


# --- networks -----------------------------------------------------------------------------------------------------

NEIGHBOURS = {
    "network.py": "import blocks, json\nfrom torch import nn\nfrom .parts import head\n",
    "blocks.py": "from layers.convolution import block\n",
    "parts.py": "def head():\n    from . import far\n",
    "far.py": "x = 1\n",
    "layers/__init__.py": "",
    "layers/convolution.py": "from ..above import y\n",
    "above.py": "y = 1\n",
    "unrelated.py": "z = 1\n",
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize("edited", [name for name in NEIGHBOURS if name != "unrelated.py"])
def test_a_network_is_another_one_when_a_file_changes_that_its_factory_imports(tmp_path: Path, edited: str) -> None:
    write(tmp_path, NEIGHBOURS)
    factory = f"{tmp_path}/network.py:build"
    before = network_digest(factory)
    write(tmp_path, {"unrelated.py": "z = 2\n", "new.py": "import unrelated\n"})
    assert network_digest(factory) == before
    write(tmp_path, {edited: NEIGHBOURS[edited] + "more = 1\n"})
    assert network_digest(factory) != before
    write(tmp_path, {edited: NEIGHBOURS[edited]})
    assert network_digest(factory) == before


@pytest.mark.parametrize("edited", ["__init__.py", "models/__init__.py", "models/resnet.py", "models/parts.py"])
def test_so_it_is_of_a_factory_in_a_package_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    files = {
        "__init__.py": "",
        "models/__init__.py": "from .resnet import build\n",
        "models/resnet.py": "from project_of_sources.models.parts import block\n",
        "models/parts.py": "import torch\n",
        "models/other.py": "",
        "train.py": "",
    }
    package = tmp_path / "project_of_sources"
    write(package, files)
    before = network_digest("project_of_sources.models:build")
    write(package, {"models/other.py": "x = 1\n", "train.py": "from . import models\n"})
    assert network_digest("project_of_sources.models:build") == before
    write(package, {edited: files[edited] + "x = 1\n"})
    assert network_digest("project_of_sources.models:build") != before
    assert "project_of_sources" not in sys.modules


def test_where_a_network_lies_is_no_part_of_it(tmp_path: Path) -> None:
    write(tmp_path / "here", NEIGHBOURS)
    write(tmp_path / "there", NEIGHBOURS)
    assert network_digest(f"{tmp_path}/here/network.py:build") == network_digest(f"{tmp_path}/there/network.py:build")
    assert network_digest(f"{tmp_path}/here/network.py:other") != network_digest(f"{tmp_path}/here/network.py:build")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Installs a version of a package, perhaps from a folder, and gives the digest of its factory."""
    site = tmp_path / "site-packages"
    monkeypatch.syspath_prepend(site)

    def digest_of(version: str, text: str, local: bool = False, factory: str = "bottled_network:build") -> str:
        shutil.rmtree(site, ignore_errors=True)
        write(site, {"bottled_network/__init__.py": "from .parts import build\n", "bottled_network/parts.py": text})
        information = {"METADATA": f"Metadata-Version: 2.1\nName: bottled-network\nVersion: {version}\n"}
        if local:
            information["direct_url.json"] = json.dumps({"url": "file:///somewhere", "dir_info": {}})
        write(site / f"bottled_network-{version}.dist-info", information)
        importlib.invalidate_caches()
        sources._version.cache_clear()
        return network_digest(factory)

    return digest_of


def test_an_installed_package_is_its_version(installed: Callable[..., str]) -> None:
    before = installed("1.0", "x = 1\n")
    assert installed("1.0", "x = 2\n") == before
    assert installed("1.1", "x = 1\n") != before


def test_one_that_was_installed_from_a_folder_is_its_source(installed: Callable[..., str]) -> None:
    before = installed("1.0", "x = 1\n", local=True)
    assert installed("1.0", "x = 2\n", local=True) != before
    assert installed("1.1", "x = 1\n", local=True) == before


def test_the_version_of_a_package_that_a_factory_imports_counts(installed: Callable[..., str], tmp_path: Path) -> None:
    write(tmp_path, {"network.py": "from bottled_network import build\n"})
    factory = f"{tmp_path}/network.py:build"
    assert installed("1.0", "", factory=factory) != installed("1.1", "", factory=factory)


def test_of_torchvision_its_version_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = network_digest("torchvision:vgg11")
    assert network_digest("torchvision:vgg13") != before
    monkeypatch.setattr(sources, "_version", lambda name: f"{name} 1.2.3")
    assert network_digest("torchvision:vgg11") != before


def test_the_code_that_loads_a_checkpoint_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = network_digest("torchvision:vgg11")
    other = tmp_path / "loading.py"
    other.write_text(sources.LOADING.read_text() + "x = 1\n")
    monkeypatch.setattr(sources, "LOADING", other)
    assert network_digest("torchvision:vgg11") != before


def test_a_factory_that_python_cannot_read_is_left_to_whoever_runs_it(tmp_path: Path) -> None:
    write(tmp_path, {"network.py": "def build(:\n"})
    assert network_digest(f"{tmp_path}/network.py:build")
    assert network_digest("no_such_package.anywhere:build")


def test_a_users_method_is_another_one_when_its_neighbour_changes(tmp_path: Path) -> None:
    write(tmp_path, NEIGHBOURS)
    before = source_digest(tmp_path / "network.py")
    source_digest.cache_clear()
    write(tmp_path, {"blocks.py": "x = 1\n"})
    assert source_digest(tmp_path / "network.py") != before
