"""The sequential p-value: the smallest alpha at which some look so far would have crossed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.sequential.boundaries import TOO_EARLY, Sides, critical_values
from abmicro.stats.sequential.spending import Spending

_LEAST, _MOST = 1e-12, 1 - 1e-9


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
    """The p-value at each look, (..., K), which only falls; 1 where no alpha would have crossed.

    z: scores at the looks so far, (..., K); above the bound counts with `sides=1`, beyond it on
        either side with 2. NaN is a look without a score. information, clock: (K,).

    At most alpha exactly where a test at alpha has crossed, so corrections for several hypotheses
    take it as any p-value. At least 1e-12.

    Source: Liu and Anderson (2008), JASA 103:1621; Maurer and Bretz (2013), Statistics in
    Biopharmaceutical Research 5:311.

    >>> sequential_p([0.4, 1.9, 2.5], [0.2, 0.4, 0.6], [0.2, 0.4, 0.6]).round(4)
    array([1.    , 0.3366, 0.07  ])
    """
    h, s = (np.asarray(each, dtype=np.float64) for each in (information, clock))
    scores = np.asarray(z, dtype=np.float64)
    scores = np.abs(scores) if sides == 2 else scores

    def values(alpha: float, looks: int) -> Floats:
        return critical_values(
            h[:looks],
            s[:looks],
            alpha=alpha,
            spending=spending,
            gamma=gamma,
            sides=sides,
            largest=largest,
        ).z

    def fallen(p: float, row: Floats, look: int) -> float:
        """P after this look: lower where the look crosses at the alpha that p was."""
        if not row[look] >= values(p, look + 1)[look]:
            return p

        def beyond(logs: Floats, _: Floats) -> Floats:
            bounds = [values(float(np.exp(one)), look + 1)[look] for one in logs]
            return np.asarray(row[look] - np.minimum(bounds, 1e3))

        ends = (np.array([np.log(end)]) for end in (_LEAST, p))
        return float(np.exp(root(beyond, *ends)[0]))

    rows = scores.reshape(-1, scores.shape[-1])
    answers = np.ones(rows.shape)
    for row, answer in zip(rows, answers, strict=True):
        p = _MOST
        for look in range(len(row)):
            p = fallen(p, row, look)
            answer[look] = 1.0 if p == _MOST else p
    return answers.reshape(scores.shape)
