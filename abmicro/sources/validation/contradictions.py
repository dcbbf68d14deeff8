"""Rows of the counts shape that contradict themselves, found before they become patterns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import inf
from typing import Any

import numpy as np

from abmicro.counts import ANALYSED
from abmicro.counts.invariants import falls_short
from abmicro.errors import CountsError, Problem
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.engines.engine import Source
from abmicro.sources.sql.columns import columns_of, values
from abmicro.sources.sql.counts import totals_rows
from abmicro.sources.sql.dialects import translate
from abmicro.sources.sql.fragments import literal, nested, select

SHOWN = 5


def refuse_contradictions(experiment: Experiment, source: Source, until: datetime | None) -> None:
    """Raise CountsError that names rows with an empty, negative, broken or impossible count.

    A later step of the funnel reached by more units than an earlier one is impossible, and so is
    any goal reached by more units than there are.
    """
    if experiment.require_data().shape is not Shape.COUNTS:
        return
    rows = nested(totals_rows(experiment, source.relation, until), "totals")
    sql = select([("*", "*")], rows, where=[f"status = {literal(ANALYSED)}"])
    checked = _Totals(experiment)
    problems = [
        problem
        for row in source.engine.rows(translate(sql, source.engine.dialect))
        for problem in checked.problems(tuple(map(_plain, row)))
    ]
    if len(problems) > SHOWN:
        what = f"and {len(problems) - SHOWN:,} more like these"
        problems = [*problems[:SHOWN], Problem("data", what, "E407", "mend the first ones")]
    if problems:
        raise CountsError(*problems)


class _Totals:
    """Where each count stands in a row of `totals_rows`, and what it must not be."""

    def __init__(self, experiment: Experiment) -> None:
        labels = columns_of(experiment)
        self.traits = labels.segments
        self.steps = ("units", *labels.goals)
        self.apart = labels.apart
        self.measures = {goal.name for goal in values(experiment)}

    def problems(self, row: tuple[Any, ...]) -> Iterator[Problem]:
        first = 4 + len(self.traits)
        reached = [row[3], *row[first : first + len(self.steps) - 1]]
        apart = row[first + len(self.steps) - 1 :]
        whole = dict(zip(self.steps, reached, strict=True))
        whole |= {
            name: apart[2 * at] for at, name in enumerate(self.apart) if name not in self.measures
        }
        found = [what for name, count in whole.items() if (what := _no_count(name, count))]
        found = found or [*self.impossible(reached, whole), *self.odd_values(apart, reached[0])]
        where = ", ".join(self.place(row))
        unfinished = row[2] is not None and None in row[first:]
        hint = "experiment.start and end leave days out" if unfinished else ""
        for what in found:
            yield Problem(where, what, "E407", hint)

    def place(self, row: tuple[Any, ...]) -> Iterator[str]:
        """The labels by which a person finds the row."""
        yield f"row of {row[1]!r}"
        if row[2] is not None:
            yield str(row[2])
        yield from (f"{name} {row[4 + at]!r}" for at, name in enumerate(self.traits))

    def impossible(self, reached: list[Any], whole: dict[str, Any]) -> Iterator[str]:
        for at, (count, before) in enumerate(zip(reached[1:], reached[:-1], strict=True)):
            if count > before:
                name, earlier = self.steps[at + 1], self.steps[at]
                told = f"{earlier!r}" if at else "exposed"
                yield f"{count:,} units reached {name!r}, but only {before:,} {told}"
        for name in self.apart:
            if name in whole and whole[name] > reached[0]:
                yield f"{whole[name]:,} units reached {name!r}, but only {reached[0]:,} exposed"

    def odd_values(self, apart: tuple[Any, ...], units: Any) -> Iterator[str]:
        """Sums and squares of values that no values can have (Cauchy and Schwarz)."""
        for at, name in enumerate(self.apart):
            total, square = apart[2 * at], apart[2 * at + 1]
            if total is None or square is None:
                yield f"no count of {name!r}: its sum or sum of squares is empty"
            elif name in self.measures and falls_short(
                np.asarray(units), np.asarray(total, float), np.asarray(square, float)
            ):
                yield f"squares of {name!r} that sum to {square:,} cannot have a sum of {total:,}"


def _plain(value: Any) -> Any:
    """A whole number without its point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_count(name: str, count: Any) -> str | None:
    if count is None:
        return f"no count of {name!r}"
    if not 0 <= count < inf or count != int(count):
        return f"{count} is no count of {name!r}"
    return None
