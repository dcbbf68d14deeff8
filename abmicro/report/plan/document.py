"""What a plan tells and in which order, before it is dressed as text or Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro import formatting
from abmicro.planning.results import GoalPlan, Plan
from abmicro.report.document import Block, Heading, Item, Note
from abmicro.report.plan import tables
from abmicro.report.plan.words import (
    ANY_ARM_NOTE,
    CLAIMS_NOTE,
    GUARD_NOTE,
    OPTIONS,
    PROMISES_NOTE,
    SIZES_NOTE,
    WAITING_NOTE,
    WEEKS_NOTE,
    WINS_NOTE,
)
from abmicro.report.sections.goals import Table
from abmicro.report.words import Words

IN_TIME = Words("In time", "The planned lift can be found in the weeks allowed.", "good")
IN_PART = Words("In part", "Another goal finds its planned lift in the weeks allowed.", "warn")
OUT = Words("Out of reach", "No planned lift can be found in the weeks allowed.", "bad")
NO_LIFT = Words("No lift planned", "Set mde to learn what a lift takes.", "open")


def of(plan: Plan) -> Iterator[Block]:
    """The blocks of a plan in reading order."""
    words = answer(plan)
    yield Item(words.title, words.tone, plan.headline)
    if plan.shipping:
        yield Item("To ship", "warn", plan.shipping)
    if plan.options:
        yield Heading("What would help")
        for option in plan.options:
            yield Item(OPTIONS[option.name], "good" if option.fits else "off", option.sentence)
    yield Heading("Units and time, goal by goal")
    yield fitted(plan, tables.goals(plan).without("Asks").without("Level"))
    yield from map(Note, sizes_notes(plan))
    yield Heading("Micro beside macro")
    yield from _carry(plan)
    yield Heading("What each week can find")
    for goal in telling(plan)[:2]:
        yield Item(goal, "off", week_head(plan, goal))
        yield tables.weeks(plan, goal)
    yield Note(WEEKS_NOTE)
    if plan.promises:
        yield Heading("What not to promise")
        yield tables.promises(plan)
        yield Note(promises_note(plan))
        yield tables.wins(plan)
        yield Note(WINS_NOTE)
    if plan.waiting:
        yield Heading(f"Waiting against error: {plan.waiting[0].goal}")
        yield tables.waiting(plan)
        yield Note(waiting_note(plan))
    yield Heading("What this rests on")
    yield from map(Note, plan.notes)


def first(plan: Plan) -> GoalPlan | None:
    """The goal that the answer is about: the first with a planned lift, the primary before all."""
    planned = [one for one in plan.goals if one.size is not None and one.asks == "change"]
    return min(planned, key=lambda one: one.role != "primary", default=None)


def answer(plan: Plan) -> Words:
    """Whether the plan works, in words."""
    asked = first(plan)
    if asked is None:
        return NO_LIFT
    if asked.fits:
        return IN_TIME
    return IN_PART if plan.reachable else OUT


def sizes_notes(plan: Plan) -> Iterator[str]:
    """How to read the sizes, what each arm gets where arms differ, why some are missing."""
    yield SIZES_NOTE.format(weeks=formatting.weeks(plan.experiment.plan.weeks))
    if plan.arrivals.caution:
        yield plan.arrivals.caution
    if any(one.asks == "no_loss" for one in plan.goals):
        yield GUARD_NOTE
    yield from _arms_notes(plan)
    for one in plan.goals:
        if one.size is not None and not equal_arms(plan):
            arms = (f"{tables.units(arm.units)} in {arm.variant}" for arm in one.size.arms)
            yield f"Units per arm, {one.goal}: {', '.join(arms)}."
    for one in plan.goals:
        if one.note:
            yield f"{one.goal}: {one.note}."


def _arms_notes(plan: Plan) -> Iterator[str]:
    """What several treated arms find together."""
    found = [one for one in plan.goals if one.any_arm == one.any_arm]
    if found:
        chances = ", ".join(f"{one.goal} {formatting.probability(one.any_arm)}" for one in found)
        yield ANY_ARM_NOTE.format(arms=len(plan.experiment.treated), chances=chances)


def equal_arms(plan: Plan) -> bool:
    """Whether every arm gets as many units as every other."""
    shares = [arm.share for arm in plan.experiment.variants]
    return max(shares) - min(shares) < 1e-9


def fitted(plan: Plan, table: Table) -> Table:
    """A table with units per arm where one number says them; else they stand in the notes."""
    return table if equal_arms(plan) else table.without("Per arm")


def _carry(plan: Plan) -> Iterator[Block]:
    if not plan.pairs:
        yield Note(no_pairs(plan))
        return
    for micro in micros(plan):
        yield fitted(plan, tables.claims(plan, micro).without("Level"))
    yield Note(CLAIMS_NOTE)
    yield from map(Note, levels_notes(plan))
    for one in plan.pairs:
        yield Item(one.micro, "open", pair_sentence(plan, one.micro))


def levels_notes(plan: Plan) -> Iterator[str]:
    """The levels of the statements on a micro goal, where they are not the same."""
    for micro in micros(plan):
        levels = {one.claim: one.alpha for one in plan.claims if one.micro == micro}
        own = levels.pop("micro_moved")
        others = {formatting.level(alpha) for alpha in levels.values()}
        if others - {formatting.level(own)}:
            yield (
                f"{micro} moved: at a level of {formatting.level(own)}, since several comparisons "
                f"share it; statements on carry-through: at {', '.join(sorted(others))}."
            )


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
    passed = "" if one.dilution == 1 else f", of which {formatting.rate(one.dilution)} is passed on"
    wrong = (
        ""
        if one.sign_error != one.sign_error
        else f" {formatting.probability(one.sign_error)} of tests of this size and"
    )
    return (
        f"The same people reach {one.micro} and {one.macro} with correlation "
        f"{formatting.decimal(one.phi)}{passed}: for the same claim {one.macro} needs "
        f"{formatting.decimal(one.speed)} times the units even if all of the gain arrives. "
        "Deciding on "
        f"{one.micro} alone, {one.macro} moves the other way in{wrong} "
        f"{formatting.probability(one.floor)} of tests of any size (assuming pass-throughs of "
        f"{formatting.decimal(one.mean)} give or take {formatting.decimal(one.sd)})."
    )


def telling(plan: Plan) -> tuple[str, ...]:
    """Goals with weeks to tell of: the primary first, then macro goals, then the rest."""
    known = dict.fromkeys(one.goal for one in plan.weeks)
    macro = {one.goal for one in plan.goals if one.kind == "macro"}
    first, *rest = known
    return (first, *sorted(rest, key=lambda goal: goal not in macro))


def week_head(plan: Plan, goal: str) -> str:
    """What the weeks of a goal are about."""
    one = next(row for row in plan.goals if row.goal == goal)
    asked = "planned lift" if one.asks == "change" else "margin"
    planned = "" if one.size is None else f", {asked} {tables.planned(one.lift)}"
    show = formatting.mean if one.is_value else formatting.rate
    return f"baseline {show(one.baseline)}{planned}"


def promises_note(plan: Plan) -> str:
    """How to read the table of promises."""
    one = plan.promises[0]
    loss = formatting.percent(one.tolerance).removeprefix("+")
    return PROMISES_NOTE.format(goal=one.goal, loss=loss)


def waiting_note(plan: Plan) -> str:
    """How to read the table of waiting and error."""
    believed = next(one for one in plan.promises if one.goal == plan.waiting[0].goal).spread
    return (
        WAITING_NOTE.format(weeks=formatting.weeks(plan.waiting[0].horizon))
        + f" Believed: log lifts around zero, standard deviation {formatting.decimal(believed)}."
    )
