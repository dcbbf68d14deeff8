"""Primary and macro goal side by side, in segments and in weeks of entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import nan

from abmicro import formatting
from abmicro.analysis.results import GoalResult, Interval, WeekLift
from abmicro.report.blocks import Badge, Cell, Column, Lines, Mark, PlotScale, Strip, Table
from abmicro.report.words import Tone
from abmicro.report.words.subject import FEW, Subject

TOO_FEW = "too few"
NOTHING = Strip(nan, nan, nan)


def segments(subject: Subject, segment: str) -> Table:
    """The levels of one segment: what the primary and the macro goal did in each."""
    analysis = subject.analysis
    shown = [row.goal for row in (subject.primary, subject.macro) if row is not None]
    by_place = {
        (row.segment.level, row.goal): row
        for row in analysis.goals
        if row.variant == subject.verdict.variant
        and row.segment is not None
        and row.segment.segment == segment
        and row.goal in shown
    }
    scale = PlotScale.around(row.lift for row in by_place.values() if not _is_few(row))
    columns = (Column(segment.capitalize(), numeric=False), *_columns(subject, shown, scale))
    columns = (*columns, Column("In words", numeric=False))
    cells = []
    for level in dict.fromkeys(level for level, _ in by_place):
        own = [by_place[level, goal] for goal in shown if (level, goal) in by_place]
        units = own[0].units.control + own[0].units.treated
        head = Lines(called(segment, level), subject.names.of_units(units))
        parts = [cell for goal in shown for cell in _of_level(subject, by_place.get((level, goal)))]
        cells.append((head, *parts, _in_words(subject, own)))
    brief = (columns[0].head, *map(subject.names.head, shown))
    return Table(columns, tuple(cells), brief=brief)


def called(segment: str, level: str) -> str:
    """A level of a segment, with the segment where it says nothing alone, as on a phone.

    >>> called("device", "phone"), called("newbie", "0"), called("newbie", "true")
    ('phone', 'newbie: 0', 'newbie: true')
    """
    says_little = len(level) < 3 or level.lower() in {"true", "false", "yes"} or level.isdigit()
    return f"{segment}: {level}" if says_little else level


def _columns(subject: Subject, goals: list[str], scale: PlotScale) -> Iterator[Column]:
    for goal in goals:
        head = subject.names.head(goal)
        yield Column(head)
        yield Column(
            f"Change in {subject.names.goal(goal)}", numeric=False, medium="page", scale=scale
        )


def _of_level(subject: Subject, row: GoalResult | None) -> Iterator[Cell]:
    if row is None or _is_few(row):
        yield from ("" if row is None else TOO_FEW, NOTHING)
        return
    mark: Mark = "diamond" if row.kind == "macro" else "dot"
    rates = f"{subject.amount(row, row.rate.control)} -> {subject.amount(row, row.rate.treated)}"
    if row.reached is None:
        yield rates
    else:
        reached = map(formatting.count, (row.reached.control, row.reached.treated))
        yield Lines(" -> ".join(reached), rates)
    yield Strip(row.lift.low, row.lift.estimate, row.lift.high, mark)


def _is_few(row: GoalResult) -> bool:
    counted = row.reached or row.units
    return min(counted.control, counted.treated) < FEW


def _in_words(subject: Subject, rows: list[GoalResult]) -> Badge:
    """Which goals rose or fell here; intervals of segments are corrected as discoveries."""
    told = []
    tones: set[Tone] = set()
    for row in rows:
        way = 0 if _is_few(row) else (row.lift.low > 0) - (row.lift.high < 0)
        if way:
            fewer = "less" if row.is_value else "fewer"
            told.append(f"{'more' if way > 0 else fewer} {subject.names.goal(row.goal)}")
            tones.add("good" if way == row.sign else "bad")
    if not told:
        return Badge("No clear change", "off", "–")
    text = " and ".join(told)
    tone: Tone = "open" if len(tones) > 1 else tones.pop()
    return Badge(text[:1].upper() + text[1:], tone)


def weeks(subject: Subject, found: tuple[WeekLift, ...]) -> Table:
    """Weeks of entry: counts and lifts of both goals, and the macro over the primary goal."""
    shown = [row.goal for row in (subject.primary, subject.macro) if row is not None]
    by_place = {(one.first_day, one.goal): one for one in found if one.goal in shown}
    known = [goal for goal in shown if goal in {one.goal for one in by_place.values()}]
    scale = PlotScale.around(one.lift for one in by_place.values())
    columns = [Column("Entered from", numeric=False), *_columns(subject, known, scale)]
    names = subject.names
    rates = _step_rates([one for one in by_place.values() if one.goal in known[1:]])
    if rates:
        columns.append(Column(f"{names.head(known[1])} per 100 {names.goal(known[0])}"))
    marks: tuple[Mark, ...] = ("dot", "diamond")
    rows = []
    for day in dict.fromkeys(day for day, _ in by_place):
        cells: list[Cell] = [formatting.day(date.fromisoformat(day), date.fromisoformat(day))]
        for goal, mark in zip(known, marks, strict=False):
            cells += _of_week(by_place[day, goal], mark)
        if rates:
            cells.append(rates[day])
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows))


def _step_rates(found: list[WeekLift]) -> dict[str, str]:
    """The rates from the primary to the macro goal, by first day; none where one is not known."""
    known = [(one.first_day, one.step_rate) for one in found if one.step_rate is not None]
    told = {
        day: " -> ".join(map(formatting.per_100, (rate.control, rate.treated)))
        for day, rate in known
    }
    return told if len(known) == len(found) else {}


def _of_week(one: WeekLift, mark: Mark) -> Iterator[Cell]:
    lift: Interval = one.lift
    if one.reached is None:
        yield formatting.lift(lift)
    else:
        control, treated = map(formatting.count, (one.reached.control, one.reached.treated))
        change = formatting.percent(lift.estimate, width=lift.high - lift.low)
        yield Lines(f"{control} -> {treated}", change)
    yield Strip(lift.low, lift.estimate, lift.high, mark)
