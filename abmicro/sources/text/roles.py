"""What the cells of each column are read as: by the part the definition gives the column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from abmicro.errors import Problem, SourceError
from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.goals.goal import SESSION
from abmicro.experiment.model import Experiment, Field, Shape, TimeUnit
from abmicro.sources.sql.columns import added, rates, squares, values
from abmicro.sources.sql.fields import used_fields
from abmicro.sources.sql.required_columns import needed

if TYPE_CHECKING:
    from sqlglot import exp

DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Role(StrEnum):
    """How a cell is read; the value says it in words."""

    RAW = "values inside"
    TEXT = "text"
    NUMBER = "numbers"
    COUNT = "counts"
    COMPARED = "numbers, in a condition"
    TIME = "times"
    FLAG = "0 or 1"


STRONGER = {
    (Role.NUMBER, Role.COMPARED): Role.NUMBER,
    (Role.COUNT, Role.NUMBER): Role.COUNT,
    (Role.COUNT, Role.COMPARED): Role.COUNT,
    (Role.TIME, Role.TEXT): Role.TIME,
    (Role.FLAG, Role.COMPARED): Role.COMPARED,
    (Role.NUMBER, Role.FLAG): Role.NUMBER,
    (Role.RAW, Role.TEXT): Role.RAW,
    (Role.FLAG, Role.TEXT): Role.TEXT,
}
"""Which of two roles reads a column for both."""


def roles_of(experiment: Experiment) -> dict[str, tuple[str, Role]]:
    """Column to the key that gives it its role, and the role.

    Raises SourceError for a column that is asked to be read in two ways.
    """
    fields, found = used_fields(experiment), dict[str, tuple[str, Role]]()
    for key, column, role in [*_asked(experiment), *_of_fields(fields.values())]:
        if column not in fields or role is Role.RAW:
            found[column] = _both(column, found.get(column, (key, role)), (key, role))
    for key, column in needed(experiment):
        if column not in fields:
            found.setdefault(column, (key, Role.TEXT))
    return found


def _of_fields(fields: Iterable[Field]) -> Iterator[tuple[str, str, Role]]:
    """What fields are made of: texts to be joined, or values that hold others."""
    for field in fields:
        role = Role.TEXT if field.joined else Role.RAW
        yield from ((f"data.fields.{field.name}", column, role) for column in field.columns)


def _both(column: str, one: tuple[str, Role], other: tuple[str, Role]) -> tuple[str, Role]:
    (key, first), (where, second) = one, other
    if first is second:
        return one
    stronger = STRONGER.get((first, second)) or STRONGER.get((second, first))
    if stronger is not None:
        return (key if stronger is first else where, stronger)
    what = f"column {column!r} is read as {second} here and as {first} for {key}"
    hint = "compare it with a value of that kind, or name a second column that holds the same"
    raise SourceError(Problem(where, what, "E307", hint))


def _asked(experiment: Experiment) -> Iterator[tuple[str, str, Role]]:
    """Key, column and role, as often as a column is named."""
    yield from _of_columns(experiment)
    for segment in experiment.segments:
        yield f"segments.{segment.name}", segment.column, Role.TEXT
    yield from _of_goals(experiment)
    yield from _of_tables(experiment)
    yield from _of_conditions(experiment)


def _of_columns(experiment: Experiment) -> Iterator[tuple[str, str, Role]]:
    data = experiment.require_data()
    clock = Role.TIME if data.time_unit is TimeUnit.TIMESTAMP else Role.NUMBER
    special = {"time": clock, "period": Role.TIME, "units": Role.COUNT}
    by_session = any(goal.per == SESSION for goal in experiment.goals)
    for key, column in data.columns.model_dump(exclude_none=True).items():
        if key != "session" or by_session:
            yield f"data.columns.{key}", column, special.get(key, Role.TEXT)


def _of_goals(experiment: Experiment) -> Iterator[tuple[str, str, Role]]:
    for goal in experiment.goals:
        if goal.value is not None:
            yield f"goals.{goal.name}.value", goal.value, Role.NUMBER
        if goal.dedupe is not None:
            yield f"goals.{goal.name}.dedupe", goal.dedupe, Role.TEXT


def _of_tables(experiment: Experiment) -> Iterator[tuple[str, str, Role]]:
    """Goals that have columns of their own: in tables of units and of counts."""
    shape = experiment.require_data().shape
    if shape is Shape.UNITS:
        yield from ((key, column, Role.NUMBER) for key, column in added(experiment))
        if (rule := experiment.exposure.exclude) is not None:
            yield "exposure.exclude.of", rule.of, Role.NUMBER
    if shape is Shape.COUNTS:
        yield from ((f"goals.{g.name}.value", squares(g), Role.NUMBER) for g in values(experiment))
    if shape in {Shape.UNITS, Shape.COUNTS}:
        kind = Role.FLAG if shape is Shape.UNITS else Role.COUNT
        for goal in rates(experiment):
            if goal.where is None:
                yield f"goals.{goal.name}.column", goal.column or goal.name, kind


def _of_conditions(experiment: Experiment) -> Iterator[tuple[str, str, Role]]:
    asked = [("data.where", experiment.require_data().where)]
    asked += [("exposure.where", experiment.exposure.where)]
    if (assignment := experiment.exposure.assignment) is not None:
        asked.append(("exposure.assignment.where", assignment.where))
    asked += [(f"goals.{goal.name}.where", goal.where) for goal in experiment.goals]
    for key, text in asked:
        if text is not None:
            yield from ((key, column, role) for column, role in compared(text))


def compared(condition: str | None) -> Iterator[tuple[str, Role]]:
    """Columns of a row condition and what each is compared with; IS NULL compares with nothing.

    >>> for column, role in sorted(compared("price > 3 AND page LIKE '/a%' AND code IN ('007')")):
    ...     print(column, role)
    code text
    page text
    price numbers, in a condition
    """
    from sqlglot import exp

    if condition is None:
        return
    for column in parse_condition(condition).find_all(exp.Column):
        yield from ((column.parts[0].name, role) for role in sorted(_uses(column)))


def _uses(column: exp.Column) -> set[Role]:
    """What the neighbours of a column in its condition are, up to the next AND, OR or NOT."""
    from sqlglot import exp

    inner: exp.Expression = column
    while isinstance(inner.parent, (exp.Paren, exp.Coalesce, exp.Neg)):
        inner = inner.parent
    around = inner.parent
    if isinstance(around, (exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Like)):
        return {Role.TEXT}
    if isinstance(around, (exp.Abs, exp.Round, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)):
        return {Role.COMPARED}
    if around is None or isinstance(around, (exp.And, exp.Or, exp.Not)):
        return {Role.COMPARED}  # a truth by itself
    told = {role for one in around.find_all(exp.Literal, exp.Boolean) for role in _of(one)}
    if not told and isinstance(around, (exp.GT, exp.GTE, exp.LT, exp.LTE)):
        return {Role.COMPARED}
    return told


def _of(literal: exp.Expression) -> set[Role]:
    """What a literal is, if not an argument of a function that cuts or rounds."""
    from sqlglot import exp

    if isinstance(literal.parent, (exp.Substring, exp.Round)):
        return set()
    if not literal.is_string:
        return {Role.COMPARED}
    return {Role.TIME if DAY.match(literal.name) else Role.TEXT}
