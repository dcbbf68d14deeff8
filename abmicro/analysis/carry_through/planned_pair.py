"""The planned statements on one pair of goals, with what the control shows of both."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from abmicro.design.families import planned_alpha
from abmicro.design.planned_claim import JointRates, LogNoise, planned_claim
from abmicro.experiment.model import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.analysis.results import CarryThrough, LogLifts
    from abmicro.design.planned_claim import ClaimName, PlannedClaim
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_pairs import GoalPairs

ON_PATH: tuple[tuple[ClaimName, float], ...] = (
    ("macro_up", 1.0),
    ("at_least", 1.0),
    ("less_than_full", 0.0),
)
"""Claims, each with the pass-through under which it is looked for; off the path the first only."""


@dataclass(frozen=True, slots=True)
class PlannedPair:
    """The claims about a pair at the levels of the ruler: that of the macro's own row, of the pair.

    lift: the planned one of the micro goal, signed. control, treated: units of both.
    claims: by name, with the pass-through under which each is looked for.
    """

    lift: float
    control: int
    treated: int
    claims: Mapping[ClaimName, tuple[float, PlannedClaim]]

    @property
    def macro_up(self) -> PlannedClaim:
        """That the macro goal moved, had all of the planned lift arrived."""
        return self.claims["macro_up"][1]

    def power(self, name: ClaimName) -> float:
        """Probability of the claim with the units there are."""
        run = self.claims[name][1].as_run(self.control, self.treated)
        return run.power_at(self.control + self.treated)


PairPlans = dict[tuple[str, str, str], PlannedPair]
"""By treated variant, micro goal and macro goal; pairs without a planned lift are in none."""


def planned_pair(
    experiment: Experiment,
    of_macro: GoalPairs,
    finding: CarryThrough,
    units: tuple[int, int],
    *,
    on_path: bool,
) -> PlannedPair | None:
    """What is planned of a pair; None without a planned lift, or where it cannot be."""
    micro = experiment.goal(finding.micro)
    lift = _planned_lift(finding, micro)
    if not (all(units) and abs(finding.dilution * lift) < 1):
        return None
    of_row = planned_alpha(experiment, of_macro.macro)
    alphas = round(1 - finding.pass_through.level, 12), of_row
    noise = _noise(of_macro, of_macro.micros.index(micro), finding.log_lifts, units)
    claims = {
        name: (
            carried,
            planned_claim(
                experiment,
                name,
                carried,
                lift=lift,
                dilution=finding.dilution,
                noise=noise,
                variant=finding.variant,
            ).with_alpha(alphas[name == "macro_up"]),
        )
        for name, carried in (ON_PATH if on_path else ON_PATH[:1])
    }
    found = PlannedPair(lift, *units, claims)
    return found if found.macro_up.is_possible else None


def _planned_lift(finding: CarryThrough, micro: Goal) -> float:
    """The planned micro lift; where the micro goal clearly moved the other way, so large a move."""
    size = nan if micro.mde is None else micro.mde
    lift = finding.micro_lift
    if lift.high < 0 or lift.low > 0:
        return size if lift.low > 0 else -size
    return size if micro.direction is Direction.UP else -size


def _noise(of_macro: GoalPairs, at: int, seen: LogLifts, units: tuple[int, int]) -> LogNoise:
    """By one unit of an arm: from the control's rates, as a plan has it, where those are pooled.

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
