"""The planned statements on one pair of goals, with what the control shows of both."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from abmicro.design.planned_claim import JointRates, LogNoise, planned_claim
from abmicro.design.planned_test import moved
from abmicro.experiment.model import Direction
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.analysis.results import CarryThrough, LogLifts
    from abmicro.design.planned_claim import ClaimName, ShareClaim, Statement
    from abmicro.design.planned_test import PlannedTest
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_pairs import GoalPairs

ON_PATH: tuple[tuple[ShareClaim, float], ...] = (("at_least", 1.0), ("less_than_full", 0.0))
"""Claims on a share, each with the pass-through under which it is looked for; on a path only."""


@frozen
class PlannedPair:
    """The claims about a pair at the levels of the ruler: that of the macro's own row, of the pair.

    lift: the planned one of the micro goal, signed. control, treated: units of both.
    macro_up: that the macro goal moved, had all of the planned lift arrived.
    shares: claims on the share that arrived, with the pass-through under which each is looked for.
    """

    lift: float
    control: int
    treated: int
    macro_up: PlannedTest
    shares: Mapping[ClaimName, tuple[float, Statement]]

    @property
    def claims(self) -> Mapping[ClaimName, tuple[float, Statement]]:
        """All claims by name, with the pass-through under which each is looked for."""
        return {"macro_up": (1.0, self.macro_up), **self.shares}

    def power(self, name: ClaimName) -> float:
        """Probability of the claim with the units there are."""
        run = self.claims[name][1].as_run(self.control, self.treated)
        return float(run.power_at(self.control + self.treated))


PairPlans = dict[tuple[str, str, str], PlannedPair]
"""By treated variant, micro goal and macro goal; pairs without a planned lift are in none."""


def planned_pair(
    experiment: Experiment,
    of_macro: GoalPairs,
    finding: CarryThrough,
    units: tuple[int, int],
    macro: PlannedTest | None,
    *,
    alpha: float,
) -> PlannedPair | None:
    """What is planned of a pair; None without a planned lift, or where it cannot be.

    macro: the test of the macro goal's own row; None where its rate does not bear one. alpha: at
    which the share that arrived is planned to be said.
    """
    micro = experiment.goal(finding.micro)
    lift = _planned_lift(finding, micro)
    if macro is None or not (all(units) and abs(finding.dilution * lift) < 1):
        return None
    up = moved(experiment, macro, finding.dilution * lift)
    if not up.is_possible:
        return None
    noise = _noise(of_macro, of_macro.micros.index(micro), finding.log_lifts, units)
    shares: dict[ClaimName, tuple[float, Statement]] = {
        name: (
            carried,
            planned_claim(
                experiment,
                name,
                carried,
                lift=lift,
                dilution=finding.dilution,
                noise=noise,
                alpha=alpha,
                variant=finding.variant,
            ),
        )
        for name, carried in (ON_PATH if of_macro.path is not None else ())
    }
    return PlannedPair(lift, *units, up, shares)


def _planned_lift(finding: CarryThrough, micro: Goal) -> float:
    """The planned micro lift; where the micro goal clearly moved the other way, so large a move."""
    size = nan if micro.mde is None else micro.mde
    lift = finding.micro_lift
    if lift.high < 0 or lift.low > 0:
        return size if lift.low > 0 else -size
    return size if micro.direction is Direction.UP else -size


def _noise(of_macro: GoalPairs, at: int, seen: LogLifts, units: tuple[int, int]) -> LogNoise:
    """By one unit of a variant: from the control's rates, as a plan has it, where those are pooled.

    Within strata, and of a macro that is a value, that which both lifts show.
    """
    if of_macro.path is not None and of_macro.path.shape[2] == 1:
        everyone, micro, macro = of_macro.path[0, at, 0].tolist()
        return JointRates(micro / everyone, macro / everyone, macro / everyone).noise
    if of_macro.cells is not None and of_macro.cells.shape[2] == 1:
        cells = of_macro.cells[0, at, 0].tolist()
        both, only, without, _ = (cell / sum(cells) for cell in cells)
        return JointRates(both + only, both + without, both).noise
    scale = 1 / (1 / units[0] + 1 / units[1])
    return LogNoise(seen.var_micro * scale, seen.var_macro * scale, seen.covariance * scale)
