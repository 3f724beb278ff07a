"""Do imports run one way, and is parsing light?"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from limelight import catalogue

PACKAGE = Path(catalogue.__file__).parent

# What a room may import, beside itself. A line here is a decision about the architecture.
STUDY = {"study"}
NETWORK = {*STUDY, "network"}
MACHINERY = {*NETWORK, "machinery"}
LIBRARIES = {*MACHINERY, "attribution", "ascent", "figures", "gallery", "statistics"}
ALLOWED = {
    "study": STUDY,
    "network": NETWORK,
    "machinery": MACHINERY,
    "statistics": set(),
    "attribution": NETWORK,
    "ascent": {*MACHINERY, "ascent"},
    "demo": NETWORK,
    "figures": {*MACHINERY, "attribution", "statistics"},
    "gallery": {*MACHINERY, "figures", "attribution", "rooms", "catalogue"},
    "capabilities": LIBRARIES,
    "rooms": set(),
    "catalogue": {*STUDY, "rooms"},
    "schema": {*STUDY, "attribution", "catalogue"},
    "targets": {*STUDY, "catalogue", "gallery"},
    "rules": {*STUDY, "rooms", "catalogue", "targets", "schema", "attribution"},
    "analysis": MACHINERY,
}

HEAVY = {"torch", "numpy", "pandas", "matplotlib", "PIL", "scipy", "skimage", "jinja2"}

DRAWS = {"drawing", "exhibit", "pages", "summary"}
"""Modules of a capability that draw, word, tabulate or serve, as do those whose name ends with `sheet`."""


def imports(file: Path) -> Iterator[tuple[str, ...]]:
    """Modules of the package that a file imports when it runs, each by its parts."""
    waiting: list[ast.AST] = [ast.parse(file.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (tuple(name.split(".")[1:]) for name in names if name.startswith("limelight."))
        waiting += ast.iter_child_nodes(node)


def files() -> list[Path]:
    return sorted(file for file in PACKAGE.rglob("*.py") if file.name != "__init__.py")


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def draws(module: str) -> bool:
    return module in DRAWS or module.endswith("sheet")


def test_rooms_import_only_what_stands_below_them() -> None:
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {'.'.join(name)}"
        for file in files()
        for name in imports(file)
        if name[0] not in {*ALLOWED[room(file)], room(file), "__version__"}
    ]
    assert wrong == []


def test_every_room_is_listed() -> None:
    assert {room(file) for file in files()} == set(ALLOWED)


def test_what_computes_does_not_draw_and_what_draws_does_not_compute() -> None:
    wrong = []
    for file in files():
        if room(file) != "capabilities" or file.stem == "declaration":
            continue
        for name in imports(file):
            pictures = name[0] in ("figures", "gallery") or (name[0] == "capabilities" and draws(name[2]))
            passes = name[:2] == ("machinery", "work") or (name[0] == "capabilities" and name[2] == "compute")
            if (passes and draws(file.stem)) or (pictures and file.stem in ("compute", "units")):
                wrong.append(f"{file.relative_to(PACKAGE)} imports {'.'.join(name)}")
    assert wrong == []


def test_libraries_know_no_capability() -> None:
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {'.'.join(name)}"
        for file in files()
        for name in imports(file)
        if name[0] == "capabilities" and room(file) != "capabilities"
    ]
    assert wrong == []


def test_scripts_hold_no_function() -> None:
    scripts = sorted(PACKAGE.parent.glob("*.py"))
    assert scripts
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [
        script.name
        for script in scripts
        if any(isinstance(node, named) for node in ast.walk(ast.parse(script.read_text())))
    ]
    assert found == []


def test_parsing_imports_nothing_heavy() -> None:
    code = (
        "import sys; import limelight.rules, limelight.catalogue as c; c.capabilities(); "
        f"print(*sorted({HEAVY} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
