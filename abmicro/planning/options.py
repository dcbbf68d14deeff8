"""The first line of a plan, and where the plan cannot work, what would: each with its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, isnan

from abmicro import formatting
from abmicro.design.planned_test import PlannedTest
from abmicro.errors import DefinitionError, Problem
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
        return f"{_cost(outlook, _first(outlook))}."
    allowed = (
        f"{formatting.weeks(outlook.weeks)} ({formatting.count(outlook.units)} units in "
        "all variants)"
    )
    if not outlook.planned:
        return f"In {allowed} {_smallest(outlook)}."
    first = outlook.planned[0]
    fitting = next((one for one in outlook.planned if outlook.fits(outlook.needed(one))), None)
    if fitting is None:
        return (
            f"No goal can show its planned lift in {allowed}: {_cost(outlook, first)}. "
            "What would help is listed below."
        )
    if fitting is first:
        return f"{_cost(outlook, first)}."
    return f"Not in {allowed}: {_cost(outlook, first)}. But {_cost(outlook, fitting)}."


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
    found, name = float(test.detectable(outlook.units)[0]), test.goal.name
    if isnan(found):
        return f"no lift of {name} can be found, however large"
    if test.question == "noninferiority":
        moved = "loss" if test.sign > 0 else "rise"
        return f"the smallest {moved} of {name} that can be ruled out is {_loss(found)}"
    return f"the smallest lift of {name} that is found is {_lift(found)}"


def _cost(outlook: Outlook, test: PlannedTest) -> str:
    """What the planned lift of a goal takes, in all variants and in each."""
    found = outlook.needed(test)
    takes = "takes" if test.looks is None else "takes at most"
    begin = f"{test.goal.name} at {formatting.percent(test.effect)} {takes}"
    if found.weeks == inf:
        return f"{begin} {formatting.count(found.total)} units in all variants, more than ever come"
    if isnan(found.weeks):
        return f"{begin} {formatting.count(found.total)} units in all variants ({per_arm(found)})"
    until = f", until {found.end}" if found.end and found.weeks <= outlook.weeks else ""
    return (
        f"{begin} {formatting.count(found.total)} units in all variants ({per_arm(found)}), "
        f"{formatting.weeks(found.weeks)}{until}"
    )


def per_arm(found: Size) -> str:
    """Units of each variant, once where they are equal."""
    units = [variant.units for variant in found.arms]
    if min(units) == max(units):
        return f"{formatting.count(units[0])} per variant"
    return ", ".join(
        f"{formatting.count(variant.units)} {variant.variant}" for variant in found.arms
    )


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
        f"{test.goal.name} shows {formatting.percent(lift)} in "
        f"{formatting.weeks(found.weeks)}, with {formatting.count(found.total)} units in all "
        "variants "
        f"({per_arm(found)})."
    )
    if test.goal.name in outlook.past.pairs:
        sentence += " What it says of the macro goal stands under micro beside macro."
    yield Option("other_goal", sentence, found.weeks, outlook.fits(found))


def _bolder(outlook: Outlook) -> Iterator[Option]:
    test = outlook.planned[0]
    lift = float(test.detectable(outlook.units)[0])
    if not isnan(lift):
        sentence = (
            f"A lift of {_lift(lift)} in {test.goal.name} is found in "
            f"{formatting.weeks(outlook.weeks)}: {formatting.decimal(lift / test.effect)} "
            "times the "
            "planned one."
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
        f"{what}: {test.goal.name} at {formatting.percent(test.effect)} then takes "
        f"{formatting.count(found.total)} units in all variants ({per_arm(found)}), "
        f"{formatting.weeks(found.weeks)}."
    )
    yield Option("fewer_arms", sentence, found.weeks, two.fits(found))


def _no_loss(outlook: Outlook) -> Iterator[Option]:
    alpha = outlook.experiment.analysis.alpha
    test = replace(outlook.planned[0], question="noninferiority", alpha=alpha)
    margin = abs(float(test.detectable(outlook.units)[0]))
    if not isnan(margin):
        name, moved = test.goal.name, "lose" if test.sign > 0 else "add"
        sentence = (
            f"One-sided non-inferiority: in {formatting.weeks(outlook.weeks)} a variant "
            "without effect "
            f"can be shown to {moved} less than {_loss(margin)} of {name}."
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
    begin = (
        f"After {formatting.count(found.total)} units in all variants "
        f"({formatting.weeks(found.weeks)}) taking"
    )
    if found.total <= len(outlook.experiment.variants):
        begin = "Even without a test, taking"
    sentence = (
        f"{begin} the better-looking variant loses, on average over what is believed, no more than "
        f"{formatting.percent(tolerance).removeprefix('+')} of {test.goal.name}. This keeps "
        "losses small and does not bound the rate of false findings."
    )
    yield Option("loss_tolerance", sentence, found.weeks, outlook.fits(found))


def _lift(value: float) -> str:
    """A lift with three digits that count, since units go with its square."""
    return formatting.percent(value, width=abs(value) / 5)


def _loss(value: float) -> str:
    return _lift(abs(value)).removeprefix("+")
