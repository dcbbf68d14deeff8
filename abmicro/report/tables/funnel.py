"""Where people left: each step of the funnel in people, and the way of the extra ones."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, nan

from abmicro import formatting
from abmicro.analysis.results import Pair, StepResult
from abmicro.report.blocks import Bars, Cell, Column, Lines, Table
from abmicro.report.words.subject import Subject

NOTE = "Each step counts everybody in the variant, so the two can be compared."


def steps(subject: Subject, found: tuple[StepResult, ...]) -> Table:
    """Every step of one variant: who came, per 1,000, and who left before it."""
    names = subject.names
    columns = (
        Column("Step", numeric=False),
        Column(f"Share of {names.units}", numeric=False, medium="page"),
        Column("Reached"),
        Column(f"Per 1,000 {names.units}"),
        Column(f"Left before, {subject.control}"),
        Column(f"Left before, {subject.variant}"),
    )
    rows = [tuple(_all(subject, found[0])), *(tuple(_step(subject, one)) for one in found)]
    brief = ("Step", "Reached", f"Per 1,000 {names.units}")
    return Table(columns, tuple(rows), brief=brief, note=NOTE)


def _all(subject: Subject, first: StepResult) -> Iterator[Cell]:
    units = first.units
    yield subject.names.units.capitalize()
    yield Bars((1.0, 1.0))
    yield f"{formatting.count(units.control)} -> {formatting.count(units.treated)}"
    yield "1,000"
    yield from ("", "")


def _step(subject: Subject, one: StepResult) -> Iterator[Cell]:
    rate = per_unit(one)
    yield subject.names.head(one.step)
    yield Bars(tuple(share if isfinite(share) else 0.0 for share in (rate.control, rate.treated)))
    yield f"{formatting.count(one.reached.control)} -> {formatting.count(one.reached.treated)}"
    usual, here = (formatting.per_1000(share) for share in (rate.control, rate.treated))
    yield Lines(f"{usual} -> {here}", extra(subject, one))
    left, passed = one.left, one.step_rate
    if left is None:
        yield from (formatting.MISSING, formatting.MISSING)
        return
    yield Lines(formatting.count(left.control), _of_100(1 - passed.control))
    yield Lines(formatting.count(left.treated), _of_100(1 - passed.treated))


def _of_100(share: float) -> str:
    return f"{100 * share:.0f} of 100" if isfinite(share) else ""


def extra(subject: Subject, step: StepResult) -> str:
    """The extra of a step per 1,000 units; empty where it is not known.

    Who skipped a step counts as having passed it here, and not as one who reached the goal, so
    that only the digits are those of the goal.
    """
    rate = per_unit(step)
    for one in subject.analysis.volumes:
        if (one.goal, one.variant) == (step.step, subject.verdict.variant):
            width = one.per_1000.high - one.per_1000.low
            return formatting.volume(1000 * (rate.treated - rate.control), width=width)
    return ""


def lead(subject: Subject, found: tuple[StepResult, ...]) -> str:
    """How far the extra ones came: "Of 40 extra clicks per 1,000 visitors, 6 ..."."""
    told = [(one.step, extra(subject, one)) for one in found]
    if len(told) < 2 or not all(amount.startswith("+") for _, amount in told):
        return ""
    names = subject.names
    (first, most), *later = ((names.goal(step), amount[1:]) for step, amount in told)
    way = " and ".join(f"{amount} more {step}" for step, amount in later)
    return f"Per 1,000 {names.units}, {most} extra {first} came with {way}."


def per_unit(step: StepResult) -> Pair:
    """Share of exposed units that reached a step; NaN for a variant without units."""
    if step.rate is not None:
        return step.rate
    reached, units = step.reached, step.units
    return Pair(
        reached.control / units.control if units.control else nan,
        reached.treated / units.treated if units.treated else nan,
    )
