"""How small an effect could this test detect? As tables, with what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, isfinite, isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis, Claim, Detectable
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.report import words
from abmicro.report.blocks import Block, Chart, Column, Fold, Heading, Note, Section, Table
from abmicro.report.sections import goals as tables
from abmicro.report.words import NOTHING, planned_lift

SHORT = ("Goal", "Detectable", "Planned", "Power", "Needed", "Still needed")
HEAD = "How small an effect could this test detect?"
BASIS = (
    "Everything here rests on planned changes, not on those that were seen. {units} are those of "
    "all variants together."
)
CLAIMS = "Here {micro} change as planned, and the rest is as usual in the control."


def section(analysis: Analysis, *, is_short: bool = False) -> Section:
    """What this many can show. is_short: of the smallest variant, goals only."""
    blocks = tuple(_blocks(analysis, is_short=is_short))
    return Section("sight", HEAD, blocks, "Smallest effect")


def _blocks(analysis: Analysis, *, is_short: bool) -> Iterator[Block]:
    variant = smallest(analysis)
    units = sentence_case(analysis.experiment.names.units)
    yield Note(f"{BASIS.format(units=units)} {reading(analysis)}")
    if variant and not is_short:
        yield _chart(analysis, variant)
    for verdict in analysis.verdicts:
        if not is_short or verdict.variant == variant:
            yield from _arm(analysis, verdict.variant, is_short=is_short)


def _arm(analysis: Analysis, variant: str, *, is_short: bool) -> Iterator[Block]:
    names = analysis.experiment.names
    yield Heading(names.variant(variant))
    table = known(goals(analysis, variant))
    brief = tuple(head for head in SHORT if head in table.heads)
    yield replace(table, label=f"What could be seen of {variant}", brief=brief)
    yield from map(Note, notes(analysis, variant))
    asked = claims(analysis, variant, first=True)
    if asked.rows and not is_short:
        yield Heading("What it takes to say more", minor=True)
        told = tuple(map(Note, claims_in_words(analysis, variant)))
        yield replace(asked, label=f"What claims need, {variant}", told=told)
        if variant == analysis.verdicts[0].variant:
            micro = first_micro(analysis, variant)
            yield Note(CLAIMS.format(micro=names.goal(micro)))
        others = claims(analysis, variant, first=False)
        if others.rows:
            label = f"What claims about other goals need, {variant}"
            yield Fold(
                "The same of the other goals",
                (replace(others, label=label),),
                medium="page",
                long=True,
            )


def known(table: Table) -> Table:
    """A table without the columns of which nothing is known, such as those of a plan."""
    columns = zip(table.columns, zip(*table.rows, strict=True), strict=True)
    return table.pick(*(one.head for one, cells in columns if set(cells) != {NOTHING}))


def _chart(analysis: Analysis, variant: str) -> Chart:
    others = "; other variants show no less" if len(analysis.verdicts) > 1 else ""
    name = analysis.experiment.names.variant(variant)
    return Chart(
        "detectable",
        "detectable",
        (("variant", variant),),
        f"Smallest change that {name} could show{others}",
        "A tick marks the planned change, or the margin. A circle lies within it, a diamond "
        "beyond it. Each step of the scale multiplies.",
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
    chance = 100 * analysis.experiment.plan.power
    return (
        f"Detectable is the smallest change that {chance:.3g} of 100 such tests show"
        f"{_levels(analysis)}; of a guardrail, the smallest loss that they rule out. Power is the "
        "chance to show the planned change."
    )


def _levels(analysis: Analysis) -> str:
    """The levels of goals that share that of the analysis, in brackets; empty without such."""
    own = formatting.level(analysis.experiment.analysis.alpha)
    levels = {one.goal: formatting.level(one.alpha) for one in analysis.detectable}
    name = analysis.experiment.names.goal
    shared = ", ".join(f"{name(goal)} at {level}" for goal, level in levels.items() if level != own)
    return f" (judged more strictly: {shared})" if shared else ""


def _claim_levels(analysis: Analysis, variant: str) -> tuple[str, ...]:
    """The level of the ruler where several pairs share that of the analysis, as notes."""
    own = formatting.level(analysis.experiment.analysis.alpha)
    found, name = tables.of_variant(analysis.claims, variant), analysis.experiment.names.goal
    levels = {(one.micro, one.macro): formatting.level(one.alpha) for one in found}
    return tuple(
        f"From {name(micro)} to {name(macro)}: judged more strictly, at {level}."
        for (micro, macro), level in levels.items()
        if level != own
    )


def goals(analysis: Analysis, variant: str) -> Table:
    """Every goal of one variant: what it can show, and what the planned lift takes."""
    heads = ("Detectable", "Planned", "Power", "In the test", "Needed", "Still needed")
    rows = tuple(_goal(analysis, one) for one in tables.of_variant(analysis.detectable, variant))
    return Table((Column("Goal", False), Column("Asks", False), *map(Column, heads)), rows)


def _goal(analysis: Analysis, one: Detectable) -> tuple[str, ...]:
    return (
        analysis.experiment.names.head(one.goal),
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
    found, names = tables.of_variant(analysis.claims, variant), analysis.experiment.names
    chosen = first_micro(analysis, variant)
    heads = ("Planned lift", "Power", "In the test", "Needed", "Still needed")
    rows = tuple(
        (
            f"{names.head(one.micro)} to {names.goal(one.macro)}: {statement(analysis, one)}",
            "all" if one.pass_through else "none",
            planned_lift(one.planned),
            formatting.probability(one.power),
            formatting.count(one.units),
            *_needed(one),
        )
        for one in found
        if (one.micro == chosen) is first
    )
    return Table((Column("To say", False), Column("Gain kept", False), *map(Column, heads)), rows)


def first_micro(analysis: Analysis, variant: str) -> str:
    """The micro goal whose claims come first: the primary, or the first that has any."""
    primary = analysis.experiment.primary.name
    known = [one.micro for one in tables.of_variant(analysis.claims, variant)]
    return primary if primary in known else next(iter(known), "")


def claims_in_words(analysis: Analysis, variant: str) -> Iterator[str]:
    """Those about the primary goal, a sentence each."""
    names, chosen = analysis.experiment.names, first_micro(analysis, variant)
    for one in tables.of_variant(analysis.claims, variant):
        if one.micro != chosen:
            continue
        macro, micro = names.goal(one.macro), names.goal(one.micro)
        share = "all" if one.pass_through else "none"
        yield (
            f'To say "{statement(analysis, one)}": {_takes(one, names.units)}, if {share} of a '
            f"{planned_lift(one.planned)} change in {micro} reaches {macro}. The chance now is "
            f"{formatting.probability(one.power)}."
        )


def _takes(one: Claim, units: str) -> str:
    """How many are needed, and how many of them are still to come."""
    if not isfinite(one.needed):
        return f"more {units} than there are"
    more = one.needed - one.units
    told = f"about {formatting.about(one.needed)} {units} in all"
    return f"{told}, {formatting.about(more)} more" if more > 0 else told


def statement(analysis: Analysis, one: Claim) -> str:
    """A claim in words."""
    falls, macro = one.planned < 0, analysis.experiment.names.goal(one.macro)
    threshold = analysis.experiment.analysis.carry_threshold
    return {
        "macro_up": f"{macro} {words.moved(falls=falls)}",
        "at_least": words.at_least(threshold, macro, falls=falls),
        "less_than_full": f"not all of the {words.change(falls=falls)} reached {macro}",
    }[one.claim]


def notes(analysis: Analysis, variant: str) -> tuple[str, ...]:
    """Why goals of one variant have no number, and where claims are judged at another level."""
    found = tables.of_variant(analysis.detectable, variant)
    name = analysis.experiment.names.head
    missing = tuple(f"{name(one.goal)}: {one.note}." for one in found if one.note)
    return (*missing, *_claim_levels(analysis, variant))


def caption(analysis: Analysis, variant: str) -> str:
    """The chart of one variant in a sentence that carries its numbers."""
    found = tables.of_variant(analysis.detectable, variant)
    name = analysis.experiment.names.goal
    return "; ".join(f"{name(one.goal)} {beside(one)}" for one in found) + "."


def beside(one: Detectable) -> str:
    """The detectable lift of a goal with the planned one."""
    name = "margin" if one.asks == "no_loss" else "planned"
    return lift(one.lift) + ("" if isnan(one.planned) else f" ({name} {planned_lift(one.planned)})")


def lift(value: float) -> str:
    """A lift with three digits that count: the size of a test goes with its square.

    >>> lift(0.09045), lift(float("nan"))
    ('+9.04%', 'n/a')
    """
    return formatting.percent(value, width=abs(value) / 10)


def _needed(one: Detectable | Claim) -> tuple[str, str]:
    """How many the planned lift takes, and how many of them are still to come."""
    if isnan(one.needed):
        return NOTHING, NOTHING
    if one.needed == inf:
        return "no number", NOTHING
    missing = max(one.needed - one.units, 0)
    return formatting.count(one.needed), formatting.count(missing) if missing else "none"
