"""The ruler: did the gain of each micro goal reach each macro goal, in each treated variant?

Whether micro and macro moved is what their own rows say, so that row, label and verdict cannot
differ. What share of a gain arrived is said at alpha over the variants of the pair that decides,
and at an alpha that the others share (verdict note 2).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro.analysis.carry_through import sentence
from abmicro.analysis.carry_through.leaks import leaking
from abmicro.analysis.carry_through.planned_pair import PairPlans, planned_pair
from abmicro.analysis.carry_through.posterior import posteriors
from abmicro.analysis.place import interval_at, times
from abmicro.analysis.results import (
    CarryThrough,
    Check,
    GoalResult,
    Interval,
    LogLifts,
    PassThroughSet,
)
from abmicro.design.families import pair_alphas
from abmicro.frozen import frozen
from abmicro.stats.carry_through import pass_through
from abmicro.stats.carry_through.label import OwnTests
from abmicro.stats.foundations.fieller_sets import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.analysis.power.planned_tests import Plans
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_pairs import GoalPairs
    from abmicro.marginals.marginals import Marginals
    from abmicro.marginals.strata import Strata

    RulerKind = Literal["interval", "rays", "line"]
    Place = tuple[int, int]

# Checks of how one goal is recorded.
OF_ONE_GOAL = ("capture.", "funnel_order.", "gaps.", "silence.", "order.")
PER = 1000
KINDS: dict[Kind, RulerKind] = {Kind.INTERVAL: "interval", Kind.RAYS: "rays", Kind.LINE: "line"}


@frozen(eq=False)
class _Walk:
    """What every finding is made from besides its own figures.

    units: of every variant, the control first. tests: rows of all units with their planned tests.
    standing: labels that all looks leave, by variant, micro and macro goal. planned: the
    experiment as it is planned, at a look apart from the one whose level the look has.
    believed: with posteriors.
    """

    experiment: Experiment
    planned: Experiment
    checks: tuple[Check, ...]
    strata: Strata
    units: tuple[int, ...]
    tests: Plans
    standing: Mapping[tuple[str, str, str], str]
    believed: bool

    def row(self, goal: Goal, variant: str) -> GoalResult:
        """The row of a goal in a treated variant."""
        return self.tests[goal.name, variant].row


def carry_through(
    experiment: Experiment,
    marginals: Marginals,
    checks: tuple[Check, ...],
    tests: Plans,
    standing: Mapping[tuple[str, str, str], str] | None = None,
    *,
    planned: Experiment | None = None,
    believed: bool = True,
) -> tuple[tuple[CarryThrough, ...], PairPlans]:
    """One finding per treated variant, macro and micro goal, funnel first; and what is planned.

    tests: the goals' rows, which say whether micro and macro moved, and their planned tests.
    standing: labels that all looks leave, by variant, micro and macro goal, in place of this
    look's. planned: the experiment as it is planned, where this one has the level of a look.
    believed: with posteriors, which are drawn.
    """
    sorts = marginals.goal_pairs
    if not sorts:
        return (), {}
    units = tuple(marginals.units_by_variant.tolist())
    asked, stand = planned or experiment, standing or {}
    walk = _Walk(experiment, asked, checks, marginals.strata, units, tests, stand, believed)
    plans = PairPlans()
    levels = pair_levels(experiment, sorts)
    meant = levels if asked is experiment else pair_levels(asked, sorts)
    findings = [
        _findings(walk, one, level, (plans, 1 - own))
        for one, level, own in zip(sorts, levels, meant, strict=True)
    ]
    variants = range(len(experiment.treated))
    return tuple(
        one for variant in variants for by_arm in findings for one in by_arm[variant]
    ), plans


def pair_levels(experiment: Experiment, sorts: tuple[GoalPairs, ...]) -> list[Floats]:
    """The level of every pair, (G,) for each macro goal."""
    names = [(micro.name, one.macro.name) for one in sorts for micro in one.micros]
    alphas = np.array(pair_alphas(experiment, names))
    return np.split(1 - alphas, np.cumsum([len(one.micros) for one in sorts])[:-1])


def _findings(
    walk: _Walk, of_macro: GoalPairs, level: Floats, plans: tuple[PairPlans, Floats]
) -> list[list[CarryThrough]]:
    """Findings per variant and micro goal; what is planned of them, at alphas, is added."""
    options = walk.experiment.analysis
    found = of_macro.judge(level, options.carry_threshold, _own_tests(walk, of_macro))
    beliefs = posteriors(of_macro, found, walk.experiment) if walk.believed else {}
    leaks = leaking(of_macro, found, options.alpha)

    def told(variant: int, at: int) -> CarryThrough:
        finding = _finding(walk, of_macro, found, (variant, at), float(level[at]))
        planned = _planned(walk, of_macro, finding, (variant, at), plans)
        judged = replace(
            planned,
            label=_label(planned, walk.experiment.plan.power, walk.standing),
            posterior=beliefs.get((variant, at)),
            leaks=leaks.get((variant, at), ()),
        )
        shaky = bool(found.shaky[variant, at])
        said = sentence.sentence(judged, walk.planned, sum(walk.units), shaky=shaky)
        about = sentence.caveat(judged, walk.planned, walk.strata, shaky=shaky)
        return replace(judged, sentence=said, caveat=about)

    variants, micros = range(len(walk.experiment.treated)), range(len(of_macro.micros))
    return [[told(variant, at) for at in micros] for variant in variants]


def _own_tests(walk: _Walk, of_macro: GoalPairs) -> OwnTests:
    """What the rows of the goals say: (A, G) of the micro goals, (A, 1) of the macro goal."""
    alpha = walk.experiment.analysis.alpha
    variants = [variant.name for variant in walk.experiment.treated]
    moved = [[walk.row(one, arm).is_clear(alpha) for one in of_macro.micros] for arm in variants]
    macro = [[walk.row(of_macro.macro, arm).moved(alpha)] for arm in variants]
    return OwnTests(np.array(moved), np.array(macro))


def _finding(
    walk: _Walk, of_macro: GoalPairs, found: pass_through.PassThrough, at: Place, level: float
) -> CarryThrough:
    experiment, ratio = walk.experiment, found.ratio
    variant = experiment.treated[at[0]].name
    micro, macro = of_macro.micros[at[1]], of_macro.macro
    own = {goal: walk.row(goal, variant) for goal in (micro, macro)}
    return CarryThrough(
        variant=variant,
        micro=micro.name,
        macro=macro.name,
        label=str(found.label[at]),
        threshold=experiment.analysis.carry_threshold,
        micro_lift=own[micro].lift,
        macro_lift=own[macro].lift,
        expected_macro_lift=(expected := interval_at(found.expected_macro_lift, at, level)),
        usual_macro_per_1000=times(expected, PER * own[macro].rate.control),
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
        extra_micro_per_1000=_per_1000(own[micro]),
        extra_macro_per_1000=_per_1000(own[macro]),
        sentence="",
        caveat="",
        withheld=_faults((micro.name, macro.name), walk.checks),
        direction=macro.direction.value,
        strata=walk.strata.count,
    )


def _per_1000(row: GoalResult) -> Interval:
    """The difference of a goal's own row, by a thousand units of the treated variant."""
    return times(row.difference, PER)


