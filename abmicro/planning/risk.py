"""What not to promise: what findings will be worth, and what waiting costs against erring."""

from __future__ import annotations

from collections.abc import Iterator
from math import acos, hypot, log1p, pi
from typing import TYPE_CHECKING

import numpy as np

from abmicro.experiment.model import GoalRole
from abmicro.planning.results import Promise, Risk, Size, Wait
from abmicro.stats.power.expected_power import assurance, expected_regret, units_for_loss
from abmicro.stats.power.type_m_s import expected_wins, winners_curse

if TYPE_CHECKING:
    from abmicro.design.planned_test import PlannedTest
    from abmicro.planning.context import Outlook

TRUE_SHARES = (0.1, 0.2)  # of tests with a real effect, where nothing better is known
TESTS = 10
RARE = 1e-12  # no test finds nothing or everything for certain
HORIZON = 52  # weeks that a decision serves
LOOKS = (1, 2, 3, 4, 6, 8, 12)  # weeks after which one may decide
TOLERANCE = 0.005  # expected loss, as a lift, where the definition has none


def promises(outlook: Outlook) -> Iterator[Promise]:
    """What a finding on each planned goal will be worth once the test ends.

    It ends when the planned lift can be found, at the latest after the weeks allowed.
    """
    share = outlook.experiment.plan.true_share
    for test in outlook.planned:
        weeks = int(min(max(outlook.needed(test).weeks, 1), outlook.weeks))
        units = outlook.units_after(weeks)
        power = float(test.power_at(units, test.effect))
        control = max(units * test.control_share, 1)
        design = test.design(test.effect)
        curse = winners_curse(design.distance, design.standard_error(control), alpha=test.alpha)
        enough, tolerance = safe(outlook, test)
        believed, se = spread(outlook, test), test.noise().standard_error(control)
        yield Promise(
            goal=test.goal.name,
            weeks=weeks,
            units=units,
            power=power,
            exaggeration=float(curse.exaggeration),
            wrong_sign=float(curse.sign_error),
            risks=tuple(
                _risk(one, power, test.alpha)
                for one in (TRUE_SHARES if share is None else (share,))
            ),
            assurance=float(assurance(0.0, believed, se, alpha=test.alpha).above),
            spread=believed,
            tolerance=tolerance,
            safe=enough,
        )


def _risk(true_share: float, power: float, alpha: float) -> Risk:
    wins = expected_wins(TESTS, true_share, power=min(max(power, RARE), 1 - RARE), alpha=alpha)
    total = float(wins.total)
    return Risk(true_share, float(wins.false) / total, total, float(wins.true))


def spread(outlook: Outlook, test: PlannedTest) -> float:
    """Standard deviation of true log lifts before the test; default the planned log lift."""
    return outlook.experiment.plan.spread or abs(log1p(test.effect))


def waiting(outlook: Outlook) -> Iterator[Wait]:
    """What deciding on the first planned goal after so many weeks costs, on average over lifts."""
    looks = [week for week in LOOKS if outlook.units_after(week) > 0]
    if not outlook.planned or not looks:
        return
    test = outlook.planned[0]
    units = np.array([outlook.units_after(week) for week in looks])
    everyone, believed = outlook.units_after(HORIZON), spread(outlook, test)
    se = test.noise().standard_error(np.maximum(units * test.control_share, 1))
    treated = 1 - test.control_share
    regret = expected_regret(
        0.0, believed, se, tested=units, horizon=everyone, treated_share=treated
    )
    for at, week in enumerate(looks):
        yield Wait(
            goal=test.goal.name,
            weeks=week,
            units=float(units[at]),
            wrong=acos(believed / hypot(believed, se[at])) / pi,
            waiting=float(regret.waiting[at]) / everyone,
            error=float(regret.error[at]) / everyone,
            regret=float(regret.total[at]) / everyone,
            horizon=HORIZON,
        )


def safe(outlook: Outlook, test: PlannedTest) -> tuple[Size, float]:
    """What it takes until choosing the better-looking variant is safe, and the loss allowed.

    The loss is a lift: for the primary goal that of the definition over the baseline.
    """
    given = outlook.experiment.decision.loss_tolerance
    own = given is not None and test.goal.role is GoalRole.PRIMARY
    tolerance = given / test.mean if own and given else TOLERANCE
    needed = units_for_loss(test.noise(), mean=0.0, sd=spread(outlook, test), tolerance=tolerance)
    return outlook.size(test.in_all(float(needed.control))), tolerance
