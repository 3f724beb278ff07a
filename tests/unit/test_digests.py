"""What names a thing for good?"""

import ast
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.study import digests
from limelight.study.digests import digest, file_digest, seed, source_digest


def test_digest_is_the_sha256_of_the_parts_as_python_writes_them() -> None:
    assert digest("a", 1, None) == hashlib.sha256(b"'a'\x1f1\x1fNone").hexdigest()


def test_seed_is_the_first_63_bits_of_the_digest() -> None:
    assert f"{seed('lime', 0, 'egg_3'):063b}" == f"{int(digest('lime', 0, 'egg_3'), 16):0256b}"[:63]


@given(st.lists(st.one_of(st.integers(), st.text(), st.none(), st.booleans(), st.floats(allow_nan=False)), max_size=5))
def test_seed_fits_torch_and_numpy(parts: list[object]) -> None:
    assert 0 <= seed(*parts) < 2**63


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b"), ("ab",)),
        (("a", "b"), ("b", "a")),
        ((1,), ("1",)),
        ((1,), (1.0,)),
        (("a",), ("a", None)),
        ((), (0,)),
    ],
)
def test_different_parts_have_different_seeds(one: tuple, other: tuple) -> None:
    assert seed(*one) != seed(*other)


def test_seeds_buckets_and_source_digests_are_the_same_in_every_process(python: Callable[..., str]) -> None:
    code = (
        "from pathlib import Path; from limelight import digests, plan\n"
        "print(digests.seed('lime', 3, 'egg_7'), shards.buckets([f'image {k}' for k in range(40)], 4),"
        " digests.source_digest(Path(plan.__file__)))"
    )
    printed = {python(code, PYTHONHASHSEED=value) for value in ("0", "1", "4711")}
    assert len(printed) == 1
    assert printed.pop().startswith(str(seed("lime", 3, "egg_7")))


PROBE = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from limelight.study import digests
assert digests.__file__.startswith(sys.argv[1])
print(digests.source_digest(Path(sys.argv[1], "job.py")))
"""


@pytest.fixture
def house(tmp_path: Path, python: Callable[..., str]) -> Callable[..., str]:
    """A small package beside the real `digests`; called with files to write, it gives the digest of `job.py`."""
    package = tmp_path / "limelight"
    (package / "paint").mkdir(parents=True)
    for name in ("digests.py", "__init__.py"):
        shutil.copy(digests.PACKAGE / name, package)

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
    assert house(limelight__other="x = 1\n", limelight__typed="x = 1\n", limelight__new="", numpy="") == before


def test_source_digest_of_every_script_reads_more_than_the_script(repository: Path) -> None:
    scripts = sorted((repository / "scripts").glob("*.py"))
    assert scripts
    for script in scripts:
        alone = digest(script.read_bytes())[:16]
        assert source_digest(script) != alone, f"{script.name} imports nothing of the package"


@pytest.mark.parametrize(
    "method",
    [
        "saliency",
        "attribution.gradient",
        "attribution.occlusion",
        "filters",
        "superpixels",
        "peaks",
        "receptive",
        "scores",
        "quality.measure",
    ],
)
def test_machinery_is_no_part_of_the_source_of_a_method(repository: Path, method: str) -> None:
    """Else another progress message would make everything be computed again."""
    seen: set[str] = set()
    waiting = [f"limelight.{method}"]
    while waiting:
        module = waiting.pop()
        for file in digests._files(module):
            if file.is_file() and module not in seen:
                seen.add(module)
                waiting += digests._names(ast.parse(file.read_text()))
    modules = {name.partition(".")[2] for name in seen}
    assert {method, "model", "images"} <= modules
    assert not modules & {"job", "work", "store", "arrays", "progress", "failures", "plan", "predictions", "results"}


def test_file_digest_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(b"weights" * 100_000)
    assert file_digest(tmp_path / "w.pth") == hashlib.sha256(b"weights" * 100_000).hexdigest()
