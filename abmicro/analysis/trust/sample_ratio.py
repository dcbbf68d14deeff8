"""Did the variants get the shares they were meant to get: overall, per segment level, per day?

Where the mix of segments differs between variants, the pooled effect may even turn around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.results import Check, Status
from abmicro.experiment.ramp import phase_on, shares_of_phases
from abmicro.frozen import frozen
from abmicro.marginals.segment_levels import places_by_segment
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.quality.sample_ratio_mismatch import sample_ratio_over_phases
from abmicro.stats.stratified.homogeneity import simpson

if TYPE_CHECKING:
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.exposed_units import ExposedUnits
    from abmicro.marginals.goal_totals import GoalTotals


# A false alarm stops a sound test, so the bar is far above 0.05 (Fabijan et al. 2019).
FAIL = 0.001
WARN = 0.01

FIX = {
    "pass": "",
    "warn": "Rare but possible by chance; look at how they are assigned and lost before the end.",
    "fail": "The variants lost people in different ways. Find the cause (redirects, bots, filters "
    "after "
    "assignment, a wrong planned share) and collect again; no analysis can mend it.",
}


RECORDED = " A level that a variant changes the recording of looks alike."
KNOWN = "trust the effect within levels and find out why the shares differ."
UNKNOWN = (
    "find out whether a variant can change what is recorded. Only if none can, say known_before = "
    "true at the segment: then the variants are compared within its levels."
)


@frozen(eq=False)
class _Phases:
    """The shares (N, V) of every phase of the experiment, and the phase of every entry day (P,)."""

    shares: Floats
    of_day: Integers

    @classmethod
    def of(cls, experiment: Experiment, exposed: ExposedUnits) -> _Phases:
        """The phases of the declared ramp; one without."""
        days = [phase_on(day, experiment.ramp) for day in exposed.days]
        shares = shares_of_phases(experiment.variants, experiment.ramp)
        return cls(np.array(shares), np.array(days))

    def units(self, by_day: Integers) -> Integers:
        """Units by day (..., V, P) as units by phase (..., N, V)."""
        days = self.of_day[:, None] == np.arange(len(self.shares))
        return np.asarray(np.swapaxes(by_day @ days.astype(np.int64), -1, -2))


def splits(experiment: Experiment, exposed: ExposedUnits) -> Iterator[Check]:
    """All variants against their planned shares: overall, per segment, per entry day.

    They count every exposed unit, whether or not its window has closed.
    """
    phases = _Phases.of(experiment, exposed)
    units = phases.units(exposed.by_level)
    p = sample_ratio_over_phases(units, phases.shares)
    yield _overall(experiment, units[0], phases.shares, float(p[0]))
    names = [level.level if level else "" for level in exposed.levels]
    for segment, places in places_by_segment(exposed.levels).items():
        groups = [names[place] for place in places]
        check = _over_groups(experiment, segment, groups, units[places], p[places])
        seen_later = check.status == "fail" and segment not in experiment.known_before
        yield replace(check, fix=check.fix + RECORDED) if seen_later else check
    yield from _by_day(experiment, exposed, phases)


def _overall(experiment: Experiment, units: Integers, shares: Floats, p: float) -> Check:
    """All units, (phases, variants); a few are tested exactly."""
    status: Status = "fail" if p < FAIL else "warn" if p < WARN else "pass"
    return Check(
        name="sample_ratio",
        status=status,
        figure=p,
        threshold=FAIL,
        sentence=f"{_listed(experiment, units.sum(axis=0))}; planned {_planned(experiment)} "
        f"(p {formatting.p_equals(p)}){_farthest(experiment, units, shares)}.",
        fix=FIX[status],
    )


def _by_day(experiment: Experiment, exposed: ExposedUnits, phases: _Phases) -> Iterator[Check]:
    """One check over the entry days; none without a clock."""
    days = [str(day) for day in exposed.days if day is not None]
    if len(days) == len(exposed.days) > 1:
        units, shares = exposed.by_day.T[:, None], phases.shares[phases.of_day][:, None]
        p = sample_ratio_over_phases(units, shares)
        yield _over_groups(experiment, "entry day", days, units, p)
    elif experiment.ramp and exposed.by_day[:, [day is None for day in exposed.days]].any():
        yield _undated()


def _undated() -> Check:
    """A ramp cannot be judged by units of which nobody knows the phase."""
    return Check(
        name="ramp",
        status="fail",
        figure=nan,
        threshold=nan,
        sentence="A ramp is declared, and the counts do not tell on which day people entered.",
        fix="Collect with a column of times or days, so that everybody has a phase.",
    )


def reversals(experiment: Experiment, totals: GoalTotals) -> Iterator[Check]:
    """Warn where the primary's pooled effect and its effect within a segment point apart.

    Under a ramp no pooled effect is judged.
    """
    names = [goal.name for goal in totals.rates]
    if experiment.primary.name not in names or experiment.ramp:
        return
    column = names.index(experiment.primary.name)
    for segment, at in totals.segments.items():
        variants = Binomial(totals.reached[:, at, column], totals.units[:, at])
        control = Binomial(variants.reached[:1], variants.trials[:1])
        found = simpson(Binomial(variants.reached[1:], variants.trials[1:]), control)
        for variant in np.flatnonzero(found.reversed):
            pooled, within = float(found.pooled[variant]), float(found.stratified[variant])
            yield Check(
                name=f"reversal.{segment}",
                status="warn",
                figure=within,
                threshold=0.0,
                sentence=f"{experiment.names.variant(experiment.treated[variant].name)}: "
                f"{experiment.names.goal(experiment.primary.name)} changed by "
                f"{formatting.points(pooled)} over all {experiment.names.units} and by "
                f"{formatting.points(within)} within levels of {segment}.",
                fix=f"The variants hold different shares of {segment}; "
                + (KNOWN if segment in experiment.known_before else UNKNOWN),
            )


def _over_groups(
    experiment: Experiment, name: str, groups: Sequence[str], units: Integers, p: Floats
) -> Check:
    """The smallest Holm-adjusted p over groups; units: (groups, phases, variants)."""
    worst = int(np.argmin(np.nan_to_num(p, nan=1.0)))
    smallest = float(stepwise.adjusted(p, correction="holm")[worst])
    status: Status = "fail" if smallest < FAIL else "pass"
    listed = _listed(experiment, units[worst].sum(axis=0))
    return Check(
        name=f"sample_ratio.{name}",
        status=status,
        figure=smallest,
        threshold=FAIL,
        sentence=f"Most uneven {name}: {groups[worst]} with {listed} "
        f"(adjusted p {formatting.p_equals(smallest)} over {len(groups)}).",
        fix=FIX[status],
    )


def _listed(experiment: Experiment, units: Integers) -> str:
    named = zip(units, experiment.variants, strict=True)
    names = experiment.names
    return ", ".join(
        f"{formatting.count(float(n))} in {names.variant(one.name)}" for n, one in named
    )


def _planned(experiment: Experiment) -> str:
    """The shares in words, from phase to phase."""
    phases = shares_of_phases(experiment.variants, experiment.ramp)
    days = ("", *(f" from {phase.since}" for phase in experiment.ramp))
    return ", ".join(f"{_of_phase(one)}{day}" for one, day in zip(phases, days, strict=True))


def _of_phase(shares: tuple[float, ...]) -> str:
    if len(set(shares)) == 1:
        return "equal shares"
    return " : ".join(f"{100 * share:.4g}" for share in shares)


def _farthest(experiment: Experiment, units: Integers, shares: Floats) -> str:
    """How far the variant is off that is farthest from what it was to get, if it has units."""
    if not units.sum():
        return ""
    wanted = units.sum(axis=1) @ shares
    off = units.sum(axis=0) / np.where(wanted > 0, wanted, np.inf) - (wanted > 0)
    variant = int(np.argmax(np.abs(off)))
    if not off[variant]:
        return ""
    deviation = formatting.percent(float(off[variant]))
    name = experiment.names.variant(experiment.variants[variant].name)
    return f"; {name} is {deviation} off its share"
