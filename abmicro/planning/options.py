"""The first line of a plan, and where the plan cannot work, what would: each with its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, isnan

from abmicro import formatting
from abmicro.design.planned_test import PlannedTest
from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.experiment.plan_settings import MOST_WEEKS
from abmicro.planning.baselines import planned_tests
from abmicro.planning.context import Outlook
from abmicro.planning.results import Option, Size
from abmicro.planning.risk import safe
from abmicro.planning.traffic import WEEK

LONGEST = 6  # weeks after which visitors lose cookies faster than a test gains them
CHURN = (
    f"Beyond {LONGEST} weeks people delete cookies and change devices, so that some are counted "
    "twice, perhaps in both variants; better plan for what six weeks can find."
)


def reachable(outlook: Outlook) -> bool | None:
    """Whether any goal finds its planned lift in time; None without planned lift or traffic."""
    planned = outlook.planned if outlook.inflow.is_known else ()
    return any(outlook.fits(outlook.needed(one)) for one in planned) if planned else None


def headline(outlook: Outlook) -> str:
    """The finding in one sentence or two."""
    if not outlook.inflow.is_known:
        return f"{_said(outlook, _first(outlook))}."
    who = outlook.experiment.names.of_units(outlook.units)
    allowed = f"{formatting.weeks(outlook.weeks)} ({who} in all)"
    if not outlook.planned:
        return f"In {allowed} {_smallest(outlook)}."
    first = outlook.planned[0]
    fitting = next((one for one in outlook.planned if outlook.fits(outlook.needed(one))), None)
    if fitting is None:
        return (
            f"No planned change shows in {allowed}. {_said(outlook, first)}. "
            "What would help is listed below."
        )
    if fitting is first:
        return f"{_said(outlook, first)}."
    return f"{_said(outlook, first)}, more than {allowed}. But {_cost(outlook, fitting)}."


def _first(outlook: Outlook) -> PlannedTest:
    """The first goal with a planned lift; DefinitionError where there is not even a lift."""
    if not outlook.planned:
        what = "is missing, and no lift is planned"
        hint = 'write traffic = "900/day" in [plan], or mde = 0.05 at a goal'
        raise DefinitionError(Problem("plan.traffic", what, "E011", hint))
    return outlook.planned[0]


def _smallest(outlook: Outlook) -> str:
    """What can be found of the first goal, where no lift is planned."""
    test = outlook.tests[0]
    found, name = float(test.detectable(outlook.units)[0]), _goal(outlook, test)
    if isnan(found):
        return f"no change in {name} can be shown, however large"
    if test.question == "noninferiority":
        moved = "loss" if test.sign > 0 else "rise"
        return f"the smallest {moved} of {name} that can be ruled out is {_loss(found)}"
    return f"the smallest change in {name} that can be shown is {_lift(found)}"


def _goal(outlook: Outlook, test: PlannedTest) -> str:
    return outlook.experiment.names.goal(test.goal.name)


def _said(outlook: Outlook, test: PlannedTest) -> str:
    """What the planned lift of a goal takes, as a sentence without its end."""
    return sentence_case(_cost(outlook, test))


def _cost(outlook: Outlook, test: PlannedTest) -> str:
    """What the planned lift of a goal takes, in all variants and in each."""
    found = outlook.needed(test)
    takes = "takes" if test.looks is None else "takes at most"
    change = f"a change of {formatting.percent(test.effect)} in {_goal(outlook, test)}"
    begin = f"{change} {takes} {_many(outlook, found)}"
    if found.weeks == inf:
        return f"{begin}, more than ever come"
    begin = f"{begin} ({per_arm(outlook, found)})"
    if isnan(found.weeks):
        return begin
    until = f", until {found.end}" if found.end and found.weeks <= outlook.weeks else ""
    return f"{begin}: {formatting.weeks(found.weeks)}{until}"


def _many(outlook: Outlook, found: Size) -> str:
    """How many in all variants together."""
    return f"{formatting.count(found.total)} {outlook.experiment.names.units} in all"


def per_arm(outlook: Outlook, found: Size) -> str:
    """How many of each variant, once where they are equal."""
    units = [variant.units for variant in found.arms]
    if min(units) == max(units):
        return f"{formatting.count(units[0])} per variant"
    name = outlook.experiment.names.variant
    return ", ".join(f"{formatting.count(one.units)} {name(one.variant)}" for one in found.arms)


def options(outlook: Outlook) -> tuple[Option, ...]:
    """What would work where the first planned goal does not fit; empty where it does."""
    if (
        not outlook.inflow.is_known
        or not outlook.planned
        or outlook.fits(outlook.needed(outlook.planned[0]))
    ):
        return ()
    return (
        *_other_goal(outlook),
        *_bolder(outlook),
        *_fewer_arms(outlook),
        *_no_loss(outlook),
        *_longer(outlook),
        *_more_traffic(outlook),
        *_loss_tolerance(outlook),
    )


def _other_goal(outlook: Outlook) -> Iterator[Option]:
    """The goal that shows the same lift, or its own planned one, soonest."""
    first = outlook.planned[0]
    others = [
        (outlook.size(test.units(lift)), test, lift)
        for test in outlook.tests
        if test.question == "change" and test is not first and test.goal.is_micro
        for lift in [abs(first.effect) * test.sign if isnan(test.effect) else test.effect]
        if abs(lift) < test.farthest(test.sign)
    ]
    better = min(others, key=lambda found: found[0].days, default=None)
    if better is None or better[0].days >= outlook.needed(first).days:
        return
    found, test, lift = better
    sentence = (
        f"A change of {formatting.percent(lift)} in {_goal(outlook, test)} shows in "
        f"{formatting.weeks(found.weeks)}, with {_many(outlook, found)} "
        f"({per_arm(outlook, found)})."
    )
    if test.goal.name in outlook.past.pairs:
        sentence += " What that says of the goal that pays stands under micro beside macro."
    yield Option("other_goal", sentence, found.weeks, outlook.fits(found))


def _bolder(outlook: Outlook) -> Iterator[Option]:
    test = outlook.planned[0]
    lift = float(test.detectable(outlook.units)[0])
    if not isnan(lift):
        sentence = (
            f"A change of {_lift(lift)} in {_goal(outlook, test)} shows in "
            f"{formatting.weeks(outlook.weeks)}. That is {formatting.decimal(lift / test.effect)} "
            "times the planned one."
        )
        yield Option("bolder", sentence, lift, True)


def _fewer_arms(outlook: Outlook) -> Iterator[Option]:
    """One treated variant beside the control, or equal shares where there is one already."""
    variants = outlook.experiment.variants
    if len(variants) == 2 and abs(variants[0].share - variants[1].share) < 0.02:
        return
    halves = tuple(variant.model_copy(update={"share": 0.5}) for variant in variants[:2])
    simpler = outlook.experiment.model_copy(update={"variants": halves, "ramp": ()})
    two = replace(outlook, experiment=simpler, tests=planned_tests(simpler, outlook.past))
    test = two.planned[0]
    found = two.needed(test)
    what = "Two variants of equal size" if len(variants) > 2 else "Equal shares"
    sentence = (
        f"{what}: a change of {formatting.percent(test.effect)} in {_goal(outlook, test)} then "
        f"takes {_many(outlook, found)} ({per_arm(outlook, found)}): "
        f"{formatting.weeks(found.weeks)}."
    )
    yield Option("fewer_arms", sentence, found.weeks, two.fits(found))


def _no_loss(outlook: Outlook) -> Iterator[Option]:
    alpha = outlook.experiment.analysis.alpha
    test = replace(outlook.planned[0], question="noninferiority", alpha=alpha)
    margin = abs(float(test.detectable(outlook.units)[0]))
    if not isnan(margin):
        name, moved = _goal(outlook, test), "lose" if test.sign > 0 else "add"
        sentence = (
            f"In {formatting.weeks(outlook.weeks)} a variant without effect can be shown to "
            f"{moved} less than {_loss(margin)} of {name} (a one-sided test)."
        )
        yield Option("no_loss", sentence, margin, True)


def _longer(outlook: Outlook) -> Iterator[Option]:
    """A longer test, where it is one that somebody could run."""
    found = outlook.needed(outlook.planned[0])
    if found.weeks <= MOST_WEEKS:
        churn = f" {CHURN}" if found.weeks > LONGEST else ""
        sentence = (
            f"{formatting.weeks(found.weeks)} instead of {formatting.weeks(outlook.weeks)}.{churn}"
        )
        yield Option("longer", sentence, found.weeks, False)


def _more_traffic(outlook: Outlook) -> Iterator[Option]:
    """More of the traffic, where only a share of it enters the test."""
    exposure = outlook.experiment.plan.exposure
    if exposure < 1:
        test = outlook.planned[0]
        everyone = replace(
            outlook.inflow,
            known=tuple(units / exposure for units in outlook.inflow.known),
            week=tuple(units / exposure for units in outlook.inflow.week),
        )
        weeks = -(-everyone.days(test.units(test.effect)) // WEEK)
        sentence = (
            f"{formatting.weeks(weeks)} with all of it instead of {formatting.level(exposure)}."
        )
        yield Option("more_traffic", sentence, weeks, weeks <= outlook.weeks)


def _loss_tolerance(outlook: Outlook) -> Iterator[Option]:
    test = outlook.planned[0]
    found, tolerance = safe(outlook, test)
    begin = f"After {_many(outlook, found)} ({formatting.weeks(found.weeks)}) taking"
    if found.total <= len(outlook.experiment.variants):
        begin = "Even without a test, taking"
    sentence = (
        f"{begin} the better-looking variant loses, on average over what is believed, no more than "
        f"{formatting.percent(tolerance).removeprefix('+')} of {_goal(outlook, test)}. This keeps "
        "losses small and does not bound the rate of false findings."
    )
    yield Option("loss_tolerance", sentence, found.weeks, outlook.fits(found))


def _lift(value: float) -> str:
    """A lift with three digits that count: the size of a test goes with its square."""
    return formatting.percent(value, width=abs(value) / 5)


def _loss(value: float) -> str:
    return _lift(abs(value)).removeprefix("+")
