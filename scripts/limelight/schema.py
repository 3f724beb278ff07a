"""The schema of a study, to which capabilities and attribution methods contribute, and its reference.

`python -m limelight.schema config/README.md` writes the tables of that page anew. Read whenever Snakemake parses the
workflow: no torch, no numpy.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from limelight.attribution import registry
from limelight.attribution.reader import Declaration
from limelight.catalogue import NAMES
from limelight.study.settings import Settings, check, load_yaml, resolved


def load(home: Path) -> Settings:
    """The schema of a study, from the folder that holds `scripts` and `config`.

    `config/config.schema.yaml` under the part of each capability, its `schema.yaml`, and what the attribution methods
    declare: their parameters in `$defs/methods`, their names in `$defs/method`.
    """
    schema = load_yaml(home / "config/config.schema.yaml")
    order = {name: place for place, name in enumerate(NAMES)}
    parts = (home / "scripts/limelight/capabilities").glob("*/schema.yaml")
    for part in sorted(parts, key=lambda part: (order.get(part.parent.name, len(order)), part)):
        _lay(load_yaml(part), schema)
    schema["$defs"]["method"] = {
        "title": f"one of {', '.join(registry.METHODS)}, or path/to/file.py:name",
        "type": "string",
        "pattern": rf"^({'|'.join(registry.METHODS)}|.+\.py:[^/:]+)$",
    }
    return _with_methods((*registry.METHODS, *registry.BASELINES), schema)


def with_methods_of(config: Mapping[str, Any], schema: Settings) -> Settings:
    """`schema` with the parameters of the user's own attribution methods that a study names.

    Raises
    ------
    LimelightError
        The file of one is not there, or does not declare it so that it can be read, or a default does not fit.
    """
    names = list(dict.fromkeys(_own_methods(config)))
    schema = _with_methods(names, schema)
    for name in names:
        for key, definition in schema["$defs"]["methods"]["properties"][name]["properties"].items():
            check(definition["default"], definition, schema, f"{name}: the default of {key}")
    return schema


def keys(schema: Settings) -> Iterator[tuple[str, Settings]]:
    """Each key that a study may have, as a dotted path in which `*` stands for any name, with its definition."""
    yield from _keys(schema, schema, "")


def _lay(part: Settings, schema: Settings) -> None:
    """Lay a part over the schema, key by key."""
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(schema.get(key), dict):
            _lay(value, schema[key])
        else:
            schema[key] = value


def _with_methods(names: Iterable[str], schema: Settings) -> Settings:
    definitions = schema["$defs"]
    declared = {name: _definition(registry.declaration(name)) for name in names}
    methods = {**definitions["methods"], "properties": {**definitions["methods"].get("properties", {}), **declared}}
    return {**schema, "$defs": {**definitions, "methods": methods}}


def _definition(method: Declaration) -> Settings:
    summary = method.summary.rstrip(".")
    if method.baseline:
        summary = f"Baseline: {summary[:1].lower()}{summary[1:]}"
    return {
        "title": f"the parameters of {method.name}" if method.parameters else "an empty mapping",
        "description": f"{summary} ({method.citation}).",
        "type": "object",
        "additionalProperties": False,
        "properties": dict(method.parameters),
        "atMost": {key: value["atMost"] for key, value in method.parameters.items() if "atMost" in value},
    }


def _own_methods(config: Mapping[str, Any]) -> Iterator[str]:
    """The methods in files of the user's that any section of a study or of its models names; whatever the config is."""
    models = config.get("models")
    for part in (config, *(models.values() if isinstance(models, Mapping) else ())):
        for section in part.values() if isinstance(part, Mapping) else ():
            methods = section.get("methods") if isinstance(section, Mapping) else None
            for name in methods if isinstance(methods, Mapping | list) else ():
                if isinstance(name, str) and re.search(r"\.py:[^/:]+$", name):
                    yield name


def _keys(schema: Settings, root: Settings, path: str) -> Iterator[tuple[str, Settings]]:
    for key, raw in schema.get("properties", {}).items():
        definition = resolved(raw, root)
        yield f"{path}{key}", definition
        yield from _keys(definition, root, f"{path}{key}.")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _keys(resolved(schema["additionalProperties"], root), root, f"{path}*.")


# --- the reference ------------------------------------------------------------------------------------------------

KEYS = "<!-- keys: made from the schema by `make docs` -->\n"
METHODS = "<!-- methods: made from what they declare by `make docs` -->\n"
END = "<!-- end of methods -->\n"


def reference(schema: Settings) -> str:
    """The keys of a study as Markdown tables, one a section: key, what it takes, default, meaning."""
    tables: dict[str, list[list[str]]] = {}
    for path, definition in keys(schema):
        default = definition.get("default")
        default_text = "" if default is None or default == {} else f"`{json.dumps(default, ensure_ascii=False)}`"
        row = [f"`{path}`", definition["title"], default_text, definition["description"]]
        tables.setdefault(path.rpartition(".")[0], []).append(row)
    return "\n\n".join(
        f"### {f'`{section}`' if section else 'The study'}\n\n{_table(['key', 'takes', 'default', 'meaning'], rows)}"
        for section, rows in tables.items()
    )


def methods_table() -> str:
    """The attribution methods and baselines as a Markdown table: sign, layer, random numbers, paper."""
    methods = [registry.declaration(name) for name in (*registry.METHODS, *registry.BASELINES)]
    rows = [
        [
            f"`{method.name}`",
            method.summary,
            "signed" if method.signed else "",
            ", ".join(["a layer"] * method.needs_layer + ["random numbers"] * method.needs_seed),
            f"{method.citation}, arXiv:{method.arxiv}",
        ]
        for method in methods
    ]
    return _table(["method", "what it is", "sign", "uses", "paper"], rows)


def document(schema: Settings, page: str) -> str:
    """`page` with the table of methods behind `METHODS`, if that is there, and the reference of `schema` at its end."""
    before, mark, behind = page.partition(METHODS)
    if mark:
        page = f"{before}{mark}\n{methods_table()}\n\n{END}{behind.partition(END)[2]}"
    return f"{page.partition(KEYS)[0]}{KEYS}\n{reference(schema)}\n"


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = [head, ["---"] * len(head), *([cell.replace("|", r"\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(document(load(Path(__file__).parents[2]), page.read_text("utf-8")), "utf-8")
