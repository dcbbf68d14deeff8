"""`health`: how funnel and traffic stand on a day without a test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from math import nan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.traffic.days import FALSE_ALARM, DayFindings, day_findings, whole_until
from abmicro.analysis.traffic.sources import (
    SourceIntervals,
    goal_rates,
    overall_rates,
    source_tables,
    traffic_sources,
    values_per_unit,
)
from abmicro.analysis.traffic.words import counted, weekday
from abmicro.counts.entry_days import entered_since
from abmicro.errors import CountsError, Problem
from abmicro.marginals.marginals import Marginals
from abmicro.stats.time_to_event.lag_shift import lag_quantile
from abmicro.traffic.changes import changes, months_of, told_goals, weeks
from abmicro.traffic.results import Health, HealthStep
from abmicro.traffic.tracking import tracking

if TYPE_CHECKING:
    from abmicro.analysis.results import Check, SourceRate, SourceValue, TrafficSource
    from abmicro.counts import Histograms, JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.traffic.traffic_counts import TrafficCounts

MOST_NAMED = 2  # things that the headline names


def health(
    experiment: Experiment,
    counts: JointCounts,
    histograms: Histograms | None = None,
    *,
    since: date | None = None,
    compare: str | None = None,
) -> Health:
    """How funnel and traffic stand: sources, steps, days, recording. No test is needed.

    counts: of one variant or of several, which are taken together. histograms: of a log of events,
        for times between steps and double firing.
    since: only units that entered on this day or later. compare: an earlier month, `2026-10`, that
        the last month of the data is set against.

    Raises CountsError where the table lacks a goal or has no unit, where it has no days and one of
    them is asked for, or where the month is none of its months but the last.

    >>> from abmicro import Experiment, JointCounts
    >>> goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    >>> shop = Experiment(name="Shop", variants=["everybody"], goals=goals)
    >>> counts = JointCounts.of_path(("everybody",), ("cart", "order"), [[24_080, 3_546, 324]])
    >>> found = health(shop, counts)
    >>> found.headline, [round(step.step_rate, 3) for step in found.funnel]
    ('Nothing to look at', [0.147, 0.091])
    """
    from abmicro import __version__

    marginals = _marginals(experiment, counts if since is None else _since(counts, since))
    traffic = marginals.traffic
    months = None if compare is None else months_of(traffic, compare)
    sources, rates = _sources(experiment, traffic, histograms)
    days = day_findings(experiment, traffic, whole_until(experiment, marginals))
    checks = tracking(experiment, marginals, histograms)
    found = tuple(_found(experiment, sources, days, checks))
    engaged, shallow = _shares(traffic)
    return Health(
        experiment=experiment,
        version=__version__,
        headline=f"{counted(len(found))} to look at",
        sentence=_named(found),
        then=_then(experiment, traffic),
        first_day=_first_day(marginals),
        last_day=marginals.last_day,
        units=marginals.units,
        engaging=traffic.engaging,
        macro=traffic.macro,
        engaged=engaged,
        shallow=shallow,
        values=_values(traffic, experiment.analysis.confidence),
        funnel=tuple(_funnel(traffic, histograms)),
        traffic=sources,
        sources=rates,
        false_alarm=FALSE_ALARM,
        charts=days.charts,
        days=days.days,
        dips=days.dips,
        weeks=tuple(weeks(experiment, traffic)),
        changes=() if months is None else tuple(changes(experiment, traffic, months)),
        checks=checks,
        notes=tuple(_notes(experiment, traffic)),
    )


def _marginals(experiment: Experiment, counts: JointCounts) -> Marginals:
    """The counts added up; CountsError where nobody is in them."""
    marginals = Marginals.of(experiment, counts)
    if not marginals.units:
        hint = "look at the data that the definition names, or at an earlier day"
        raise CountsError(Problem("counts", "there is no unit to look at", "E642", hint))
    return marginals


def _sources(
    experiment: Experiment, traffic: TrafficCounts, histograms: Histograms | None
) -> tuple[tuple[TrafficSource, ...], tuple[SourceRate, ...]]:
    """Every source, and the rate of every goal: over all units, then by source."""
    rates = SourceIntervals(experiment.analysis.confidence)
    tables = tuple(source_tables(traffic, histograms))
    sources = tuple(
        row for table in tables for row in traffic_sources(experiment, traffic, table, rates)
    )
    signals = {(one.segment, one.source): one.signals for one in sources}
    by_source = (row for table in tables for row in goal_rates(traffic, table, rates, signals))
    return sources, (*overall_rates(traffic, rates.level), *by_source)


def _first_day(marginals: Marginals) -> date | None:
    """The first day on which a unit entered."""
    return min((day for day, units in marginals.units_by_day.items() if units), default=None)


def _shares(traffic: TrafficCounts) -> tuple[float, float]:
    """Shares of all units: with a micro goal, and with no goal at all."""
    whole = traffic.units[0].sum()
    return float(traffic.engaged[0].sum() / whole), float(traffic.shallow[0].sum() / whole)


def _values(traffic: TrafficCounts, level: float) -> tuple[SourceValue, ...]:
    """What a unit is worth by each goal of a value."""
    whole = traffic.units[0].sum()
    totals, squares = traffic.totals[0], traffic.squares[0]
    return tuple(values_per_unit(traffic.values, whole, totals, squares, level))


def _since(counts: JointCounts, day: date) -> JointCounts:
    if all(period is None for period in counts.periods):
        what = "the data have no days of entry"
        hint = "name a column of days, or drop the option"
        raise CountsError(Problem("since", what, "E643", hint))
    return entered_since(counts, day)


def _funnel(traffic: TrafficCounts, histograms: Histograms | None) -> Iterator[HealthStep]:
    """The steps of the funnel, or the goals where there is none."""
    units = before = float(traffic.units[0].sum())
    for at, step in enumerate(traffic.steps):
        reached = float(traffic.passed[0, :, at].sum())
        yield HealthStep(
            step=step,
            reached=int(reached),
            rate=reached / units,
            step_rate=reached / before if before else nan,
            lost=int(before - reached),
            hours=_median(histograms, "lag", step),
            hours_to_macro=_median(histograms, "to_macro", step),
        )
        before = reached


def _median(histograms: Histograms | None, figure: str, goal: str) -> float:
    if histograms is None or goal not in histograms.goals:
        return nan
    found = histograms.of(figure, goal)
    return float(lag_quantile(found.bins, found.units.sum(axis=0), 0.5))


def _found(
    experiment: Experiment,
    sources: Sequence[TrafficSource],
    days: DayFindings,
    checks: Sequence[Check],
) -> Iterator[str]:
    """What somebody should look at, each in a few words, the worst first."""
    for one in sources:
        if "engages_no_order" in one.signals:
            yield f"{one.source} engages but hardly pays"
        elif one.signals:
            yield f"{one.source} brings visits that lead nowhere"
    for day in dict.fromkeys(one.day for one in days.dips):
        of_day = [one for one in days.dips if one.day == day]
        yield f"{experiment.names.goal(of_day[0].goal)} dipped on {weekday(day)}"
    for check in checks:
        if check.status in ("warn", "fail"):
            yield check.sentence.rstrip(".").replace("; ", ", ")


def _named(found: Sequence[str]) -> str:
    """The first things by name."""
    if not found:
        return "No source, day or tag stands out."
    more = len(found) - MOST_NAMED
    told = [one[:1].upper() + one[1:] for one in found[:MOST_NAMED]]
    return ". ".join(told) + (f". And {more} more." if more > 0 else ".")


def _then(experiment: Experiment, traffic: TrafficCounts) -> str:
    """How many units came to the goals that count, and how many of 1,000."""
    names, units = experiment.names, float(traffic.units[0].sum())
    goals = told_goals(traffic)
    reached = [traffic.reached[0, :, traffic.goals.index(goal)].sum() for goal in goals]
    told = [
        f"{number:,.0f} {names.goal(goal)}" for goal, number in zip(goals, reached, strict=True)
    ]
    per = [formatting.ratio(1000 * one / units, width=1000 * one / units) for one in reached]
    if not told:
        return f"{names.of_units(units)}."
    return f"{names.of_units(units)} brought {' and '.join(told)}: {' and '.join(per)} per 1,000."


def _notes(experiment: Experiment, traffic: TrafficCounts) -> Iterator[str]:
    """What these figures take for granted."""
    names = experiment.names
    if len(experiment.variants) > 1:
        told = ", ".join(map(names.variant, (one.name for one in experiment.variants)))
        yield f"All variants are taken together: {told}."
    if traffic.engaging:
        goals = ", ".join(map(names.goal, traffic.engaging))
        yield f"Engaged means: came to {goals}."
    else:
        yield "No micro goal tells of interest: none is known together with the others, or nearly "\
            "everybody comes to it."  # fmt: skip
    if not any(level for level in traffic.levels):
        yield "No source is named: add [segments] with source, device, campaign or user type."
    yield (
        f"A day is the day on which {names.units} entered. Rates of sources are drawn toward the "
        "common one, the more the fewer people are behind them."
    )
    dated = [day for day in traffic.days if day is not None]
    open_goals = [goal.name for goal in experiment.goals if goal.is_rate and goal.closes is None]
    if dated and open_goals:
        named = ", ".join(open_goals[:3])
        yield f"Without a window the last days have had less time for {named}: give goals a window."
