"""The chapters of `abmicro.stats`: what is public can be found, and can be loaded by name."""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from abmicro import stats

ROOT = Path(stats.__file__).parent
WORKSHOP = "numerics"  # tools of other functions, whatever their names
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text())
    for path in sorted(ROOT.rglob("*.py"))
    if path.stem not in ("__init__", "lazy")
}
FUNCTIONS = {
    module: [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    for module, tree in SOURCES.items()
    if WORKSHOP not in module.split(".")
}


def used_by_neighbours() -> set[tuple[str, str]]:
    """Functions that another module of the room calls, as (module, name)."""
    found = set()
    for tree in SOURCES.values():
        modules = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("abmicro.stats"):
                home = (node.module or "").removeprefix("abmicro.stats").removeprefix(".")
                for alias in node.names:
                    found.add((home, alias.name))
                    modules[alias.asname or alias.name] = f"{home}.{alias.name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.add((modules.get(node.value.id, ""), node.attr))
    return found


NEIGHBOURS = used_by_neighbours()


@pytest.mark.parametrize("module", FUNCTIONS)
def test_a_public_function_is_on_a_face_or_a_tool_of_its_neighbours(module: str) -> None:
    chapter = import_module(f"abmicro.stats.{module.split('.')[0]}")
    own = import_module(f"abmicro.stats.{module}")
    lost = [
        name
        for name in FUNCTIONS[module]
        if (name not in dir(chapter) or getattr(chapter, name) is not getattr(own, name))
        and (module, name) not in NEIGHBOURS
    ]
    assert lost == []


@pytest.mark.parametrize("name", stats.CHAPTERS)
def test_a_chapter_names_all_it_holds_and_none_hides_a_module(name: str) -> None:
    chapter = getattr(stats, name)
    assert set(dir(chapter)) <= set(re.findall(r"\w+", chapter.__doc__))
    assert not set(dir(chapter)) & {path.stem for path in (ROOT / name).iterdir()}
    tree = ast.parse(Path(chapter.__file__).read_text())
    typed = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        if (node.module or "").startswith(f"abmicro.stats.{name}.")
        for alias in node.names
    ]
    assert sorted(typed) == dir(chapter) == chapter.__all__
    assert all(hasattr(chapter, each) for each in dir(chapter))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        chapter.nothing  # noqa: B018


def test_the_index_leads_to_functions_of_every_chapter() -> None:
    named = re.findall(rf"\b({'|'.join(stats.CHAPTERS)})\.(\w+)", stats.__doc__ or "")
    assert {chapter for chapter, _ in named} == set(stats.CHAPTERS) == set(dir(stats))
    assert all(name in dir(getattr(stats, chapter)) for chapter, name in named)
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == set(stats.CHAPTERS)


def words_of(tree: ast.AST) -> set[str]:
    """Names and short texts of a module's code, its docstrings left out."""
    fields = ("name", "asname", "module", "arg", "id", "attr", "value")
    texts = (getattr(node, field, None) for node in ast.walk(tree) for field in fields)
    return set(re.findall(r"\w+", " ".join(one for one in texts if is_short(one))))


def is_short(text: object) -> bool:
    return isinstance(text, str) and "\n" not in text and len(text) < 80


KNOWN = {*dir(builtins), *(part for module in SOURCES for part in module.split("."))}.union(
    *map(words_of, SOURCES.values())
)


@pytest.mark.parametrize("module", SOURCES)
def test_docstrings_name_functions_that_there_are(module: str) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = [
        ast.get_docstring(n) or "" for n in ast.walk(SOURCES[module]) if isinstance(n, documented)
    ]
    named = [name.split(".") for text in texts for name in re.findall(r"`([A-Za-z][\w.]+)`", text)]
    assert [parts for parts in named if not KNOWN.issuperset(parts)] == []
    of_chapters = [parts for parts in named if parts[0] in stats.CHAPTERS and len(parts) > 1]
    places = ((getattr(stats, chapter), name) for chapter, name, *_ in of_chapters)
    assert [name for chapter, name in places if not hasattr(chapter, name)] == []


def test_a_face_loads_nothing_before_it_is_used() -> None:
    code = (
        "import sys; from abmicro import stats; [getattr(stats, c) for c in stats.CHAPTERS];"
        "sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# True rates of a plan, still in the order of power.prop.test: to be turned as one step.
CONTROL_FIRST = {"power.designs", "power.enumeration", "power.exact"}


@pytest.mark.parametrize("module", sorted(SOURCES.keys() - CONTROL_FIRST))
def test_the_treated_arm_comes_first(module: str) -> None:
    for node in ast.walk(SOURCES[module]):
        if isinstance(node, ast.FunctionDef):
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            assert not ({"treated", "control"} <= {*names}) or names.index("treated") < names.index(
                "control"
            ), node.name
