"""The tables of health: cells of text that every rendering shows alike."""

from __future__ import annotations

from math import isnan

from abmicro import formatting
from abmicro.analysis.results import SourceRate
from abmicro.report.blocks import Column, Table
from abmicro.report.tables.traffic import MOST_SOURCES, ODD, of_rate
from abmicro.traffic.results import Health, RateChange


def funnel(health: Health) -> Table:
    """The steps of the funnel with what is lost at each."""
    names = health.experiment.names
    timed = any(not isnan(one.hours) for one in health.funnel)
    heads = [names.units.capitalize(), "Of all", "Of the step before", "Left before it"]
    heads += ["Median time to it", "From it to the end"] if timed else []
    rows = (
        (
            names.head(one.step),
            formatting.count(one.reached),
            formatting.rate(one.rate),
            formatting.rate(one.step_rate),
            formatting.count(one.lost),
            *((formatting.hours(one.hours), _hours(one.hours_to_macro)) if timed else ()),
        )
        for one in health.funnel
    )
    brief = ("Step", *heads[:1], *heads[2:5])
    columns = (Column("Step", False), *map(Column, heads))
    return Table(columns, tuple(rows), label="The funnel", brief=brief if timed else ())


def _hours(value: float) -> str:
    return "-" if isnan(value) else formatting.hours(value)


def steps(health: Health, segment: str) -> Table:
    """Rates of every goal and step, source by source."""
    found = [one for one in health.sources if one.segment == segment]
    kinds = list(dict.fromkeys((one.goal, one.of) for one in found))
    rows: dict[str, dict[tuple[str, str], SourceRate]] = {}
    for one in found:
        rows.setdefault(one.source, {})[one.goal, one.of] = one
    columns = [Column(segment, False)]
    columns += [Column(of_rate(health.experiment.names, *kind)) for kind in kinds]
    made = (
        (source, *(formatting.share(of_source[kind].rate) for kind in kinds))
        for source, of_source in list(rows.items())[:MOST_SOURCES]
    )
    return Table(tuple(columns), tuple(made), label=f"Every goal and step by {segment}")


def days(health: Health, goal: str, of: str) -> Table:
    """Days of a rate, the odd ones marked."""
    names = health.experiment.names
    heads = (names.head(goal), names.head(of) if of else names.units.capitalize(), "Usual")
    rows = (
        (
            f"{one.day:%a} {one.day}",
            formatting.count(one.reached),
            formatting.count(one.units),
            formatting.count(one.expected),
            ODD[one.flagged],
        )
        for one in health.days
        if (one.goal, one.of) == (goal, of)
    )
    columns = (Column("Day", False), *map(Column, heads), Column("Odd", False))
    return Table(columns, tuple(rows), label=f"Day by day: {of_rate(names, goal, of)}")


def weeks(health: Health, goal: str) -> Table:
    """Weeks of a goal, each over the week before."""
    names = health.experiment.names
    rows = (
        (
            f"from {one.start}" + _short_week(one.days),
            formatting.count(one.units),
            formatting.count(one.reached),
            formatting.rate(one.rate),
            "-" if isnan(one.lift.estimate) else formatting.lift(one.lift),
        )
        for one in health.weeks
        if one.goal == goal
    )
    heads = (names.units.capitalize(), names.head(goal), "Rate", "Over the week before")
    columns = (Column("Week", False), *map(Column, heads))
    return Table(columns, tuple(rows), label=f"Week over week: {names.goal(goal)}")


def _short_week(days: int) -> str:
    """How many days a week has that is not whole.

    >>> _short_week(1), _short_week(3), _short_week(7)
    (' (1 day)', ' (3 days)', '')
    """
    return f" ({days} day{'s' * (days > 1)})" if days < 7 else ""


def change(one: RateChange) -> Table:
    """What each source adds to a change, per 1,000 of all."""
    heads = (one.before, one.after, "Rate then", "Rate now", "By its share", "By its rate")
    rows = [
        (
            row.source or "all",
            formatting.count(row.units_before),
            formatting.count(row.units_after),
            formatting.rate(row.rate_before),
            formatting.rate(row.rate_after),
            per_1000(row.mix),
            per_1000(row.rate),
        )
        for row in one.sources[:MOST_SOURCES]
    ]
    whole = (
        "together",
        formatting.count(one.units_before),
        formatting.count(one.units_after),
        formatting.rate(one.rate_before),
        formatting.rate(one.rate_after),
        per_1000(one.mix.estimate),
        per_1000(one.rate.estimate),
    )
    columns = (Column(one.segment or "of", False), *map(Column, heads))
    return Table(columns, (*rows, whole), label=f"{one.after} against {one.before}: {one.goal}")


def per_1000(value: float) -> str:
    """A part of a change per 1,000 units."""
    return formatting.amount(1000 * value, width=0.2)
