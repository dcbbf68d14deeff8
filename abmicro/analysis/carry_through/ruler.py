"""The ruler: did the gain of each micro goal reach each macro goal, in each treated arm?

Several pairs are judged at the level that bounds the share of false statements among those made: a
Benjamini-Hochberg gate on the micro lifts sets one level for gate and Fieller set alike
(carry-through note 1e; Benjamini and Yekutieli 2005).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro.analysis.carry_through import sentence
from abmicro.analysis.carry_through.leaks import leaking
from abmicro.analysis.carry_through.planned_pair import PairPlans, planned_pair
from abmicro.analysis.carry_through.posterior import posteriors
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import (
    TRUSTED_FROM,
    CarryThrough,
    Check,
    Interval,
    LogLifts,
    PassThroughSet,
)
from abmicro.stats.carry_through import pass_through
from abmicro.stats.foundations.fieller_sets import Kind
from abmicro.stats.multiplicity import stepwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_pairs import GoalPairs
    from abmicro.marginals.marginals import Marginals
    from abmicro.marginals.strata import Strata
    from abmicro.stats.foundations.effect import Effect

    Floats = NDArray[np.float64]

    RulerKind = Literal["interval", "rays", "line"]
    Place = tuple[int, int]

# Checks of how one goal is recorded.
OF_ONE_GOAL = ("capture.", "funnel_order.", "gaps.", "silence.", "order.")
KINDS: dict[Kind, RulerKind] = {Kind.INTERVAL: "interval", Kind.RAYS: "rays", Kind.LINE: "line"}


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """What every finding is made from besides its own figures.

    units: of every arm, the control first.
    """

    experiment: Experiment
    checks: tuple[Check, ...]
    strata: Strata
    units: tuple[int, ...]


def carry_through(
    experiment: Experiment, marginals: Marginals, checks: tuple[Check, ...]
) -> tuple[tuple[CarryThrough, ...], PairPlans]:
    """One finding per treated arm, macro and micro goal, funnel first; and what is planned."""
    sorts = marginals.goal_pairs
    if not sorts:
        return (), {}
    units = tuple(marginals.units_by_variant.tolist())
    walk, plans = _Walk(experiment, checks, marginals.strata, units), PairPlans()
    findings = [
        _findings(walk, one, level, plans)
        for one, level in zip(sorts, _levels(experiment, sorts), strict=True)
    ]
    arms = range(len(experiment.treated))
    return tuple(one for arm in arms for by_arm in findings for one in by_arm[arm]), plans


def _levels(experiment: Experiment, sorts: tuple[GoalPairs, ...]) -> list[Floats]:
    """The level (A, G) of gate and set of every pair, by the gates of all pairs together."""
    options = experiment.analysis
    gates = [one.judge(np.asarray(0.95), options.carry_threshold).micro.p for one in sorts]
    together = np.concatenate(gates, axis=-1)
    tested = stepwise.tested_at(together.ravel(), alpha=options.alpha, correction="bh")
    ends = np.cumsum([gate.shape[-1] for gate in gates])[:-1]
    return np.split(1 - tested.reshape(together.shape), ends, axis=-1)


def _findings(
    walk: _Walk, of_macro: GoalPairs, level: Floats, plans: PairPlans
) -> list[list[CarryThrough]]:
    """Findings per treated arm and micro goal; what is planned of them is added to the plans."""
    options = walk.experiment.analysis
    found = of_macro.judge(level, options.carry_threshold)
    beliefs = posteriors(of_macro, found, walk.experiment)
    leaks = leaking(of_macro, found, options.alpha)

    def told(arm: int, at: int) -> CarryThrough:
        micro = of_macro.micros[at]
        finding = _finding(walk, of_macro, found, (arm, at), float(level[arm, at]))
        if _unsteady(found, (arm, at)) and finding.macro_better:
            loss = "loss_" if finding.label.startswith("loss_") else ""
            finding = replace(finding, label=f"{loss}inconclusive")
        planned = _planned(walk, of_macro, finding, arm, plans)
        judged = replace(
            planned,
            label=_label(planned, walk.experiment.plan.power),
            posterior=beliefs.get((arm, at)),
            leaks=leaks.get((arm, at), ()),
        )
        shaky = bool(found.shaky[arm, at])
        said = sentence.sentence(judged, walk.experiment, sum(walk.units), shaky=shaky)
        about = sentence.caveat(judged, micro, walk.strata, shaky=shaky)
        return replace(judged, sentence=said, caveat=about)

    arms, micros = range(len(walk.experiment.treated)), range(len(of_macro.micros))
    return [[told(arm, at) for at in micros] for arm in arms]


def _finding(
    walk: _Walk, of_macro: GoalPairs, found: pass_through.PassThrough, at: Place, level: float
) -> CarryThrough:
    def interval(effect: Effect) -> Interval:
        return interval_at(effect, at, level)

    experiment, ratio = walk.experiment, found.ratio
    micro, macro = of_macro.micros[at[1]], of_macro.macro
    return CarryThrough(
        variant=experiment.treated[at[0]].name,
        micro=micro.name,
        macro=macro.name,
        label=str(found.label[at]),
        threshold=experiment.analysis.carry_threshold,
        micro_lift=interval(found.micro.lift),
        macro_lift=interval(found.macro_lift),
        expected_macro_lift=interval(found.expected_macro_lift),
        dilution=float(found.dilution[at]),
        pass_through=PassThroughSet(
            estimate=float(ratio.estimate[at]),
            kind=KINDS[Kind(int(ratio.kind[at]))],
            low=float(ratio.low[at]),
            high=float(ratio.high[at]),
            level=level,
        ),
        log_lifts=LogLifts(
            micro=float(found.micro.estimate[at]),
            macro=float(found.macro.estimate[at]),
            var_micro=float(found.micro.se[at] ** 2),
            var_macro=float(found.macro.se[at] ** 2),
            covariance=float(found.micro_macro[at]),
        ),
        extra_micro_per_1000=interval(found.extra_micro),
        extra_macro_per_1000=interval(found.extra_macro),
        sentence="",
        caveat="",
        withheld=_faults((micro.name, macro.name), walk.checks),
        direction=macro.direction.value,
        strata=walk.strata.count,
    )


def _unsteady(found: pass_through.PassThrough, at: Place) -> bool:
    """Whether so few amounts decide a macro that no gain in it is claimed."""
    if found.amount is None:
        return False
    return bool(np.broadcast_to(found.amount.size, found.label.shape)[at] < TRUSTED_FROM)


def _planned(
    walk: _Walk, of_macro: GoalPairs, finding: CarryThrough, arm: int, plans: PairPlans
) -> CarryThrough:
    """With power and units to see the macro move at the planned micro lift, had it carried."""
    on_path = of_macro.path is not None
    units = walk.units[0], walk.units[arm + 1]
    plan = planned_pair(walk.experiment, of_macro, finding, units, on_path=on_path)
    if plan is None:
        return finding
    plans[finding.variant, finding.micro, finding.macro] = plan
    power, needed = plan.power("macro_up"), plan.macro_up.units()
    return replace(finding, planned_power=power, units_needed=needed)


def _label(finding: CarryThrough, wanted: float) -> str:
    """The label the counts give, unless a failed check withholds it or the test was too small."""
    if "maturity" in finding.withheld:
        return "immature"
    if finding.withheld:
        return "measurement_fault"
    if finding.label.endswith("inconclusive") and finding.planned_power < wanted:
        return finding.label.replace("inconclusive", "underpowered")
    return finding.label


def _faults(goals: tuple[str, str], checks: tuple[Check, ...]) -> tuple[str, ...]:
    """Names of the failed checks that bear on a micro and a macro goal.

    A runtime that is too short delays the decision but puts no fault into the counts, and how
    another goal is recorded is its own matter.
    """
    failed = (check.name for check in checks if check.status == "fail")
    return tuple(
        name
        for name in failed
        if name != "runtime"
        and (not name.startswith(OF_ONE_GOAL) or name.partition(".")[2] in goals)
    )
