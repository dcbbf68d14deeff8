"""What a plan tells and in which order, before it is dressed as text or Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import exp, isnan

from abmicro import formatting
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.planning.results import GoalPlan, Plan, Shipping
from abmicro.report.answered import answer_first, answered, rests_on
from abmicro.report.blocks import (
    Block,
    Chart,
    Document,
    Figure,
    Fold,
    Heading,
    Note,
    Panel,
    Paragraph,
    Section,
    Term,
    Terms,
    item,
)
from abmicro.report.plan import tables, words
from abmicro.report.plan.carry_through import carry
from abmicro.report.plan.looks import looks
from abmicro.report.words import Words, planned_lift

MOST_LINES = 4  # goals in one chart
MOST_WEEKS = 2  # goals whose weeks are told where nothing folds
IN_TIME = Words("In time", "The planned lift can be found in the weeks allowed.", "good")
IN_PART = Words("In part", "Another goal finds its planned lift in the weeks allowed.", "warn")
OUT = Words("Out of reach", "No planned lift can be found in the weeks allowed.", "bad")
UNTIMED = Words("No traffic given", "Sizes are told, and no weeks.", "open")
NO_LIFT = Words("No lift planned", "Set mde to learn what a lift takes.", "open")


FITS = {
    True: Words("In time", "Done in the weeks allowed.", "good"),
    False: Words("Later", "Takes longer than the weeks allowed.", "off"),
}


def of(plan: Plan) -> Document:
    """The document of a plan."""
    return answered(
        plan,
        f"Plan: {plan.experiment.name}",
        _facts(plan),
        _sections(plan),
        of=plan.experiment,
        subtitle=plan.experiment.hypothesis,
    )


def _facts(plan: Plan) -> Iterator[str]:
    experiment = plan.experiment
    yield f"{len(experiment.variants)} variants"
    if not plan.has_traffic:
        return
    yield f"{experiment.names.of_units(plan.arrivals.usual_week)} in a usual week"
    start = f" from {experiment.start}" if experiment.start else ""
    yield f"{formatting.weeks(experiment.plan.weeks)} at most{start}"


def _sections(plan: Plan) -> Iterator[Section]:
    yield answer_first(_panel(plan))
    if plan.options:
        yield Section("options", "What would help", tuple(_options(plan)))
    sizes = tuple(_sizes(plan))
    head = "How many and how long" if plan.has_traffic else "How many"
    yield Section("sizes", f"{head}, goal by goal", sizes, head)
    yield Section("carry", "Micro beside macro", tuple(carry(plan)), "Micro beside macro")
    if plan.monitoring is not None:
        seen = tuple(looks(plan, plan.monitoring))
        yield Section("looks", "Looks while it runs", seen, "Looks")
    if plan.weeks:
        yield Section("weeks", "What each week can show", tuple(_weeks(plan)), "Week by week")
    if plan.promises:
        promises = tuple(_promises(plan))
        yield Section("promises", "What not to promise", promises, "What not to promise")
    if (gained := plan.programme) is not None:
        told = tuple(map(Paragraph, gained.sentences))
        yield Section("programme", f"{gained.tests} tests such as this one", told, "Many tests")
    sources = Terms(tuple(Term(*source) for source in words.SOURCES))
    yield rests_on(*map(Paragraph, plan.notes), sources)


def _panel(plan: Plan) -> Panel:
    reads, asked = answer(plan), first(plan)
    return Panel(
        subject=plan.experiment.names.head(asked.goal) if asked else "",
        against=f"planned change {planned_lift(asked.lift)}" if asked else "",
        decision=reads.title,
        tone=reads.tone,
        because=(plan.headline,),
        change=("To ship", plan.shipping),
        figures=tuple(_cost(plan, asked)) if asked else (),
    )


def _cost(plan: Plan, asked: GoalPlan) -> Iterator[Figure]:
    """What the answer costs: how many in all, in each variant, and time."""
    head = sentence_case(plan.experiment.names.units)
    if (size := asked.size) is None:
        return
    total, each, time = tables.cost(size)
    yield Figure(f"{head} in all", total)
    if len({variant.units for variant in size.arms}) == 1:
        yield Figure(f"{head} per variant", each)
    else:
        variants = tuple(
            f"{tables.units(one.units)} in {plan.experiment.names.variant(one.variant)}"
            for one in size.arms
        )
        yield Figure(f"{head} per variant", "", more=variants)
    if not isnan(size.weeks):
        yield Figure("Time", time, f"until {size.end}" if size.end else "")


def _options(plan: Plan) -> Iterator[Block]:
    for option in plan.options:
        yield item(FITS[option.fits], option.sentence, words.OPTIONS[option.name])


def _sizes(plan: Plan) -> Iterator[Block]:
    sizes = tables.goals(plan)
    brief = tables.fitted(plan, sizes.without("Asks").without("Level"))
    yield replace(sizes, label="How many and how long, goal by goal", brief=brief.heads)
    yield from map(Note, sizes_notes(plan))
    if goals := drawn_goals(plan):
        yield _power(plan, goals)
    if plan.ship is not None and plan.shipping:
        yield from _ship(plan, plan.ship)


def _ship(plan: Plan, ship: Shipping) -> Iterator[Block]:
    yield Heading("To ship", "all at once")
    yield Paragraph(plan.shipping)
    gates = tables.gates(plan, ship)
    gates = gates if plan.has_traffic else gates.without("Power")
    yield replace(gates, label="What shipping asks for")
    yield Note(words.SHIP_NOTE)
    if plan.has_traffic:
        weeks = formatting.weeks(plan.experiment.plan.weeks)
        yield Note(words.SHIP_POWER_NOTE.format(weeks=weeks, power=tables.chance(ship.power)))


def _power(plan: Plan, goals: tuple[str, ...]) -> Chart:
    known = {one.goal: one for one in plan.goals}
    wanted = formatting.level(plan.experiment.plan.power)
    told = (
        f"{plan.experiment.names.head(goal)}: {wanted} at a change of "
        f"{tables.lift(known[goal].detectable)}"
        for goal in goals
    )
    return Chart(
        "power",
        "power",
        (),
        "Power by the true size of the change",
        words.POWER_READING.format(weeks=formatting.weeks(plan.experiment.plan.weeks)),
        f"{'; '.join(told)}.",
        table=tables.goals(plan).pick("Goal", "Planned", "Power", "Smallest found"),
        is_told=True,
    )


def _weeks(plan: Plan) -> Iterator[Block]:
    if any(one.detectable == one.detectable for one in plan.weeks):
        yield _weeks_chart(plan)
    for at, goal in enumerate(telling(plan)):
        name = plan.experiment.names.head(goal)
        table = replace(tables.weeks(plan, goal), label=f"Week by week: {name}")
        yield Fold(
            f"{name}, week by week",
            (Note(week_head(plan, goal)), table),
            medium="all" if at < MOST_WEEKS else "page",
            is_open=at == 0,
        )
    yield Note(words.WEEKS_NOTE)


def _weeks_chart(plan: Plan) -> Chart:
    last = {one.goal: one for one in plan.weeks}
    told = (
        f"{plan.experiment.names.head(goal)}: {tables.lift(last[goal].detectable)} after "
        f"{formatting.weeks(last[goal].week)}"
        for goal in drawn_goals(plan)
    )
    return Chart(
        "weeks-chart",
        "weeks",
        (),
        "Smallest change found, week by week",
        words.WEEKS_READING.format(units=plan.experiment.names.units),
        f"{'; '.join(told)}.",
        is_told=True,
    )


def _promises(plan: Plan) -> Iterator[Block]:
    yield replace(tables.promises(plan), label="What findings will be worth")
    yield Note(promises_note(plan))
    yield Heading("Ten tests such as this one")
    yield replace(tables.wins(plan), label="Wins in ten tests")
    yield Note(words.WINS_NOTE)
    if plan.waiting:
        yield Heading("Waiting against error", plan.experiment.names.goal(plan.waiting[0].goal))
        yield replace(tables.waiting(plan), label="Waiting against error")
        yield Note(waiting_note(plan))


def first(plan: Plan) -> GoalPlan | None:
    """The goal that the answer is about: the first with a planned lift, the primary before all."""
    planned = [one for one in plan.goals if one.size is not None and one.asks == "change"]
    return min(planned, key=lambda one: one.role != "primary", default=None)


def answer(plan: Plan) -> Words:
    """Whether the plan works, in words."""
    asked = first(plan)
    if asked is None:
        return NO_LIFT
    if not plan.has_traffic:
        return UNTIMED
    if asked.fits:
        return IN_TIME
    return IN_PART if plan.reachable else OUT


def sizes_notes(plan: Plan) -> Iterator[str]:
    """How to read the sizes, what each variant gets where variants differ, why some are missing."""
    weeks, names = formatting.weeks(plan.experiment.plan.weeks), plan.experiment.names
    yield words.SIZES_NOTE.format(weeks=weeks) if plan.has_traffic else words.UNTIMED_NOTE
    if plan.arrivals.caution:
        yield plan.arrivals.caution
    if any(one.asks == "no_loss" for one in plan.goals):
        yield words.GUARD_NOTE
    yield from _arms_notes(plan)
    for one in plan.goals:
        if one.size is not None and not tables.equal_arms(plan):
            variants = (
                f"{tables.units(variant.units)} in {names.variant(variant.variant)}"
                for variant in one.size.arms
            )
            yield f"Per variant, {names.goal(one.goal)}: {', '.join(variants)}."
    for one in plan.goals:
        if one.note:
            yield f"{names.head(one.goal)}: {one.note}."


def _arms_notes(plan: Plan) -> Iterator[str]:
    """What several treated variants find together."""
    found = [one for one in plan.goals if one.any_arm == one.any_arm]
    if found:
        name = plan.experiment.names.goal
        chances = ", ".join(
            f"{name(one.goal)} {formatting.probability(one.any_arm)}" for one in found
        )
        yield words.ANY_ARM_NOTE.format(arms=len(plan.experiment.treated), chances=chances)


def telling(plan: Plan) -> tuple[str, ...]:
    """Goals with weeks to tell of: the primary first, then macro goals, then the rest."""
    known = dict.fromkeys(one.goal for one in plan.weeks)
    macro = {one.goal for one in plan.goals if one.kind == "macro"}
    if not known:
        return ()
    first, *rest = known
    return (first, *sorted(rest, key=lambda goal: goal not in macro))


def drawn_goals(plan: Plan) -> tuple[str, ...]:
    """The goals that a chart shows: the primary, macro goals, then others, up to four."""
    change = {one.goal for one in plan.goals if one.asks == "change"}
    return tuple(goal for goal in telling(plan) if goal in change)[:MOST_LINES]


def week_head(plan: Plan, goal: str) -> str:
    """What the weeks of a goal are about."""
    one = next(row for row in plan.goals if row.goal == goal)
    asked = "planned change" if one.asks == "change" else "margin"
    planned = "" if one.size is None else f", {asked} {planned_lift(one.lift)}"
    show = formatting.mean if one.is_value else formatting.rate
    return f"baseline {show(one.baseline)}{planned}"


def promises_note(plan: Plan) -> str:
    """How to read the table of promises."""
    one = plan.promises[0]
    loss = formatting.percent(one.tolerance).removeprefix("+")
    return words.PROMISES_NOTE.format(goal=plan.experiment.names.goal(one.goal), loss=loss)


def waiting_note(plan: Plan) -> str:
    """How to read the table of waiting and error."""
    believed = next(one for one in plan.promises if one.goal == plan.waiting[0].goal).spread
    return (
        words.WAITING_NOTE.format(
            weeks=formatting.weeks(plan.waiting[0].horizon), units=plan.experiment.names.units
        )
        + " Believed: changes around zero, two in three smaller than "
        f"{formatting.asked(exp(believed) - 1)}."
    )
