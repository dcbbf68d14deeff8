"""One table of codes: every code that is raised has a meaning, and every meaning is raised."""

from __future__ import annotations

import re
from pathlib import Path

from abmicro import errors

PACKAGE = Path(errors.__file__).parent
CODE = re.compile(r'"([EW]\d{3})"')


def test_every_code_raised_has_a_meaning_and_every_meaning_is_raised() -> None:
    files = (path for path in PACKAGE.rglob("*.py") if path.name != "errors.py")
    raised = {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}
    assert raised == set(errors.CODES)


def test_no_code_stands_twice() -> None:
    written = re.findall(r'"([EW]\d{3})":', Path(errors.__file__).read_text(encoding="utf-8"))
    assert written == list(errors.CODES)
