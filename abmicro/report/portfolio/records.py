"""The portfolio as a record (JSON), as CSV of all lifts, and as a workbook for the team's sheet.

Lifts are fractions, numbers are never rounded; what cannot be computed is null, or an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from abmicro.portfolio.results import GoalRecord, LeftOutRecord, Portfolio, VariantLift
from abmicro.report.render.dataclass_json import json_text, to_plain
from abmicro.report.render.json_csv import RecordTable, csv_text, table_of
from abmicro.report.render.workbook import TableSheet, workbook

SCHEMA_VERSION = 1
_RANGE = ("estimate", "low", "high")
_PAIR = (
    *("micro", "macro", "tests", "variants", "on_path", "mostly_assumption"),
    *(f"{figure}_{end}" for figure in ("slope", "r2") for end in _RANGE),
    *("lift_sd", "around_sd", "threshold", "true_sign_agreement", "raw_slope", "raw_r2"),
    *("quality_micro", "quality_macro", "quality_both", "sentence"),
)


def render(portfolio: Portfolio) -> str:
    """The record as JSON text; the same portfolio gives the same bytes."""
    return json_text(to_record(portfolio))


def to_record(portfolio: Portfolio) -> dict[str, Any]:
    """The record as plain dictionaries, lists, strings and numbers, ready for `json.dumps`."""
    names = (one.name for one in fields(portfolio) if one.name != "version")
    return {
        "schema_version": SCHEMA_VERSION,
        "abmicro": portfolio.version,
        "history": {name: to_plain(getattr(portfolio, name)) for name in names},
    }


def lifts_csv(portfolio: Portfolio) -> str:
    """Every goal of every treated variant of every test as CSV."""
    return csv_text(*table_of(VariantLift, portfolio.lifts))


def workbook_of(portfolio: Portfolio) -> bytes:
    """Lifts, wins, pairs of goals and what was left out, a sheet for each."""
    return workbook(
        TableSheet(name, heads, [[row.get(head) for head in heads] for row in rows])
        for name, (heads, rows) in _tables(portfolio)
        if rows
    )


def _tables(portfolio: Portfolio) -> Iterator[tuple[str, RecordTable]]:
    lifts = table_of(VariantLift, portfolio.lifts)
    days = [row | {"day": one.day} for row, one in zip(lifts.rows, portfolio.lifts, strict=True)]
    yield "tests", RecordTable(lifts.heads, days)
    yield "wins", table_of(GoalRecord, portfolio.goals)
    pairs = table_of(type(portfolio.pairs[0]), portfolio.pairs) if portfolio.pairs else None
    yield "micro and macro", RecordTable(list(_PAIR), pairs.rows if pairs else [])
    yield "left out", table_of(LeftOutRecord, portfolio.left_out)
