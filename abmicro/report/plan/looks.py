"""Looks while a test runs, in its plan: what they cost, and when each finding may come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan

from abmicro import formatting
from abmicro.planning.results import Plan, PlannedMonitoring, WatchedFinding
from abmicro.report.blocks import Block, Column, Note, Paragraph, Table
from abmicro.report.plan import tables
from abmicro.report.plan.carry_through import micros
from abmicro.report.plan.words import LOOKS_NOTE, LOOKS_WEEKS_NOTE
from abmicro.report.words import NOTHING

MOST_WEEKS = 6  # weeks of which a table tells
NAMES = (Column("Finding", False), Column("Gain kept", False))


def looks(plan: Plan, found: PlannedMonitoring) -> Iterator[Block]:
    """What looks cost and save, finding by finding, and the chance to be done by week."""
    yield Paragraph(found.sentence)
    if found.caution:
        yield Paragraph(found.caution)
    if found.findings:
        units = _units(plan, found)
        brief = units.without("Mean, none").without("Mean days").heads
        yield replace(units, label="What looks cost and save", brief=brief)
        yield Note(LOOKS_NOTE.format(units=plan.experiment.names.units))
        yield replace(_weeks(plan, found), label="Chance to be done by week")
        yield Note(LOOKS_WEEKS_NOTE)


def _units(plan: Plan, found: PlannedMonitoring) -> Table:
    heads = ("Read once", "At most", "Mean, planned", "Mean, none", "Mean days", "Not before")
    rows = (
        (
            *_named(plan, one),
            tables.units(one.read_once),
            tables.units(one.maximum),
            *map(_mean, (one.mean_true, one.mean_null)),
            NOTHING if isnan(one.days_true) else f"{one.days_true:.1f}",
            _first(one),
        )
        for one in found.findings
    )
    return Table((*NAMES, *map(Column, heads)), tuple(rows))


def _weeks(plan: Plan, found: PlannedMonitoring) -> Table:
    """The chances by the last weeks, where there are many."""
    shown = [one.week for one in found.findings[0].weeks][-MOST_WEEKS:]
    rows = (
        (
            *_named(plan, one),
            *(formatting.probability(each.chance) for each in one.weeks if each.week in shown),
        )
        for one in found.findings
    )
    heads = (f"Week {week}" for week in shown)
    return Table((*NAMES, *map(Column, heads)), tuple(rows))


def _named(plan: Plan, one: WatchedFinding) -> tuple[str, str]:
    """A finding in words, and how much arrives where it is made."""
    same = one.goal, one.macro, one.claim, one.pass_through
    for claim in plan.claims:
        if (claim.micro, claim.macro, claim.claim, claim.pass_through) == same:
            of = f", {plan.experiment.names.goal(one.goal)}" if len(micros(plan)) > 1 else ""
            return f"{tables.statement(plan, claim)}{of}", tables.arrives(claim)
    return plan.experiment.names.head(one.goal), NOTHING


def _mean(units: float) -> str:
    return NOTHING if isnan(units) else tables.units(units)


def _first(one: WatchedFinding) -> str:
    if isnan(one.first_day):
        return "no look"
    return one.first_on or f"day {one.first_day:.0f}"
