"""Did the arms get the shares they were meant to get: overall, per segment level, per day?

Where the mix of segments differs between arms, the pooled effect may even turn around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from abmicro import number
from abmicro.analysis.results import Check, Status
from abmicro.stats.binomial import Binomial
from abmicro.stats.homogeneity import simpson
from abmicro.stats.sample_ratio import sample_ratio, sample_ratio_of_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.analysis.tally import Tally
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

    Integers = NDArray[np.int64]

# A false alarm stops a sound test, so the bar is far above 0.05 (Fabijan et al. 2019).
FAIL = 0.001
WARN = 0.01

FIX = {
    "pass": "",
    "warn": "Rare but possible by chance; look at how units are assigned and lost before the end.",
    "fail": "The arms lost units in different ways. Find the cause (redirects, bots, filters after "
    "assignment, a wrong planned share) and collect again; no analysis can mend it.",
}


def overall(experiment: Experiment, tally: Tally) -> Check:
    """All arms against their planned shares; a few units are tested exactly."""
    units, shares = tally.units[:, 0], _shares(experiment)
    p = float(sample_ratio_of_groups(units[None], shares)[0])
    status: Status = "fail" if p < FAIL else "warn" if p < WARN else "pass"
    return Check(
        name="sample_ratio",
        status=status,
        figure=p,
        threshold=FAIL,
        sentence=f"{_listed(experiment, units)}; planned {_planned(shares)} "
        f"(p {number.p_equals(p)}){_farthest(experiment, units, shares)}.",
        fix=FIX[status],
    )


def by_segment(experiment: Experiment, tally: Tally) -> Iterator[Check]:
    """One check per segment, over its levels."""
    for name, at in tally.segments.items():
        levels = [level.level for level in tally.levels if level and level.segment == name]
        yield _over_groups(experiment, name, levels, tally.units[:, at].T)


def by_day(experiment: Experiment, counts: JointCounts) -> Iterator[Check]:
    """One check over the entry days; none without a clock."""
    days = [str(day) for day in counts.periods if day is not None]
    if len(days) == len(counts.periods) > 1:
        yield _over_groups(experiment, "entry day", days, counts.units.sum(axis=(1, 3)).T)


def reversals(experiment: Experiment, tally: Tally) -> Iterator[Check]:
    """Warn where the primary's pooled effect and its effect within a segment point apart."""
    names = [goal.name for goal in tally.rates]
    if experiment.primary.name not in names:
        return
    column = names.index(experiment.primary.name)
    for segment, at in tally.segments.items():
        arms = Binomial(tally.reached[:, at, column], tally.units[:, at])
        control = Binomial(arms.reached[:1], arms.trials[:1])
        found = simpson(Binomial(arms.reached[1:], arms.trials[1:]), control)
        for arm in np.flatnonzero(found.reversed):
            pooled, within = float(found.pooled[arm]), float(found.stratified[arm])
            yield Check(
                name=f"reversal.{segment}",
                status="warn",
                figure=within,
                threshold=0.0,
                sentence=f"{experiment.treated[arm].name}: {experiment.primary.name} changed by "
                f"{number.points(pooled)} over all units and by {number.points(within)} within "
                f"levels of {segment}.",
                fix=f"The arms hold different shares of {segment}; trust the effect within levels "
                "and find out why the shares differ.",
            )


def _over_groups(
    experiment: Experiment, name: str, groups: Sequence[str], units: Integers
) -> Check:
    """The smallest Holm-adjusted p over groups; units: (groups, arms)."""
    shares = _shares(experiment)
    worst = int(np.argmin(np.nan_to_num(sample_ratio(units, shares).p, nan=1.0)))
    smallest = float(sample_ratio_of_groups(units, shares)[worst])
    status: Status = "fail" if smallest < FAIL else "pass"
    return Check(
        name=f"sample_ratio.{name}",
        status=status,
        figure=smallest,
        threshold=FAIL,
        sentence=f"Most uneven {name}: {groups[worst]} with {_listed(experiment, units[worst])} "
        f"(adjusted p {number.p_equals(smallest)} over {len(groups)}).",
        fix=FIX[status],
    )


def _shares(experiment: Experiment) -> NDArray[np.float64]:
    return np.array([variant.share for variant in experiment.variants])


def _listed(experiment: Experiment, units: Integers) -> str:
    named = zip(units, experiment.variants, strict=True)
    return ", ".join(f"{number.count(float(n))} {variant.name}" for n, variant in named)


def _planned(shares: NDArray[np.float64]) -> str:
    if len(set(shares)) == 1:
        return "equal shares"
    return " : ".join(f"{100 * share:.4g}" for share in shares)


def _farthest(experiment: Experiment, units: Integers, shares: NDArray[np.float64]) -> str:
    """How far the arm that is farthest from its share is off, where there are units."""
    if not units.sum():
        return ""
    off = sample_ratio(units, shares).deviations
    arm = int(np.argmax(np.abs(off)))
    if not off[arm]:
        return ""
    deviation = number.percent(float(off[arm]))
    return f"; {experiment.variants[arm].name} is {deviation} off its share"
