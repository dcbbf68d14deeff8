"""What is refused or warned of, in which words; every code of the table has a case (cases.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from abmicro.errors import CODES, DefinitionError, Problem
from abmicro.experiment.file.toml import load, loads
from abmicro.experiment.lint import warnings

SOUND = """\
experiment.name = "Test"
variants.arms = ["control", "sticky"]
goals.cart.kind = "milestone"
goals.order.kind = "macro"
"""
CASES = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))["case"]
FILES = {"E002": "missing.toml", "E003": "latin1.toml"}


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        loads(text, where="test.toml")
    return caught.value.problems


def words(found: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(one.code, str(one).partition(f" ({one.code})")[0]) for one in found]


@pytest.mark.parametrize("case", CASES, ids=[f"{one['code']}-{one['says']}" for one in CASES])
def test_a_case_is_told_in_these_words(case: dict[str, str]) -> None:
    text = case.get("text") or SOUND + case["adds"]
    found = warnings(loads(text)) if case["code"].startswith("W") else problems(text)
    assert words(found) == [(case["code"], case["says"])]


@pytest.mark.parametrize("code", FILES)
def test_a_file_that_cannot_be_read_has_a_code_of_its_own(code: str, tmp_path: Path) -> None:
    (tmp_path / "latin1.toml").write_bytes("experiment.name = 'Größe'".encode("latin-1"))
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path / FILES[code])
    assert caught.value.problems[0].code == code


def test_every_code_of_a_definition_has_a_case() -> None:
    of_definitions = {code for code in CODES if code < "E100" or code.startswith("W")}
    elsewhere = {"E086", "E094", "E095"}  # of workbooks and simulations
    assert {case["code"] for case in CASES} | set(FILES) == of_definitions - elsewhere


def test_the_base_of_the_cases_is_sound() -> None:
    assert warnings(loads(SOUND)) == ()
