"""Rows of the SELECT on their way into the joint table: what is refused, which levels are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from abmicro.counts import ANALYSED, STEPS, JointCounts
from abmicro.counts.parsing import NO_LEVEL
from abmicro.counts.row_format import Columns
from abmicro.errors import Problem, SourceError, suggest
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.sql.columns import added

Row = Sequence[Any]

MOST_CELLS = 1_000_000
MOST_LEVELS = 20
OTHER = "other"
"""The level that gathers what is not among the `MOST_LEVELS` largest of a segment."""


def read_rows(rows: Iterable[Row]) -> list[Row]:
    """All rows; SourceError where they are too many to be cells of a joint table."""
    kept = [*islice(rows, MOST_CELLS + 1)]
    if len(kept) > MOST_CELLS:
        what = f"the data make more than {MOST_CELLS:,} cells"
        hint = "is a segment or a goal mapped to a column that differs from unit to unit?"
        raise SourceError(Problem("data", what, "E311", hint))
    return kept


def refuse_what_does_not_fit(
    experiment: Experiment, counts: JointCounts, found: Callable[[], str] = str
) -> None:
    """Raise SourceError with every kind of unit that has no place in the table, and how many.

    found: tells what the data record instead, and is asked where a variant is missing.
    """
    if not counts.rows_read:
        hint = "name other data in [data] source, or export them again"
        raise SourceError(Problem("data", "the data hold no rows", "E302", hint))
    problems = [*_strange_variants(experiment, counts), *_without_value(experiment, counts)]
    problems = problems or [*_absent_arms(counts, found)]
    if problems:
        raise SourceError(*problems)


def _strange_variants(experiment: Experiment, counts: JointCounts) -> Iterator[Problem]:
    """Variants nobody named; among events they may be other experiments, if `match` names ours."""
    events = experiment.data is not None and experiment.data.shape is Shape.EVENTS
    known = [variant.name for variant in experiment.variants]
    if not (events and experiment.exposure.match):
        for out in counts.left_out:
            if out.step == "unknown_variant":
                told = repr(out.variant) if out.variant else "what is recorded"
                what = f"{told} is not one of the variants ({tell_units(out.units)})"
                hint = suggest(str(out.variant), known)
                yield Problem("data.columns.variant", what, "E306", hint)
    missing = sum(out.units for out in counts.left_out if out.step == "no_variant")
    if missing and not events:
        total = int(counts.units.sum()) + sum(out.units for out in counts.left_out)
        what = f"no variant on {missing:,} of {tell_units(total)}"
        hint = "find out why; a unit that was not randomised has no place in the test"
        yield Problem("data.columns.variant", what, "E306", hint)


def _without_value(experiment: Experiment, counts: JointCounts) -> Iterator[Problem]:
    if units := sum(out.units for out in counts.left_out if out.step == "no_value"):
        keys = [(f"goals.{goal.name}.value", goal.value) for goal in experiment.goals if goal.value]
        if experiment.require_data().shape is Shape.UNITS:
            keys = [*added(experiment)]
        columns = {column: key for key, column in keys}
        where = next(iter(columns.values())) if len(columns) == 1 else "goals"
        what = f"{' or '.join(map(repr, columns))} is empty in {tell_units(units)}"
        hint = (
            'write missing = "zero" at the goal where nothing was spent, or missing = "leave_out"'
            " where it is not known"
        )
        yield Problem(where, what, "E307", hint)


def tell_units(count: int) -> str:
    """A number of units in words.

    >>> tell_units(1), tell_units(2000)
    ('1 unit', '2,000 units')
    """
    return f"{count:,} unit{'s' if count != 1 else ''}"


def _absent_arms(counts: JointCounts, found: Callable[[], str]) -> Iterator[Problem]:
    """Variants that no unit carries, and data of which nothing is left to analyse.

    Units whose window is still open count as something: they will be analysed one day.
    """
    units = counts.units.sum(axis=(1, 2, 3)).tolist()
    left = {out.variant for out in counts.left_out if out.units and out.variant is not None}
    seen = left | {name for name, many in zip(counts.variants, units, strict=True) if many}
    for variant in counts.variants:
        if seen and variant not in seen:
            hint = found() or f"the data have {', '.join(sorted(seen)[:12])}"
            yield Problem("variants", f"no unit carries {variant!r}", "E308", hint)
    if not any(units) and "immature" not in (out.step for out in counts.left_out):
        hint = found() or "look at the dates and names of the definition, and at `abmicro explain`"
        yield Problem("data", f"nothing is left to analyse: {_told_lost(counts)}", "E308", hint)


def _told_lost(counts: JointCounts) -> str:
    """How many units or rows each step left out."""
    lost: Counter[str] = Counter()
    for out in counts.left_out:
        lost[STEPS[out.step]] += out.units or out.rows
    return ", ".join(f"{count:,} {step}" for step, count in lost.items())


def keep_top_levels(
    rows: list[Row], places: Sequence[int], weigh: Callable[[Row], int]
) -> list[Row]:
    """Rows in which each segment keeps its largest levels and gathers the rest as "other".

    places: where the levels of the segments stand, side by side. weigh: how many units of a row
    count for the size of its levels. Ties by name; "other" and "(none)" are kept besides.
    """
    found = {place: {*map(_level, {row[place] for row in rows})} for place in places}
    kept = {
        place: _largest(rows, place, weigh) for place in places if len(found[place]) > MOST_LEVELS
    }
    if not kept:
        return rows
    first, after = places[0], places[-1] + 1
    whole = [kept.get(place, found[place]) for place in places]
    return [(*row[:first], *map(_of_kept, row[first:after], whole), *row[after:]) for row in rows]


def _largest(rows: list[Row], place: int, weigh: Callable[[Row], int]) -> set[str]:
    """The levels of a segment that are kept."""
    size: Counter[str] = Counter()
    for row in rows:
        size[_level(row[place])] += weigh(row)
    ranked = sorted(size, key=lambda level: (-size[level], level))
    real = [level for level in ranked if level not in (OTHER, NO_LEVEL)]
    return {*real[:MOST_LEVELS], OTHER, NO_LEVEL}


def _of_kept(value: object, kept: set[str]) -> str:
    level = _level(value)
    return level if level in kept else OTHER


def analysed_units(columns: Columns) -> Callable[[Row], int]:
    """How many analysed units a row of the joint table holds."""
    at = columns.names.index("units")
    return lambda row: int(row[at] or 0) if row[0] == ANALYSED else 0


def _level(value: object) -> str:
    return NO_LEVEL if value is None or value == "" else str(value)
