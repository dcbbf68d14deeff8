"""One table of codes: every code that is raised has a meaning, and every meaning is raised."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from abmicro import errors

PACKAGE = Path(errors.__file__).parent
CODE = re.compile(r'"([EW]\d{3})"')


def test_every_code_raised_has_a_meaning_and_every_meaning_is_raised() -> None:
    files = (path for path in PACKAGE.rglob("*.py") if path.name != "errors.py")
    raised = {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}
    assert raised == set(errors.CODES)


def test_the_site_says_of_every_code_what_to_do() -> None:
    told = PACKAGE.parent / "docs" / "_extensions" / "site_pages" / "what_to_do.toml"
    assert set(tomllib.loads(told.read_text(encoding="utf-8"))["codes"]) == set(errors.CODES)


def test_no_code_stands_twice() -> None:
    written = re.findall(r'"([EW]\d{3})":', Path(errors.__file__).read_text(encoding="utf-8"))
    assert written == list(errors.CODES)


def without_remedy(path: Path) -> Iterator[str]:
    """Lines where a problem is made without a word on what would mend it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            hints = [*node.args[3:4], *(one.value for one in node.keywords if one.arg == "hint")]
            empty = any(isinstance(hint, ast.Constant) and not hint.value for hint in hints)
            if node.func.id == "Problem" and (not hints or empty):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_every_problem_says_what_would_mend_it() -> None:
    assert [line for path in PACKAGE.rglob("*.py") for line in without_remedy(path)] == []
