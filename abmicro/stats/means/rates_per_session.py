"""Two rates per session: the delta method and a shared variance, and both must reject.

As of amounts (`amounts_per_unit`), whose functions take what is found here: where few units bring
most of the sessions, the delta method rejects too often in arms of different sizes. Degrees of
freedom count the units that would weigh alike, and both variances are inflated by what few of them
cannot show.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.validation import Floats
from abmicro.stats.means.amounts_per_unit import Amounts
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.welch import Moments, WeighedMean, or_nan


def session_rates(treated: PairMoments, control: PairMoments) -> Amounts:
    """Two arms without strata, of shapes that broadcast; see `session_rates_within`.

    >>> from abmicro.stats.means.amounts_per_unit import amount_difference
    >>> one = PairMoments.of([1, 0, 2, 0, 1, 1], [2, 1, 2, 3, 2, 1])
    >>> other = PairMoments.of([0, 0, 1, 0, 1, 0], [2, 1, 2, 3, 2, 1])
    >>> found = amount_difference(session_rates(one, other))
    >>> round(float(found.estimate), 4), round(float(found.p), 4)
    (0.2727, 0.3012)
    """
    return session_rates_within(_one_stratum(treated), _one_stratum(control), np.ones(1))


def session_rates_within(treated: PairMoments, control: PairMoments, shares: ArrayLike) -> Amounts:
    """Two rates per session, compared within strata, each with its error twice.

    treated, control: moments of y, what is counted, and x, the sessions, per unit; strata along the
        last axis, of shapes that broadcast.
    shares: of the strata, not negative, adding up to 1; a stratum without a share does not matter.

    A rate is weighed y over weighed x. With e = y - rate x its squared error is that of the mean of
    e over that of x squared (delta method), and once more with one residual variance per squared
    session for both arms. Both times k / (k - 1), k the number of units that would weigh alike, and
    Satterthwaite's degrees of freedom rest on k. NaN without sessions, with fewer than two units in
    a stratum with a share, and where one unit alone brings all sessions.

    Source: Deng, Knoblich and Lu (2018), KDD; Kish (1965), Survey Sampling; Satterthwaite (1946),
    Biometrics Bulletin 2:110-114.
    """
    share = np.asarray(shares, dtype=np.float64)
    arms = _arm(treated, share), _arm(control, share)
    units = treated.units + control.units
    residuals = sum((arm.around.units - 1) * arm.around.variance for arm in arms)
    per_square = residuals / or_nan(treated.x.squares + control.x.squares, 0)
    per_square = per_square * units / or_nan(units - 2, 0)
    delta = [_weighed(arm.around.squared_error, share**2) * arm.inflation for arm in arms]
    shared = [_weighed(per_square * arm.load, share**2) * arm.inflation for arm in arms]
    doubt = (shared[0] + shared[1]) / (arms[0].alike + arms[1].alike - 2)
    welch = (
        WeighedMean(arm.rate, error, error**2 / (arm.alike - 1))
        for arm, error in zip(arms, delta, strict=True)
    )
    student = (
        WeighedMean(arm.rate, error, error * doubt) for arm, error in zip(arms, shared, strict=True)
    )
    return Amounts((next(welch), next(welch)), (next(student), next(student)))


class _SessionArm(NamedTuple):
    """An arm over its strata.

    around: moments of y - rate x; load: squared sessions over squared units, both in strata.
    alike: units that would weigh alike; inflation: of an error of y - rate x to one of the rate.
    """

    rate: Floats
    around: Moments
    load: Floats
    alike: Floats
    inflation: Floats


def _arm(arm: PairMoments, share: Floats) -> _SessionArm:
    sessions = or_nan(_weighed(arm.x.mean, share), 0)
    rate = _weighed(arm.y.mean, share) / sessions
    load = arm.x.squares / or_nan(arm.units, 0) ** 2
    alike = sessions**2 / _weighed(load, share**2)
    around = arm.without(np.nan_to_num(rate)[..., None])
    return _SessionArm(rate, around, load, alike, alike / (or_nan(alike, 1) - 1) / sessions**2)


def _weighed(values: Floats, weight: Floats) -> Floats:
    return np.asarray(np.where(weight > 0, weight * values, 0).sum(axis=-1))


def _one_stratum(arm: PairMoments) -> PairMoments:
    y, x = (
        Moments(one.units[..., None], one.total[..., None], one.squares[..., None])
        for one in (arm.y, arm.x)
    )
    return PairMoments(y, x, arm.products[..., None])
