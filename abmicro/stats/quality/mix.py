"""A change of a rate, parted into who came and what the same kinds of people did."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.validation import Floats


class ChangeSplit(NamedTuple):
    """A change of a rate between two times, and its parts by source; the parts add up to it.

    total, mix, rate: the change, what other shares of sources and what other rates of the same
    sources make of it; errors: standard errors of these three, (3,).
    mix_of, rate_of: (S,) of every source; their sums are mix and rate.
    """

    total: float
    mix: float
    rate: float
    errors: Floats
    mix_of: Floats
    rate_of: Floats


def split_change(before: Binomial, after: Binomial, /) -> ChangeSplit:
    """Part the change of a rate into a change of the mix of sources and one of their rates.

    before, after: (S,) units that reached the goal and all units of each source.

    Shares of sources are weighed by the mean of both rates, rates by the mean of both shares, so
    that no part is left over and either time may come first. What a source adds through the mix is
    set against the mean rate of all: more of a good source is a gain. Where a source is seen at one
    time only its rate stands for the other. NaN where no unit is seen at one of the times.

    Raises ValueError for other shapes.

    Source: Kitagawa (1955), Journal of the American Statistical Association 50:1168; errors by the
    delta method.

    >>> found = split_change(Binomial([100, 10], [1000, 1000]), Binomial([100, 30], [1000, 3000]))
    >>> round(found.total, 4), round(found.mix, 4), round(found.rate, 4)
    (-0.0225, -0.0225, 0.0)
    """
    x0, n0, x1, n1 = np.broadcast_arrays(before.reached, before.trials, after.reached, after.trials)
    if x0.ndim != 1 or not x0.size:
        raise ValueError(f"before and after must be of shape (S,), got {x0.shape}")
    with np.errstate(divide="ignore", invalid="ignore"):
        share0, share1 = n0 / n0.sum(), n1 / n1.sum()
        r0, r1 = x0 / n0, x1 / n1
        r0, r1 = np.where(n0 > 0, r0, r1), np.where(n1 > 0, r1, r0)
        r0, r1 = (np.where((n0 > 0) | (n1 > 0), each, 0.0) for each in (r0, r1))
        total = float(x1.sum() / n1.sum() - x0.sum() / n0.sum())
    share, rate, moved, changed = (share0 + share1) / 2, (r0 + r1) / 2, share1 - share0, r1 - r0
    mix_of, rate_of = moved * (rate - (share * rate).sum()), share * changed
    errors = _errors((share0, r0, n0), (share1, r1, n1))
    return ChangeSplit(total, float(mix_of.sum()), float(rate_of.sum()), errors, mix_of, rate_of)


def _errors(before: tuple[Floats, Floats, Floats], after: tuple[Floats, Floats, Floats]) -> Floats:
    """Standard errors of total, mix and rate: shares are multinomial, rates binomial."""
    share = (before[0] + after[0]) / 2
    rate = (before[1] + after[1]) / 2
    changed, moved = (after[1] - before[1]) / 2, (after[0] - before[0]) / 2
    variance = np.zeros(3)
    for (part, reached, units), sign in ((before, -1.0), (after, 1.0)):
        by_share = np.stack([sign * reached, sign * rate, changed])
        by_rate = np.stack([sign * part, moved, sign * share])
        with np.errstate(divide="ignore", invalid="ignore"):
            of_shares = (by_share**2 @ part - (by_share @ part) ** 2) / units.sum()
            of_rates = np.where(units > 0, by_rate**2 * reached * (1 - reached) / units, 0.0)
        variance += of_shares + of_rates.sum(axis=-1)
    return np.asarray(np.sqrt(variance))
