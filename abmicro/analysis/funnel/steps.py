"""Where the macro change arises: one `StepResult` per treated variant and step of the funnel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Interval, Pair, StepResult
from abmicro.stats.carry_through.funnel_decomposition import Decomposition, decompose
from abmicro.stats.carry_through.stratified_funnel import decompose_strata
from abmicro.stats.foundations.cells import NestedCounts

if TYPE_CHECKING:
    from abmicro.array_types import Integers
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.funnel_counts import FunnelCounts
    from abmicro.marginals.marginals import Marginals
    from abmicro.marginals.strata import Strata
    from abmicro.stats.foundations.effect import Effect


ADJUSTED = "a count is zero: 1/2 was added to every step and 1 to the units of both variants"

WITHIN = (
    "rates and lifts compare the variants within strata; counts are of strata with both variants"
)


def step_results(experiment: Experiment, marginals: Marginals) -> tuple[StepResult, ...]:
    """Every step of every treated variant, in the order of the funnel; none without a funnel."""
    funnel, strata, steps = marginals.funnel, marginals.strata, marginals.funnel_by_stratum
    if funnel is None or steps is None:
        return ()
    level = experiment.analysis.confidence
    method = decompose_strata if strata.over else decompose
    counts = steps if strata.over else funnel.reached
    found = method(NestedCounts(counts[1:]), NestedCounts(counts[:1]), level=level)
    compared = _compared(steps)
    return tuple(
        _step(experiment, funnel, found, (variant, step), strata, compared[:, variant])
        for variant in range(len(experiment.treated))
        for step in range(len(funnel.steps))
    )


def _compared(steps: Integers) -> Integers:
    """Counts of control and treated variant over the strata that hold both: (2, A, K + 1).

    steps: (V, N, K + 1) in N strata.
    """
    control, treated = np.broadcast_arrays(steps[:1], steps[1:])
    kept = (control[..., :1] > 0) & (treated[..., :1] > 0)
    if steps.shape[1] == 1:
        kept = np.ones_like(kept)
    return np.stack([(variant * kept).sum(axis=1) for variant in (control, treated)])


def _step(
    experiment: Experiment,
    funnel: FunnelCounts,
    found: Decomposition,
    at: tuple[int, int],
    strata: Strata,
    compared: Integers,
) -> StepResult:
    variant, step = at
    level = experiment.analysis.confidence
    control, treated = compared

    def interval(effect: Effect) -> Interval:
        return interval_at(effect, at, level)

    return StepResult(
        variant=experiment.treated[variant].name,
        step=funnel.steps[step],
        units=Pair(int(control[0]), int(treated[0])),
        reached=Pair(int(control[step + 1]), int(treated[step + 1])),
        step_rate=Pair(float(found.control_rates[at]), float(found.treated_rates[at])),
        log_lift=float(found.steps.estimate[at]),
        se=float(found.steps.se[at]),
        low=float(found.steps.low[at]),
        high=float(found.steps.high[at]),
        lift=interval(found.steps.lift),
        cumulative=interval(found.cumulative.lift),
        p_value=float(found.steps.p[at]),
        per_1000=interval(found.contributions),
        note="; ".join(_notes(bool(found.adjusted[variant]), strata)),
        rate=_per_unit(found, at) if strata.over else None,
        came=Pair(int(control[step]), int(treated[step])),
    )


def _notes(adjusted: bool, strata: Strata) -> Iterator[str]:
    if adjusted:
        yield ADJUSTED
    if strata.over:
        yield WITHIN


def _per_unit(found: Decomposition, at: tuple[int, int]) -> Pair:
    """Post-stratified share of the exposed units that reached the step."""
    variant, step = at
    rates = found.control_rates[variant], found.treated_rates[variant]
    return Pair(*(float(np.prod(one[: step + 1])) for one in rates))
