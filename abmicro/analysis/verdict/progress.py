"""How far a test has come, and the units and days its missing claims still need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.experiment.ramp import shares_of_phases
from abmicro.stats.power.designs import pooled
from abmicro.stats.power.power import units_for

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult
    from abmicro.analysis.verdict.horizon import Horizon
    from abmicro.experiment.model import Experiment, Goal, Variant
    from abmicro.marginals.marginals import Marginals


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the test stands in time, and in a sentence each what two claims still cost.

    ended: whether a declared end is reached.
    """

    horizon: Horizon
    ended: bool
    needs_for_primary: str
    needs_for_macro: str


def progress(
    experiment: Experiment,
    marginals: Marginals,
    variant: Variant,
    goals: tuple[GoalResult, ...],
    horizon: Horizon,
) -> Progress:
    """What one treated arm still needs, by the planned lift (`mde`), never by the observed one."""
    units, days = marginals.units, marginals.days_run
    primary = experiment.primary
    macros = experiment.funnel.steps[-1:] or tuple(goal.name for goal in experiment.macros)
    macro = next(iter(macros), "a macro goal")
    rates = {row.goal: row for row in goals if row.reached is not None}

    def needs(goal: str, claim: str) -> str:
        return _needs(experiment, variant, primary, rates.get(goal), claim, units, days)

    return Progress(
        horizon=horizon,
        ended=experiment.end is not None and horizon.stage == "end",
        needs_for_primary=needs(primary.name, f"a clear change in {primary.name}"),
        needs_for_macro=needs(macro, f"a clear rise in {macro} if all of the gain arrives"),
    )


def _needs(
    experiment: Experiment,
    variant: Variant,
    primary: Goal,
    row: GoalResult | None,
    claim: str,
    units: int,
    days: int | None,
) -> str:
    if primary.mde is None:
        return f"Set goals.{primary.name}.mde to learn how many units {claim} needs."
    planned = primary.mde if primary.direction == "up" else -primary.mde
    if row is None or not (0 < row.rate.control < 1 and 0 < row.rate.control * (1 + planned) < 1):
        return f"The units that {claim} needs cannot be told from these counts."
    total = _units_in_all(experiment, variant, row.rate.control, planned)
    asked = f"{claim}, at a planned lift of {formatting.percent(planned)} and 80% power, needs"
    if total <= units:
        return (
            f"{asked} {formatting.count(total)} units in all, and {formatting.count(units)} are in."
        )
    wait = "" if not days else f", about {ceil((total - units) / (units / days)):,} more days"
    return (
        f"{asked} {formatting.count(total)} units in all: "
        f"{formatting.count(total - units)} more{wait}."
    )


def _units_in_all(experiment: Experiment, variant: Variant, rate: float, planned: float) -> float:
    """Units of all arms until the arm's default test finds the planned lift with 80% power."""
    phases = shares_of_phases(experiment.variants, experiment.ramp)
    now = dict(zip(experiment.variants, phases[-1], strict=True))
    share = now[experiment.control]
    design = pooled(rate, rate * (1 + planned), now[variant] / share)
    found = units_for(design, power=0.8, alpha=experiment.analysis.alpha)
    return ceil(float(found.control) / share)
