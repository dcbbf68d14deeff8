"""Cells of text files in SQL: text as a number, a moment, a truth or a whole number.

The one place where text becomes something else. Each function takes the SQL of a cell and gives
SQL that is NULL where the cell does not fit; `or_stop` then lets only what is missing be NULL, and
stops the statement at anything else, so that no cell is ever lost in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from abmicro.sources.cell_words import FALSE, NOTHING, TRUE
from abmicro.sources.sql.fragments import literal, stripped
from abmicro.sources.text.numerals import ALIKE, Numerals

MISFIT = "abmicro_misfit"
"""What the engine's error begins with where a cell does not fit."""

CUT = "abmicro_cut"
"""What it begins with where a number of JSON stands for a text that may have lost digits."""

LOST = "abmicro_lost"
"""What it begins with where no other reading would keep them."""

LARGEST = 2**53
Shift = Callable[[str], str]
OFFSET = r"([Zz]|UTC|GMT|[-+][0-9]{2}(:?[0-9]{2})?|[A-Za-z]+/[A-Za-z_/]+)\s*$"
ZONED = ("Z", "UTC")
"""How a format ends whose times are in UTC."""

YEAR_1980, YEAR_2200 = 315_532_800, 7_258_118_400
"""Seconds since 1970."""

EARLIEST, LATEST = "TIMESTAMP '1900-01-01'", "TIMESTAMP '2200-01-01'"


def nothing(nulls: Iterable[str]) -> tuple[str, ...]:
    """Cells that hold nothing, and further ones of this file, in small letters.

    >>> nothing(["Unknown "])[-1]
    'unknown'
    """
    return NOTHING + tuple(word.strip().lower() for word in nulls)


def same(cell: str) -> str:
    """The SQL as it is."""
    return cell


def as_name(cell: str, words: Iterable[str] = ()) -> str:
    """Text without the blanks at its ends; NULL where nothing is left.

    words: further texts that stand for nothing, in small letters.

    >>> as_name("id")
    "NULLIF(CASE WHEN CONTAINS(id, ' ') THEN TRIM(id) ELSE id END, '')"
    """
    made = stripped(cell)
    return made if not words else f"CASE WHEN NOT {is_missing(cell, words)} THEN {made} END"


def as_json_name(cell: str, words: Iterable[str] = ()) -> str:
    """Text of a cell that is JSON, as `as_name` has it; an error where digits may be lost.

    DuckDB keeps whole numbers of any length; others have become doubles before they come here.
    """
    text = as_name(f"({cell} ->> '$')", words)
    cut = f"REGEXP_MATCHES({cell}, '^[-0-9][^,]*[.eE]')"
    return (
        f"CASE WHEN {cell} LIKE '\"%' THEN {text} "
        f"WHEN {cut} THEN ERROR({literal(CUT)}) ELSE CAST({cell} AS TEXT) END"
    )


def whole_json(cell: str, paths: Iterable[str], *, again: bool) -> str:
    """JSON with values inside that stand for texts; an error where digits of them may be lost.

    again: its file can be read once more with numbers as text. Else an error for more digits than
    a double holds, all others being the same number.
    """
    lost = []
    for path in map(literal, paths):
        value = f"({cell} ->> {path})"
        fraction = f"JSON_TYPE({cell}, {path}) = 'DOUBLE' AND REGEXP_MATCHES({value}, '[.eE]')"
        digits = f" AND LENGTH(REGEXP_REPLACE({value}, '[^0-9]', '', 'g')) > 15" * (not again)
        lost.append(f"({fraction}{digits})")
    seen = f"REGEXP_MATCHES(CAST({cell} AS TEXT), '[0-9][.eE]')"
    error = f"ERROR({literal(CUT if again else LOST)})"
    return f"CASE WHEN {seen} AND ({' OR '.join(lost)}) THEN {error} ELSE {cell} END"


def as_number(cell: str, grammar: Numerals) -> str:
    """A number; none that is not finite or of more digits than a number holds.

    grammar: how the file writes its numbers. With a point for decimals, commas, blanks and
    apostrophes between groups of three can be nothing else.
    """
    made = _number(cell, grammar)
    return f"CASE WHEN ABS({made}) <= {LARGEST} THEN {made} END"


