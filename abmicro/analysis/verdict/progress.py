"""How far a test has come, and the units and days its missing claims still need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf, isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.design.families import shipping_alpha

if TYPE_CHECKING:
    from abmicro.analysis.carry_through.planned_pair import PairPlans, PlannedPair
    from abmicro.analysis.power.planned_tests import Plans
    from abmicro.analysis.results import CarryThrough
    from abmicro.analysis.verdict.horizon import Horizon
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


@dataclass(frozen=True, slots=True)
class Needs:
    """What two claims about a variant still cost, in a sentence each."""

    for_primary: str
    for_macro: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the test stands in time, and in a sentence each what two claims still cost.

    ended: whether a declared end is reached.
    """

    horizon: Horizon
    ended: bool
    needs_for_primary: str
    needs_for_macro: str


@dataclass(frozen=True, slots=True)
class _Reached:
    """The units and days there are; days are None where the data have none."""

    experiment: Experiment
    units: int
    days: int | None


def progress(experiment: Experiment, needs: Needs, horizon: Horizon) -> Progress:
    """How far one treated variant has come."""
    return Progress(
        horizon=horizon,
        ended=experiment.end is not None and horizon.stage == "end",
        needs_for_primary=needs.for_primary,
        needs_for_macro=needs.for_macro,
    )


def needs(
    experiment: Experiment,
    marginals: Marginals,
    plans: Plans,
    carried: tuple[CarryThrough, ...],
    pair_plans: PairPlans,
) -> dict[str, Needs]:
    """What every treated variant still needs, by the planned lift (`mde`), never the observed."""
    reached = _Reached(experiment, marginals.units, marginals.days_run)
    primary, found = experiment.primary.name, dict[str, Needs]()
    for variant in (arm.name for arm in experiment.treated):
        pair = next((p for p in carried if (p.variant, p.micro) == (variant, primary)), None)
        of_macro = (
            _of_macro(reached, plans, variant)
            if pair is None
            else _of_pair(reached, pair, pair_plans.get((variant, primary, pair.macro)))
        )
        found[variant] = Needs(_of_primary(reached, plans, variant), of_macro)
    return found


def _of_primary(reached: _Reached, plans: Plans, variant: str) -> str:
    """A clear change in the primary goal, at the level at which it is planned."""
    primary = reached.experiment.primary
    claim = f"a clear change in {primary.name}"
    if primary.mde is None:
        return _no_plan(reached, claim)
    planned = plans.get((primary.name, variant))
    test = None if planned is None else planned.test
    if test is None or not test.is_possible:
        return _unknown(claim)
    return _units(reached, claim, test.effect, test.alpha, test.units(test.effect))


def _of_pair(reached: _Reached, pair: CarryThrough, plan: PlannedPair | None) -> str:
    """That the macro goal moved: at the level of the ruler, and of its own row in the verdict."""
    claim = f"a clear rise in {pair.macro} if all of the gain arrives"
    if pair.dilution != 1:
        claim = f"a clear change in {pair.macro}, had all of what is expected of it arrived"
    if reached.experiment.primary.mde is None:
        return _no_plan(reached, claim)
    if plan is None:
        return _unknown(claim)
    alpha = min(plan.macro_up.alpha, shipping_alpha(reached.experiment))
    return _units(reached, claim, plan.lift, alpha, plan.macro_up.with_alpha(alpha).units())


def _of_macro(reached: _Reached, plans: Plans, variant: str) -> str:
    """A clear change in a macro goal by itself, where it makes no pair with the primary goal."""
    experiment, mde = reached.experiment, reached.experiment.primary.mde
    macros = experiment.funnel.steps[-1:] or tuple(goal.name for goal in experiment.macros)
    macro = next(iter(macros), "a macro goal")
    claim = f"a clear rise in {macro} if all of the gain arrives"
    if mde is None:
        return _no_plan(reached, claim)
    planned = plans.get((macro, variant))
    if planned is None or planned.test is None:
        return _unknown(claim)
    effect, alpha = planned.test.sign * mde, shipping_alpha(experiment)
    test = replace(planned.test, question="change", effect=effect, alpha=alpha)
    if not test.is_possible:
        return _unknown(claim)
    return _units(reached, claim, effect, alpha, test.units(effect))


def _no_plan(reached: _Reached, claim: str) -> str:
    name = reached.experiment.primary.name
    return f"Set goals.{name}.mde to learn how many units {claim} needs."


def _unknown(claim: str) -> str:
    return f"The units that {claim} needs cannot be told from these counts."


def _units(reached: _Reached, claim: str, lift: float, alpha: float, total: float) -> str:
    """The units that a claim needs, and how many of them and which days are still to come."""
    if isnan(total) or total == inf:
        return _unknown(claim)
    experiment, units, days = reached.experiment, reached.units, reached.days
    power = f"{formatting.level(experiment.plan.power)} power"
    if abs(alpha - experiment.analysis.alpha) > 1e-9:
        power += f" at a level of {formatting.level(alpha)}"
    asked = f"{claim}, at a planned lift of {formatting.percent(lift)} and {power}, needs"
    if total <= units:
        return (
            f"{asked} {formatting.count(total)} units in all, and {formatting.count(units)} are in."
        )
    wait = "" if not days else f", about {ceil((total - units) / (units / days)):,} more days"
    return (
        f"{asked} {formatting.count(total)} units in all: "
        f"{formatting.count(total - units)} more{wait}."
    )
