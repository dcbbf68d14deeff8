"""Error codes, and the words of decisions, labels and checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from abmicro.errors import CODES
from abmicro.report.words import DECISIONS, GUARDS, LABELS, STATUSES, Words

ERRORS = """# Error codes

An error is one line: what, where, this code; the line after it says what would do. Codes keep their
meaning from version to version.

| code | means |
|---|---|
"""
WORDS = """# Decisions, labels and statuses

The names stand in the JSON record, the titles on pages.
"""


def errors_page() -> str:
    """Every code with its meaning."""
    return ERRORS + "\n".join(f"| {code} | {meaning} |" for code, meaning in CODES.items()) + "\n"


def words_page() -> str:
    """Every decision, label, status of a check and of a guardrail, with its meaning."""
    tables = {
        "Decisions": DECISIONS,
        "Carry-through": LABELS,
        "Guardrails": GUARDS,
        "Checks of the data": STATUSES,
    }
    parts = [f"## {title}\n\n{_table(words)}" for title, words in tables.items()]
    return "\n".join([WORDS, *parts])


def _table(words: Mapping[str, Words]) -> str:
    rows: Iterable[str] = (
        f"| `{name}` | {one.title} | {one.meaning} |" for name, one in words.items()
    )
    return "| name | title | means |\n|---|---|---|\n" + "\n".join(rows) + "\n"
