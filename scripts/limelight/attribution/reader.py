"""Declarations of attribution methods, read from the source of their functions without running it or importing torch.

Nothing that computes imports this, so that no word of it is in the key of a result.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from limelight.study.errors import LimelightError, first_line

Schema = dict[str, Any]

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Declaration:
    """What the function of a method says under `@method`.

    Attributes
    ----------
    name : str
        Its key under `saliency.methods` of a study.
    title : str
        Its name in words.
    summary : str
        The first paragraph of its docstring.
    authors, year, arxiv
        Its paper.
    signed : bool
        Whether its maps are signed: positive values support the class, negative ones contradict it.
    baseline : bool
        Whether it is a baseline, which does not depend on the network.
    needs_layer, needs_seed : bool
        Whether it looks at a layer, and whether it draws random numbers.
    parameters : mapping
        What can be set, in the order of its signature: the JSON Schema of each, with its default, its title in words
        and its description from the docstring.
    """

    name: str
    title: str
    summary: str
    authors: str
    year: int
    arxiv: str
    signed: bool
    baseline: bool
    needs_layer: bool
    needs_seed: bool
    parameters: Mapping[str, Schema]

    @property
    def citation(self) -> str:
        """Its paper, such as `Simonyan et al., 2014`."""
        first, *others = self.authors.split(", ")
        names = f"{first} et al." if len(others) > 1 else " and ".join([first, *others])
        return f"{names}, {self.year}"


def method_names(file: Path) -> list[str]:
    """The functions of a file that are under `@method`, in their order."""
    return list(_methods(_parsed(file, file.read_bytes())))


def read(file: Path, function: str, name: str) -> Declaration:
    """What a function of `file` declares about the method that a study calls `name`.

    Raises
    ------
    LimelightError
        There is no such file or function, or its declaration can't be read without running it.
    """
    if not file.is_file():
        raise LimelightError(f"{name}: {file} does not exist; expected a Python file with an attribution method")
    try:
        return _read(file, file.read_bytes(), function, name)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # NULs, and what is nested too deep
        raise LimelightError(f"{name}: {type(error).__name__}: {first_line(error)}; expected Python") from error
    except _UnreadableError as error:
        raise LimelightError(f"{name}: {error}") from error


class _UnreadableError(Exception):
    """What is wrong with a declaration; its text is the end of a sentence."""


_GIVEN = ("seeds", "layer", "batch")
_POSITIONAL = 3
_PAPER = ("authors", "year", "arxiv")


@dataclass(frozen=True)
class _Module:
    """A parsed file: what its names are assigned, and which are imported from where, as (module, name)."""

    tree: ast.Module
    assigned: dict[str, ast.expr] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def _parsed(file: Path, source: bytes) -> _Module:
    module = _Module(ast.parse(source, str(file)))
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.assigned[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.assigned[node.target.id] = node.value
        elif isinstance(node, ast.ImportFrom) and node.module:
            module.imported.update({alias.asname or alias.name: (node.module, alias.name) for alias in node.names})
    return module


def _methods(module: _Module) -> dict[str, tuple[ast.FunctionDef, ast.Call]]:
    """Functions under `@method(...)`, each with that call."""
    functions = [node for node in module.tree.body if isinstance(node, ast.FunctionDef)]
    return {
        function.name: (function, decorator)
        for function in functions
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and _word(decorator.func, module) == "method"
    }


@cache
def _read(file: Path, source: bytes, function: str, name: str) -> Declaration:
    module = _parsed(file, source)
    if function not in _methods(module):
        raise _UnreadableError(f"{file} has no function {function} decorated with limelight's @method")
    node, decorator = _methods(module)[function]
    given = {keyword.arg: keyword.value for keyword in decorator.keywords}
    for key in ("paper", "signed"):
        if key not in given:
            raise _UnreadableError(f"@method lacks {key}; expected paper=Paper(authors, year, arxiv) and signed=")
    positional = [*node.args.posonlyargs, *node.args.args]
    if len(positional) != _POSITIONAL:
        taken = ", ".join(argument.arg for argument in positional) or "none"
        raise _UnreadableError(
            f"its positional arguments are {taken}; expected classifier, photographs, targets, and parameters behind *"
        )
    docstring = ast.get_docstring(node) or ""
    keywords = dict(zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True))
    taken_names = [argument.arg for argument in keywords]
    meanings = dict(_meanings(docstring))
    return Declaration(
        name=name,
        title=_value(given["title"], module, "title") if "title" in given else function.replace("_", " "),
        summary=" ".join(docstring.partition("\n\n")[0].split()),
        **_call(given["paper"], module, "Paper", _PAPER, set(_PAPER)),
        signed=_flag(given["signed"], module, "signed"),
        baseline="baseline" in given and _flag(given["baseline"], module, "baseline"),
        needs_layer="layer" in taken_names,
        needs_seed="seeds" in taken_names,
        parameters={
            argument.arg: {**_parameter(argument, default, module), "description": meanings.get(argument.arg, "")}
            for argument, default in keywords.items()
            if argument.arg not in _GIVEN
        },
    )


def _meanings(docstring: str) -> Iterator[tuple[str, str]]:
    """What the section `Parameters` of a docstring says of each of them: names at the margin, words indented."""
    section = re.split(r"\n+\w+\n---+\n", docstring.partition("Parameters\n----------\n")[2])[0]
    for names, words in re.findall(r"^(\S.*)\n((?:[ \t]+.*\n?|\n)*)", f"{section}\n", re.M):
        yield from ((name.strip(), " ".join(words.split())) for name in names.partition(":")[0].split(","))


# --- values -------------------------------------------------------------------------------------------------------


def _word(node: ast.expr, module: _Module) -> str:
    """The name that a node is, as where it is from; empty if it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return module.imported.get(node.id, ("", node.id))[1]
    return ""


