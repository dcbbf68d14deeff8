"""Score interval and test of a ratio of two rates over strata.

Every stratum's variance is that of the rates of largest likelihood with the ratio in question, as
in `lift`, of which this is the extension: with one stratum both are the same. At equal rates the
test is that of `difference_score`, so with the same weights the intervals of difference and lift
leave out zero together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Alternative, Effect, ScoreTest, critical, scored
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.two_by_two import Tables, tables
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.means.welch import or_nan
from abmicro.stats.stratified.difference_score import Weigh, by_size

_FAR = 1e6  # standard errors: as good as infinitely many, and still a height to interpolate


def stratified_lift(
    treated: Binomial, control: Binomial, /, *, weigh: Weigh = by_size, level: ArrayLike = 0.95
) -> Effect:
    """Common relative difference of two rates over strata with the score interval.

    treated, control: units that reached the goal and all units, strata along the last axis.
    weigh: how strata are weighed, `by_size` or `by_share`.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns the weighed treated rate over the weighed control rate, less 1. The interval holds the
    lifts whose ratio `stratified_ratio_score_test` does not reject at 1 - level; it leaves out zero
    exactly where that of `stratified_difference` does. Its lower end is -1 where no treated unit
    reached the goal. Its upper end is infinite where no control unit did, and then the estimate is
    infinite too, or NaN if no treated unit did either. NaN where no stratum has units of both arms.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226, section 5.

    >>> found = stratified_lift(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> [round(float(value), 4) for value in found]
    [1.7193, 0.3606, 4.4051]
    """
    t, reach = tables(treated, control), critical(level)
    errors = np.stack(np.broadcast_arrays(reach, -reach, t.nt[..., 0])[:2])
    t = t.over(errors.shape)
    cells, many = Tables(*(count.reshape(-1, count.shape[-1]) for count in t)), errors.ravel()

    def beyond(place: Floats, at: Floats) -> Floats:
        some = at.astype(np.intp)
        z = _statistic(Tables(*(count[some] for count in cells)), place, weigh)
        return np.asarray(np.clip(many[some] - z, -_FAR, _FAR))

    # A ratio r stands at the place r / (1 + r): the first place that is tried is that of ratio 1,
    # and an end never crosses it against the test.
    place = root(beyond, np.zeros_like(many), np.ones_like(many)).reshape(errors.shape)
    known = np.where((t.size > 0).any(axis=-1), 1, np.nan)
    inside = place < 1
    ends = np.where(inside, (2 * place - 1) / np.where(inside, 1 - place, 1), np.inf) * known
    return Effect(_estimate(t, weigh)[0], ends[0], ends[1])


def stratified_ratio_score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 1.0,
    weigh: Weigh = by_size,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that the common ratio over strata is `null`: what `stratified_lift` inverts.

    treated, control: units that reached the goal and all units, strata along the last axis.
    null: ratio under the hypothesis in (1e-100, 1e100), of the shape without strata.
    weigh: how strata are weighed, `by_size` or `by_share`.
    alternative: "greater" looks for a ratio above the null, "less" for one below.

    Returns score and p-value. At null 1 it is `stratified_score_test` at 0, with one stratum
    `ratio_score_test`. Where nobody reached the goal there is no evidence about a ratio: z is 0.
    Both fields are NaN where no stratum has units of both arms.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226, section 5.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> test = stratified_ratio_score_test(*arms, null=0.9, alternative="greater")
    >>> round(float(test.z), 4), round(float(test.p), 4)
    (3.2147, 0.0007)
    """
    t, ratio = tables(treated, control), within(null, "null", 1e-100, 1e100)
    shape = np.broadcast_shapes(ratio.shape, t.nt.shape[:-1])
    place = np.broadcast_to(ratio / (1 + ratio), shape)
    return scored(_statistic(t.over(shape), place, weigh), alternative)


def _estimate(t: Tables, weigh: Weigh) -> Floats:
    """Weighed difference over weighed control rate; weights are those at the rates found."""
    control = np.where(t.size > 0, t.xc / np.maximum(t.nc, 1), 0)
    treated = np.where(t.size > 0, t.xt / np.maximum(t.nt, 1), 0)
    rates = np.stack([treated, control])
    weight = weigh(t, rates, 1 - rates)
    gain, base = (weight * t.differences).sum(axis=-1), (weight * control).sum(axis=-1)
    return np.where(base > 0, gain / np.where(base > 0, base, 1), or_nan(gain, 0) * np.inf)


def _statistic(t: Tables, place: Floats, weigh: Weigh) -> Floats:
    """Score at the ratio r of the place r / (1 + r), positive where the estimate lies above.

    Ratios above 1 are turned over together with the arms: b is to have `ratio` times the rate of a.
    """
    turn, compared = (place > 0.5)[..., None], t.size > 0
    ratio = (np.minimum(place, 1 - place) / np.maximum(place, 1 - place))[..., None]
    xa, na, xb, nb = (
        np.where(turn, one, other)
        for one, other in ((t.xt, t.xc), (t.nt, t.nc), (t.xc, t.xt), (t.nc, t.nt))
    )
    a, b, missed_a, missed_b = (
        np.where(compared, part, 0) for part in _rates(xa, na, xb, nb, ratio)
    )
    na, nb = np.maximum(na, 1), np.maximum(nb, 1)
    variance = (
        (b * missed_b / nb + ratio**2 * a * missed_a / na) * t.some / np.maximum(t.units - 1, 1)
    )
    rates, missed = (
        np.stack([np.where(turn, of_a, of_b), np.where(turn, of_b, of_a)])
        for of_a, of_b in ((a, b), (missed_a, missed_b))
    )
    weight = np.where(compared, weigh(t, rates, missed), 0)
    gap = (weight * (xb / nb - ratio * xa / na)).sum(axis=-1)
    error = np.sqrt((weight**2 * variance).sum(axis=-1))
    still = np.where(gap == 0, 0, np.copysign(np.inf, gap))
    z = np.where(error > 0, gap / np.where(error > 0, error, 1), still)
    return np.where(turn[..., 0], -z, z) * np.where(compared.any(axis=-1), 1, np.nan)


def _rates(
    xa: Floats, na: Floats, xb: Floats, nb: Floats, ratio: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """The rates of a and b of largest likelihood with b = ratio a, and what they leave to 1.

    Roots of the quadratic of Miettinen and Nurminen, its discriminant a sum of squares; ratio <= 1.
    """
    reached, ma, mb = xa + xb, na - xa, nb - xb
    units, lost = np.maximum(na + nb, 1), (1 - ratio) * reached
    tilt = lost + ma - ratio * mb
    root = np.sqrt(tilt**2 + 4 * ratio * ma * mb)
    ahead = tilt - 2 * ratio * ma
    rate = 2 * reached / _some((1 + ratio) * reached + ratio * mb + ma + root)
    far = 2 * (1 - ratio) * ma / _some(ahead + root)
    missed = np.where(ahead > 0, far, (root - ahead) / _some(2 * units * ratio))
    other_missed = (lost + (2 - ratio) * mb + ma + root) / (2 * units)
    return rate, ratio * rate, missed, other_missed


def _some(values: Floats) -> Floats:
    """Divisors that are 1 where they would be 0."""
    return np.where(values > 0, values, 1)
