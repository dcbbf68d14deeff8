"""Days against the others of their weekday: dips of a rate, and in which source they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from math import nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results.traffic import DayChart, Dip, DipPlace, HealthDay, Kind
from abmicro.analysis.traffic.words import dip_sentence, places_sentence
from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.quality import odd_days, smallest_dip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals
    from abmicro.marginals.traffic.traffic_counts import TrafficCounts
    from abmicro.stats.quality import OddDays


FALSE_ALARM = 0.02  # chance that a day of a chart, or of any source, is ringed by chance alone
FEWEST_DAYS = 14  # two of each weekday
FEWEST = 5  # conversions of a day that must be expected
WEEK = 7
NO_WHOLE_DAY = "no day of your data is whole yet"
FELL = 2.58  # standard errors by which a source fell on the day of a dip


@frozen(eq=False)
class DayCounts:
    """Days of one rate, or weeks of seven days: T of them.

    reached, units: (L, T), the first level all units. weekday: (T,), equal for those compared.
    reason: why days cannot be judged; empty where they can.
    """

    goal: str
    of: str
    days: tuple[date, ...]
    reached: Floats
    units: Floats
    weekday: NDArray[np.int64]
    weekly: bool = False
    reason: str = ""


@frozen
class DayFindings:
    """Charts of rates with their days, and the dips among them and in single sources."""

    charts: tuple[DayChart, ...] = ()
    days: tuple[HealthDay, ...] = ()
    dips: tuple[Dip, ...] = ()


def day_findings(experiment: Experiment, traffic: TrafficCounts, until: date | None) -> DayFindings:
    """Every rate by day; days from `until` on are not complete and left out."""
    series = [_joined(one) for one in _series(traffic, until)]
    judged = [one for one in series if not one.reason]
    levels = {at: _levels(traffic, one) for at, one in enumerate(judged) if not one.of}
    sources = sum(map(len, levels.values()))
    charts = [_absent(one) for one in series if one.reason]
    days: list[HealthDay] = []
    dips: list[Dip] = []
    for at, one in enumerate(judged):
        found = odd_days(
            Binomial(one.reached[0], one.units[0]), one.weekday, false_alarm=FALSE_ALARM
        )
        charts.append(_chart(one, found))
        days += _days(one, found)
        dips += _dips(experiment, traffic, one, found)
        for level in levels.get(at, ()):
            share = FALSE_ALARM / sources
            of_one = odd_days(
                Binomial(one.reached[level], one.units[level]), one.weekday, false_alarm=share
            )
            known = {(dip.goal, dip.day) for dip in dips}
            found_here = _dips(experiment, traffic, one, of_one, level)
            dips += [dip for dip in found_here if (dip.goal, dip.day) not in known]
    order = {(one.goal, one.of): at for at, one in enumerate(series)}
    charts.sort(key=lambda chart: order[chart.goal, chart.of])
    return DayFindings(tuple(charts), tuple(days), tuple(dips))


def whole_until(experiment: Experiment, marginals: Marginals) -> date | None:
    """The first day that is not complete; None where nothing tells."""
    if marginals.cut_off is None:
        return None
    from zoneinfo import ZoneInfo

    return marginals.cut_off.astimezone(ZoneInfo(experiment.timezone)).date()


def _series(traffic: TrafficCounts, until: date | None) -> Iterator[DayCounts]:
    """Rates of the steps among all units and among those of the step before, or of goals."""
    dated = [(day, at) for at, day in enumerate(traffic.days) if day and traffic.units[0, at]]
    whole = sorted((day, at) for day, at in dated if until is None or day < until)
    days, kept = tuple(day for day, _ in whole), [at for _, at in whole]
    none = NO_WHOLE_DAY if dated and not whole else ""
    weekday = np.array([day.weekday() for day in days], dtype=np.int64)
    for goal, of, reached, units in _rates(traffic):
        yield DayCounts(goal, of, days, reached[:, kept], units[:, kept], weekday, reason=none)


def _rates(traffic: TrafficCounts) -> Iterator[tuple[str, str, Floats, Floats]]:
    """Goal, what it is a share of (empty: of all units), and units with each: (L, D)."""
    steps, passed = traffic.steps, traffic.passed
    wanted = () if steps else (*traffic.engaging[:3], *filter(None, [traffic.macro]))
    for goal in wanted or traffic.goals[: 0 if steps else 3]:
        yield goal, "", traffic.reached[..., traffic.goals.index(goal)], traffic.units
    for at, step in enumerate(steps):
        yield step, "", passed[..., at], traffic.units
    for at, step in enumerate(steps[1:]):
        yield step, steps[at], passed[..., at + 1], passed[..., at]


def _joined(one: DayCounts) -> DayCounts:
    """The days as they are where each has enough conversions, else joined to weeks."""
    if not one.days:
        return one if one.reason else replace(one, reason="your data have no days of entry")
    total, days = one.reached[0].sum(), len(one.days)
    if total == 0 or total == one.units[0].sum():
        return replace(one, reason=f"every day is alike: {total:,.0f} in all")
    if total / days >= FEWEST:
        short = (
            f"{days} days, and the chart needs {FEWEST_DAYS}, so that each weekday is seen twice"
        )
        return one if days >= FEWEST_DAYS else replace(one, reason=short)
    weeks = days // WEEK
    if weeks >= FEWEST_DAYS and total / weeks >= FEWEST:
        return _weeks(one, weeks)
    few = (
        f"{total / days:.1f} a day are too few to judge days, and {weeks} whole weeks too few weeks"
    )
    return replace(one, reason=few)


def _weeks(one: DayCounts, weeks: int) -> DayCounts:
    def added(by_day: Floats) -> Floats:
        whole = by_day[:, : weeks * WEEK]
        return np.asarray(whole.reshape(len(by_day), weeks, WEEK).sum(axis=-1))

    return replace(
        one,
        days=one.days[: weeks * WEEK : WEEK],
        reached=added(one.reached),
        units=added(one.units),
        weekday=np.zeros(weeks, dtype=np.int64),
        weekly=True,
    )


def _levels(traffic: TrafficCounts, one: DayCounts) -> list[int]:
    """Levels with enough conversions a day, of segments with another such level."""
    places: dict[str, list[int]] = {}
    for at, level in enumerate(traffic.levels):
        often = one.reached[at].sum() / len(one.days) >= FEWEST
        if level is not None and often and (one.units[at] > 0).all():
            places.setdefault(level.segment, []).append(at)
    return [at for several in places.values() if len(several) > 1 for at in several]


def _absent(one: DayCounts) -> DayChart:
    return DayChart(one.goal, one.of, one.weekly, nan, nan, nan, nan, one.reason)


def _chart(one: DayCounts, found: OddDays) -> DayChart:
    rate = float(one.reached[0].sum() / one.units[0].sum())
    others = int(np.median(np.unique(one.weekday, return_counts=True)[1])) - 1
    least = smallest_dip(
        float(np.median(one.reached[0])),
        rate,
        max(others, 1),
        spread=found.spread,
        limit=found.limit,
    )
    return DayChart(one.goal, one.of, one.weekly, found.spread, found.limit, FALSE_ALARM, least)


def _days(one: DayCounts, found: OddDays) -> Iterator[HealthDay]:
    for at, day in enumerate(one.days):
        expected, units = float(found.expected[at]), one.units[0, at]
        rate = expected / units if units else 0.0
        same = one.weekday == one.weekday[at]
        others = one.units[0, same].sum() - units
        error = sqrt(max(expected * (1 - rate) * (1 + units / max(others, 1)), 0.0))
        far = found.limit * found.spread * error
        kind: Kind = ""
        if found.odd[at]:
            kind = "dip" if found.score[at] < 0 else "peak"
        yield HealthDay(
            goal=one.goal,
            of=one.of,
            day=day,
            reached=int(one.reached[0, at]),
            units=int(units),
            expected=expected,
            low=max(expected - far, 0.0),
            high=expected + far,
            score=float(found.score[at]),
            flagged=kind,
        )


def _dips(
    experiment: Experiment, traffic: TrafficCounts, one: DayCounts, found: OddDays, level: int = 0
) -> Iterator[Dip]:
    named = traffic.levels[level]
    names = experiment.names
    for at in np.flatnonzero(found.odd & (found.score < 0)).tolist():
        reached, units = float(one.reached[level, at]), float(one.units[level, at])
        places = () if named is not None else _places(traffic, one, at)
        of = names.of_units(units) if not one.of else f"{units:,.0f} {names.goal(one.of)}"
        told = dip_sentence(
            names.goal(one.goal),
            one.days[at],
            weekly=one.weekly,
            reached=reached,
            of=of,
            expected=float(found.expected[at]),
        )
        where = "" if named is None else f" Only {named.segment} {named.level}."
        yield Dip(
            goal=one.goal,
            of=one.of,
            day=one.days[at],
            segment="" if named is None else named.segment,
            source="" if named is None else named.level,
            reached=int(reached),
            units=int(units),
            expected=float(found.expected[at]),
            score=float(found.score[at]),
            places=places,
            sentence=f"{told}{where}{places_sentence(places)}",
        )


def _places(traffic: TrafficCounts, one: DayCounts, at: int) -> tuple[DipPlace, ...]:
    """The levels of the segment that parts those that fell from those that did not, at best."""
    best: tuple[DipPlace, ...] = ()
    for segment in dict.fromkeys(level.segment for level in traffic.levels if level is not None):
        places = tuple(_placed(traffic, one, at, segment))
        fell = [place.fell for place in places]
        if any(fell) and not all(fell) and _missing(places) > _missing(best):
            best = places
    return best


def _missing(places: Sequence[DipPlace]) -> float:
    """The largest share that a place which fell is short of."""
    short = (1 - one.reached / one.expected for one in places if one.fell)
    return max(short, default=0.0)


def _placed(traffic: TrafficCounts, one: DayCounts, at: int, segment: str) -> Iterator[DipPlace]:
    same = (one.weekday == one.weekday[at]) & (np.arange(len(one.days)) != at)
    for place, level in enumerate(traffic.levels):
        if level is None or level.segment != segment:
            continue
        others = one.units[place, same].sum()
        rate = one.reached[place, same].sum() / others if others else nan
        expected = one.units[place, at] * rate
        if not expected >= FEWEST:
            continue
        error = sqrt(expected * (1 - rate) * (1 + one.units[place, at] / others))
        reached = one.reached[place, at]
        fell = bool(error and (expected - reached) / error > FELL)
        yield DipPlace(segment, level.level, int(reached), float(expected), fell)
