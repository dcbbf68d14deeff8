"""Does the variant bring more conversions, or the same ones sooner?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.validation import Floats, demand, numbers, whole
from abmicro.stats.means.welch import or_nan


class Acceleration(NamedTuple):
    """Shares of conversions up to a lag, and Fisher's p that both arms have the same.

    lag: the control's median; NaN, like the shares, where an arm has no conversion.
    """

    lag: Floats
    control: Floats
    treated: Floats
    p: Floats


def acceleration(lags: ArrayLike, treated: ArrayLike, control: ArrayLike) -> Acceleration:
    """Are the treated arm's conversions earlier than the control's, up to the control's median?

    lags: ascending (N,); treated, control: (..., N) conversions at each lag, of units that were all
        watched for the whole window.

    It compares those who converted, whom the variant selected: a diagnosis, not an effect. Units
    that are still being watched must not be in it, since they show early conversions only.

    Raises ValueError for lags that do not ascend and for counts that are negative or fractional.

    Source: design note "carry-through", section 4; Fisher's exact test.

    >>> found = acceleration([0, 1, 2], [60, 30, 10], [40, 30, 30])
    >>> float(found.lag), float(found.treated), round(float(found.p), 4)
    (1.0, 0.9, 0.0007)
    """
    at = numbers(lags, "lags")
    demand(np.diff(at) > 0, at[1:], "lags", "must ascend")
    t, c = np.broadcast_arrays(whole(treated, "treated"), whole(control, "control"))
    middle = lag_quantile(at, c, 0.5)
    early = at <= middle[..., None]
    first, second = (Binomial((arm * early).sum(axis=-1), arm.sum(axis=-1)) for arm in (t, c))
    of_treated, of_control = (
        np.asarray(arm.reached / or_nan(arm.trials, 0)) for arm in (first, second)
    )
    return Acceleration(middle, of_control, of_treated, np.asarray(fisher(first, second)))


def lag_quantile(lags: ArrayLike, reached: ArrayLike, share: ArrayLike) -> Floats:
    """Smallest lag by which at least a share of the conversions came.

    lags: ascending (N,); reached: (..., N) conversions at each lag; share: in (0, 1], a number or
    an array that broadcasts with the batch axes. NaN without conversions.

    >>> float(lag_quantile([0, 6, 24], [5, 3, 2], 0.9))
    24.0
    """
    counts = whole(reached, "reached")
    total = counts.sum(axis=-1)
    wanted = np.asarray(share * total)[..., None]
    place = (np.cumsum(counts, axis=-1) < wanted - 1e-9).sum(axis=-1)
    known = np.append(numbers(lags, "lags"), np.nan)[place]
    return np.asarray(np.where(total > 0, known, np.nan))
