"""What a gate on the micro lift does to the macro lift behind it: the winner's curse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.numerics.bivariate_normal import both_below
from abmicro.stats.foundations.validation import Floats


class AfterGate(NamedTuple):
    """Of tests whose micro goal rose significantly.

    bias: of the macro's log lift, in its standard errors. false_up: share that also show a
    significant rise of a macro that did not move.
    """

    bias: Floats
    false_up: Floats


def after_gate(score: ArrayLike, correlation: ArrayLike, *, level: ArrayLike = 0.95) -> AfterGate:
    """How much too good the macro looks among tests that were picked for their micro goal.

    score: true micro log lift over its standard error. correlation: of the two estimated log lifts,
        in (-1, 1). level: two-sided level of the gate and of the macro test.

    The error bounds of labels hold per test run, not per winner shown; this is the price of showing
    winners only. The share of a path's steps after the micro goal is free of it.

    Raises ValueError where level or correlation is outside its range.

    Source: design note "carry-through", section 1e ("selection"): mean of a normal above a bound,
    h = dnorm(z - score) / Phi(score - z).

    >>> found = after_gate([0, 3], 0.4)
    >>> found.bias.round(4), found.false_up.round(4)
    (array([0.9351, 0.1092]), array([0.1344, 0.0289]))
    """
    delta, rho = np.asarray(score, dtype=np.float64), np.asarray(correlation, dtype=np.float64)
    z = critical(level)
    passed = ndtr(delta - z)
    density = np.exp(-((z - delta) ** 2) / 2) / np.sqrt(2 * np.pi)
    # Both above z is both of the mirrored scores below -z.
    together = both_below(delta - z, -z, rho)
    return AfterGate(np.asarray(rho * density / passed), np.asarray(together / passed))
