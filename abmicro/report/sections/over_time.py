"""Conversions over time and lifts without the faults of recording, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis, Mended, Timing, check_name
from abmicro.report.blocks import (
    Block,
    Chart,
    Column,
    Fold,
    Heading,
    Note,
    Paragraph,
    Section,
    Table,
)
from abmicro.report.sections import goals
from abmicro.report.tables import parts as in_people
from abmicro.report.words import LABELS
from abmicro.report.words.subject import Subject

LAGS = (
    "By when half and 90% of the conversions came, from exposure, over units whose window has "
    "closed. Early is the share of them up to the control's median; it compares those who "
    "converted, so it is a hint and no effect."
)
GAINED = (
    "Hours gained say how much longer the mean unit has converted by the end of the window; they "
    "count every exposed unit, so they compare the variants as randomised."
)
INCIDENCE = (
    "Share of units that reach the goal within the window, counting those who are still watched "
    "for as long as they were (Kaplan-Meier). The verdict rests on units whose window has closed."
)
WEEKS = "Each row is the lift of the units that entered in that week."
EXPOSURES = "Units by the day on which they entered. A day that one variant lacks shows as a gap."
PATHS = (
    "The lift among all units that had entered until each day. Only the end is a finding and has "
    "an interval, that of the goals table, which holds for one look at the end. The path has no "
    "band: looked at every day, bands of that kind would miss the truth far more often than they "
    "promise. Do not stop where it looks best."
)
SHORT = ("Goal", "Half, control", "Half, variant", "Early, control", "Early, variant", "p")
MENDED = (
    "What the lift would be without the fault. It rests on assumptions, so it replaces no result: "
    "a capture correction takes buyers and others to be recorded alike; the other rows leave units "
    "or days out of both variants."
)


def section(analysis: Analysis) -> Section:
    """Units and lifts by day, weeks of entry, how soon each goal is reached."""
    return Section("time", "Over time", tuple(_blocks(analysis)), "Over time", is_result=True)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    explained = False
    for verdict in analysis.verdicts:
        if tells_of(analysis, verdict.variant):
            yield from _arm(analysis, verdict.variant)
        if goals.of_variant(analysis.timing, verdict.variant) and not explained:
            yield Note(f"{LAGS} {GAINED}")
            explained = True
    if analysis.days:
        yield Fold("Day by day", tuple(_by_day(analysis)))


def _by_day(analysis: Analysis) -> Iterator[Block]:
    yield _exposures(analysis)
    paths = () if analysis.monitoring else followed(analysis)  # looks have paths of their own
    for at, goal in enumerate(paths):
        yield _path(analysis, goal, f"path-{at}")


def _arm(analysis: Analysis, variant: str) -> Iterator[Block]:
    yield Heading(analysis.experiment.names.variant(variant))
    by_week = replace(weeks(analysis, variant), label=f"Lifts by week, {variant}")
    if by_week.rows:
        verdict = next(one for one in analysis.verdicts if one.variant == variant)
        found = goals.of_variant(analysis.weeks, variant)
        counted = in_people.weeks(Subject.of(analysis, verdict), found)
        yield replace(counted, label=f"Week by week, {variant}")
        yield Fold("Lifts by week", (by_week, Note(WEEKS)), medium="page", long=True)
    yield from map(Paragraph, sentences(analysis, variant))
    soon = replace(lags(analysis, variant), label=f"Time to each goal, {variant}", brief=SHORT)
    if soon.rows:
        yield soon
        shares = replace(incidence(analysis, variant), label=f"Incidence of each goal, {variant}")
        title = "With those who are still watched"
        yield Fold(title, (shares, Note(INCIDENCE)), medium="page", long=True)


def _exposures(analysis: Analysis) -> Chart:
    return Chart(
        "exposures",
        "exposures",
        (),
        "Units by entry day",
        EXPOSURES,
        range_of_exposures(analysis),
        table=exposures(analysis),
    )


def _path(analysis: Analysis, goal: str, name: str) -> Chart:
    return Chart(
        name,
        "cumulative_lift",
        (("goal", goal),),
        f"Lift of {goal} as units entered",
        PATHS,
        end_of_path(analysis, goal),
        table=path(analysis, goal),
    )


def is_told(analysis: Analysis) -> bool:
    """Whether there is anything to tell about time."""
    return bool(analysis.timing or analysis.weeks or analysis.days)


def tells_of(analysis: Analysis, variant: str) -> bool:
    """Whether there is anything to tell about the time of one variant, apart from its days."""
    told = [one.variant for one in analysis.timing] + [one.variant for one in analysis.weeks]
    return variant in told


def exposures_by_arm(analysis: Analysis) -> tuple[tuple[date, ...], dict[str, tuple[float, ...]]]:
    """The days, and the units of every variant on each, control first."""
    goal = analysis.days[0].goal
    rows = [one for one in analysis.days if one.goal == goal]
    variants = dict.fromkeys(one.variant for one in rows)
    by_arm = {variant: goals.of_variant(rows, variant) for variant in variants}
    first = by_arm[rows[0].variant]
    units = {analysis.experiment.control.name: tuple(one.units.control for one in first)}
    units |= {
        variant: tuple(one.units.treated for one in found) for variant, found in by_arm.items()
    }
    return tuple(date.fromisoformat(one.day) for one in first), units


def exposures(analysis: Analysis) -> Table:
    """Units that entered, by day and variant."""
    days, by_arm = exposures_by_arm(analysis)
    rows = zip(
        map(str, days), *(map(formatting.count, units) for units in by_arm.values()), strict=True
    )
    return Table((Column("Entered", False), *map(Column, by_arm)), tuple(rows))


def path(analysis: Analysis, goal: str) -> Table:
    """The lift of one goal among all units that entered until each day, by variant."""
    rows = [one for one in analysis.days if one.goal == goal]
    variants = dict.fromkeys(one.variant for one in rows)
    lifts = [
        [formatting.percent(one.lift) for one in goals.of_variant(rows, variant)]
        for variant in variants
    ]
    days = [one.day for one in goals.of_variant(rows, next(iter(variants)))]
    heads = (Column("Entered until", False), *map(Column, variants))
    return Table(heads, tuple(zip(days, *lifts, strict=True)))


def followed(analysis: Analysis) -> tuple[str, ...]:
    """The goals whose lift has a path, the primary and the first macro goal."""
    return tuple(dict.fromkeys(one.goal for one in analysis.days))[:2]


def end_of_path(analysis: Analysis, goal: str) -> str:
    """Where the paths of a goal end, in numbers."""
    variants = dict.fromkeys(one.variant for one in analysis.days if one.goal == goal)
    ends = (
        f"{variant} {formatting.lift(row.lift)}"
        for variant in variants
        for row in goals.whole(analysis, variant)
        if row.goal == goal
    )
    return f"At the end: {'; '.join(ends)}."


def range_of_exposures(analysis: Analysis) -> str:
    """The smallest and the largest day of every variant."""
    _, by_arm = exposures_by_arm(analysis)
    told = (
        f"{variant} {formatting.count(min(units))} to {formatting.count(max(units))} units a day"
        for variant, units in by_arm.items()
    )
    return f"{'; '.join(told)}."


def mended(analysis: Analysis) -> Table:
    """Lifts as recorded and without the fault that a check found."""
    columns = (
        *(Column("Fault", False), Column("Variant", False), Column("Goal", False)),
        *(Column("Units", False), Column("Lift as recorded"), Column("Lift without it")),
        Column("Carry-through then", False),
    )
    rows = tuple(
        (
            check_name(one.fault),
            one.variant,
            one.goal,
            _where(one),
            formatting.lift(one.recorded),
            formatting.lift(one.mended),
            LABELS[one.label].title,
        )
        for one in analysis.mended
    )
    return Table(columns, rows)


def mended_in_words(analysis: Analysis) -> Iterator[str]:
    """The same, a sentence each."""
    for row in mended(analysis).rows:
        fault, variant, goal, units, recorded, without, label = map(str, row)
        where = "" if units == "all" else f" ({units})"
        yield (
            f"{fault}, {variant}: {goal}{where} {recorded} as recorded, {without} without the "
            f"fault: {label.lower()}."
        )


def _where(one: Mended) -> str:
    return "all" if one.segment is None else f"{one.segment.segment}: {one.segment.level}"


def lags(analysis: Analysis, variant: str) -> Table:
    """How soon each goal is reached in the control and in one variant."""
    heads = (
        *("Half, control", "Half, variant", "90%, control", "90%, variant"),
        *("Early, control", "Early, variant", "p", "Hours gained per unit"),
        *("To macro, control", "To macro, variant"),
    )
    rows = tuple(_lag_row(one) for one in goals.of_variant(analysis.timing, variant))
    return Table((Column("Goal", False), *map(Column, heads)), rows)


def _lag_row(one: Timing) -> tuple[str, ...]:
    return (
        one.goal,
        formatting.hours(one.median_hours.control),
        formatting.hours(one.median_hours.treated),
        formatting.hours(one.late_hours.control),
        formatting.hours(one.late_hours.treated),
        formatting.rate(one.early.control),
        formatting.rate(one.early.treated),
        formatting.p_value(one.early_p_value),
        formatting.change(one.hours_gained),
        formatting.hours(one.hours_to_macro.control),
        formatting.hours(one.hours_to_macro.treated),
    )


def sentences(analysis: Analysis, variant: str) -> Iterator[str]:
    """What a trend left of a lift, what came earlier, and how long to the macro goal."""
    for trend in goals.of_variant(analysis.trends, variant):
        if trend.last_label:
            yield (
                f"{trend.goal} changes from week to week; of the units of the last "
                f"{trend.last_weeks} weeks alone: {LABELS[trend.last_label].title.lower()}."
            )
    for one in goals.of_variant(analysis.timing, variant):
        if one.early_p_value < analysis.alpha:
            early, usual = formatting.rate(one.early.treated), formatting.rate(one.early.control)
            sooner = one.early.treated > one.early.control
            yield (
                f"{one.goal} comes {'earlier' if sooner else 'later'}: {early} of it within "
                f"{_within(one.median_hours.control)}, {usual} in the control (adjusted p "
                f"{formatting.p_equals(one.early_p_value)}). That is neither more of it nor less."
            )
        if not isnan(one.hours_to_macro.control + one.hours_to_macro.treated):
            yield (
                f"From {one.goal} to the macro goal: half of those who reach both take "
                f"{_within(one.hours_to_macro.treated)} or less, "
                f"{_within(one.hours_to_macro.control)} in the control."
            )


def _within(hours: float) -> str:
    return "an hour" if hours < 1 else formatting.hours(hours)


def incidence(analysis: Analysis, variant: str) -> Table:
    """Shares that convert within the window, units that are still watched included."""
    heads = ("Control", "Variant", "Lift", "Seen so far, control", "Seen so far, variant")
    rows = tuple(
        (
            one.goal,
            formatting.rate(one.incidence.control),
            formatting.rate(one.incidence.treated),
            formatting.lift(one.incidence_lift),
            formatting.rate(one.seen.control),
            formatting.rate(one.seen.treated),
        )
        for one in goals.of_variant(analysis.timing, variant)
    )
    return Table((Column("Goal", False), *map(Column, heads)), rows)


def weeks(analysis: Analysis, variant: str) -> Table:
    """Lifts of the primary and the macro goals by week of entry."""
    shown = {
        goal.name
        for goal in analysis.experiment.goals
        if goal.role == "primary" or not goal.is_micro
    }
    columns = (
        *(Column("Goal", False), Column("Entered from", False)),
        *map(Column, ("Lift", "Units, control", "Units, variant")),
    )
    rows = tuple(
        (
            one.goal,
            one.first_day,
            formatting.lift(one.lift),
            formatting.count(one.units.control),
            formatting.count(one.units.treated),
        )
        for one in goals.of_variant(analysis.weeks, variant)
        if one.goal in shown
    )
    return Table(columns, rows)
