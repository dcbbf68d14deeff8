"""The split of `decompose` where the arms' shares of the units differ between strata.

The rates of every step are post-stratified, each stratum counting with its share of the units of
both arms, so that a season during a ramp shows at no step. Steps are then no longer uncorrelated,
but their log lifts and contributions still add up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.carry_through.funnel_decomposition import Decomposition
from abmicro.stats.carry_through.stratified_rates import shares
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.log_ratio import LogLift, normal, per_thousand
from abmicro.stats.foundations.validation import Bools, Floats


class _Logs(NamedTuple):
    """Rates of an arm (..., K), and the variances of their logarithms."""

    rate: Floats
    variance: Floats


def decompose_strata(
    treated: NestedCounts, control: NestedCounts, /, *, level: ArrayLike = 0.95
) -> Decomposition:
    """Split the lift of the last step of a funnel over its steps, within strata.

    treated, control: (..., S, K + 1) counts in S strata: units, units that reached step 1,
        ..., macro.
    level: as in `decompose`.

    Returns a `Decomposition`, whose rates are those of units spread over the strata alike in both
    arms. A stratum where an arm has no units is left out; zeros are moved as in `decompose`, spread
    over the strata. With one stratum the figures are those of `decompose`.

    Raises ValueError as `decompose`, and without a strata axis.

    Source: design note "carry-through", section 0, last item, and 1a.

    >>> control = NestedCounts([[54_000, 5_400, 1_080], [30_000, 4_800, 1_440]])
    >>> treated = NestedCounts([[6_000, 600, 120], [30_000, 4_800, 1_440]])
    >>> bool(abs(decompose_strata(treated, control).steps.estimate).max() < 1e-12)
    True
    """
    arms = treated.steps, control.steps
    for name, steps in zip(("treated", "control"), arms, strict=True):
        if steps.ndim < 2:
            raise ValueError(f"{name} needs strata along its last axis but one, got {steps.shape}")
    share = shares(*(steps[..., 0] for steps in arms))
    kept = (share > 0)[..., None]
    totals = [(steps * kept).sum(axis=-2) for steps in arms]
    adjusted = np.asarray(np.minimum(*(total[..., -1] for total in totals)) == 0)
    (treated_steps, treated_all), (control_steps, control_all) = (
        _logs(steps, total, share, adjusted) for steps, total in zip(arms, totals, strict=True)
    )
    passed = _log_lift(treated_steps, control_steps, level)
    cumulative = _log_lift(treated_all, control_all, level)
    worth = per_thousand(control_all.rate[..., -1:], cumulative.estimate[..., -1:])
    rates = np.broadcast_arrays(control_steps.rate, treated_steps.rate)
    return Decomposition(
        control_rates=rates[0],
        treated_rates=rates[1],
        steps=passed,
        cumulative=cumulative,
        contributions=passed.times(worth),
        total=Effect(*(part[..., -1] for part in cumulative.times(worth))),
        adjusted=adjusted,
    )


def _logs(steps: Floats, total: Floats, share: Floats, adjusted: Bools) -> tuple[_Logs, _Logs]:
    """Of each step of those who reached the one before, then of all units."""
    weight, kept = share[..., None], (share > 0)[..., None]
    more = np.where(np.arange(steps.shape[-1]) == 0, 1, 0.5)
    counts = steps + more * weight * adjusted[..., None, None]
    units = np.where(kept, counts[..., :1], 1)
    rates = np.where(kept, counts / units, 0)

    def over(values: Floats) -> Floats:
        return np.asarray(np.where(kept, values, 0).sum(axis=-2))

    some = np.where(kept.any(axis=-2), 1, np.nan)
    rate = over(weight * rates) * some
    squared = over(weight**2 * rates * (1 - rates) / units) / rate**2
    shared = over(weight**2 * rates[..., 1:] * (1 - rates[..., :-1]) / units)
    shared = shared / (rate[..., 1:] * rate[..., :-1])
    before = np.where(total[..., :-1] > 0, rate[..., :-1], np.nan)
    step = rate[..., 1:] / before
    of_step = squared[..., 1:] + squared[..., :-1] - 2 * shared + 0 * before
    return _Logs(step, of_step), _Logs(rate[..., 1:], squared[..., 1:])


def _log_lift(treated: _Logs, control: _Logs, level: ArrayLike) -> LogLift:
    estimate = np.log(treated.rate) - np.log(control.rate)
    variance = np.maximum(treated.variance + control.variance, 0)
    return normal(estimate, variance, level=level)
