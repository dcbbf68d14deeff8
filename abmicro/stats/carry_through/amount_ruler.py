"""The ruler of an amount: observed over expected difference, never logarithms of an amount.

Like the row of the amount it rests on two estimates of the noise, Welch's and Student's; a landmark
is excluded only where both exclude it. At 0 the contrast is that of the row itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.carry_through.label import LabelTerms, Landmarks, landmark_label
from abmicro.stats.carry_through.stratified_rates import Split, shares
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.fieller_sets import FiellerSet, Kind, fieller
from abmicro.stats.foundations.validation import Bools, Floats, within
from abmicro.stats.means.amounts_per_unit import amount_lift, amounts_within, effective_size
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.past_values import Prediction
from abmicro.stats.means.welch import Moments, or_nan


class Noise(NamedTuple):
    """Variances of observed and expected difference, their covariance, degrees of freedom."""

    observed: Floats
    expected: Floats
    covariance: Floats
    df: Floats


@frozen(eq=False)
class Ruler:
    """Observed and expected difference of an amount, twice with their noise.

    micro: the difference of the micro rates; control: the control's mean amount.
    """

    micro: Floats
    control: Floats
    observed: Floats
    expected: Floats
    welch: Noise
    student: Noise

    def ratio(self, level: ArrayLike) -> FiellerSet:
        """The pass-through with the hull of both Fieller sets."""
        one, other = (
            fieller(self.observed, self.expected, n.observed, n.expected, n.covariance,
                    level=level, df=n.df)
            for n in (self.welch, self.student)
        )  # fmt: skip
        bounded = (one.kind == Kind.INTERVAL) & (other.kind == Kind.INTERVAL)
        rays = (one.kind == Kind.RAYS) & (other.kind == Kind.RAYS)
        low = np.where(bounded, np.minimum(one.low, other.low), np.maximum(one.low, other.low))
        high = np.where(bounded, np.maximum(one.high, other.high), np.minimum(one.high, other.high))
        known = bounded | rays
        kind = np.where(bounded, Kind.INTERVAL, np.where(rays, Kind.RAYS, Kind.LINE))
        low, high = np.where(known, low, -np.inf), np.where(known, high, np.inf)
        return FiellerSet(one.estimate, kind.astype(np.int8), low, high)

    def label(self, signal: Bools, terms: LabelTerms) -> NDArray[np.str_]:
        """The label behind a gate: signal says where the micro goal moved."""
        c, level = within(terms.threshold, "threshold", 0, 1), terms.level
        above = [self._beyond(share, level, 1) for share in (0, c)]
        below = [self._beyond(share, level, -1) for share in (1, c, 0)]
        seen = [
            self.expected**2 > critical(level, n.df) ** 2 * n.expected
            for n in (self.welch, self.student)
        ]
        expects = seen[0] & seen[1] & (np.sign(self.expected) == np.sign(self.micro))
        return landmark_label(signal, self.micro < 0, expects, Landmarks(*above, *below), terms.own)

    def _beyond(self, share: ArrayLike, level: ArrayLike, side: int) -> Bools:
        """Where the contrast at a share is on a side of zero by Welch and by Student."""
        share = np.asarray(share, dtype=np.float64)
        contrast = side * np.sign(self.expected) * (self.observed - share * self.expected)
        clear = [
            contrast**2 > critical(level, n.df) ** 2
            * (n.observed - 2 * share * n.covariance + share**2 * n.expected)
            for n in (self.welch, self.student)
        ]  # fmt: skip
        return np.asarray((contrast > 0) & clear[0] & clear[1])

    def difference(self, level: ArrayLike) -> Effect:
        """The observed difference: the interval of the amount's own row."""
        reach = np.maximum(*(critical(level, n.df) * np.sqrt(or_nan(n.observed, 0))
                             for n in (self.welch, self.student)))  # fmt: skip
        return Effect(self.observed, self.observed - reach, self.observed + reach)

    def hoped(self, level: ArrayLike) -> Effect:
        """The expected difference."""
        reach = np.maximum(*(critical(level, n.df) * np.sqrt(or_nan(n.expected, 0))
                             for n in (self.welch, self.student)))  # fmt: skip
        return Effect(self.expected, self.expected - reach, self.expected + reach)


