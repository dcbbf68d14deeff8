"""Where along a funnel two arms differ: the macro lift as the sum of the lifts of its steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.log_ratio import LogLift, log_lift, nested, per_thousand
from abmicro.stats.foundations.validation import Bools, Floats


@frozen(eq=False)
class Decomposition:
    """A funnel of K steps in two arms; arrays are (..., K) per step and (...) in total.

    control_rates, treated_rates: units that reached the step per unit that reached the one before,
        counts as adjusted.
    steps: log lift of each step rate. cumulative: log lift of reached per unit of the arm, the last
        of which is the lift of the macro; only these and the first step are effects of the variant.
    contributions: extra macro conversions per 1,000 units that arise at each step.
    total: their sum, extra macro conversions per 1,000 units.
    adjusted: where a zero count made it necessary to add 1/2 to every step and 1 to the units.
    """

    control_rates: Floats
    treated_rates: Floats
    steps: LogLift
    cumulative: LogLift
    contributions: Effect
    total: Effect
    adjusted: Bools


def decompose(
    treated: NestedCounts, control: NestedCounts, /, *, level: ArrayLike = 0.95
) -> Decomposition:
    """Split the lift of the last step of a funnel over its steps.

    treated, control: (..., K + 1) units, units that reached step 1, ..., macro.
    level: two-sided confidence level in (0, 1) of every interval; a number or (..., 1).

    Returns a `Decomposition`. The log lifts of the steps add up to that of the macro, their
    estimates are uncorrelated, and the contributions add up to the difference of the macro rates.
    If a count is zero, 1/2 is added to every step and 1 to the units of both arms (`adjusted`); a
    step that nobody entered in an arm is NaN, and so is all of an arm without units.

    What it means: from the second step on, a step compares units that the variant itself selected.
    The split says where the arms differ, not what the variant did to a step.

    Raises ValueError where the arms have not equally many steps.

    Source: design note "carry-through", section 1a: multinomial delta method; split in
    conversions: Ang (2005), Energy Policy 33:867-871.

    >>> control = NestedCounts([24310, 2917, 1458, 729])
    >>> found = decompose(NestedCounts([24187, 3217, 1544, 756]), control)
    >>> [round(float(value), 4) for value in found.contributions.estimate]
    [3.1526, -1.2425, -0.6412]
    >>> round(float(found.total.estimate), 4)
    1.2688
    """
    counts = nested(treated, control)
    treated_step, control_step = _step_counts(counts.treated), _step_counts(counts.control)
    steps = log_lift(treated_step, control_step, level=level)
    cumulative = log_lift(_all_counts(counts.treated), _all_counts(counts.control), level=level)
    macro_rate = counts.control[..., -1:] / counts.control[..., :1]
    worth = per_thousand(macro_rate, cumulative.estimate[..., -1:])
    rates = (passed / entered for passed, entered in (control_step, treated_step))
    control_rates, treated_rates = np.broadcast_arrays(*rates)
    return Decomposition(
        control_rates=control_rates,
        treated_rates=treated_rates,
        steps=steps,
        cumulative=cumulative,
        contributions=steps.times(worth),
        total=Effect(*(part[..., -1] for part in cumulative.times(worth))),
        adjusted=counts.adjusted,
    )


def _step_counts(arm: Floats) -> tuple[Floats, Floats]:
    """Who reached each step, of those who reached the one before; a half there means nobody."""
    before = arm[..., :-1]
    return arm[..., 1:], np.where(before == 0.5, np.nan, before)


def _all_counts(arm: Floats) -> tuple[Floats, Floats]:
    """Who reached each step, of all units of the arm."""
    return arm[..., 1:], arm[..., :1]
