"""The sequential p-value: the smallest alpha at which some look so far would have crossed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.sequential.boundaries import TOO_EARLY, Sides, critical_values
from abmicro.stats.sequential.spending import Spending

_LEAST, _MOST = 1e-12, 1 - 1e-9
_WIDTH = 1e-10  # of the log of the p-value, as a part of its range
_NOT_ASKED = -1.0  # how far beyond its bound a score lies at a look that is none


def sequential_p(
    z: ArrayLike,
    information: ArrayLike,
    clock: ArrayLike,
    *,
    spending: Spending = "obrien_fleming",
    gamma: float | None = None,
    sides: Sides = 2,
    largest: float = TOO_EARLY,
) -> Floats:
    """The p-value after each look, (..., K), which only falls; 1 where no alpha would have crossed.

    z: scores at the looks so far, (..., K); above the bound counts with `sides=1`, beyond it on
        either side with 2. NaN is a look without a score. information, clock: (K,).

    At most alpha exactly where a test at alpha has crossed, so corrections for several hypotheses
    take it as any p-value. At least 1e-12.

    Source: Liu and Anderson (2008), JASA 103:1621; Maurer and Bretz (2013), Statistics in
    Biopharmaceutical Research 5:311.

    >>> sequential_p([0.4, 1.9, 2.5], [0.2, 0.4, 0.6], [0.2, 0.4, 0.6]).round(4)
    array([1.    , 0.3366, 0.07  ])
    """
    scores = np.asarray(z, dtype=np.float64)
    h, s = (np.asarray(each, dtype=np.float64) for each in (information, clock))
    after = [
        overall_p(
            scores[..., :looks],
            h[:looks],
            s[:looks],
            spending=spending,
            gamma=gamma,
            sides=sides,
            largest=largest,
        )
        for looks in range(1, scores.shape[-1] + 1)
    ]
    return np.minimum.accumulate(np.stack(after, axis=-1), axis=-1)


def overall_p(
    z: ArrayLike,
    information: ArrayLike,
    clock: ArrayLike,
    *,
    spending: Spending = "obrien_fleming",
    gamma: float | None = None,
    sides: Sides = 2,
    largest: float = TOO_EARLY,
) -> Floats:
    """`sequential_p` after the last of the looks only: (...).

    >>> round(float(overall_p([0.4, 1.9, 2.5], [0.2, 0.4, 0.6], [0.2, 0.4, 0.6])), 4)
    0.07
    """
    h, s = (np.asarray(each, dtype=np.float64) for each in (information, clock))
    scores = np.asarray(z, dtype=np.float64)
    scores = np.where(np.isnan(scores), -np.inf, np.abs(scores) if sides == 2 else scores)
    rows = np.clip(scores.reshape(-1, scores.shape[-1]), -1e3, 1e3)

    def beyond(logs: Floats, at: Floats) -> Floats:
        """How far the look that comes nearest lies beyond its critical value."""
        values = [
            critical_values(
                h, s, alpha=alpha, spending=spending, gamma=gamma, sides=sides, largest=largest
            ).z
            for alpha in np.exp(logs).tolist()
        ]
        gaps = np.where(np.isinf(values), _NOT_ASKED, rows[at.astype(int)] - values)
        return np.asarray(gaps.max(axis=-1))

    ends = (np.full(len(rows), np.log(end)) for end in (_LEAST, _MOST))
    logs = root(beyond, *ends, width=_WIDTH)
    return np.where(np.isfinite(logs), np.exp(logs), 1.0).reshape(scores.shape[:-1])
