"""Goals and guardrails of one variant: counts, the change with its range, the result."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import GoalResult, Interval
from abmicro.report.blocks import Badge, Cell, Column, Lines, Mark, PlotScale, Strip, Table
from abmicro.report.words import GUARDS, ROLES
from abmicro.report.words.subject import Subject

DUTIES = {
    "primary": "decides",
    "secondary": "watched",
    "guardrail": "guardrail",
    "exploratory": "explored",
}
RESULTS = {1: ("Up", "↑"), -1: ("Down", "↓")}
NOT_CLEAR = Badge("Not clear", "open", "?")
KEY = "Dot: the goal that decides. Diamond: a goal that pays. Square: other goals."


def goals(subject: Subject) -> Table:
    """Every goal of a variant over all units."""
    rows = ordered(subject)
    scale = PlotScale.around(row.lift for row in rows)
    columns = _columns(subject, "Goal", "Change, with its range", scale)
    cells = tuple(tuple(_cells(subject, row)) for row in rows)
    return Table(columns, cells, brief=("Goal", subject.control, subject.variant, "Change"))


def _columns(subject: Subject, of: str, drawn: str, scale: PlotScale) -> tuple[Column, ...]:
    """Heads of a table of goals: what they are, both variants, the change drawn and told."""
    return (
        Column(of, numeric=False),
        Column(subject.control),
        Column(subject.variant),
        Column(drawn, numeric=False, medium="page", scale=scale),
        Column("Change"),
        Column("Result", numeric=False),
    )


def ordered(subject: Subject) -> tuple[GoalResult, ...]:
    """Primary goal, guardrails, secondary and exploratory goals."""
    return tuple(sorted(subject.rows, key=lambda row: ROLES.index(row.role)))


def _cells(subject: Subject, row: GoalResult) -> Iterator[Cell]:
    pays = row.kind == "macro" and row.role != "primary"
    yield Lines(subject.names.head(row.goal), "pays" if pays else DUTIES[row.role])
    yield from counted(subject, row)
    mark: Mark = "diamond" if row.kind == "macro" else "dot" if row.role == "primary" else "square"
    yield Strip(row.lift.low, row.lift.estimate, row.lift.high, mark)
    yield change(row.lift)
    yield result(row, subject.moved(row))


def counted(subject: Subject, row: GoalResult) -> tuple[Cell, Cell]:
    """A goal in the control and in the variant: people with their share, or a mean."""
    rates = subject.amount(row, row.rate.control), subject.amount(row, row.rate.treated)
    if row.reached is None:
        per = f"per {row.per or subject.names.unit}"
        return Lines(rates[0], per), Lines(rates[1], per)
    reached = formatting.count(row.reached.control), formatting.count(row.reached.treated)
    return Lines(reached[0], rates[0]), Lines(reached[1], rates[1])


def change(lift: Interval) -> Cell:
    """A lift with its range below."""
    if isnan(lift.estimate):
        return formatting.MISSING
    shown = formatting.percent(lift.estimate, width=lift.high - lift.low)
    return Lines(shown, formatting.span(lift, formatting.percent, signed=True))


def result(row: GoalResult, moved: int) -> Badge:
    """Up, down or not clear, good or bad by the direction of the goal."""
    if not moved:
        return NOT_CLEAR
    word, icon = RESULTS[moved]
    return Badge(word, "good" if moved == row.sign else "bad", icon)


def guardrails(subject: Subject) -> Table:
    """Every goal that was judged against a margin, with what it is allowed."""
    rows = [row for row in ordered(subject) if row.noninferiority is not None]
    lifts = [row.noninferiority.lift for row in rows if row.noninferiority]
    allowed = [_margin(row) for row in rows]
    margins = [Interval(one, min(one, 0.0), max(one, 0.0), 1.0) for one in allowed]
    scale = PlotScale.around([*lifts, *margins], whole=True)
    columns = _columns(subject, "Guardrail", "Change; green: allowed", scale)
    cells = tuple(tuple(_guarded(subject, row, scale)) for row in rows)
    return Table(columns, cells, brief=("Guardrail", "Change", "Result"))


def _margin(row: GoalResult) -> float:
    """The change that a guardrail must not pass."""
    return 0.0 if row.noninferiority is None else -row.sign * row.noninferiority.margin


def _guarded(subject: Subject, row: GoalResult, scale: PlotScale) -> Iterator[Cell]:
    guard, margin = row.noninferiority, _margin(row)
    if guard is None:
        return
    way = "fall" if row.sign > 0 else "rise"
    yield Lines(
        subject.names.head(row.goal), f"may {way} by up to {formatting.asked(guard.margin)}"
    )
    yield from counted(subject, row)
    allowed = (margin, scale.high) if row.sign > 0 else (scale.low, margin)
    lift = guard.lift
    yield Strip(lift.low, lift.estimate, lift.high, "dot", allowed=allowed)
    yield change(lift)
    words = GUARDS[guard.status]
    yield Badge(words.title, words.tone)
