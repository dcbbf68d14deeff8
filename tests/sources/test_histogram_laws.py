"""The SELECT of the histograms against the same rules said in plain Python, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import accumulate, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from abmicro.counts import ANALYSED, Histograms, leave_out
from abmicro.counts.histograms import columns
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.collect_histograms import select_histograms
from abmicro.sources.engines.engine import open_source
from abmicro.sources.sql.columns import rates

from ..examples import examples
from .logs import (
    HOUR,
    Event,
    Exposed,
    end_of,
    experiments,
    exposed,
    frame,
    hits_of,
    is_kept,
    last_of,
    logs,
    too_many,
)
from .test_attribution_laws import queried

pytestmark = pytest.mark.slow

MOMENTS = (0, 1, 2, 3, HOUR - 1, HOUR, HOUR + 1, HOUR + 2, HOUR + 3, 12 * HOUR - 1, 12 * HOUR)
Cell = tuple[Any, ...]


def dear(event: Event) -> bool:
    """The condition `price >= 3` of the goal "dear cart"."""
    return event.price is not None and event.price >= 3


def reached_at(goal: Goal, hits: list[Event]) -> int | None:
    """When a goal is reached by its hits, which come in the order of time."""
    if goal.at_least is None:
        return hits[0].at if hits else None
    adds = [(one.price or 0) if goal.value else 1 for one in hits]
    got_there = [one.at for one, total in zip(hits, accumulate(adds), strict=True)
                 if total >= goal.at_least]  # fmt: skip
    return got_there[0] if got_there and sum(adds) >= goal.at_least else None


def bins(
    experiment: Experiment, unit: Exposed, hits: dict[str, list[Event]], end: int
) -> Iterator[tuple[str, str, int]]:
    """Goal, figure and bin of everything the histograms tell of one unit."""
    at = {goal.name: reached_at(goal, hits[goal.name]) for goal in rates(experiment)}
    closed = unit.status == ANALYSED
    for goal in rates(experiment):
        name, reached = goal.name, at[goal.name]
        if reached is None:
            close = unit.at + goal.closes.total_seconds() if goal.closes else end
            yield name, "open", int(min(close, end) - unit.at) // HOUR
            continue
        lag = (reached - unit.at) // HOUR
        yield name, "lag", lag
        if closed:
            yield name, "mature_lag", lag
        yield name, "events", len(hits[name])
        moments = [one.at for one in hits[name]]
        yield name, "burst", int(any(b - a <= 2 for a, b in pairwise(moments)))
        yield name, "dwell", int(reached - unit.at <= 1)
        yield name, "hour", reached // HOUR
        here = datetime.fromtimestamp(reached, ZoneInfo(experiment.timezone)).date()
        yield name, "day", (here - date(1970, 1, 1)).days
        macro = at[experiment.funnel.steps[-1]]
        if closed and goal.is_micro and macro is not None and macro >= reached:
            yield name, "to_macro", (macro - reached) // HOUR
    for before, step in pairwise(experiment.funnel.steps):
        if at[before] is not None and at[step] is not None:
            yield step, "early", int(at[step] < at[before] - 2)


def followed(experiment: Experiment, log: list[Event], as_of: int | None) -> dict[Cell, Counter]:
    """Units and those with the macro goal, per cell of the histograms."""
    log = [one for one in log if as_of is None or one.at is None or one.at < as_of]
    log = [one for one in log if is_kept(experiment, one)]
    end, last = as_of or end_of(experiment, log, None), last_of(experiment, None)
    timed = [one for one in log if one.unit is not None and one.at is not None and one.at <= last]
    found: dict[Cell, Counter] = {}
    for name in {one.unit for one in timed}:
        own = [one for one in timed if one.unit == name]
        unit = exposed(experiment, own, end)
        if unit.status not in (ANALYSED, "immature") or unit.arm is None:
            continue
        if too_many(experiment, own, unit.at, dear):
            continue
        hits = {goal.name: hits_of(goal, own, unit.at, dear if goal.where else None)
                for goal in experiment.goals}  # fmt: skip
        macro = bool(hits[experiment.funnel.steps[-1]])
        for cell in bins(experiment, unit, hits, end):
            place = (unit.arm, unit.device, *cell)
            found.setdefault(place, Counter()).update(units=1, macro=macro)
    return found


def told(experiment: Experiment, log: list[Event], as_of: str | None) -> Histograms:
    """The histograms as the SELECT makes them."""
    with open_source(experiment, frame(log, experiment.data.time_unit), None) as source:
        sql = select_histograms(experiment, relation=source.relation, as_of=as_of)
        rows = source.engine.rows(sql)
        return Histograms.from_rows(columns(("device",)), rows, variants=("A", "B"))


days = st.sampled_from([None, None, "2026-10-26"])


@examples(40)
@given(experiments(), logs(MOMENTS), days)
def test_the_select_agrees_with_the_rules_cell_by_cell(experiment, log, as_of):
    until = None
    if as_of is not None:
        day = datetime.fromisoformat(as_of).replace(tzinfo=ZoneInfo(experiment.timezone))
        until = int(day.timestamp())
    expected = {
        (*place, count["units"], count["macro"])
        for place, count in followed(experiment, log, until).items()
    }
    assert set(told(experiment, log, as_of).to_rows()) == expected


@examples(12)
@given(experiments(), logs(MOMENTS))
def test_mature_lags_hold_the_units_that_the_joint_table_says_reached_the_goal(experiment, log):
    found, counts = told(experiment, log, None), queried(experiment, log, None)
    if any(out.step == "no_value" for out in counts.left_out):
        return  # `collect` refuses these data
    if experiment.exposure.exclude is not None:
        counts = leave_out(counts, experiment.exposure.exclude.label)
    for goal in found.goals:
        assert (
            found.of("mature_lag", goal).units.sum(axis=1) == counts.reached(goal).sum((1, 2))
        ).all()
