"""Micro beside macro in a plan: what each statement about a pair of goals needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro import formatting
from abmicro.planning.results import PairPlan, Plan
from abmicro.report.blocks import Block, Chart, Fold, Heading, Note, Paragraph
from abmicro.report.plan import tables
from abmicro.report.plan.words import CLAIMS_NOTE, CLAIMS_READING


def carry(plan: Plan) -> Iterator[Block]:
    """Every pair of goals: how they go together, and what each statement needs."""
    if not plan.pairs:
        yield Note(no_pairs(plan))
        return
    yield Note(CLAIMS_NOTE)
    yield from map(Note, levels_notes(plan))
    planned = micros(plan)
    for at, one in enumerate(plan.pairs):
        names = plan.experiment.names
        yield Heading(names.head(one.micro), f"and {names.goal(one.macro)}")
        yield Paragraph(pair_sentence(plan, one.micro))
        if one.micro in planned:
            yield _claims(plan, one, f"claims-{at}")
    table = replace(tables.pairs(plan), label="Micro goals and the macro goal")
    yield Fold("All pairs in one table", (table,), medium="page")


def _claims(plan: Plan, one: PairPlan, name: str) -> Chart:
    table, names = tables.claims(plan, one.micro), plan.experiment.names
    told = (f"{row[0]} (gain kept: {row[1]}): {row[3]} {names.units}" for row in table.rows)
    return Chart(
        name,
        "claims",
        (("micro", one.micro),),
        f"What each statement about {names.goal(one.micro)} and {names.goal(one.macro)} needs",
        CLAIMS_READING.format(units=names.units),
        f"{'; '.join(told)}.",
        table=replace(table, brief=tables.fitted(plan, table.without("Level")).heads),
    )


def levels_notes(plan: Plan) -> Iterator[str]:
    """The levels of the statements on a micro goal, where they are not the same."""
    for micro in micros(plan):
        rows = [one for one in plan.claims if one.micro == micro]
        levels = dict.fromkeys(
            (tables.claimed(plan, one), formatting.level(one.alpha)) for one in rows
        )
        if len({level for _, level in levels}) > 1:
            yield "Levels: " + "; ".join(f"{what} at {level}" for what, level in levels) + "."


def micros(plan: Plan) -> tuple[str, ...]:
    """Micro goals of which statements are planned, in order."""
    return tuple(dict.fromkeys(one.micro for one in plan.claims))


def no_pairs(plan: Plan) -> str:
    """Why no micro goal stands beside a macro goal."""
    if not plan.experiment.macros:
        return "No macro goal is defined, so nothing can be planned about carry-through."
    return (
        "How micro and macro goal go together is not known: give the baselines of both (and the "
        "phi of an action), or counts of the past."
    )


def pair_sentence(plan: Plan, micro: str) -> str:
    """How a micro goal stands to its macro goal, in words with its numbers."""
    one = next(pair for pair in plan.pairs if pair.micro == micro)
    names = plan.experiment.names
    micro, macro = names.goal(one.micro), names.goal(one.macro)
    passed = "" if one.dilution == 1 else f", of which {formatting.rate(one.dilution)} is passed on"
    known = one.sign_error == one.sign_error
    wrong = f" {formatting.probability(one.sign_error)} of tests of this size and" if known else ""
    return (
        f"To show the same in {macro} takes {formatting.decimal(one.speed)} times as many "
        f"{names.units} as in {micro}, even if all of the gain gets there (correlation of the two "
        f"{formatting.decimal(one.phi)}{passed}). Decided by {micro} alone,{wrong} "
        f"{formatting.probability(one.floor)} of tests of any size take {macro} the wrong way, if "
        f"{formatting.level(one.mean)} of the usual gain gets there, give or take "
        f"{formatting.level(one.sd)}."
    )
