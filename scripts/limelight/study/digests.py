"""What names a thing for good? Digests of values, files and source code, and the seeds that derive from them.

The standard library only: the workflow's parsing and its jobs both read it.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def digest(*parts: object) -> str:
    """64 hexadecimal digits that name `parts`, whatever the process or the machine."""
    return hashlib.sha256("\x1f".join(repr(part) for part in parts).encode()).hexdigest()


def seed(*parts: object) -> int:
    """A 63-bit seed that belongs to `parts` (study seed, image, method, ...) and to nothing else."""
    return int(digest(*parts)[:16], 16) >> 1


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache
def source_digest(*files: Path) -> str:
    """Digest of some files and of every module of this package that they import, directly or not.

    As a parameter of a rule it makes Snakemake run the rule again when the code behind its result changes, which
    Snakemake by itself does not see, and only then, not when a file is merely touched.
    """
    contents: dict[Path, bytes] = {}
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file not in contents:
            contents[file] = file.read_bytes()
            waiting += _imported(file, contents[file]) if file.suffix == ".py" else []
    return digest(*(contents[file] for file in sorted(contents)))[:16]


@cache
def _imported(file: Path, source: bytes) -> tuple[Path, ...]:
    """Files of this package that `source`, the content of `file`, imports; scripts share most of them."""
    return tuple(path for name in _names(ast.parse(source, str(file))) for path in _files(name) if path.is_file())


def _names(node: ast.AST) -> Iterator[str]:
    """Names of the modules that run when `node` does; what is imported for the type checker alone does not."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _names(child)


def _files(module: str) -> Iterator[Path]:
    first, *rest = module.split(".")
    if first == PACKAGE.name:
        path = PACKAGE.joinpath(*rest)
        yield from (path.with_suffix(".py"), path / "__init__.py")
