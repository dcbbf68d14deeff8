"""The macro lift of one test, steadied by what earlier tests say about how lifts are passed on.

On a path the macro log lift is the micro log lift plus that of the step from micro to macro. The
first is well measured, the second is not; earlier tests tell how large the second usually is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtr, ndtri

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within

Normal = tuple[ArrayLike, ArrayLike]
"""Mean and variance."""

VAGUE: Normal = (0.0, 0.04)  # a step that differs between the arms by 20 % either way, or so


@frozen(eq=False)
class WithHistory:
    """The macro log lift after the test and its history; of the batch shape.

    mean, sd: of its posterior; interval: median and equal-tailed ends.
    macro_up: that it is positive.
    trust: weight of the history after the data, between 0 and 1.
    share: how much of the step's lift is taken from the test itself, the rest being history's.
    conflict: the test's step lift less the expected one, in standard deviations; beyond 2 either
        way they contradict one another.
    worth: how many times the units a test without history would have needed for this sd.
    """

    mean: Floats
    sd: Floats
    interval: Effect
    macro_up: Floats
    trust: Floats
    share: Floats
    conflict: Floats
    worth: Floats


def with_history(
    micro: Normal,
    step: Normal,
    history: Normal,
    *,
    trust: ArrayLike = 0.8,
    vague: Normal = VAGUE,
    level: float = 0.95,
) -> WithHistory:
    """The posterior of a path's macro log lift, given a history of its last step.

    micro, step: log lifts of the micro goal and of macro per micro in this test, each an estimate
        and its variance; their estimates are uncorrelated.
    history: mean and variance of the step's true log lift over earlier tests.
    trust: probability in (0, 1) that this test is like those; otherwise its step follows `vague`.
        Near 1 the history is believed even where the data speak against it.
    level: credible mass, a number. All other shapes broadcast.

    What it says is right on average over tests like the earlier ones, not for each test: show it
    beside the estimate from the test's own data, never instead.

    Raises ValueError for estimates that are not finite, variances that are not positive, and
    trust or level outside (0, 1).

    Source: design note "carry-through", section 1e; robust mixtures: Schmidli et al. (2014),
    Biometrics 70:1023-1032.

    >>> found = with_history((0.0953, 0.0009), (-0.05, 0.004), (-0.01, 0.0009))
    >>> round(float(found.mean), 4), round(float(found.macro_up), 3), round(float(found.trust), 3)
    (0.0755, 0.955, 0.913)
    """
    tail = (1 - float(within(level, "level", 0, 1))) / 2
    columns = {
        **_normal(micro, "micro"),
        **_normal(step, "step"),
        **_normal(history, "history"),
        **_normal(vague, "vague"),
        "trust": within(trust, "trust", 0, 1),
    }
    broadcastable(**columns)
    m, vm, q, vq, likely, likely_var, doubt, doubt_var, before = np.broadcast_arrays(
        *columns.values()
    )
    mu, tau2 = np.stack([likely, doubt]), np.stack([likely_var, doubt_var])
    foreseen = -((q - mu) ** 2 / (tau2 + vq) + np.log(tau2 + vq)) / 2
    after = expit(logit(before) + foreseen[0] - foreseen[1])
    share = tau2 / (tau2 + vq)
    return _mixed(
        np.stack([after, 1 - after]),
        m + share * q + (1 - share) * mu,
        np.sqrt(vm + share * vq),
        tail=tail,
        share=after * share[0] + (1 - after) * share[1],
        conflict=(q - likely) / np.sqrt(likely_var + vq),
        alone=vm + vq,
    )


def _mixed(
    weights: Floats,
    means: Floats,
    sds: Floats,
    *,
    tail: float,
    share: Floats,
    conflict: Floats,
    alone: Floats,
) -> WithHistory:
    """A mixture of normal laws along the first axis; a quantile lies between those of its parts."""
    mean = (weights * means).sum(axis=0)
    variance = (weights * (sds**2 + (means - mean) ** 2)).sum(axis=0)
    flat = [part.reshape(len(part), -1) for part in (weights, means, sds)]

    def below(x: Floats, rows: Floats) -> Floats:
        w, m, s = (part[:, rows.astype(np.intp)] for part in flat)
        return np.asarray((w * ndtr((x - m) / s)).sum(axis=0))

    def quantile(p: float) -> Floats:
        ends = (means + ndtri(p) * sds).reshape(len(means), -1)
        slack = 1e-6 * sds.min(axis=0).ravel()  # the parts may agree but for rounding
        low, high = ends.min(axis=0) - slack, ends.max(axis=0) + slack
        found = root(lambda x, rows: below(x, rows) - p, low, high)
        return found.reshape(mean.shape)

    return WithHistory(
        mean=mean,
        sd=np.sqrt(variance),
        interval=Effect(*map(quantile, (0.5, tail, 1 - tail))),
        macro_up=np.asarray((weights * ndtr(means / sds)).sum(axis=0)),
        trust=weights[0],
        share=share,
        conflict=conflict,
        worth=alone / variance,
    )


def _normal(given: Normal, name: str) -> dict[str, Floats]:
    """Mean and variance by their names."""
    mean, variance = (np.asarray(numbers(part, name), np.float64) for part in given)
    demand(np.isfinite(mean), mean, name, "must be finite")
    fine = np.isfinite(variance) & (variance > 0)
    demand(np.asarray(fine), variance, f"{name} variance", "must be positive and finite")
    return {name: mean, f"{name} variance": variance}
