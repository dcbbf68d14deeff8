"""What looks have found, as sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isfinite, isinf, isnan, nan
from typing import Protocol

from abmicro import formatting
from abmicro.analysis.results import (
    Interval,
    LookGoal,
    LookResult,
    MonitoredGoal,
    Monitoring,
    SettledCarry,
)
from abmicro.experiment.model import Experiment
from abmicro.frozen import frozen
from abmicro.report.blocks import Column, Table
from abmicro.report.words import LABELS

DASH = "-"


class Running(Protocol):
    """A test with its looks: an analysis, or a line of `monitor`."""

    @property
    def experiment(self) -> Experiment:
        """The definition."""
        ...

    @property
    def monitoring(self) -> Monitoring | None:
        """Its looks and alarms; None where none are planned."""
        ...


@frozen
class PairPath:
    """The pass-through of one pair: the set of every look by its day, and what they have in common.

    common: None where there is nothing, or before a look had a set.
    """

    variant: str
    micro: str
    macro: str
    threshold: float
    sets: tuple[tuple[date, Interval], ...]
    common: Interval | None


def looks_of(watched: Running) -> tuple[LookResult, ...]:
    """The looks so far."""
    return () if watched.monitoring is None else watched.monitoring.path


def lift_rows(watched: Running, variant: str, goal: str) -> tuple[tuple[LookResult, LookGoal], ...]:
    """The looks at which a goal of a variant had a row, with it."""
    return tuple(
        (look, one)
        for look in looks_of(watched)
        for one in look.goals
        if (one.variant, one.goal) == (variant, goal) and isfinite(one.lift.estimate)
    )


def watched_goals(watched: Running) -> tuple[str, ...]:
    """The goals that looks follow: the primary first, then macro goals."""
    found = () if watched.monitoring is None else watched.monitoring.goals
    primary = watched.experiment.primary.name
    judged = {one.goal for look in looks_of(watched) for one in look.goals}
    names = dict.fromkeys((primary, *(one.goal for one in found)))
    return tuple(name for name in names if name in judged)


def pairs(watched: Running) -> tuple[PairPath, ...]:
    """Every pair that a look has judged."""
    settled = () if watched.monitoring is None else watched.monitoring.carry
    return tuple(found for one in settled if (found := _pair(watched, one)).sets)


def _pair(watched: Running, one: SettledCarry) -> PairPath:
    key = one.variant, one.micro, one.macro
    sets = tuple(
        (look.day, Interval(nan, each.low, each.high, look.level))
        for look in looks_of(watched)
        for each in look.carry
        if (each.variant, each.micro, each.macro) == key and isfinite(each.low)
    )
    common = Interval(nan, one.low, one.high, nan) if one.low <= one.high else None
    return PairPath(*key, watched.experiment.analysis.carry_threshold, sets, common)


def sentences(watched: Running) -> Iterator[str]:
    """What the last look says of every goal and what stands."""
    monitoring = watched.monitoring
    if monitoring is None:
        return
    for one in monitoring.goals:
        if told := _goal(watched, monitoring, one):
            yield told
    primary = watched.experiment.primary.name
    for pair in monitoring.carry:
        if pair.micro == primary:
            yield _carried(watched, pair)


def _goal(watched: Running, monitoring: Monitoring, one: MonitoredGoal) -> str:
    rows = lift_rows(watched, one.variant, one.goal)
    if not rows:
        return ""
    look, row = rows[-1]
    planned = f" of {monitoring.looks_planned}" if monitoring.looks_planned else ""
    crossed = f"; clear since {_day(one.crossed_at)}" if one.crossed_at else "; not clear yet"
    kept = "" if one.crossed_at is None or row.crossed else ", and open again at this look"
    return (
        f"Look {look.look}{planned}: {_head(watched, one.goal, one.variant)} "
        f"{formatting.percent(row.lift.estimate, width=row.lift.high - row.lift.low)} "
        f"({formatting.span(row.lift, formatting.percent, signed=True)}){crossed}{kept}."
    )


def _carried(watched: Running, pair: SettledCarry) -> str:
    names = watched.experiment.names
    of = f" ({names.variant(pair.variant)})" if len(watched.experiment.treated) > 1 else ""
    label = LABELS[pair.settled].title.lower()
    head = f"From {names.goal(pair.micro)} to {names.goal(pair.macro)}{of}: {label}"
    if pair.settled in _OPEN:
        return f"{head}."
    head = f"{head}, since {_day(pair.since)}." if pair.since else f"{head}."
    if pair.settled == "unstable":
        return f"{head} The effect changed during the test."
    return f"{head} Later looks can sharpen this, not take it back, as long as the effect stays."


_OPEN = ("inconclusive", "too_early", "no_micro_signal", "no_expected_carry", "underpowered")


def _head(watched: Running, goal: str, variant: str) -> str:
    names = watched.experiment.names
    of = f" ({names.variant(variant)})" if len(watched.experiment.treated) > 1 else ""
    return f"{names.head(goal)}{of}"


def look_by_look(watched: Running) -> Table:
    """Every look: its day, units, bound and what it says of the goals it follows."""
    goals, variants = watched_goals(watched), watched.experiment.treated
    heads = [_head(watched, goal, variant.name) for variant in variants for goal in goals]
    rows = (
        (
            str(look.look),
            look.day.isoformat(),
            formatting.count(look.units.control + look.units.treated),
            DASH if isinf(look.critical) else f"{look.critical:.2f}",
            *(_cell(look, variant.name, goal) for variant in variants for goal in goals),
        )
        for look in looks_of(watched)
    )
    first = (Column("Look", False), Column("Day", False), Column("Judged"), Column("Bound"))
    return Table((*first, *map(Column, heads)), tuple(rows), label="Look by look")


def _cell(look: LookResult, variant: str, goal: str) -> str:
    for one in look.goals:
        if (one.variant, one.goal) == (variant, goal):
            score = "" if isnan(one.z) else f", z {one.z:.2f}"
            return f"{formatting.lift(one.lift)}{score}"
    return DASH


def sets(watched: Running, pair: PairPath) -> Table:
    """The pass-through of a pair at every look, and what stands."""
    labels = {
        look.day: each
        for look in looks_of(watched)
        for each in look.carry
        if (each.variant, each.micro, each.macro) == (pair.variant, pair.micro, pair.macro)
    }
    rows = (
        (
            day.isoformat(),
            f"{found.low:.2f}",
            f"{found.high:.2f}",
            LABELS[labels[day].label].title,
            LABELS[labels[day].settled].title,
        )
        for day, found in pair.sets
    )
    columns = (
        Column("Look", False), Column("From"), Column("To"),
        Column("This look", False), Column("All looks so far", False),
    )  # fmt: skip
    return Table(columns, tuple(rows))


def daily(watched: Running, goal: str) -> Table:
    """The rate of a goal by day of entry, variant by variant."""
    found = () if watched.monitoring is None else watched.monitoring.daily
    own = [one for one in found if one.goal == goal]
    days = own[0].days if own else ()
    rates = [[DASH if isnan(rate) else formatting.rate(rate) for rate in one.rates] for one in own]
    names = (watched.experiment.names.variant(one.variant) for one in own)
    rows = zip((day.isoformat() for day in days), *rates, strict=True)
    return Table((Column("Entered", False), *map(Column, names)), tuple(rows))


def share_path(watched: Running) -> Table:
    """The log e-value of the shares, day by day."""
    found = None if watched.monitoring is None else watched.monitoring.sample_ratio
    days, path = (found.days, found.path) if found else ((), ())
    rows = ((day.isoformat(), f"{log_e:.2f}") for day, log_e in zip(days, path, strict=True))
    return Table((Column("Day", False), Column("log e")), tuple(rows))


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
