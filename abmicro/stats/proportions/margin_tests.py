"""Is the treated arm no worse than the control, or about as good? Tests against a margin.

Any test of two rates that takes a null and an alternative can be used. The defaults are those that
the intervals of `proportions` invert, so no worse at alpha means that the interval at level
1 - 2 alpha stays on the good side of the margin.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Alternative, ScoreTest
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within
from abmicro.stats.proportions.miettinen_nurminen import ratio_score_test, score_test

Direction = Literal["up", "down"]


class NullTest(Protocol):
    """A test of an effect of two rates against any null."""

    def __call__(
        self,
        treated: Binomial,
        control: Binomial,
        /,
        *,
        null: ArrayLike,
        alternative: Alternative,
    ) -> ScoreTest:
        """Score and p-value."""


class EquivalenceTest(NamedTuple):
    """Two one-sided tests, that the effect is above the low and below the high margin, and both."""

    above: ScoreTest
    below: ScoreTest
    p: Floats


def noninferiority(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    margin: ArrayLike,
    direction: Direction = "up",
    test: NullTest = score_test,
) -> ScoreTest:
    """Test that the rate loses less than a margin, as an absolute difference.

    treated, control: units that reached the goal and all units.
    margin: the largest loss to be accepted, a fraction in (0, 1), e.g. 0.005 for half a percentage
        point.
    direction: "up" where a higher rate is good, so that a fall is the loss; "down" where a lower
        one is.
    test: `score_test`, `farrington_manning` or `unpooled_test`.

    Returns score and one-sided p of "the loss is at least the margin", of the broadcast shape: no
    worse at alpha where p < alpha. The score is positive where the estimate lies above the null.
    NaN where an arm has no units.

    Source: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454; by default with
    N / (N - 1).

    >>> print(noninferiority(Binomial(78, 100), Binomial(80, 100), margin=0.1).p.round(4))
    0.0839
    """
    loss = within(margin, "margin", 0, 1)
    sign, side = _sign(direction)
    return test(treated, control, null=-sign * loss, alternative=side)


def relative_noninferiority(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    margin: ArrayLike,
    direction: Direction = "up",
    test: NullTest = ratio_score_test,
) -> ScoreTest:
    """Test that the rate loses less than a margin, as a part of the control's rate.

    treated, control: units that reached the goal and all units.
    margin: the largest loss to be accepted, a fraction in (0, 1), e.g. 0.02 for two percent.
    direction: "up" where a higher rate is good, so that a fall is the loss; "down" where a lower
        one is.
    test: `ratio_score_test` or `ratio_farrington_manning`.

    Returns score and one-sided p of "the loss is at least the margin", of the broadcast shape. The
    margin needs no guess of the control's rate, and is the same for every goal of a funnel. NaN
    where an arm has no units.

    Source: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454; by default with
    N / (N - 1).

    >>> print(relative_noninferiority(Binomial(78, 100), Binomial(80, 100), margin=0.1).p.round(4))
    0.1404
    """
    loss = within(margin, "margin", 0, 1)
    sign, side = _sign(direction)
    return test(treated, control, null=1 - sign * loss, alternative=side)


def equivalence(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    low: ArrayLike,
    high: ArrayLike,
    test: NullTest = score_test,
) -> EquivalenceTest:
    """Test that an effect lies between two margins, by two one-sided tests.

    treated, control: units that reached the goal and all units.
    low, high: the margins, on the scale of the test: differences such as -0.01 and 0.01 for
        `score_test`, ratios such as 0.98 and 1.02 for `ratio_score_test`.
    test: what to test with.

    Returns both tests and the larger of their p, which is that of equivalence, of the broadcast
    shape. It is below alpha exactly where the interval of the test at level 1 - 2 alpha lies within
    the margins. NaN where an arm has no units.

    Raises ValueError for a low margin that is not below the high one.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657-680.

    >>> print(equivalence(Binomial(78, 100), Binomial(80, 100), low=-0.15, high=0.15).p.round(4))
    0.0129
    """
    ends = numbers(low, "low"), numbers(high, "high")
    broadcastable(low=ends[0], high=ends[1])
    demand(np.asarray(ends[0] < ends[1]), ends[0], "low", "must be below high")
    above = test(treated, control, null=low, alternative="greater")
    below = test(treated, control, null=high, alternative="less")
    return EquivalenceTest(above, below, np.maximum(above.p, below.p))


def _sign(direction: Direction) -> tuple[int, Alternative]:
    """Which sign a gain has, and on which side of the margin the effect is to be shown."""
    if direction == "up":
        return 1, "greater"
    if direction == "down":
        return -1, "less"
    raise ValueError(f"direction must be one of up, down, got {direction!r}")
