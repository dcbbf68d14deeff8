"""What could this test see? As tables, with the words that say what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis, Claim, Detectable
from abmicro.report import words
from abmicro.report.blocks import Block, Chart, Column, Fold, Heading, Note, Section, Table
from abmicro.report.sections import goals as tables
from abmicro.report.words import NOTHING, planned_lift

SHORT = ("Goal", "Detectable", "Planned", "Power", "Units needed", "Still needed")
BASIS = (
    "Everything here is reckoned at planned lifts, never at observed ones: the power at what was "
    "observed only repeats the p-value. Units are those of all variants together."
)
CLAIMS = (
    "A claim is looked for at the planned micro lift, with the control's rates in both variants, "
    "at "
    "the level of the ruler."
)


def section(analysis: Analysis, *, is_short: bool = False) -> Section:
    """What the units can find. is_short: of the smallest variant, goals only."""
    blocks = tuple(_blocks(analysis, is_short=is_short))
    return Section("sight", "What could this test see?", blocks, "Sight")


def _blocks(analysis: Analysis, *, is_short: bool) -> Iterator[Block]:
    variant = smallest(analysis)
    yield Note(f"{BASIS} {reading(analysis)}")
    if variant and not is_short:
        yield _chart(analysis, variant)
    for verdict in analysis.verdicts:
        if not is_short or verdict.variant == variant:
            yield from _arm(analysis, verdict.variant, is_short=is_short)


def _arm(analysis: Analysis, variant: str, *, is_short: bool) -> Iterator[Block]:
    yield Heading(variant)
    yield replace(goals(analysis, variant), label=f"What could be seen of {variant}", brief=SHORT)
    yield from map(Note, notes(analysis, variant))
    asked = claims(analysis, variant, first=True)
    if asked.rows and not is_short:
        yield Heading("Claims about carry-through", minor=True)
        told = tuple(map(Note, claims_in_words(analysis, variant)))
        yield replace(asked, label=f"What claims need, {variant}", told=told)
        if variant == analysis.verdicts[0].variant:
            yield Note(CLAIMS)
        others = claims(analysis, variant, first=False)
        if others.rows:
            label = f"What claims about other goals need, {variant}"
            yield Fold(
                "Claims about the other goals",
                (replace(others, label=label),),
                medium="page",
                long=True,
            )


def _chart(analysis: Analysis, variant: str) -> Chart:
    others = "; other variants see no less" if len(analysis.verdicts) > 1 else ""
    return Chart(
        "detectable",
        "detectable",
        (("variant", variant),),
        f"Smallest lifts that {variant} could show{others}",
        "A circle lies within the planned lift or margin, which the tick marks; a diamond beyond "
        "it. The axis is logarithmic.",
        caption(analysis, variant),
        is_told=True,
    )


def is_told(analysis: Analysis) -> bool:
    """Whether there is anything to tell."""
    return bool(analysis.detectable or analysis.claims)


def is_flat(analysis: Analysis) -> bool:
    """Whether no variant shows a difference, so that what could have been seen is the result."""
    return is_told(analysis) and all(
        verdict.decision == "no_detectable_difference" for verdict in analysis.verdicts
    )


def smallest(analysis: Analysis) -> str:
    """The variant of the fewest units of which something is known; other variants see no less."""
    size = {row.variant: row.units.treated for row in analysis.goals if row.segment is None}
    known = [one.variant for one in analysis.detectable if not isnan(one.lift)]
    return min(known, key=lambda name: size[name], default="")


def reading(analysis: Analysis) -> str:
    """What the detectable lift is."""
    return (
        "Detectable is the smallest lift that these units find with "
        f"{formatting.level(analysis.experiment.plan.power)} probability, at the level at which "
        f"the goal is planned{_levels(analysis)}; of a guardrail, the smallest loss that they can "
        "rule out."
    )


def _levels(analysis: Analysis) -> str:
    """The levels of goals that share that of the analysis, in brackets; empty without such."""
    own = formatting.level(analysis.experiment.analysis.alpha)
    levels = {one.goal: formatting.level(one.alpha) for one in analysis.detectable}
    shared = ", ".join(f"{goal} {level}" for goal, level in levels.items() if level != own)
    return f" ({shared})" if shared else ""


def _claim_levels(analysis: Analysis, variant: str) -> tuple[str, ...]:
    """The level of the ruler where several pairs share that of the analysis, as notes."""
    own = formatting.level(analysis.experiment.analysis.alpha)
    found = tables.of_variant(analysis.claims, variant)
    levels = {(one.micro, one.macro): formatting.level(one.alpha) for one in found}
    return tuple(
        f"{micro} to {macro}: judged at a level of {level}."
        for (micro, macro), level in levels.items()
        if level != own
    )


def goals(analysis: Analysis, variant: str) -> Table:
    """Every goal of one variant: what its units can find, and what the planned lift takes."""
    heads = ("Detectable", "Planned", "Power", "Units now", "Units needed", "Still needed")
    rows = tuple(_goal(one) for one in tables.of_variant(analysis.detectable, variant))
    return Table((Column("Goal", False), Column("Asks", False), *map(Column, heads)), rows)


def _goal(one: Detectable) -> tuple[str, ...]:
    return (
        one.goal,
        "any change" if one.asks == "change" else "no loss",
        lift(one.lift),
        planned_lift(one.planned),
        NOTHING if isnan(one.power) else formatting.probability(one.power),
        formatting.count(one.units),
        *_needed(one),
    )


def claims(analysis: Analysis, variant: str, *, first: bool) -> Table:
    """Claims about the carry-through of one variant, and what they take.

    first: those about the primary goal, or the first one that has any; else the others.
    """
    found = tables.of_variant(analysis.claims, variant)
    primary = analysis.experiment.primary.name
    known = [one.micro for one in found]
    chosen = primary if primary in known else next(iter(known), "")
    heads = ("Planned lift", "Power", "Units now", "Units needed", "Still needed")
    rows = tuple(
        (
            f"{one.micro} to {one.macro}: {statement(analysis, one)}",
            "all of it" if one.pass_through else "none of it",
            planned_lift(one.planned),
            formatting.probability(one.power),
            formatting.count(one.units),
            *_needed(one),
        )
        for one in found
        if (one.micro == chosen) is first
    )
    return Table(
        (Column("Claim", False), Column("If there arrives", False), *map(Column, heads)), rows
    )


def claims_in_words(analysis: Analysis, variant: str) -> Iterator[str]:
    """Those about the primary goal, a sentence each."""
    for row in claims(analysis, variant, first=True).rows:
        claim, arrives, planned_lift, power, _, needed, missing = row
        more = "" if missing in (NOTHING, "none") else f", {missing} more"
        yield (
            f'"{claim}" (if {arrives} arrives, at {planned_lift}): power {power} now; needs '
            f"{needed} units in all{more}."
        )


def statement(analysis: Analysis, one: Claim) -> str:
    """A claim in words."""
    falls = one.planned < 0
    return {
        "macro_up": f"{one.macro} {words.moved(falls=falls)}",
        "at_least": words.at_least(analysis.experiment.analysis.carry_threshold, falls=falls),
        "less_than_full": f"part of the {words.change(falls=falls)} did not arrive",
    }[one.claim]


def notes(analysis: Analysis, variant: str) -> tuple[str, ...]:
    """Why goals of one variant have no number, and where claims are judged at another level."""
    found = tables.of_variant(analysis.detectable, variant)
    missing = tuple(f"{one.goal}: {one.note}." for one in found if one.note)
    return (*missing, *_claim_levels(analysis, variant))


def caption(analysis: Analysis, variant: str) -> str:
    """The chart of one variant in a sentence that carries its numbers."""
    found = tables.of_variant(analysis.detectable, variant)
    return "; ".join(f"{one.goal} {beside(one)}" for one in found) + "."


def beside(one: Detectable) -> str:
    """The detectable lift of a goal with the planned one."""
    name = "margin" if one.asks == "no_loss" else "planned"
    return lift(one.lift) + ("" if isnan(one.planned) else f" ({name} {planned_lift(one.planned)})")


def lift(value: float) -> str:
    """A lift with three digits that count: units go with its square.

    >>> lift(0.09045), lift(float("nan"))
    ('+9.04%', 'n/a')
    """
    return formatting.percent(value, width=abs(value) / 10)


def _needed(one: Detectable | Claim) -> tuple[str, str]:
    """Units for the planned lift, and how many of them are still to come."""
    if isnan(one.needed):
        return NOTHING, NOTHING
    if one.needed == inf:
        return "no number", NOTHING
    missing = max(one.needed - one.units, 0)
    return formatting.count(one.needed), formatting.count(missing) if missing else "none"