class AmountLifts(NamedTuple):
    """Observed and expected lift of an amount, and its effective size in the smaller arm."""

    macro: Effect
    expected: Effect
    size: Floats


class AmountPast(NamedTuple):
    """Beside an amount its value from before, of units with the micro goal and without it.

    treated, control: moments of amount and past, shaped as the amount's own; by: what is predicted.
    """

    treated: tuple[PairMoments, PairMoments]
    control: tuple[PairMoments, PairMoments]
    by: Prediction


class _Arm(NamedTuple):
    """An arm in strata: units, means of micro, amount and both, covariances of micro and amount."""

    units: Floats
    micro: Floats
    amount: Floats
    both: Floats
    micro_micro: Floats
    amount_amount: Floats
    amount_micro: Floats


def amount_ruler(treated: Split, control: Split, /, past: AmountPast | None = None) -> Ruler:
    """The ruler from the moments of an amount with and without the micro goal.

    treated, control: moments of shape (..., S) in strata, as in `value_strata`; a stratum counts
        with its share of the units of both arms, and needs two units in each.
    past: the amount is observed without what its past predicts; what is expected stays as it is.

    Source: Fieller (1954), Journal of the Royal Statistical Society B 16:175-185; the expected
    difference is the delta method's, linear in the control's means.

    >>> from abmicro.stats.means.welch import Moments
    >>> none = Moments([2127], [0], [0])
    >>> treated = Moments([873], [8436.94], [286283.1712]), none
    >>> control = Moments([603], [5544.62], [172361.5668]), Moments([2397], [0], [0])
    >>> found = amount_ruler(treated, control).ratio(0.95)
    >>> round(float(found.estimate), 4), round(float(found.low), 4), round(float(found.high), 4)
    (1.165, 0.6528, 1.8056)
    """
    units = [with_micro.units + rest.units for with_micro, rest in (treated, control)]
    share = shares(*(np.where(n > 1, n, 0) for n in units))
    zero, one, off = _arm(control), _arm(treated), np.asarray(0.0)

    def mean(of: Floats) -> Floats:
        total = np.where(share > 0, share * np.where(share > 0, of, 0), 0).sum(axis=-1)
        return np.where((share > 0).any(axis=-1), total, np.nan)

    m0, y0, b0, m1 = map(mean, (zero.micro, zero.amount, zero.both, one.micro))
    quality, rest = b0 / or_nan(m0, 0), (y0 - b0) / or_nan(1 - m0, 0)
    g, moved = quality - rest, m1 - m0
    benchmark = (m0, moved, quality, rest)
    hh, mh, xh = _benchmark(control, zero, benchmark)
    if past is not None:
        off = past.by.slope[..., None] * _past_and_benchmark(past.control, zero, benchmark)
        zero, one = _adjusted(zero, past.control, past.by), _adjusted(one, past.treated, past.by)
        y0 = mean(zero.amount)
    gain = g[..., None]

    def noise(of_one: _Arm, of_zero: _Arm, doubts: Floats) -> Noise:
        each = of_one.amount_amount / one.units + of_zero.amount_amount / zero.units
        hoped = gain**2 * (of_one.micro_micro / one.units + of_zero.micro_micro / zero.units)
        shared = gain * (of_one.amount_micro / one.units + of_zero.amount_micro / zero.units)
        observed = mean(share * each)
        return Noise(
            observed,
            mean(share * (hoped + (hh - 2 * gain * mh) / zero.units)),
            mean(share * (shared - (xh - off) / zero.units)),
            observed**2 / or_nan(mean(share**3 * doubts), 0),
        )

    pooled = _pooled(zero, one)
    together = pooled.amount_amount * (1 / one.units + 1 / zero.units)
    welch = sum((arm.amount_amount / arm.units) ** 2 / (arm.units - 1) for arm in (zero, one))
    return Ruler(
        micro=moved,
        control=y0,
        observed=mean(one.amount) - y0,
        expected=moved * g,
        welch=noise(one, zero, np.asarray(welch)),
        student=noise(pooled, pooled, together**2 / (one.units + zero.units - 2)),
    )


