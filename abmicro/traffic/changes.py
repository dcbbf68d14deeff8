"""One time against another: week over week, and a month against an earlier one by source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.errors import CountsError, Problem
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import lift
from abmicro.stats.quality import split_change
from abmicro.traffic.results import RateChange, SourceChange, WeekRate

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.traffic.traffic_counts import TrafficCounts


FEWEST = 10  # units of a source in both months together, below which its rates are not shown


def weeks(experiment: Experiment, traffic: TrafficCounts) -> Iterator[WeekRate]:
    """Calendar weeks of the engaging goal and the macro goal, each over the week before."""
    of_week: dict[date, list[int]] = {}
    for at, day in enumerate(traffic.days):
        if day is not None:
            of_week.setdefault(day - timedelta(days=day.weekday()), []).append(at)
    starts = sorted(of_week)
    if len(starts) < 2:
        return
    units = np.array([traffic.units[0, of_week[start]].sum() for start in starts])
    level = experiment.analysis.confidence
    for goal in told_goals(traffic):
        by_day = traffic.reached[0, :, traffic.goals.index(goal)]
        reached = np.array([by_day[of_week[start]].sum() for start in starts])
        changes = lift(Binomial(reached[1:], units[1:]), Binomial(reached[:-1], units[:-1]),
                       level=level)  # fmt: skip
        for at, start in enumerate(starts):
            follows = at and start - starts[at - 1] == timedelta(days=7)
            rise, low, high = (float(part[at - 1]) if follows else nan for part in changes[:3])
            yield WeekRate(
                goal=goal,
                start=start,
                days=len(of_week[start]),
                units=int(units[at]),
                reached=int(reached[at]),
                rate=float(reached[at] / units[at]) if units[at] else nan,
                lift=Interval(rise, low, high, level),
            )


def told_goals(traffic: TrafficCounts) -> tuple[str, ...]:
    """The first engaging goal, in the order of the funnel if there is one, and the macro goal."""
    first = next((step for step in traffic.steps if step in traffic.engaging), None)
    micro = first or next(iter(traffic.engaging), None)
    return tuple(dict.fromkeys(filter(None, (micro, traffic.macro))))


def months_of(traffic: TrafficCounts, wanted: str) -> tuple[str, str]:
    """The month asked for and the last one; CountsError where there are not both."""
    dated = (day for day, units in zip(traffic.days, traffic.units[0], strict=True) if units)
    months = sorted({f"{day:%Y-%m}" for day in dated if day is not None})
    if not months:
        what = "the data have no days of entry, so months cannot be told apart"
        hint = "name a column of days, or drop the comparison"
        raise CountsError(Problem("compare", what, "E640", hint))
    if wanted not in months[:-1]:
        what = f"{wanted!r} is not a month before the last one, {months[-1]}"
        known = ", ".join(months[:-1][-12:]) or "none; the data hold one month"
        raise CountsError(Problem("compare", what, "E641", f"months to compare with: {known}"))
    return wanted, months[-1]


def changes(
    experiment: Experiment, traffic: TrafficCounts, months: tuple[str, str]
) -> Iterator[RateChange]:
    """The last month against an earlier one, goal by goal and segment by segment."""
    for goal in told_goals(traffic):
        reached = traffic.reached[..., traffic.goals.index(goal)]
        found = [_of_month(traffic, reached, month) for month in months]
        segments = dict.fromkeys(one.segment for one in traffic.levels if one is not None)
        for segment in segments or ("",):
            at = [place for place, one in enumerate(traffic.levels)
                  if (one.segment if one else "") == segment]  # fmt: skip
            yield _change(experiment, traffic, (segment, goal), months, at, found)


def _of_month(traffic: TrafficCounts, reached: Floats, month: str) -> tuple[Floats, Floats]:
    """Reached and units of every level in a month."""
    kept = np.array([day is not None and f"{day:%Y-%m}" == month for day in traffic.days])
    return reached[:, kept].sum(axis=1), traffic.units[:, kept].sum(axis=1)


def _change(
    experiment: Experiment,
    traffic: TrafficCounts,
    of: tuple[str, str],
    months: tuple[str, str],
    at: list[int],
    found: list[tuple[Floats, Floats]],
) -> RateChange:
    level = experiment.analysis.confidence
    z = float(ndtri((1 + level) / 2))
    (x0, n0), (x1, n1) = found
    split = split_change(Binomial(x0[at], n0[at]), Binomial(x1[at], n1[at]))

    def interval(value: float, error: float) -> Interval:
        return Interval(value, value - z * error, value + z * error, level)

    parts = [interval(value, float(error)) for value, error in
             zip((split.total, split.mix, split.rate), split.errors, strict=True)]  # fmt: skip
    rows = [
        SourceChange(
            segment=of[0],
            source="" if (one := traffic.levels[place]) is None else one.level,
            units_before=int(n0[place]),
            units_after=int(n1[place]),
            rate_before=_rate(x0[place], n0[place]),
            rate_after=_rate(x1[place], n1[place]),
            mix=float(split.mix_of[row]),
            rate=float(split.rate_of[row]),
        )
        for row, place in enumerate(at)
    ]
    return RateChange(
        segment=of[0],
        goal=of[1],
        before=months[0],
        after=months[1],
        units_before=int(n0[0]),
        units_after=int(n1[0]),
        rate_before=_rate(x0[0], n0[0]),
        rate_after=_rate(x1[0], n1[0]),
        total=parts[0],
        mix=parts[1],
        rate=parts[2],
        sources=tuple(sorted(rows, key=lambda row: -abs(row.mix + row.rate))),
        sentence=_sentence(experiment, of, months, parts),
    )


def _rate(reached: float, units: float) -> float:
    return float(reached / units) if units else nan


def _sentence(
    experiment: Experiment, of: tuple[str, str], months: tuple[str, str], parts: list[Interval]
) -> str:
    """How many more of a thousand, and how much of it other people make."""
    (total, mix, rate), names = parts, experiment.names
    before, after = (f"{date.fromisoformat(f'{month}-01'):%B %Y}" for month in months)
    width = 1000 * (total.high - total.low)
    change, low, high = (_more(end, width) for end in (total.estimate, total.low, total.high))
    told = f"{change} {names.goal(of[1])} of 1,000 {names.units} in {after} than in {before}, from "
    told += f"{low} to {high}"
    if not of[0]:
        return f"{told}."
    others, same = (formatting.amount(1000 * part.estimate, width=width) for part in (mix, rate))
    return (
        f"{told}: {others} because others came (by {of[0]}), {same} because the same kinds of "
        f"{names.units} did otherwise."
    )


def _more(part: float, width: float) -> str:
    """So many more or fewer of a thousand."""
    number = formatting.amount(abs(1000 * part), width=width).lstrip("+")
    return f"{number} {'more' if part >= 0 else 'fewer'}"
