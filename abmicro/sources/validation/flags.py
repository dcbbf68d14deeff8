"""Whether units of the units shape reached a goal, however their column says it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any

from abmicro.counts import ANALYSED
from abmicro.counts.row_format import Columns
from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, Goal, Shape
from abmicro.sources.cell_words import FALSE, TRUE
from abmicro.sources.sql.columns import rates
from abmicro.sources.text.casts import nothing
from abmicro.sources.validation.rows import Row, tell_units

NUMBER = re.compile(r"([01])(\.0*)?")
CROSS = "x"
"""A mark where a unit reached the goal; the cells of all others are empty."""


def read_flags(experiment: Experiment, columns: Columns, rows: list[Row]) -> list[Row]:
    """The rows of the joint table with 1 and 0 for goals, from the words of their columns.

    Raises SourceError for goals whose column holds anything else in units that are analysed.
    """
    if experiment.require_data().shape is not Shape.UNITS:
        return rows
    at = {name: place for place, name in enumerate(columns.names)}
    empty = nothing(experiment.require_data().nulls)
    readers: dict[int, Callable[[Any], int | None]] = {}
    problems: list[Problem] = []
    for goal in rates(experiment):
        place = at[f"goal__{goal.name}"]
        told = _reader({row[place] for row in rows}, empty)
        readers[place] = told
        odd: Counter[Any] = Counter()
        for row in rows:
            if row[0] == ANALYSED and told(row[place]) is None:
                odd[_shown(row[place], empty)] += row[at["units"]]
        problems += _oddities(goal, odd)
    if problems:
        raise SourceError(*problems)
    return [_read(row, readers) for row in rows]


def _read(row: Row, readers: dict[int, Callable[[Any], int | None]]) -> Row:
    return tuple(
        readers[place](cell) if place in readers else cell for place, cell in enumerate(row)
    )


def _reader(values: Collection[Any], empty: Collection[str]) -> Callable[[Any], int | None]:
    """What reads the cells of one column, all of whose values are known; None for no flag."""
    words = {_word(value) for value in values} - {None}
    marks = words <= {CROSS, *empty} and CROSS in words
    read = {value: _flag(value, empty, marks) for value in values}
    return read.__getitem__


def _flag(value: Any, empty: Collection[str], marks: bool) -> int | None:
    word = _word(value)
    if word is None or word in empty:
        return 0 if marks else None
    if number := NUMBER.fullmatch(word):
        return int(number[1])
    return 1 if word in TRUE or (marks and word == CROSS) else 0 if word in FALSE else None


def _word(value: Any) -> str | None:
    return None if value is None else str(value).strip().lower()


def _shown(value: Any, empty: Collection[str]) -> Any:
    """What a cell holds; None where that is nothing."""
    return None if _word(value) in {None, *empty} else value


def _oddities(goal: Goal, odd: Counter[Any]) -> Iterator[Problem]:
    """odd: what a goal holds instead of 0 and 1, and in how many units; None for nothing."""
    column = goal.column or goal.name
    where = f"goals.{goal.name}.{'column' if goal.where is None else 'where'}"
    if missing := odd.pop(None, 0):
        said = f"column {column!r}" if goal.where is None else f"what {goal.where!r} asks for"
        what = f"{said} is empty in {tell_units(missing)}"
        hint = "empty is not 0; write coalesce(..., 0) = 1 in `where` if it means not reached"
        yield Problem(where, what, "E307", hint)
    if odd:
        value, units = odd.most_common(1)[0]
        what = f"column {column!r} holds {value!r} ({tell_units(units)}) where 0 or 1 is asked"
        hint = "say in `where` what counts as reached"
        yield Problem(where, what, "E307", hint)