def as_epoch(cell: str, ticks: int, grammar: Numerals) -> str:
    """A moment as a number since 1970, of so many ticks a second; none before 1980."""
    made = _number(cell, grammar)
    return f"CASE WHEN {made} BETWEEN {ticks * YEAR_1980} AND {ticks * YEAR_2200} THEN {made} END"


def _number(cell: str, grammar: Numerals) -> str:
    if grammar.decimal != ".":
        return _in_grammar(cell, [grammar])
    grouped = _in_grammar(cell, [Numerals(".", sign) for sign in (",", " ", "'")])
    return f"COALESCE(TRY_CAST({cell} AS DOUBLE), {grouped})"


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


def as_compared(cell: str, grammar: Numerals) -> str:
    """A number that a condition compares, or 1 and 0 where the cells are words of truth."""
    return f"COALESCE({as_number(cell, grammar)}, {as_truth(cell)})"


def as_moment(cell: str, formats: Iterable[str] = (), to_utc: Shift = same) -> str:
    """A moment in UTC, whatever the session's zone.

    formats: those of the column, as strptime writes them, where its times are not ISO.
    to_utc: makes UTC of a time that tells no offset.
    """
    told = list(formats)
    made = _formatted(cell, told, to_utc) if told else _iso(cell, to_utc)
    return f"CASE WHEN {made} BETWEEN {EARLIEST} AND {LATEST} THEN {made} END"


def _formatted(cell: str, formats: Sequence[str], to_utc: Shift) -> str:
    parsed = f"TRY_STRPTIME({plain_signs(cell)}, [{', '.join(map(literal, formats))}])"
    if any("%z" in one for one in formats):
        return f"MAKE_TIMESTAMP(EPOCH_US({parsed}))"
    return parsed if formats[0].endswith(ZONED) else to_utc(parsed)


def _iso(cell: str, to_utc: Shift) -> str:
    """The commonest forms are told by single signs, which is far quicker than by patterns.

    They are 2026-10-05 12:00:00, also with digits after a point or with Z. Of the rest a pattern
    tells which have an offset; CET and the like are none: engines read BST as Bangladesh's.
    """
    timed, utc = f"SUBSTRING({cell}, 17, 1) = ':'", f"SUFFIX({cell}, 'Z')"
    seconds = f"TRY_CAST(SUBSTRING({cell}, 18) AS FLOAT) IS NOT NULL"
    parts = f"CONTAINS({cell}, '.') AND NOT {utc} AND {seconds}"
    plain = f"({timed} AND (LENGTH({cell}) = 19 OR ({parts})))"
    in_utc = f"({timed} AND {utc})"
    offset = f"REGEXP_MATCHES(SUBSTRING(TRIM({cell}), 11), '[-+]|.[A-Za-z]')"
    known = f"REGEXP_MATCHES({cell}, {literal(OFFSET)})"
    told = f"{in_utc} OR (NOT {plain} AND {offset} AND {known})"
    zoned = f"CASE WHEN {told} THEN MAKE_TIMESTAMP(EPOCH_US(TRY_CAST({cell} AS TIMESTAMPTZ))) END"
    text = f"WHEN {in_utc} OR {offset} THEN NULL ELSE TRIM({cell})"
    local = f"TRY_CAST(CASE WHEN {plain} THEN {cell} {text} END AS TIMESTAMP)"
    return f"COALESCE({to_utc(local)}, {zoned})"


def is_missing(cell: str, words: Iterable[str] = NOTHING) -> str:
    """Condition that a cell holds a word for nothing; NULL where there is no cell.

    DuckDB makes a join of IN with many words, and of LIST_CONTAINS too: for every row, also where
    CASE asks for few.
    """
    at = f"COALESCE(LIST_POSITION([{_words(words)}], TRIM(LOWER({cell}))), 0)"
    return f"CASE WHEN {cell} IS NOT NULL THEN {at} > 0 END"


def or_stop(cell: str, made: str, words: Iterable[str] = NOTHING) -> str:
    """What is made of a cell; NULL where it is missing; an error where it does not fit."""
    empty = f"WHEN {cell} IS NULL THEN NULL WHEN {is_missing(cell, words)} THEN NULL"
    return f"COALESCE({made}, CASE {empty} ELSE ERROR({literal(MISFIT)} || {cell}) END)"


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))
