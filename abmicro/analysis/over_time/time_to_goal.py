"""When conversions come: how soon, how completely they have been seen, and whether they were early.

Reads the histograms; without them nothing here can be told.
"""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Interval, Pair, Timing
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.time_to_event.kaplan_meier import (
    Incidence,
    TimeGained,
    difference_of_times,
    incidence,
    incidence_lift,
    maturity,
    time_gained,
)
from abmicro.stats.time_to_event.lag_shift import acceleration, lag_quantile

if TYPE_CHECKING:
    from abmicro.array_types import Floats, Integers
    from abmicro.counts import Histograms
    from abmicro.counts.histograms import Histogram
    from abmicro.experiment.model import Experiment


LATE = 0.9  # share of conversions that the late figure waits for


class Watched(NamedTuple):
    """Incidence of one goal by hour of lag in V variants, and the ends of the hours."""

    incidence: Incidence
    edges: Integers


def timings(
    experiment: Experiment, histograms: Histograms | None, *, pooled: bool
) -> tuple[Timing, ...]:
    """One row per treated variant and goal that units reached in the control and in another.

    pooled: whether variants may be compared over all units; else what compares their rates is NaN.
    """
    if histograms is None:
        return ()
    goals = [goal.name for goal in experiment.compared if goal.name in histograms.goals]
    curves = {name: seen for name in goals if (seen := watched(histograms, name))}
    rows = [
        _timing(experiment, histograms, name, seen, variant)
        for variant in range(len(experiment.treated))
        for name, seen in curves.items()
    ]
    if not pooled:
        unknown = Interval(nan, nan, nan, experiment.analysis.confidence)
        rows = [replace(row, incidence_lift=unknown, hours_gained=unknown) for row in rows]
    adjusted = stepwise.holm([row.early_p_value for row in rows]) if rows else ()
    return tuple(
        replace(row, early_p_value=float(p)) for row, p in zip(rows, adjusted, strict=True)
    )


def watched(histograms: Histograms, goal: str) -> Watched | None:
    """The incidence of a goal in every variant; None where nobody reached it."""
    reached, left = histograms.of("lag", goal), histograms.of("open", goal)
    if not reached.units.size:
        return None
    bins = np.unique(np.concatenate([reached.bins, left.bins]))
    found = incidence(_spread(reached, bins), _spread(left, bins))
    return Watched(found, np.concatenate([bins[:1], bins + 1]))


def seen_share(histograms: Histograms, goal: str) -> float:
    """Share of the conversions expected of the control's units that has been seen; NaN if none."""
    found = watched(histograms, goal) if goal in histograms.goals else None
    return nan if found is None else float(maturity(found.incidence)[0])


def _spread(one: Histogram, bins: Integers) -> Integers:
    """Units of a histogram at more bins than it has: (V, N)."""
    units = np.zeros((len(one.units), len(bins)), dtype=np.int64)
    units[:, np.searchsorted(bins, one.bins)] = one.units
    return units


def _timing(
    experiment: Experiment, histograms: Histograms, goal: str, seen: Watched, variant: int
) -> Timing:
    level = experiment.analysis.confidence
    both = [0, variant + 1]
    curves = Incidence(*(part[both] for part in seen.incidence))
    control, treated = (Incidence(*(part[at] for part in curves)) for at in (0, 1))
    gained = time_gained(curves, seen.edges)
    of_arms = (TimeGained(gained.mean[at], gained.se[at]) for at in (1, 0))
    mature, to_macro = histograms.of("mature_lag", goal), histograms.of("to_macro", goal)
    early = acceleration(mature.bins, mature.units[variant + 1], mature.units[0])
    return Timing(
        goal=goal,
        variant=experiment.treated[variant].name,
        seen=_pair(maturity(curves)),
        incidence=_pair(curves.share[:, -1]),
        incidence_lift=interval_at(incidence_lift(treated, control, level=level).lift, (), level),
        median_hours=_pair(_quantile(mature, both, 0.5)),
        late_hours=_pair(_quantile(mature, both, LATE)),
        early=Pair(float(early.control), float(early.treated)),
        early_p_value=float(early.p),
        hours_gained=interval_at(difference_of_times(*of_arms, level=level), (), level),
        hours_to_macro=_pair(_quantile(to_macro, both, 0.5)),
    )


def _quantile(one: Histogram, variants: list[int], share: float) -> Floats:
    return lag_quantile(one.bins, one.units[variants], share)


def _pair(values: Floats) -> Pair:
    return Pair(float(values[0]), float(values[1]))
