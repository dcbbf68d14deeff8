"""Which goals of a sheet of tests lie on the path to the macro goal: those that are nested."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from abmicro.errors import Problem, SourceError, suggest
from abmicro.frozen import frozen
from abmicro.sources import vocabulary

if TYPE_CHECKING:
    from abmicro.importing.sheet_of_tests import ReadTest


@frozen
class GoalPath:
    """steps: goals on the path, the macro goal last. beside: the others."""

    steps: tuple[str, ...]
    beside: tuple[str, ...]


@frozen
class _Row:
    """A variant of a test: where it stands, and how many reached each goal."""

    test: str
    line: int
    variant: str
    units: int
    reached: dict[str, int]


def goal_path(
    tests: Sequence[ReadTest],
    *,
    macro: str | None,
    path: Sequence[str],
    not_path: Collection[str],
) -> GoalPath:
    """The goals that are nested in every row of every test, by falling totals.

    macro: the goal that the path ends in; None takes the rarest that is called like one that pays,
        such as orders, else the rarest that is nested everywhere.
    path: the path itself, in its order. not_path: goals that are not on it.

    Raises SourceError for a goal that is not there, and for one that is not nested in a single row
    (E628): a slip of the sheet more often than a goal beside the path.
    """
    rows = list(_rows(tests))
    goals = sorted(
        {goal for row in rows for goal in row.reached}, key=lambda one: -_share(rows, one)
    )
    for name in (*path, *not_path, *([macro] if macro else [])):
        if name not in goals:
            what, hint = f"there is no goal {name!r}", suggest(name, sorted(goals))
            raise SourceError(Problem("sheet", what, "E036", hint))
    for before, after in pairwise(path):
        if broken := _broken(rows, before, after):
            raise SourceError(_not_nested(broken[0], before, after, of_path=True))
    free = [one for one in goals if one not in not_path]
    steps = path or _longest(rows, free, macro or _called_macro(free))
    return GoalPath(tuple(steps), tuple(one for one in goals if one not in steps))


def _longest(rows: Sequence[_Row], goals: Sequence[str], ends: str | None) -> list[str]:
    """The goals from the commonest down that are nested in one another, to where the path ends."""
    if ends is not None:
        above = goals[: goals.index(ends)] if ends in goals else ()
        goals = [*(one for one in above if _nested(rows, one, ends)), ends]
    steps: list[str] = []
    for goal in goals:
        if not steps or _nested(rows, steps[-1], goal):
            steps.append(goal)
    return steps


def _called_macro(goals: Sequence[str]) -> str | None:
    """The rarest goal that is called like one that pays; None where none is."""
    called = [
        one
        for one in goals
        if vocabulary.says(one, vocabulary.MACRO) and not vocabulary.says(one, vocabulary.MICRO)
    ]
    return called[-1] if called else None


def _nested(rows: Sequence[_Row], before: str, after: str) -> bool:
    """Whether no row has more of the later goal; SourceError where a single one has."""
    broken = _broken(rows, before, after)
    if len(broken) == 1:
        raise SourceError(_not_nested(broken[0], before, after, of_path=False))
    return not broken


def _rows(tests: Sequence[ReadTest]) -> Iterator[_Row]:
    for test in tests:
        for variant, (units, *reached) in test.sheet.totals.items():
            held = dict(zip(test.sheet.goals, reached, strict=True))
            yield _Row(test.name, test.line, variant, units, held)


def _share(rows: Sequence[_Row], goal: str) -> float:
    """Share of the units that reached a goal, over the rows that know it."""
    known = [row for row in rows if goal in row.reached]
    return sum(row.reached[goal] for row in known) / max(sum(row.units for row in known), 1)


def _broken(rows: Sequence[_Row], before: str, after: str) -> list[_Row]:
    """Rows in which more reached a goal than the one before it."""
    known = [row for row in rows if before in row.reached and after in row.reached]
    return [row for row in known if row.reached[after] > row.reached[before]]


def _not_nested(row: _Row, before: str, after: str, *, of_path: bool) -> Problem:
    more, less = row.reached[after], row.reached[before]
    what = f"{row.test}, {row.variant}: {more:,} {after} and {less:,} {before}"
    if not of_path:
        what += ", the only row in which they are not nested"
    hint = f"mend the row, or say which is no step of the path, e.g. --not-path {before}"
    return Problem(f"line {row.line}" if row.line else "sheet", what, "E628", hint)
