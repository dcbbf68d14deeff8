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
from abmicro.design.planned_test import detectable_lifts as found_lifts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.carry_through.planned_pair import PairPlans
    from abmicro.analysis.power.planned_tests import Planned, Plans
    from abmicro.analysis.results import CarryThrough, GoalResult
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment


def detectable_lifts(experiment: Experiment, plans: Plans, units: int) -> tuple[Detectable, ...]:
    """What was detectable of every goal and variant over all units; `units`: in all variants."""
    asked = {goal.name: asked_alpha(experiment, goal) for goal in experiment.compared}
    runs = {key: _as_run(one.row, one.test) for key, one in plans.items() if one.test}
    sizes = [_pair(plans[key].row) for key in runs]
    lifts = dict(zip(runs, map(float, found_lifts([*runs.values()], sizes)), strict=True))
    return tuple(
        _detectable(experiment, planned, units, asked[planned.row.goal], lifts.get(key, nan))
        for key, planned in plans.items()
    )


def _as_run(row: GoalResult, test: PlannedTest) -> PlannedTest:
    """The test with the split that the units of a row have."""
    return test.as_run(row.units.control, row.units.treated)


def _pair(row: GoalResult) -> float:
    """Units of control and treated variant."""
    return row.units.control + row.units.treated


def _detectable(
    experiment: Experiment, planned: Planned, units: int, alpha: float, lift: float
) -> Detectable:
    """What is told of one; lift: what it could detect."""
    row, test = planned.row, planned.test
    goal = experiment.goal(row.goal)
    size = goal.mde if goal.margin is None else -goal.margin
    power, needed = nan, nan
    if test is not None and test.is_possible:
        power = float(_as_run(row, test).power_at(_pair(row), test.effect))
        needed = test.units(test.effect)
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
