"""Error codes, and the words of decisions, labels and checks, each with what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from abmicro.errors import CODES
from abmicro.report.words import DECISIONS, GUARDS, LABELS, STATUSES, Words

ERRORS = """# Error codes

An error is one line: what, where, this code; the line after it says what would do, in your own
names. Codes keep their meaning from version to version.

| code | means | what to do |
|---|---|---|
"""
WORDS = """# Decisions, labels and statuses

The names stand in the JSON record, the titles on pages.
"""


def what_to_do() -> dict[str, dict[str, str]]:
    """By chapter of the reference: name or code, and what to do about it."""
    return tomllib.loads(Path(__file__).with_name("what_to_do.toml").read_text("utf-8"))


def errors_page() -> str:
    """Every code with its meaning."""
    told = what_to_do()["codes"]
    rows = (
        f"| {code} | {meaning} | {_cell(told.get(code, ''))} |" for code, meaning in CODES.items()
    )
    return ERRORS + "\n".join(rows) + "\n"


def words_page() -> str:
    """Every decision, label, status of a check and of a guardrail, with its meaning."""
    told = what_to_do()
    tables = {
        "Decisions": _table(DECISIONS, told["decisions"]),
        "Carry-through": _table(LABELS, told["labels"]),
        "Guardrails": _table(GUARDS, told["guardrails"]),
        "Checks of the data": _table(STATUSES, told["statuses"]),
    }
    return "\n".join([WORDS, *(f"## {title}\n\n{table}" for title, table in tables.items())])


def _table(words: Mapping[str, Words], told: Mapping[str, str]) -> str:
    rows = (
        f"| `{name}` | {one.title} | {one.meaning} | {_cell(told.get(name, ''))} |"
        for name, one in words.items()
    )
    return "| name | title | means | what to do |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