def _planned(
    walk: _Walk,
    of_macro: GoalPairs,
    finding: CarryThrough,
    at: Place,
    plans: tuple[PairPlans, Floats],
) -> CarryThrough:
    """With power and units to see the macro move at the planned micro lift, had it carried."""
    variant, micro = at
    units = walk.units[0], walk.units[variant + 1]
    macro = walk.tests[finding.macro, finding.variant].test
    found, alphas = plans
    alpha = round(float(alphas[micro]), 12)
    plan = planned_pair(walk.planned, of_macro, finding, units, macro, alpha=alpha)
    if plan is None:
        return finding
    found[finding.variant, finding.micro, finding.macro] = plan
    power, needed = plan.power("macro_up"), plan.macro_up.units()
    return replace(finding, planned_power=power, units_needed=needed)


def _label(
    finding: CarryThrough, wanted: float, standing: Mapping[tuple[str, str, str], str]
) -> str:
    """The label the counts give, unless a failed check withholds it or the test was too small."""
    if "maturity" in finding.withheld:
        return "immature"
    if finding.withheld:
        return "measurement_fault"
    label = standing.get((finding.variant, finding.micro, finding.macro), finding.label)
    if label.endswith("inconclusive") and finding.planned_power < wanted:
        return label.replace("inconclusive", "underpowered")
    return label


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
