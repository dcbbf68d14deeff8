"""Conversions over time and lifts without the faults of recording, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis, Mended, Timing, check_name
from abmicro.experiment.naming.nouns import sentence_case
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
    "Half, 90%: by when so many of those who got there had come, of those who had their full time. "
    "Early: how many of them were as quick as half of the control. They are not the same people in "
    "both variants, so this is a hint."
)
GAINED = (
    "Hours gained: how much earlier a goal was reached, on average over everybody in a variant; "
    "so they do compare the same people."
)
INCIDENCE = (
    "Share that reaches the goal in time; those who still have time count for as long as they were "
    "seen (Kaplan-Meier). The verdict rests on those who had their full time."
)
WEEKS = "Each row is the change among those who entered in that week."
EXPOSURES = "By the day on which they entered. A day that one variant lacks shows as a gap."
PATHS = (
    "The change among all who had entered until each day. Only the end is a result, with its "
    "range. The path has no band: looked at every day, such bands would miss the truth far more "
    "often than they promise. Do not stop where it looks best."
)
SHORT = ("Goal", "Half, control", "Half, variant", "Early, control", "Early, variant", "p")
MENDED = (
    "What the lift would be without the fault. It rests on assumptions, so it replaces no result: "
    "a correction of lost events takes buyers and others to be recorded alike; the other rows "
    "leave people or days out of both variants."
)


def section(analysis: Analysis) -> Section:
    """Who entered and lifts by day, weeks of entry, how soon each goal is reached."""
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
        title = "With those who still have time"
        yield Fold(title, (shares, Note(INCIDENCE)), medium="page", long=True)


def _exposures(analysis: Analysis) -> Chart:
    return Chart(
        "exposures",
        "exposures",
        (),
        f"{sentence_case(analysis.experiment.names.units)} by day of entry",
        EXPOSURES,
        range_of_exposures(analysis),
        table=exposures(analysis),
    )


def _path(analysis: Analysis, goal: str, name: str) -> Chart:
    return Chart(
        name,
        "cumulative_lift",
        (("goal", goal),),
        f"Change in {analysis.experiment.names.goal(goal)}, as the test filled",
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
    heads = map(analysis.experiment.names.variant, by_arm)
    return Table((Column("Entered", False), *map(Column, heads)), tuple(rows))


def path(analysis: Analysis, goal: str) -> Table:
    """The lift of one goal among all units that entered until each day, by variant."""
    rows = [one for one in analysis.days if one.goal == goal]
    variants = dict.fromkeys(one.variant for one in rows)
    lifts = [
        [formatting.percent(one.lift) for one in goals.of_variant(rows, variant)]
        for variant in variants
    ]
    days = [one.day for one in goals.of_variant(rows, next(iter(variants)))]
    names = map(analysis.experiment.names.variant, variants)
    heads = (Column("Entered until", False), *map(Column, names))
    return Table(heads, tuple(zip(days, *lifts, strict=True)))


def followed(analysis: Analysis) -> tuple[str, ...]:
    """The goals whose lift has a path, the primary and the first macro goal."""
    return tuple(dict.fromkeys(one.goal for one in analysis.days))[:2]


def end_of_path(analysis: Analysis, goal: str) -> str:
    """Where the paths of a goal end, in numbers."""
    variants = dict.fromkeys(one.variant for one in analysis.days if one.goal == goal)
    names = analysis.experiment.names
    ends = (
        f"{names.variant(variant)} {formatting.lift(row.lift)}"
        for variant in variants
        for row in goals.whole(analysis, variant)
        if row.goal == goal
    )
    return f"{names.head(goal)} at the end: {'; '.join(ends)}."


def range_of_exposures(analysis: Analysis) -> str:
    """The smallest and the largest day of every variant."""
    _, by_arm = exposures_by_arm(analysis)
    names = analysis.experiment.names
    told = (
        f"{names.variant(variant)} {formatting.count(min(units))} to {formatting.count(max(units))}"
        for variant, units in by_arm.items()
    )
    return f"{sentence_case(names.units)} a day: {'; '.join(told)}."


def mended(analysis: Analysis) -> Table:
    """Lifts as recorded and without the fault that a check found."""
    columns = (
        *(Column("Fault", False), Column("Variant", False), Column("Goal", False)),
        *(Column("Of whom", False), Column("Lift as recorded"), Column("Lift without it")),
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
        *("Early, control", "Early, variant", "p", "Hours gained"),
        *("From there on, control", "From there on, variant"),
    )
    name = analysis.experiment.names.head
    rows = tuple(
        (name(one.goal), *_lags(one)) for one in goals.of_variant(analysis.timing, variant)
    )
    return Table((Column("Goal", False), *map(Column, heads)), rows)


def _lags(one: Timing) -> tuple[str, ...]:
    return (
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
    names = analysis.experiment.names
    for trend in goals.of_variant(analysis.trends, variant):
        if trend.last_label:
            yield (
                f"The change in {names.goal(trend.goal)} differs from week to week. Of the "
                f"{names.units} of the last {trend.last_weeks} weeks alone: "
                f"{LABELS[trend.last_label].title.lower()}."
            )
    macro = next((goal.name for goal in analysis.experiment.macros if goal.is_rate), "")
    for one in goals.of_variant(analysis.timing, variant):
        if one.early_p_value < analysis.alpha:
            early, usual = formatting.rate(one.early.treated), formatting.rate(one.early.control)
            sooner = one.early.treated > one.early.control
            yield (
                f"{names.head(one.goal)} came {'earlier' if sooner else 'later'}: {early} within "
                f"{_within(one.median_hours.control)}, {usual} in the control (adjusted p "
                f"{formatting.p_equals(one.early_p_value)}). That is neither more nor less of them."
            )
        if not isnan(one.hours_to_macro.control + one.hours_to_macro.treated):
            yield (
                f"From {names.goal(one.goal)} to {names.goal(macro)}: half of those who got to "
                f"both took {_within(one.hours_to_macro.treated)} or less, in the control "
                f"{_within(one.hours_to_macro.control)}."
            )


def _within(hours: float) -> str:
    return "an hour" if hours < 1 else formatting.hours(hours)


def incidence(analysis: Analysis, variant: str) -> Table:
    """Shares that convert within the window, those still watched included."""
    name = analysis.experiment.names.head
    heads = ("Control", "Variant", "Lift", "Seen so far, control", "Seen so far, variant")
    rows = tuple(
        (
            name(one.goal),
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
    name = analysis.experiment.names.head
    columns = (
        *(Column("Goal", False), Column("Entered from", False)),
        *map(Column, ("Lift", "Entered, control", "Entered, variant")),
    )
    rows = tuple(
        (
            name(one.goal),
            one.first_day,
            formatting.lift(one.lift),
            formatting.count(one.units.control),
            formatting.count(one.units.treated),
        )
        for one in goals.of_variant(analysis.weeks, variant)
        if one.goal in shown
    )
    return Table(columns, rows)