def _resolved(node: ast.expr, module: _Module) -> tuple[ast.expr, _Module]:
    """What a name stands for, in this file or in the one of this package that it is imported from, and where."""
    passed: set[int] = set()  # names that stand for each other end nowhere
    while isinstance(node, ast.Name) and id(node) not in passed:
        passed.add(id(node))
        if node.id in module.assigned:
            node = module.assigned[node.id]
        elif module.imported.get(node.id, ("",))[0].startswith(f"{_PACKAGE.name}."):
            source, name = module.imported[node.id]
            file = _PACKAGE.joinpath(*source.split(".")[1:]).with_suffix(".py")
            if not file.is_file():
                break
            elsewhere = _parsed(file, file.read_bytes())
            if name not in elsewhere.assigned:
                break
            node, module = elsewhere.assigned[name], elsewhere
        else:
            break
    return node, module


def _value(node: ast.expr, module: _Module, what: str) -> Any:
    """A literal, or a name that stands for one."""
    node, _ = _resolved(node, module)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise _UnreadableError(f"{what} is {ast.unparse(node)}; expected a literal value") from None


def _flag(node: ast.expr, module: _Module, what: str) -> bool:
    value = _value(node, module, what)
    if not isinstance(value, bool):
        raise _UnreadableError(f"{what} is {value!r}; expected True or False")
    return value


def _call(
    node: ast.expr, module: _Module, function: str, names: tuple[str, ...], required: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """The arguments of a call of `function` by name."""
    node, module = _resolved(node, module)
    if not isinstance(node, ast.Call) or _word(node.func, module) != function:
        raise _UnreadableError(f"found {ast.unparse(node)}; expected {function}({', '.join(names)})")
    given = {**dict(zip(names, node.args, strict=False)), **{key.arg or "": key.value for key in node.keywords}}
    if len(node.args) > len(names) or not required <= given.keys() <= set(names):
        raise _UnreadableError(f"found {ast.unparse(node)}; expected {function}({', '.join(names)})")
    return {name: _value(value, module, f"{name} of {function}") for name, value in given.items()}


# --- parameters ---------------------------------------------------------------------------------------------------

_TYPES: dict[str, Schema] = {
    "int": {"title": "a whole number", "type": "integer"},
    "float": {"title": "a number", "type": "number"},
    "bool": {"title": "true or false", "type": "boolean"},
    "str": {"title": "a string", "type": "string"},
}


def _parameter(argument: ast.arg, default: ast.expr | None, module: _Module) -> Schema:
    """The values that a parameter takes, and its default."""
    what = f"the parameter {argument.arg}"
    if default is None:
        raise _UnreadableError(f"{what} has no default; expected one")
    value = _value(default, module, f"the default of {what}")
    if argument.annotation:
        return {**_values(argument.annotation, module, what), "default": value}
    if type(value).__name__ not in _TYPES:
        raise _UnreadableError(f"{what} has no annotation; expected one such as int, float or Literal[...]")
    return {**_TYPES[type(value).__name__], "default": value}


def _values(node: ast.expr, module: _Module, what: str) -> Schema:
    """The JSON Schema of the values that an annotation allows."""
    node, module = _resolved(node, module)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
        node, module = _resolved(node, module)
    if (name := _word(node, module)) in _TYPES:
        return dict(_TYPES[name])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _any(node.left, node.right, module=module, what=what)
    if isinstance(node, ast.Subscript):
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        match _word(node.value, module):
            case "Literal":
                return _choice([_value(argument, module, f"a choice of {what}") for argument in arguments])
            case "Annotated":
                return _bounded(arguments, module, what)
            case "Union":
                return _any(*arguments, module=module, what=what)
    raise _UnreadableError(
        f"the annotation of {what} is {ast.unparse(node)}; expected int, float, bool, str, Literal[...], "
        "Annotated[..., Range(...)] or a union of such"
    )


def _choice(values: list[Any]) -> Schema:
    words = ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)
    return {"title": words, "const": values[0]} if len(values) == 1 else {"title": f"one of {words}", "enum": values}


def _any(*options: ast.expr, module: _Module, what: str) -> Schema:
    schemas = [_values(option, module, what) for option in options]
    return {"title": " or ".join(schema["title"] for schema in schemas), "anyOf": schemas}


def _bounded(arguments: list[ast.expr], module: _Module, what: str) -> Schema:
    schema = _values(arguments[0], module, what)
    if schema.get("type") not in ("integer", "number"):
        raise _UnreadableError(f"{what} has a Range and is {schema['title']}; expected an int or a float")
    for argument in arguments[1:]:
        bounds = _call(argument, module, "Range", ("low", "high"))
        keys = {"low": "minimum", "high": "atMost" if isinstance(bounds.get("high"), str) else "maximum"}
        schema |= {key: bounds[name] for name, key in keys.items() if name in bounds}
    low, high = schema.get("minimum"), schema.get("maximum", schema.get("atMost"))
    if schema["type"] == "integer" and low == 1 and high is None:
        return {**schema, "title": "a positive integer"}
    words = {"from": low, "to": high}
    ends = [f"{word} {end if isinstance(end, str) else f'{end:g}'}" for word, end in words.items() if end is not None]
    return {**schema, "title": " ".join([schema["title"], *ends])}
