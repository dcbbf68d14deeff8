"""Rows of the SELECT on their way into the joint table: what is refused, which levels are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from abmicro.counts import ANALYSED
from abmicro.counts.cells import NO_LEVEL, Columns, truth
from abmicro.errors import Problem, SourceError, suggest
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.labels import data_of, rates

Row = Sequence[Any]

MOST_CELLS = 1_000_000
MOST_LEVELS = 20
OTHER = "other"
"""The level that gathers what is not among the `MOST_LEVELS` largest of a segment."""


def bounded(rows: Iterable[Row]) -> list[Row]:
    """All rows; SourceError where they are too many to be cells of a joint table."""
    kept: list[Row] = []
    for row in rows:
        kept.append(row)
        if len(kept) > MOST_CELLS:
            what = f"the data make more than {MOST_CELLS:,} cells"
            hint = "is a segment or a goal mapped to a column that differs from unit to unit?"
            raise SourceError(Problem("data", what, "E311", hint))
    return kept


def refuse_what_does_not_fit(experiment: Experiment, columns: Columns, rows: list[Row]) -> None:
    """Raise SourceError with every kind of unit that has no place in the table, and how many."""
    tally = _Tally(columns, rows)
    if not any(tally.rows.values()):
        raise SourceError(Problem("data", "the data hold no rows", "E302"))
    problems = [
        *_strange_variants(experiment, tally),
        *_without_value(experiment, tally),
        *_no_truths(experiment, columns, rows),
    ]
    problems = problems or [*_absent_arms(experiment, tally)]
    if problems:
        raise SourceError(*problems)


class _Tally:
    """Units and rows by status, and units by status and variant."""

    def __init__(self, columns: Columns, rows: list[Row]) -> None:
        at = {name: place for place, name in enumerate(columns.names)}
        self.units: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self.by_variant: Counter[tuple[str, str | None]] = Counter()
        for row in rows:
            status, variant, units = row[0], row[1], row[at["units"]] or 0
            self.units[status] += units
            self.rows[status] += row[at["rows"]] or 0
            self.by_variant[status, variant] += units

    def seen(self, variant: str) -> bool:
        """Whether any unit carries the variant, whatever became of it."""
        return any(units for (_, name), units in self.by_variant.items() if name == variant)


def _strange_variants(experiment: Experiment, tally: _Tally) -> Iterator[Problem]:
    """Variants nobody named; among events they may be other experiments, if `match` names ours."""
    events = data_of(experiment).shape is Shape.EVENTS
    known = [variant.name for variant in experiment.variants]
    if not (events and experiment.exposure.match):
        for (status, variant), units in tally.by_variant.items():
            if status == "unknown_variant":
                what = f"{units:,} units carry {variant!r}"
                hint = suggest(str(variant), known)
                yield Problem("data.columns.variant", what, "E306", hint)
    if not events and (missing := tally.units["no_variant"]):
        what = f"{missing:,} of {sum(tally.units.values()):,} units carry no variant"
        hint = "find out why; a unit that was not randomised has no place in the test"
        yield Problem("data.columns.variant", what, "E306", hint)


def _without_value(experiment: Experiment, tally: _Tally) -> Iterator[Problem]:
    if units := tally.units["no_value"]:
        columns = {str(goal.value): goal.name for goal in experiment.goals if goal.value}
        where = f"goals.{next(iter(columns.values()))}.value" if len(columns) == 1 else "goals"
        what = f"{units:,} units have nothing in {' or '.join(map(repr, columns))}"
        hint = "fill in 0 where nothing was spent; leave the rows out where it is not known"
        yield Problem(where, what, "E307", hint)


def _no_truths(experiment: Experiment, columns: Columns, rows: list[Row]) -> Iterator[Problem]:
    """Goals of the units shape whose column holds something else than 0 and 1."""
    at = {name: place for place, name in enumerate(columns.names)}
    for goal in rates(experiment):
        place = at.get(f"goal__{goal.name}")
        odd: Counter[Any] = Counter()
        for row in rows:
            if place is not None and row[0] == ANALYSED and not _is_truth(row[place]):
                odd[row[place]] += row[at["units"]] or 0
        if not odd or data_of(experiment).shape is Shape.COUNTS:
            continue
        column = goal.column or goal.name
        key = "column" if goal.where is None else "where"
        if missing := odd.pop(None, 0):
            said = f"column {column!r}" if goal.where is None else f"what {goal.where!r} asks for"
            hint = f"write coalesce(..., 0), or {column} = 0, where nothing means not reached"
            what = f"{missing:,} units have nothing in {said}"
            yield Problem(f"goals.{goal.name}.{key}", what, "E307", hint)
        if odd:
            value, units = odd.most_common(1)[0]
            what = f"column {column!r} holds {value!r} ({units:,} units) where 0 or 1 is asked"
            hint = f'write where = "{column} = ..." to say what counts as reached'
            yield Problem(f"goals.{goal.name}.{key}", what, "E307", hint)


def _is_truth(value: object) -> bool:
    try:
        truth(value)
    except ValueError:
        return False
    return True


def _absent_arms(experiment: Experiment, tally: _Tally) -> Iterator[Problem]:
    """Arms that no unit carries, and data of which nothing is left to analyse."""
    seen = sorted({str(name) for _, name in tally.by_variant if name is not None})
    for variant in experiment.variants:
        if not tally.seen(variant.name) and seen:
            hint = f"the data have {', '.join(seen[:12])}"
            yield Problem("variants", f"no unit carries {variant.name!r}", "E308", hint)
    if not (tally.units[ANALYSED] or tally.units["immature"]):
        left = ", ".join(f"{tally.units[step] or tally.rows[step]:,} {step}" for step in tally.rows)
        yield Problem("data", f"nothing is left to analyse: {left}", "E308", "try abmicro explain")


def keep_top_levels(columns: Columns, rows: list[Row]) -> list[Row]:
    """Rows in which each segment keeps its largest levels and gathers the rest as "other".

    Largest by analysed units, ties by name; "other" and "(none)" are kept besides.
    """
    at = {name: place for place, name in enumerate(columns.names)}
    first = 2  # after status and variant
    kept = []
    for place in range(first, first + len(columns.segments)):
        size: Counter[str] = Counter()
        for row in rows:
            if row[0] == ANALYSED:
                size[_level(row[place])] += row[at["units"]] or 0
        ranked = sorted(size, key=lambda level: (-size[level], level))
        real = [level for level in ranked if level not in (OTHER, NO_LEVEL)]
        kept.append({*real[:MOST_LEVELS], OTHER, NO_LEVEL})
    return [
        (
            *row[:first],
            *(level if (level := _level(row[first + i])) in keep else OTHER
              for i, keep in enumerate(kept)),
            *row[first + len(kept) :],
        )
        for row in rows
    ]  # fmt: skip


def _level(value: object) -> str:
    return NO_LEVEL if value is None or value == "" else str(value)
