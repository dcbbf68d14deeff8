"""The rooms of the package and who may import whom, held as data and checked on the source."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "abmicro"

EVERYWHERE = {"frozen", "frozen.frozen", "__version__"}
GROUND = ("plain_text", "errors", "formatting", "phrases", "atomic_files")

MAY_IMPORT: dict[str, set[str]] = {
    "frozen": set(),
    "plain_text": set(),
    "array_types": set(),
    "errors": {"plain_text"},
    "formatting": set(),
    "phrases": {"formatting"},
    "leftovers": set(),
    "atomic_files": {"plain_text", "errors", "leftovers"},
    "stats": {"array_types", "errors"},
    "experiment": {"plain_text", "errors"},
    "counts": {"plain_text", "errors", "atomic_files"},
    "sources": {"plain_text", "errors", "leftovers", "experiment", "counts"},
    "marginals": {
        *("errors", "formatting", "experiment", "counts"),
        *("stats.foundations", "stats.means", "stats.carry_through", "stats.stratified"),
    },
    "design": {"errors", "formatting", "experiment", "stats"},
    "analysis": {*GROUND, "experiment", "marginals", "design", "stats"},
    "planning": {
        *GROUND,
        *("experiment", "marginals", "design", "stats", "history"),
        *("analysis.results", "analysis.rendering"),
    },
    "goal_choice": {
        *GROUND,
        *("experiment", "marginals", "stats", "history", "planning.traffic"),
        *("analysis.results", "analysis.rendering", "analysis.trust"),
    },
    "portfolio": {
        *GROUND,
        *("experiment", "design", "stats", "history"),
        *("analysis.results", "analysis.rendering"),
    },
    "traffic": {
        *GROUND,
        *("experiment", "counts", "marginals", "stats"),
        *("analysis.results", "analysis.rendering", "analysis.trust", "analysis.traffic"),
    },
    "simulation": {
        *GROUND,
        *("experiment", "counts", "marginals", "design", "stats", "analysis"),
    },
    "report": {
        *GROUND,
        *("experiment", "analysis.results", "planning.results", "goal_choice.results"),
        *("portfolio.results", "traffic.results", "simulation.results"),
    },
    "history": {
        *("plain_text", "errors", "atomic_files", "experiment", "counts", "marginals"),
        *("stats", "analysis.results"),
    },
    "importing": {
        *("errors", "experiment", "counts", "analysis", "history"),
        *("sources.sheets", "sources.text", "sources.vocabulary"),
    },
    "datasets": {"errors", "experiment", "counts", "history", "importing"},
    "comparison": {"errors", "experiment", "counts", "analysis", "sources"},
    "second_opinion": {"experiment", "counts", "marginals", "analysis.results"},
    "app": {
        *GROUND,
        *("experiment", "counts", "sources", "analysis", "planning", "report"),
        *("datasets", "comparison", "history", "portfolio", "traffic"),
    },
}

# Inside a room: the floors of its chapters, lowest first. A chapter may import lower ones only.
FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "stats": (
        ("foundations",),
        ("proportions", "means"),
        ("exact", "stratified", "multiplicity"),
        ("power", "carry_through", "time_to_event"),
        ("bayes", "quality", "mediation", "verdict", "sequential", "programme"),
    ),
    "sources": (("sql",), ("text",), ("sheets",), ("engines",), ("validation",), ("inspection",)),
    "report": (("words",), ("tables",), ("sections",), ("document",), ("charts",), ("render",)),
}
MOST_FILES = 16
MOST_LINES = 400  # a file that is read in a sitting
MOST_OF_A_FUNCTION = 50  # lines, without what its docstring says

LATE = {"scipy", "pandas", "matplotlib", "statsmodels", "duckdb", "sqlglot", "jinja2", "rich"}
NEVER_IN_REPORT = {"scipy", "duckdb"}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (
            ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"),
            ast.parse(path.read_text(encoding="utf-8")),
        )
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def modules_of(room: str) -> Iterator[tuple[str, ast.Module]]:
    return ((name, tree) for name, tree in modules() if name.split(".")[0] == room)


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
    return own - EVERYWHERE


def allowed(target: str, room: str) -> bool:
    doors = MAY_IMPORT[room] | {room}
    return any(target == door or target.startswith(f"{door}.") for door in doors)


def only_for_types(tree: ast.Module) -> set[ast.AST]:
    return {
        child
        for node in tree.body
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.walk(node)
    }


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    parents = {door.split(".")[0] for door in MAY_IMPORT[room]}
    for name, tree in modules_of(room):
        types_only = only_for_types(tree)
        for node in ast.walk(tree):
            if node in types_only or not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            for target in own_rooms(node) - parents:
                assert allowed(target, room), f"{name} imports {target}"


def test_joint_counts_are_added_up_in_marginals_only() -> None:
    """Walks are given a joint table; their parts see what was added up of it."""
    naming = {
        name
        for name, tree in modules()
        if name.split(".")[0] in {"analysis", "planning", "goal_choice"}
        and any(isinstance(node, ast.Name) and node.id == "JointCounts" for node in ast.walk(tree))
        | any(target.endswith(".JointCounts") for target in imported(tree))
    }
    entries = {
        *("analysis.monitoring.running", "analysis.monitoring.many_tests"),
        "analysis.verdict.many_tests",
    }
    assert naming == {
        "analysis.analyze",
        *entries,
        "planning.plan",
        "goal_choice.choose_goals",
    }


def test_every_module_belongs_to_a_room() -> None:
    known = MAY_IMPORT.keys() | {"__init__", "__main__", "cli", ""}
    assert {name.split(".")[0] for name, _ in modules()} <= known


def test_contributing_shows_who_may_import_whom() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (ground,) = re.findall(r"^Ground is (.*):", text, flags=re.MULTILINE)
    assert tuple(re.findall(r"`(\w+)`", ground)) == GROUND
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", text, flags=re.MULTILINE)
    doors = {room: re.sub(r"\bground\b", ground, told) for room, told in rows}
    shown = {room: set(re.findall(r"`([\w.]+)`", told)) for room, told in doors.items()}
    assert shown == MAY_IMPORT | {"cli": set()}


def test_every_file_that_contributing_names_is_there() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:abmicro|tests|\.ci)/[\w/.]+)`", text)
    assert [name for name in named if not (PACKAGE.parent / name).exists()] == []


def test_the_report_computes_nothing() -> None:
    for name, tree in modules():
        if name.startswith("report"):
            assert not {top.split(".")[0] for top in imported(tree)} & NEVER_IN_REPORT, name


def floor_of(room: str, chapter: str) -> int | None:
    return next((at for at, floor in enumerate(FLOORS[room]) if chapter in floor), None)


def chapters_imported(name: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    room = name.split(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in own_rooms(node):
                parts = target.split(".")
                if parts[0] == room and len(parts) > 1:
                    yield parts[1], target


@pytest.mark.parametrize("room", FLOORS)
def test_a_chapter_imports_only_chapters_below_it(room: str) -> None:
    for name, tree in modules_of(room):
        chapter = name.removeprefix(room).lstrip(".").partition(".")[0]
        own = floor_of(room, chapter)
        for other, target in chapters_imported(name, tree):
            floor = floor_of(room, other)
            if own is not None and floor is not None and other != chapter:
                assert floor < own, f"{name} imports {target}"


def test_no_folder_holds_more_files_than_one_can_overlook() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    crowded = {
        folder.name: files
        for folder in folders
        if (files := sum(path.stem != "__init__" for path in folder.glob("*.py"))) > MOST_FILES
    }
    assert crowded == {}


def test_a_file_is_read_in_a_sitting() -> None:
    lines = {
        path.name: path.read_text(encoding="utf-8").count("\n") for path in PACKAGE.rglob("*.py")
    }
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_a_function_has_one_task() -> None:
    long = {
        f"{name}.{node.name}": lines
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := lines_of(node)) > MOST_OF_A_FUNCTION
    }
    assert long == {}


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From the `def` to the end, without what the docstring says."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    told = function.body[0] if ast.get_docstring(function) else None
    return lines if told is None else lines - (told.end_lineno or 0) + told.lineno - 1


def test_records_are_made_in_one_way() -> None:
    slow = "dataclass(frozen=True, slots=True"
    files = [path for path in PACKAGE.rglob("*.py") if path.stem != "frozen"]
    made = {path.name for path in files if slow in path.read_text(encoding="utf-8")}
    assert made == set(), "@frozen makes the same in a quarter of the time"


def test_no_class_name_stands_twice() -> None:
    defined = Counter(
        node.name
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, files in defined.items() if files > 1] == []


def imported_at_load(tree: ast.Module) -> Iterator[str]:
    later = only_for_types(tree) | {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node not in later and isinstance(node, ast.Import | ast.ImportFrom):
            yield from own_rooms(node)


def test_no_ring_of_imports() -> None:
    known = {name for name, _ in modules()}
    arrows = {name: known.intersection(imported_at_load(tree)) for name, tree in modules()}
    while free := [
        name for name, targets in arrows.items() if not targets & arrows.keys() - {name}
    ]:
        for name in free:
            del arrows[name]
    assert arrows == {}, "these import one another"
