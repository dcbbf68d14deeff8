"""The first screen: the answer, a card for each variant, trust in one row, when to look again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite, isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Analysis, ComparedWithin, GoalResult, Interval, Volume
from abmicro.report.blocks import (
    Amount,
    Block,
    Counted,
    Headline,
    Note,
    Section,
    VariantCard,
)
from abmicro.report.sections import goals, rulers, trust
from abmicro.report.words import answer, reasons
from abmicro.report.words.since import of_the_last_look, since_the_last_look
from abmicro.report.words.subject import Subject, subjects

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

MANY = 3  # variants beside the control, from which cards are short


def section(analysis: Analysis) -> Section:
    """The answer for whoever reads nothing else."""
    return Section("verdict", "Verdict", tuple(_blocks(analysis)), hidden=True)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    first = answer.pill(answer.leading(analysis))
    yield Headline(*first, answer.line(analysis), answer.then(analysis))
    found = subjects(analysis)
    lead = answer.leading(analysis).verdict
    order = sorted(enumerate(found), key=lambda one: one[1].verdict is not lead)
    for at, one in order:
        shown = card(one, at, alone=len(found) == 1)
        yield shown if len(found) < MANY else replace(shown, ways=())
    yield trust.row(analysis)
    told = (of_the_last_look(analysis), since_the_last_look(analysis))
    yield from map(Note, filter(None, told))
    names = analysis.experiment.names
    yield from (Note(within(one, names)) for one in analysis.strata)


def card(subject: Subject, at: int, *, alone: bool) -> VariantCard:
    """One variant: its decision, the reason, counts, carry-through, what it amounts to."""
    word, tone, icon = answer.pill(subject)
    early = subject.is_early
    is_doubted = subject.verdict.decision == "do_not_trust_yet"
    return VariantCard(
        subject=subject.variant,
        against=f"against {subject.control}",
        word="" if alone else word,
        tone=tone,
        icon=icon,
        why=reasons.why(subject, alone=alone),
        counts=tuple(_progress(subject) if early else _counts(subject)),
        carry=rulers.answered(subject, subject.pair, f"ruler-{at}") if subject.pair else None,
        amounts=() if early or is_doubted else tuple(_amounts(subject)),
        ways=tuple(reasons.options(subject)),
        notes=() if early else tuple(reasons.notes(subject)),
    )


def _counts(subject: Subject) -> Iterator[Counted]:
    """Primary and macro goal, and guardrails that broke."""
    shown = [row for row in (subject.primary, subject.macro) if row is not None]
    shown += [row for row in subject.harmed() if row not in shown]
    for row in shown:
        yield counted(subject, row)


def counted(subject: Subject, row: GoalResult) -> Counted:
    """A goal in people; under ten conversions the change is told in people, too."""
    change, span = _change(subject, row)
    name = subject.names.head(row.goal)
    usual, here = (subject.amount(row, one) for one in (row.rate.control, row.rate.treated))
    if row.reached is None:
        return Counted(name, usual, here, change=change, span=span)
    control = f"{formatting.count(row.reached.control)} of {formatting.count(row.units.control)}"
    treated = f"{formatting.count(row.reached.treated)} of {formatting.count(row.units.treated)}"
    return Counted(name, control, treated, small=(usual, here), change=change, span=span)


def _change(subject: Subject, row: GoalResult) -> tuple[str, str]:
    volume = _volume(subject, row)
    if subject.has_few and volume is not None and row.reached is not None:
        found = volume.in_test
        if isnan(found.estimate):  # a variant without units
            return "", ""
        more = "more" if found.estimate >= 0 else "fewer"
        size = formatting.volume(abs(found.estimate), width=found.high - found.low)
        return f"{size.removeprefix('+')} {more}", formatting.span(found, formatting.volume)
    if isnan(row.lift.estimate):
        return "", ""
    size = formatting.percent(row.lift.estimate, width=row.lift.high - row.lift.low)
    span = formatting.span(row.lift, formatting.percent, signed=True)
    return size if size.strip("0.%") else "no change", span


def _volume(subject: Subject, row: GoalResult) -> Volume | None:
    own = goals.of_variant(subject.analysis.volumes, subject.verdict.variant)
    return next((one for one in own if one.goal == row.goal), None)


def _progress(subject: Subject) -> Iterator[Counted]:
    """How far a test is, and what both variants have so far together."""
    analysis, names = subject.analysis, subject.names
    course = analysis.course
    if course.day is not None and course.days:
        until = "" if course.last_entry is None else formatting.day(*2 * (course.last_entry,))
        days = f"{course.day} of {course.days}"
        yield Counted("Days", days, span=f"until {until}", done=course.day / course.days)
    yield Counted(names.units.capitalize(), formatting.count(analysis.provenance.units))
    rows = [row for row in (subject.primary, subject.macro) if row is not None and row.reached]
    told = (
        f"{formatting.count(row.reached.control + row.reached.treated)} {names.goal(row.goal)}"
        for row in rows
        if row.reached is not None
    )
    if rows:
        small = ("Added up, because a lead this early is mostly chance.", "")
        yield Counted("Both variants", f"{', '.join(told)} so far", small=small)


def _amounts(subject: Subject) -> Iterator[Amount]:
    """The macro goal, and money, per 1,000 units and per month."""
    row = subject.macro or subject.primary
    if row is None or (found := _volume(subject, row)) is None:
        return
    shown = [(found, subject.names.goal(row.goal), row.is_value)]
    micro = subject.primary
    if subject.verdict.decision == "unsettled" and micro is not None and micro is not row:
        volume = _volume(subject, micro)
        shown[:0] = [(volume, subject.names.goal(micro.goal), False)] if volume else []
    per_1000 = [(one.per_1000, noun, amount) for one, noun, amount in shown]
    yield _amount(subject, f"Per 1,000 {subject.names.units}", per_1000, _money(subject, "1000"))
    month = subject.analysis.experiment.decision.per_month
    if month is None or found.per_month is None:
        return
    head = f"Per month, at {formatting.count(month)} {subject.names.units}"
    monthly = [(found.per_month, subject.names.goal(row.goal), row.is_value)]
    yield _amount(subject, head, monthly, _money(subject, "month"))


def _money(subject: Subject, per: str) -> Interval | None:
    """What the change is worth: of amounts that were measured, else of the price of an order."""
    own = goals.of_variant(subject.analysis.volumes, subject.verdict.variant)
    kinds = {row.goal: row.is_value for row in subject.rows if row.kind == "macro"}
    worth = [
        (not kinds[one.goal], found)
        for one in own
        if one.goal in kinds
        and (found := one.worth_per_1000 if per == "1000" else one.worth_per_month) is not None
    ]
    return min(worth, key=lambda one: one[0])[1] if worth else None


def _amount(
    subject: Subject, head: str, shown: list[tuple[Interval, str, bool]], money: Interval | None
) -> Amount:
    values, spans = [], []
    currency = subject.analysis.experiment.decision.currency
    for found, noun, is_value in shown:
        if not isfinite(found.estimate) or (is_value and money is not None):
            continue
        value = formatting.volume(found.estimate, width=found.high - found.low)
        values.append(f"{value} {noun}")
        spans.append(formatting.span(found, formatting.volume))
    if money is not None and currency is not None:
        width = money.high - money.low
        values.append(formatting.money(money.estimate, currency, width=width))
        ends = (formatting.money(one, currency, width=width) for one in (money.low, money.high))
        spans.append(" to ".join(end.removeprefix("+") for end in ends))
    return Amount(head, ", ".join(values), "; ".join(spans))


def within(one: ComparedWithin, names: Names) -> str:
    """Within what a variant was compared, and who is left out by that."""
    told = (
        f"{names.variant(one.variant)} is compared with the control within "
        f"{formatting.count(one.strata)} {'group' if one.strata == 1 else 'groups'}, since their "
        f"shares of {names.units} differ between {' and '.join(one.over)}."
    )
    if not one.left_out.control + one.left_out.treated:
        return f"{told} Nobody is left out."
    return (
        f"{told} Left out, in groups without the other: "
        f"{names.of_units(one.left_out.control)} of the control, "
        f"{formatting.count(one.left_out.treated)} of {names.variant(one.variant)}."
    )