def amount_lifts(
    treated: Split,
    control: Split,
    /,
    ruler: Ruler,
    level: ArrayLike,
    past: AmountPast | None = None,
) -> AmountLifts:
    """The lift as the row of the amount shows it, the expected one and the effective size."""
    one, other = treated[0] + treated[1], control[0] + control[1]
    share = shares(*(np.where(arm.units > 1, arm.units, 0) for arm in (other, one)))
    sizes = (
        effective_size(Moments(*(part.sum(-1) for part in (arm.units, arm.total, arm.squares))))
        for arm in (one, other)
    )
    if past is not None:
        one, other = (past.by.off(arm[0] + arm[1]) for arm in (past.treated, past.control))
    lift = amount_lift(amounts_within(one, other, share), level=level)
    return AmountLifts(lift, _relative(ruler.hoped(level), ruler.control), np.minimum(*sizes))


def _relative(difference: Effect, base: Floats) -> Effect:
    """A difference against what it is a change of; NaN where that is not above zero."""
    return Effect(*(part / or_nan(base, 0) for part in difference))


def _arm(split: Split) -> _Arm:
    with_micro, rest = split
    n = or_nan(with_micro.units + rest.units, 1)
    micro, both = with_micro.units / n, with_micro.total / n
    amount = both + rest.total / n
    squares = np.maximum((with_micro.squares + rest.squares) / n - amount**2, 0)
    spread = n / (n - 1)
    return _Arm(
        n, micro, amount, both, micro * (1 - micro) * spread, squares * spread,
        (both - micro * amount) * spread,
    )  # fmt: skip


def _adjusted(arm: _Arm, past: tuple[PairMoments, PairMoments], by: Prediction) -> _Arm:
    """An arm whose amounts are without what their past predicts."""
    pairs, n, slope = past[0] + past[1], arm.units, by.slope[..., None]
    mean, spread = pairs.x.total / n, n / (n - 1)
    amount_past = (pairs.products / n - arm.amount * mean) * spread
    past_micro = (past[0].x.total / n - arm.micro * mean) * spread
    squares = arm.amount_amount - 2 * slope * amount_past + slope**2 * pairs.x.variance
    return arm._replace(
        amount=arm.amount - slope * (mean - by.center[..., None]),
        amount_amount=np.maximum(squares, 0),
        amount_micro=arm.amount_micro - slope * past_micro,
    )


def _pooled(one: _Arm, other: _Arm) -> _Arm:
    """One covariance of both arms within each stratum."""
    df = one.units + other.units - 2
    shared = (
        ((one.units - 1) * first + (other.units - 1) * second) / df
        for first, second in zip(one[4:], other[4:], strict=True)
    )
    return _Arm(*one[:4], *shared)


def _past_and_benchmark(
    past: tuple[PairMoments, PairMoments], arm: _Arm, of: tuple[Floats, Floats, Floats, Floats]
) -> Floats:
    """Covariance, in strata, of the control's past with what its rates add to the expectation."""
    m0, moved, quality, rest = (value[..., None] for value in of)
    up, down = moved / or_nan(m0, 0), moved / or_nan(1 - m0, 0)
    with_micro, without = past
    added = up * (with_micro.y.total - quality * with_micro.units) - down * (
        without.y.total - rest * without.units
    )
    products = up * (with_micro.products - quality * with_micro.x.total) - down * (
        without.products - rest * without.x.total
    )
    mean = (with_micro.x.total + without.x.total) / arm.units
    return np.asarray((products - mean * added) / (arm.units - 1))


def _benchmark(
    control: Split, arm: _Arm, of: tuple[Floats, Floats, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Covariances, in strata, of what the control's rates add to the noise of the expectation."""
    m0, moved, quality, rest = (value[..., None] for value in of)
    up, down = moved / or_nan(m0, 0), moved / or_nan(1 - m0, 0)
    with_micro, without = control
    sum_with = up * (with_micro.total - quality * with_micro.units)
    sum_all = sum_with - down * (without.total - rest * without.units)
    squares = up**2 * (
        with_micro.squares - 2 * quality * with_micro.total + quality**2 * with_micro.units
    ) + down**2 * (without.squares - 2 * rest * without.total + rest**2 * without.units)
    products = up * (with_micro.squares - quality * with_micro.total) - down * (
        without.squares - rest * without.total
    )
    n = arm.units
    return (
        (squares - sum_all**2 / n) / (n - 1),
        (sum_with - arm.micro * sum_all) / (n - 1),
        (products - arm.amount * sum_all) / (n - 1),
    )
