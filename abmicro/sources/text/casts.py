"""Cells of text files in SQL: text as a number, a moment, a truth or a whole number.

The one place where text becomes something else. Each function takes the SQL of a cell and gives
SQL that is NULL where the cell does not fit; `or_stop` then lets only what is missing be NULL, and
stops the statement at anything else, so that no cell is ever lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from abmicro.sources.sql.fragments import literal
from abmicro.sources.text.numerals import ALIKE, PLAIN, Numerals

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


def as_number(cell: str, grammar: Numerals = PLAIN) -> str:
    """A number; none that is not finite or of more digits than a number holds.

    grammar: how the file writes its numbers. With a point for decimals, commas, blanks and
    apostrophes between groups of three can be nothing else.
    """
    if grammar.decimal == ".":
        grouped = _in_grammar(cell, [Numerals(".", sign) for sign in (",", " ", "'")])
        made = f"COALESCE(TRY_CAST({cell} AS DOUBLE), {grouped})"
    else:
        made = _in_grammar(cell, [grammar])
    return f"CASE WHEN ABS({made}) <= {LARGEST} THEN {made} END"


def _in_grammar(cell: str, possible: Sequence[Numerals]) -> str:
    """A number written in one of some grammars that share the sign of decimals.

    What stands twice in a statement DuckDB makes of every row, even within CASE: nothing does here.
    """
    form = "|".join(f"(?:{one.pattern})" for one in possible)
    text = f"REGEXP_EXTRACT({plain_signs(cell)}, {literal(f'^(?:{form})$')})"
    signs = "".join(one.thousands for one in possible)
    digits = f"TRANSLATE({text}, {literal(signs)}, '')" if signs else text
    digits = f"REPLACE({digits}, ',', '.')" if possible[0].decimal == "," else digits
    return f"TRY_CAST({digits} AS DOUBLE)"


def plain_signs(cell: str) -> str:
    """Text without blanks at its ends and with plain signs."""
    signs, plain = "".join(ALIKE), "".join(ALIKE.values())
    return f"TRIM(TRANSLATE({cell}, {literal(signs)}, {literal(plain)}))"


def as_truth(cell: str) -> str:
    """1 or 0 for any of the pairs that say so."""
    values = ", ".join(["1"] * len(TRUE) + ["0"] * len(FALSE))
    at = f"LIST_POSITION([{_words(TRUE + FALSE)}], TRIM(LOWER({cell})))"
    return f"LIST_EXTRACT([{values}], {at})"


def as_flag(cell: str) -> str:
    """1 or 0 as text where a cell says so, else the cell, to be refused by name."""
    other = f"COALESCE(CAST({as_truth(cell)} AS TEXT), NULLIF(TRIM({cell}), ''))"
    return f"CASE WHEN {cell} IN ('0', '1') THEN {cell} ELSE {other} END"  # quickly in most files


def as_compared(cell: str, grammar: Numerals = PLAIN) -> str:
    """A number that a condition compares, or 1 and 0 where the cells are words of truth."""
    return f"COALESCE({as_number(cell, grammar)}, {as_truth(cell)})"


def as_moment(cell: str, formats: Iterable[str] = ()) -> str:
    """A moment in UTC, whatever the session's zone.

    formats: those of the column, as strptime writes them, where its times are not ISO.
    """
    told = ", ".join(map(literal, formats))
    made = f"TRY_STRPTIME({plain_signs(cell)}, [{told}])" if told else _iso(cell)
    return f"CASE WHEN {made} BETWEEN {EARLIEST} AND {LATEST} THEN {made} END"


def _iso(cell: str) -> str:
    """The commonest form, 2026-10-05 12:00:00, is read without zones, which is quicker."""
    plain = f"LENGTH({cell}) = 19 AND SUBSTRING({cell}, 17, 1) = ':'"
    offset = f"REGEXP_MATCHES(SUBSTRING(TRIM({cell}), 11), '[-+]|.[A-Za-z]')"
    zoned = f"MAKE_TIMESTAMP(EPOCH_US(TRY_CAST({cell} AS TIMESTAMPTZ)))"
    local = f"TRY_CAST({cell} AS TIMESTAMP)"
    return f"CASE WHEN NOT ({plain}) AND {offset} THEN {zoned} ELSE {local} END"


def is_missing(cell: str, words: Iterable[str] = NOTHING) -> str:
    """Condition that a cell holds nothing, or a word for nothing.

    DuckDB makes a join of IN with many words, and makes it of columns that nobody asked for.
    """
    return f"LIST_CONTAINS([{_words(words)}], TRIM(LOWER({cell})))"


def or_stop(cell: str, made: str, words: Iterable[str] = NOTHING) -> str:
    """What is made of a cell; NULL where it is missing; an error where it does not fit."""
    empty = f"WHEN {cell} IS NULL THEN NULL WHEN {is_missing(cell, words)} THEN NULL"
    return f"COALESCE({made}, CASE {empty} ELSE ERROR({literal(MISFIT)} || {cell}) END)"


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))
