"""What names a thing for good?"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.study.digests import digest, file_digest, seed


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
        "from pathlib import Path; from limelight.study import digests, plan, shards, sources\n"
        "print(digests.seed('lime', 3, 'egg_7'), shards.buckets([f'image {k}' for k in range(40)], 4),"
        " sources.source_digest(Path(plan.__file__)), sources.network_digest('torchvision:vgg11'))"
    )
    printed = {python(code, PYTHONHASHSEED=value) for value in ("0", "1", "4711")}
    assert len(printed) == 1
    assert printed.pop().startswith(str(seed("lime", 3, "egg_7")))


def test_file_digest_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(b"weights" * 100_000)
    assert file_digest(tmp_path / "w.pth") == hashlib.sha256(b"weights" * 100_000).hexdigest()
