"""How text files write dates and numbers, asked of their cells before they are read.

The first rows settle it for most files: times that are ISO, and a number such as 0.5 or 12.25 whose
point can only part decimals. Otherwise one query reduces whole columns to a cell of each shape, and
`dates` and `numerals` choose from these. What does not fit the choice stops the statement later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, timedelta
from typing import Any

from abmicro.errors import Problem, SourceError
from abmicro.experiment.calendar import DAY
from abmicro.experiment.model import Data, Experiment
from abmicro.frozen import frozen
from abmicro.sources.cell_words import NOTHING
from abmicro.sources.sql.fragments import literal, name, nested, select
from abmicro.sources.text.casts import is_missing, nothing, plain_signs
from abmicro.sources.text.dates import CELL, ISO, dates
from abmicro.sources.text.numerals import ALIKE, PLAIN, Doubt, Numerals, numerals_of_columns
from abmicro.sources.text.roles import Role

DIGITS, NINES = "'0123456789'", "'9999999999'"
OF_NUMBERS = literal("0123456789.,+-eE '" + "".join(ALIKE))
SHORT = r"'[0-9]+(\.[0-9]{1,2})?'"
"""Most numbers: they have a point for decimals, or tell nothing."""

POINT = r"'[+-]?(?:0\.[0-9]+|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,}\.[0-9]+)'"
"""A number whose point can only part decimals."""

HALF_DAY = r"'[0-9] ?[AaPp][Mm]\s*$'"
"""The end of a time that says AM or PM, which ISO does not."""

UNTOLD = {"decimal": None, "thousands": None}
"""What a definition says of numbers, which is not of those of a clock."""
FIRST_ROWS = 20_000
NUMBERS = (Role.NUMBER, Role.COUNT, Role.COMPARED)

Rows = Callable[[str], Iterable[tuple[Any, ...]]]
Asked = Mapping[str, tuple[str, Role]]


@frozen
class Writing:
    """How a file writes.

    numbers: the grammar of all its numbers but those of a clock. clock: that of moments which are
        numbers. formats: column to those of its times, where not ISO.
    """

    numbers: Numerals = PLAIN
    clock: Numerals = PLAIN
    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def writing_of(experiment: Experiment, relation: str, asked: Asked, rows: Rows) -> Writing:
    """How times and numbers are written.

    relation: item of FROM whose cells are text. asked: column to its key and role.

    Raises SourceError for what can be read in two ways, or in none.
    """
    data = experiment.require_data()
    told = _told(experiment, asked)
    times = {one: of for one, of in asked.items() if of[1] is Role.TIME and one not in told}
    numbers = {column: one for column, one in asked.items() if one[1] in NUMBERS}
    if not times and not numbers:
        return Writing(formats=told)
    clock, amounts = _parted(numbers)
    iso, proven = _seen_first(relation, list(times), list(amounts or clock), rows)
    open_ = {column: one for column, one in times.items() if column not in iso}
    settled = _says_plain(data, proven=proven) or _is_plain(relation, list(numbers), rows)
    probed = open_ if settled else {**open_, **numbers}
    roles = {column: role for column, (_, role) in probed.items()}
    found = cells_of(rows, relation, roles, nothing(data.nulls))
    formats = told | dict(_formats(experiment, open_, found))
    if settled:
        return Writing(formats=formats)
    of_clock = _grammar(data.model_copy(update=UNTOLD), clock, found)
    return Writing(_grammar(data, amounts, found), of_clock, formats)


def _parted(numbers: Asked) -> tuple[Asked, Asked]:
    """Moments that are numbers, and all other numbers."""
    clock = {one: of for one, of in numbers.items() if of[0] == "data.columns.time"}
    return clock, {one: of for one, of in numbers.items() if one not in clock}


def _says_plain(data: Data, *, proven: bool) -> bool:
    """Whether a definition, or the first rows where it is silent, say that numbers are plain."""
    return data.thousands is None and (data.decimal == "." or (proven and data.decimal is None))


def _told(experiment: Experiment, asked: Asked) -> dict[str, tuple[str, ...]]:
    """The format of times that the definition says, by column."""
    data = experiment.require_data()
    clock = data.columns.time or data.columns.period
    if data.time_format is None or clock is None or clock not in asked:
        return {}
    return {clock: (data.time_format,)}


def _seen_first(
    relation: str, times: Sequence[str], numbers: Sequence[str], rows: Rows
) -> tuple[set[str], bool]:
    """From the first rows: columns with ISO times, and whether a point is proven to part decimals.

    A column with one ISO time is read as such; any other cell of it is refused then.
    """
    columns = ", ".join(name(one) for one in (*times, *numbers))
    first = nested(f"{select([(columns, columns)], relation)}\nLIMIT {FIRST_ROWS}", "first")
    items = [(f"BOOL_OR({_is_iso(name(one))})", f"iso{at}") for at, one in enumerate(times)]
    proofs = [f"REGEXP_FULL_MATCH(TRIM({name(one)}), {POINT})" for one in numbers]
    items += [(f"BOOL_OR({proof})", f"point{at}") for at, proof in enumerate(proofs)]
    (row,) = rows(select(items, first))
    iso = {one for one, is_iso in zip(times, row, strict=False) if is_iso}
    return iso, any(row[len(times) :])


def _is_iso(cell: str) -> str:
    begun = f"SUBSTRING(TRIM({cell}), 5, 1) = '-'"
    return f"{begun} AND NOT REGEXP_MATCHES({cell}, {HALF_DAY})"


def _is_plain(relation: str, numbers: Sequence[str], rows: Rows) -> bool:
    """Whether no number has a point or any sign between its digits."""
    if not numbers:
        return True
    odd = [_is_odd(name(one)) for one in numbers]
    items = [(f"BOOL_OR({one})", f"odd{at}") for at, one in enumerate(odd)]
    (row,) = rows(select(items, relation))
    return not any(row)


def _is_odd(cell: str) -> str:
    return f"CONTAINS({cell}, '.') OR TRY_CAST({cell} AS BIGINT) IS NULL AND {cell} IS NOT NULL"


def cells_of(
    rows: Rows, relation: str, columns: Mapping[str, Role], words: Sequence[str] = NOTHING
) -> dict[str, list[str]]:
    """Of every column a cell of each shape, and of counts every cell that differs.

    relation: item of FROM whose columns are text. words: what stands for nothing.
    """
    if not columns:
        return {}
    listed = ", ".join(plain_signs(name(column)) for column in columns)
    places = ", ".join(str(at) for at in range(len(columns)))
    both = [(f"UNNEST([{listed}])", "cell"), (f"UNNEST([{places}])", "place")]
    kinds = " ".join(f"WHEN {at} THEN {_shape(one)}" for at, one in enumerate(columns.values()))
    shape = f"CASE place {kinds} END"
    said = select(
        [("place", "place"), ("MIN(cell)", "cell")],
        nested(select(both, relation), "cells"),
        where=[f"NOT ({is_missing('cell', words)})"],
        group=["place", shape],
    )
    cells: dict[str, list[str]] = {column: [] for column in columns}
    names = list(columns)
    for at, cell in rows(said):
        cells[names[at]].append(cell)
    return cells


_SIGN = f"TRANSLATE(LEFT(cell, 5), {DIGITS}, '') <> ''"
_ZERO = "CASE WHEN cell LIKE '0%' OR cell LIKE '_0%' THEN '0' ELSE '' END"
_AMOUNT = f"{_ZERO} || TRANSLATE(cell, {DIGITS}, {NINES})"
_SHAPES = {
    Role.TIME: f"CASE WHEN {_SIGN} THEN LEFT(cell, 10) || "
    f"TRANSLATE(SUBSTR(cell, 11), {DIGITS}, {NINES}) ELSE '' END",
    Role.COUNT: "cell",
}
_OF_AMOUNTS = (
    f"CASE WHEN REGEXP_FULL_MATCH(cell, {SHORT}) THEN CAST(STRPOS(cell, '.') > 0 AS TEXT) "
    f"WHEN TRANSLATE(cell, {OF_NUMBERS}, '') = '' THEN {_AMOUNT} ELSE 'x' END"
)


def _shape(role: Role) -> str:
    """What tells cells apart: a day and the shape of its clock; the shape of a number."""
    return _SHAPES.get(role, _OF_AMOUNTS)


def _formats(
    experiment: Experiment, asked: Asked, found: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Column to formats, of times that are not written as ISO has it."""
    day_first = experiment.require_data().day_first
    for column, (key, _) in asked.items():
        cells = found[column]
        if not all(ISO.fullmatch(cell) for cell in cells) and not all(map(str.isdigit, cells)):
            told = [cell for cell in cells if CELL.fullmatch(cell)]
            form = dates(told or cells, day_first=day_first, between=_days(experiment))
            if isinstance(form, Doubt):
                raise _refused(form, column, key)
            yield column, form.formats


def _days(experiment: Experiment) -> tuple[date, date] | None:
    """The days in which rows can be, a day more at both ends for time zones."""
    if experiment.start is None or experiment.end is None:
        return None
    longest = max((goal.settles or timedelta() for goal in experiment.goals), default=timedelta())
    return experiment.start - DAY, experiment.end + longest + DAY


def _grammar(data: Data, asked: Asked, found: Mapping[str, Sequence[str]]) -> Numerals:
    """The one grammar of these columns, in the signs that the definition names."""
    cells = {column: found[column] for column in asked}
    whole = [column for column, (_, role) in asked.items() if role is Role.COUNT]
    grammar = numerals_of_columns(cells, whole, decimal=data.decimal, thousands=data.thousands)
    if isinstance(grammar, Numerals):
        return grammar
    column, doubt = grammar
    raise _refused(doubt, column, asked[column][0])


def _refused(doubt: Doubt, column: str, key: str) -> SourceError:
    return SourceError(Problem(key, f"column {column!r}: {doubt.what}", "E318", doubt.hint))
