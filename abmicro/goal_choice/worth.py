"""What each goal, and the best set of them, tells of the macro goal's true lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.frozen import frozen
from abmicro.stats.programme import (
    GoalSet,
    goal_quality,
    greedy_goals,
    learn_omega,
    programme_value,
    structural_omega,
)

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.goal_choice.log import GoalLog
    from abmicro.goal_choice.results import GoalLink
    from abmicro.history import PastLifts


LEARNING = 30
"""Past tests from which on lifts are learnt; below, the shape of the funnel does as well."""
TESTS, VISITORS = 30, 100_000  # of a programme, and later units, for which gains are told


@frozen(eq=False)
class Worth:
    """Quality of each goal (G,), the set, and what shipping by a guess of any quality gains.

    macro_rate: of the macro goal. macro_sd: of its true log lifts from change to change.
    """

    quality: Floats
    best: GoalSet
    macro_rate: float
    macro_sd: float

    @property
    def score_of_set(self) -> float:
        """Squared quality of the best guess by the set; 0 of an empty one."""
        return float(self.best.score[-1]) if self.best.chosen else 0.0

    def orders(self, quality: float) -> float:
        """Macro conversions gained per 100,000 later units by 30 tests; NaN below quality 0.

        Changes ship whose expected lift is above 0; their true lifts are 0 on average.
        """
        if not quality >= 0:
            return float("nan")
        gained = TESTS * float(programme_value(min(quality, 1.0), 0.0, self.macro_sd))
        return VISITORS * self.macro_rate * float(np.expm1(gained))


def structure(log: GoalLog, links: tuple[GoalLink | None, ...], acts: int | None) -> Floats:
    """Covariance of true log lifts that the shape of the funnel suggests, (G, G)."""
    beside = np.array([0.0 if one is None else one.dilution for one in links[log.steps :]])
    return structural_omega(log.steps, np.nan_to_num(beside), acts=acts)


def learnt(log: GoalLog, omega: Floats, past: PastLifts) -> Floats:
    """The covariance of true log lifts once past tests have their say, an arm of each test.

    past: the lifts of some goals of the log; what is thought of the others stays. Few tests change
    nothing.
    """
    if len(past.tests) < LEARNING:
        return omega
    names = [goal.name for goal in log.goals]
    at = np.ix_(*2 * ([names.index(goal) for goal in past.goals],))
    arms, told = past.standing, omega.copy()
    told[at] = learn_omega(past.lifts[arms], past.noise[arms], omega[at])
    return told


def worth(log: GoalLog, omega: Floats, units_per_arm: float, usable: tuple[bool, ...]) -> Worth:
    """The quality of goals and the best set of the usable ones in tests of so many units per arm.

    A goal whose estimate goes against the macro goal is in no set.
    """
    noise, macro = log.noise(units_per_arm), log.macro
    quality = goal_quality(omega, noise, macro)
    free = np.flatnonzero(np.array(usable) & (quality > 0))
    best = greedy_goals(omega, noise, macro, candidates=free)
    return Worth(quality, best, float(log.rates[macro]), float(np.sqrt(omega[macro, macro])))
