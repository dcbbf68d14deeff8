"""Cells of text files in SQL: text as a number, a moment, a truth or a whole number.

The one place where text becomes something else. Each function takes the SQL of a cell and gives
SQL that is NULL where the cell does not fit; `or_stop` then lets only what is missing be NULL, and
stops the statement at anything else, so that no cell is ever lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterable

from abmicro.sources.sql.fragments import literal

MISFIT = "abmicro_misfit"
"""What the engine's error begins with where a cell does not fit."""

NOTHING = ("", "na", "n/a", "null", "none", "(not set)", "-")
"""Cells that hold nothing, in small letters."""

TRUE = ("1", "1.0", "true", "t", "yes", "y")
FALSE = ("0", "0.0", "false", "f", "no", "n")
LARGEST = 2**53
EARLIEST, LATEST = "TIMESTAMP '1900-01-01'", "TIMESTAMP '2200-01-01'"


def as_name(cell: str) -> str:
    """Text without the blanks at its ends.

    >>> as_name('"id"')
    'TRIM("id")'
    """
    return f"TRIM({cell})"


def as_number(cell: str) -> str:
    """A number; none that is not finite or of more digits than a number holds."""
    made = f"TRY_CAST({cell} AS DOUBLE)"
    return f"CASE WHEN ABS({made}) <= {LARGEST} THEN {made} END"


def as_truth(cell: str) -> str:
    """1 or 0 for any of the pairs that say so."""
    word = f"LOWER(TRIM({cell}))"
    return (
        f"CASE WHEN {word} IN ({_words(TRUE)}) THEN 1 WHEN {word} IN ({_words(FALSE)}) THEN 0 END"
    )


def as_flag(cell: str) -> str:
    """1 or 0 as text where a cell says so, else the cell, to be refused by name."""
    other = f"COALESCE(CAST({as_truth(cell)} AS TEXT), NULLIF(TRIM({cell}), ''))"
    return f"CASE WHEN {cell} IN ('0', '1') THEN {cell} ELSE {other} END"  # quickly in most files


def as_compared(cell: str) -> str:
    """A number that a condition compares, or 1 and 0 where the cells are words of truth."""
    return f"COALESCE({as_number(cell)}, {as_truth(cell)})"


def as_moment(cell: str, formats: Iterable[str] = ()) -> str:
    """A moment in UTC.

    formats: of other than ISO times, as strptime writes them; they are tried first.
    """
    iso = f"MAKE_TIMESTAMP(EPOCH_US(TRY_CAST(TRIM({cell}) AS TIMESTAMPTZ)))"
    told = ", ".join(map(literal, formats))
    made = f"COALESCE(TRY_STRPTIME(TRIM({cell}), [{told}]), {iso})" if told else iso
    made = f"CASE WHEN {made} BETWEEN {EARLIEST} AND {LATEST} THEN {made} END"
    return made if told else _plain_first(cell, made)


def _plain_first(cell: str, otherwise: str) -> str:
    """The commonest form, 2026-10-05 12:00:00, is read without zones, which is quicker."""
    plain = f"LENGTH({cell}) = 19 AND SUBSTRING({cell}, 17, 1) = ':'"
    years = f"{cell} >= '1900' AND {cell} < '2200'"
    return f"CASE WHEN {plain} AND {years} THEN TRY_CAST({cell} AS TIMESTAMP) ELSE {otherwise} END"


def is_missing(cell: str, words: Iterable[str] = NOTHING) -> str:
    """Condition that a cell holds nothing, or a word for nothing."""
    return f"LOWER(TRIM({cell})) IN ({_words(words)})"


def or_stop(cell: str, made: str, words: Iterable[str] = NOTHING) -> str:
    """What is made of a cell; NULL where it is missing; an error where it does not fit."""
    empty = f"WHEN {cell} IS NULL THEN NULL WHEN {is_missing(cell, words)} THEN NULL"
    return f"COALESCE({made}, CASE {empty} ELSE ERROR({literal(MISFIT)} || {cell}) END)"


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))
