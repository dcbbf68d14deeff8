"""What two posteriors say of two rates, all of it in one pass over one set of nodes."""

from __future__ import annotations

import math

import numpy as np

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import expected_loss, probability_better
from abmicro.stats.bayes.difference_distribution import LOG_RATIO, interval_on, lift_of
from abmicro.stats.bayes.numerics.sinc_nodes import (
    BetaLaw,
    Way,
    ahead_first,
    in_batches,
    law_of,
    lead,
    nodes_needed,
    score,
    ways,
    whole_nodes,
)
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import Beta, exchange
from abmicro.stats.foundations.validation import Floats


@frozen(eq=False)
class Comparison:
    """Two rates as their posteriors see them; floats or arrays of one shape.

    probability_better: that treated has the higher rate.
    loss, control_loss: what choosing treated, or control, loses of the rate on average.
    lift: median and equal-tailed credible interval of treated / control - 1.
    """

    probability_better: Floats
    loss: Floats
    control_loss: Floats
    lift: Effect


def compare(treated: Beta, control: Beta, *, level: float = 0.95) -> Comparison:
    """Chance to win, expected losses of both choices and credible interval of the lift.

    treated, control: independent posteriors of shapes that broadcast; level: credible mass in
        (0, 1), one for all.

    Returns what `probability_better`, `expected_loss` and `lift_interval` do, at a fraction of the
    time where both laws have a >= 1.5 and b >= 30 and are of like widths, at levels from 50 to 99 %
    (one conversion is enough, with the usual prior). Chances then are accurate to 1e-8, losses to
    2e-8 standard deviations of the difference, ends to 1e-8 of the interval's width on the log
    scale, and at ordinary sizes to a tenth of that; tiny chances and losses have fewer digits than
    from those functions, which all other pairs are left to.
    Raises ValueError for a level outside (0, 1).

    >>> found = compare(Beta(245, 9757), Beta(201, 9801))
    >>> round(float(found.probability_better), 6), round(float(found.loss), 9)
    (0.982601, 1.312e-05)
    >>> [round(float(value), 5) for value in found.lift]
    [0.21926, 0.01424, 0.46746]
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    laws = (treated.a, treated.b, control.a, control.b)
    alone = treated.a.ndim == treated.b.ndim == control.a.ndim == control.b.ndim == 0
    if alone and (found := _one(*(float(parameter) for parameter in laws), level=level)):
        return found
    together = np.broadcast_arrays(*laws)
    parts = _many(*(parameter.ravel() for parameter in together), level=level)
    chance, loss, other, *lift = (part.reshape(together[0].shape)[()] for part in parts)
    return Comparison(chance, loss, other, Effect(*lift))


def _one(ta: float, tb: float, ca: float, cb: float, *, level: float) -> Comparison | None:
    """The same for one pair, in floats; None where the laws are too poor or too unlike."""
    way = next((way for way in ways(level) if way.takes(min(ta, ca), min(tb, cb))), None)
    if way is None:
        return None
    turned = ta * cb < ca * tb
    ahead, behind = law_of(ta, tb), law_of(ca, cb)
    if turned:
        ahead, behind = behind, ahead
    if (need := nodes_needed(ahead, behind, way.drop)) > way.nodes:
        return None
    found = lead(ahead, behind, whole_nodes(need), score(level), way)
    if math.isnan(found.log_ratio.sum()):
        return None
    upset, loss = max(found.upset, 0.0), max(found.loss, 0.0)
    gap = ahead.mean - behind.mean
    if turned:
        high, median, low = np.expm1(-found.log_ratio)
        return Comparison(upset, loss + gap, loss, Effect(median, low, high))
    low, median, high = np.expm1(found.log_ratio)
    return Comparison(1 - upset, loss, loss + gap, Effect(median, low, high))


def _many(ta: Floats, tb: Floats, ca: Floats, cb: Floats, *, level: float) -> tuple[Floats, ...]:
    """Chance, both losses and median, low and high lift of one-dimensional arrays."""
    turned, pairs = ahead_first(ta, tb, ca, cb)
    found, left = np.empty((5, ta.size)), np.arange(ta.size)
    for way in ways(level):
        if left.size:
            found[:, left] = _quick([parameter[left] for parameter in pairs], way, level)
            left = left[np.isnan(found[:, left]).any(axis=0)]
    if left.size:
        a, b, wa, wb = (parameter[left] for parameter in pairs)
        found[:, left] = _exact(Beta(a, b), Beta(wa, wb), level)
    upset, loss = np.clip(found[0], 0, 1), np.maximum(found[1], 0)
    a, b, wa, wb = pairs
    own, other = exchange(turned, loss, loss + (a / (a + b) - wa / (wa + wb)))
    low, median, high = np.where(turned, -found[:1:-1], found[2:])
    lift = lift_of(Effect(median, low, high))
    return np.where(turned, upset, 1 - upset), own, other, *lift


def _quick(pairs: list[Floats], way: Way, level: float) -> Floats:
    """Upset, loss and low, median and high log ratio, (5, pairs); NaN where another way must do."""

    def work(ahead: BetaLaw, behind: BetaLaw, number: int) -> Floats:
        found = lead(ahead, behind, number, score(level), way)
        return np.stack([found.upset, found.loss, *found.log_ratio.T])

    return in_batches(work, 5, pairs, way)


def _exact(ahead: Beta, behind: Beta, level: float) -> Floats:
    """Upset, loss and low, median and high log ratio, (5, pairs)."""
    ends = interval_on(LOG_RATIO, ahead, behind, level)
    chance, loss = probability_better(behind, ahead), expected_loss(ahead, behind)
    return np.stack([chance, loss, ends.low, ends.estimate, ends.high])
