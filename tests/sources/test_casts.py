"""Cells of text as moments and as nothing: the quick ways read what the patterns read."""

from __future__ import annotations

import duckdb
import pytest

from abmicro.sources.text.casts import as_moment, is_missing

NOON = "2026-10-05 12:00:00"


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("2026-10-05 12:00:00", NOON),
        ("2026-10-05T12:00:00", NOON),
        (" 2026-10-05 12:00:00 ", NOON),
        ("2026-10-05 12:00:00.25", f"{NOON}.25"),
        ("2026-10-05T12:00:00.123456", f"{NOON}.123456"),
        ("2026-10-05T12:00:00Z", NOON),
        ("2026-10-05T12:00:00.25Z", f"{NOON}.25"),
        ("2026-10-05 14:00:00+02", NOON),
        ("2026-10-05 14:00:00.25+02:00", f"{NOON}.25"),
        ("2026-10-05 06:30:00.123456-05:30", f"{NOON}.123456"),
        ("2026-10-05 12:00:00 UTC", NOON),
        ("2026-10-05 14:00:00.25 Europe/Berlin", f"{NOON}.25"),
        ("2026-10-05 12:00:00 CET", None),
        ("2026-10-05 12:00:00.25 BST", None),
        ("2026-10-05 12:00:00.+05", "2026-10-05 07:00:00"),
        ("2026-10-05 12:00:00. 12e5", None),
        ("2026-10-05 12:00:00.1e5", None),
        ("2026-10-05 25:00:00.5", None),
        ("1026-10-05 12:00:00.5", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_read_in_utc_with_its_offset_or_not_at_all(engine, cell, read):
    sql = f"SELECT CAST({as_moment('cell')} AS TEXT) FROM (SELECT CAST(? AS TEXT) AS cell)"
    assert engine.execute(sql, [cell]).fetchone() == (read,)


@pytest.mark.parametrize(
    ("cell", "missing"),
    [("", True), (" N/A ", True), ("(not set)", True), ("0", False), ("nan", False), (None, None)],
)
def test_a_word_for_nothing_is_found_and_no_cell_is_neither(engine, cell, missing):
    sql = f"SELECT {is_missing('cell')} FROM (SELECT CAST(? AS TEXT) AS cell)"
    assert engine.execute(sql, [cell]).fetchone() == (missing,)
