"""Digests of the code that decides a result: Python files and all that they import, without importing any of it.

The standard library only: the workflow's parsing and its jobs both read it. What is imported by a name that is built
while the program runs is not seen.
"""

import ast
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from limelight.study.digests import digest

PACKAGE = Path(__file__).parents[1]

LOADING = PACKAGE / "network/loading.py"
"""How a checkpoint becomes a network."""

UNPINNED = frozenset({"torch", "numpy"})
"""Packages whose versions are no part of a key: they compute everything, and are written down with each result."""


@lru_cache
def source_digest(*files: Path) -> str:
    """Digest of some files and of every module of this package, or beside them, that they import, directly or not.

    As a parameter of a rule it makes Snakemake run the rule again when the code behind its result changes, which
    Snakemake by itself does not see, and only then, not when a file is merely touched.
    """
    contents, _ = _sources(files)
    return _digest(contents)


def source_files(*files: Path) -> list[Path]:
    """The files behind such a digest."""
    contents, _ = _sources(files)
    return sorted(contents)


def network_digest(factory: str) -> str:
    """Digest of the code that makes a network of a checkpoint: the factory's, and limelight's own that loads it.

    Of a factory, and of what it imports, directly or not, count

    - Python files of the user: beside the importing file, relative to it, or anywhere on `sys.path`; also those of a
      package that was installed from a folder or a repository, whose version says nothing;
    - of a package that was installed from an index, its name and version.

    Parameters
    ----------
    factory
        `torchvision:name`, `package.module:callable` or `path/to/file.py:callable`.

    Raises
    ------
    OSError
        The factory's file cannot be read.
    """
    source, _, name = factory.rpartition(":")
    if source.endswith(".py"):
        files, packages = [Path(source)], set[str]()
    else:
        files, packages = _find(source)
    contents, imported = _sources((*files, LOADING), everywhere=True)
    unnamed = Path(os.path.abspath(source)) if source.endswith(".py") else None
    code = _digest(contents, unnamed)
    return digest("" if unnamed else source, name, code, sorted(packages | imported))


def _digest(contents: dict[Path, bytes], unnamed: Path | None = None) -> str:
    """Of files by their names, and not by where this machine has them; of the `unnamed` one by its content alone."""

    def name(file: Path) -> str:
        return file.relative_to(PACKAGE).as_posix() if _inside(file) else file.name

    return digest(*sorted(("" if file == unnamed else name(file), contents[file]) for file in contents))[:16]


def _sources(files: tuple[Path, ...], everywhere: bool = False) -> tuple[dict[Path, bytes], set[str]]:
    """Contents of files and of all Python files that they import, and the installed packages that these import.

    Imported files are looked for in this package and beside the importing file, or `everywhere`.
    """
    contents: dict[Path, bytes] = {}
    packages: set[str] = set()
    waiting = [Path(os.path.abspath(file)) for file in files]
    while waiting:
        file = waiting.pop()
        if file not in contents:
            contents[file] = file.read_bytes()
            if file.suffix == ".py":
                for name in _names(contents[file]):
                    imported, installed = _imported(file, name, everywhere)
                    waiting += imported
                    packages |= installed
    return contents, packages


def _imported(file: Path, name: str, everywhere: bool) -> tuple[list[Path], set[str]]:
    """Files and installed packages that run when `file` imports `name`, which may be relative."""
    plain = name.lstrip(".")
    if plain != name:
        level = len(name) - len(plain)
        return (_files([file.parents[level - 1]], plain) if level <= len(file.parents) else []), set()
    first = plain.partition(".")[0]
    if first == PACKAGE.name:
        path = PACKAGE.joinpath(*plain.split(".")[1:])
        return [each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()], set()
    if _inside(file):
        return [], set()  # of this package's own libraries
    if first not in sys.stdlib_module_names and (files := _files([file.parent], plain)):
        return files, set()
    return _find(plain) if everywhere else ([], set())


def _find(name: str) -> tuple[list[Path], set[str]]:
    """Files of a module that is no installed package; else that package and its version."""
    first = name.partition(".")[0]
    if first in sys.stdlib_module_names:
        return [], set()
    folders = _folders(first)
    if folders and any(part in ("site-packages", "dist-packages") for part in folders[0].parts):
        version = _version(first)
        if version:
            return [], set() if first in UNPINNED else {version}
    return _files(folders, name), set()


def _folders(first: str) -> list[Path]:
    """The folders that hold a module that no other one holds; finders of Python are asked, and nothing is imported."""
    try:
        spec = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(os.path.abspath(folder)).parent for folder in spec.submodule_search_locations]
    return [Path(os.path.abspath(spec.origin)).parent] if spec.has_location and spec.origin else []


@cache
def _version(first: str) -> str:
    """Name and version of what installed a package; empty if nothing says so, or if it came not from an index."""
    try:
        distribution = importlib.metadata.distribution(first)
    except importlib.metadata.PackageNotFoundError:  # another name than the package's
        names = _distributions().get(first, [])
        if not names:
            return ""
        distribution = importlib.metadata.distribution(names[0])
    return "" if distribution.read_text("direct_url.json") else f"{distribution.name} {distribution.version}"


@cache
def _distributions() -> Mapping[str, list[str]]:
    """By the name of an installed package what installed it. Takes half a second, because it reads all metadata."""
    return importlib.metadata.packages_distributions()


def _files(folders: list[Path], name: str) -> list[Path]:
    """The Python files that run when the module `name` is imported from some folders: it and the packages around it."""
    files = []
    for folder in folders:
        for part in filter(None, name.split(".")):
            files += [folder / f"{part}.py", folder / part / "__init__.py"]
            folder = folder / part
    return [file for file in files if file.is_file()]


@cache
def _names(source: bytes) -> tuple[str, ...]:
    """Names of the modules that a file imports, with the dots of relative ones; many files are asked for again."""
    try:
        return tuple(dict.fromkeys(_imports(ast.parse(source))))
    except (SyntaxError, ValueError):  # whoever runs it says so
        return ()


def _imports(node: ast.AST) -> Iterator[str]:
    """Names of the modules that run when `node` does; what is imported for the type checker alone does not."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield module
        yield from (f"{module}{'.' if node.module else ''}{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child)


def _inside(file: Path) -> bool:
    return file.is_relative_to(PACKAGE)
