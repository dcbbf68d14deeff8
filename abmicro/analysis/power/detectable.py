"""What could this test detect? Detectable lifts, and the units that plan and claims still need.

Everything is reckoned at planned lifts, never at observed ones: power at the observed lift is the
p-value in other words (Hoenig and Heisey 2001, The American Statistician 55:19-24). Every number
comes from the planned test that a plan asks, with the rates that the control shows.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from abmicro.analysis.results import Claim, Detectable
from abmicro.design.families import asked_alpha

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.carry_through.planned_pair import PairPlans
    from abmicro.analysis.power.planned_tests import Planned, Plans
    from abmicro.analysis.results import CarryThrough
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment


def detectable_lifts(experiment: Experiment, plans: Plans, units: int) -> tuple[Detectable, ...]:
    """What was detectable of every goal and variant over all units; `units`: in all variants."""
    asked = {goal.name: asked_alpha(experiment, goal) for goal in experiment.compared}
    return tuple(
        _detectable(experiment, planned, units, asked[planned.row.goal])
        for planned in plans.values()
    )


def _detectable(experiment: Experiment, planned: Planned, units: int, alpha: float) -> Detectable:
    row, test = planned.row, planned.test
    goal = experiment.goal(row.goal)
    size = goal.mde if goal.margin is None else -goal.margin
    lift, power, needed = (nan,) * 3 if test is None else _numbers(planned, test)
    return Detectable(
        goal=row.goal,
        variant=row.variant,
        asks="change" if goal.margin is None else "no_loss",
        wanted=experiment.plan.power,
        lift=lift,
        planned=nan if size is None else size if goal.direction == "up" else -size,
        power=power,
        units=units,
        needed=needed,
        note=planned.note,
        alpha=alpha,
    )


def _numbers(planned: Planned, test: PlannedTest) -> tuple[float, float, float]:
    """Detectable lift and power with the units there are, and units in all for the planned lift."""
    units = planned.row.units
    run, total = test.as_run(units.control, units.treated), units.control + units.treated
    lift = float(run.detectable(total)[0])
    if not test.is_possible:
        return lift, nan, nan
    return lift, float(run.power_at(total, test.effect)), test.units(test.effect)


def claims(
    experiment: Experiment, carried: tuple[CarryThrough, ...], plans: PairPlans, units: int
) -> Iterator[Claim]:
    """What the claims about every pair of goals need at the planned micro lift (`mde`).

    Each is the test that the ruler makes, at its level. Beside the path the amount that arrives
    rests on an association, so only whether the macro goal moved is planned for.
    """
    for pair in carried:
        planned = plans.get((pair.variant, pair.micro, pair.macro))
        if planned is None:
            continue
        for name, (carries, claim) in planned.claims.items():
            yield Claim(
                variant=pair.variant,
                micro=pair.micro,
                macro=pair.macro,
                claim=name,
                pass_through=carries,
                planned=planned.lift,
                wanted=experiment.plan.power,
                power=planned.power(name),
                units=units,
                needed=claim.units(),
                alpha=claim.alpha,
            )
