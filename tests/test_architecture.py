"""The rooms of the package and who may import whom, held as data and checked on the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "abmicro"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "number": set(),
    "files": {"errors"},
    "stats": {"errors"},
    "experiment": {"errors"},
    "counts": {"errors", "files"},
    "sources": {"errors", "experiment", "counts"},
    "analysis": {"errors", "number", "files", "experiment", "counts", "stats"},
    "planning": {
        *("errors", "number", "files", "experiment", "counts", "stats"),
        *("analysis.results", "analysis.formats", "analysis.path", "analysis.tally"),
    },
    "report": {"errors", "number", "files", "experiment", "analysis.results", "planning.results"},
    "datasets": {"errors", "experiment", "counts"},
}

LATE = {"scipy", "pandas", "matplotlib", "statsmodels", "duckdb", "sqlglot", "jinja2", "rich"}
NEVER_IN_REPORT = {"scipy", "duckdb"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        dotted = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield dotted.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_rooms(tree: ast.AST) -> set[str]:
    own = {name.removeprefix("abmicro.") for name in imported(tree) if name.startswith("abmicro.")}
    return own - {"__version__"}


def allowed(target: str, room: str) -> bool:
    doors = MAY_IMPORT[room] | {room}
    return any(target == door or target.startswith(f"{door}.") for door in doors)


def only_for_types(tree: ast.Module) -> set[ast.AST]:
    return {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.walk(node)
    }


ROOMED = [(name, tree) for name, tree in modules() if name.split(".")[0] in MAY_IMPORT]


@pytest.mark.parametrize(("name", "tree"), ROOMED, ids=[name for name, _ in ROOMED])
def test_a_room_imports_only_the_rooms_it_may(name: str, tree: ast.Module) -> None:
    room = name.split(".")[0]
    types_only = only_for_types(tree)
    parents = {door.split(".")[0] for door in MAY_IMPORT[room]}
    for node in ast.walk(tree):
        if node in types_only or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for target in own_rooms(node) - parents:
            assert allowed(target, room), f"{name} imports {target}"


def test_every_module_belongs_to_a_room() -> None:
    known = MAY_IMPORT.keys() | {"__init__", "__main__", "cli", ""}
    assert {name.split(".")[0] for name, _ in modules()} <= known


def test_the_report_computes_nothing() -> None:
    for name, tree in modules():
        if name.startswith("report"):
            assert not {top.split(".")[0] for top in imported(tree)} & NEVER_IN_REPORT, name
