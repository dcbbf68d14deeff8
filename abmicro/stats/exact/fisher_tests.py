"""Fisher's exact test of two rates, and its mid-P versions that do not waste power.

Given the conversions of both arms together, their split is hypergeometric if the rates are equal,
whatever the common rate is. Sums run from the observed table outwards, so that counts of millions
cost little and tiny p-values keep their digits.
"""

from __future__ import annotations

import numpy as np

from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.numerics import hypergeometric
from abmicro.stats.foundations.numerics.choice import choose, together
from abmicro.stats.foundations.validation import Floats


def fisher(
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> Floats:
    """p-value of Fisher's exact test that both rates are equal.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one; "two-sided" sums
    all tables no likelier than the observed one, where a relative difference of 1e-7 is a tie.

    Returns p of the broadcast shape; 1 where none or all reached, NaN where an arm has no units.
    The test is valid but wastes power: prefer `fisher_midp`, or Boschloo's test.

    Source: Fisher (1935), Journal of the Royal Statistical Society 98:39-54; Irwin (1935),
    Metron 12:83-94.

    >>> print(fisher(Binomial(3, 4), Binomial(1, 4)).round(4))
    0.4857
    """
    table = conditional(treated, control)
    if one_of(alternative) == "two-sided":
        return _p(hypergeometric.no_likelier(*table).together, treated, control)
    fewer, same, more = hypergeometric.parts(*table)
    return _p(same + (more if alternative == "greater" else fewer), treated, control)


def fisher_midp(
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> Floats:
    """p-value of Fisher's test that counts the observed table half.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one; "two-sided" is
    twice the smaller of the two, the test that `odds_ratio_midp` inverts.

    Returns p of the broadcast shape; 1 (one-sided 0.5) where none or all reached, NaN where an arm
    has no units. Its error rate is near the nominal one and may exceed it slightly.

    Source: Lancaster (1961), Journal of the American Statistical Association 56:223-234;
    recommended by Lydersen, Fagerland and Laake (2009), Statistics in Medicine 28:1159-1175.

    >>> print(fisher_midp(Binomial(3, 4), Binomial(1, 4)).round(4))
    0.2571
    """
    fewer, same, more = hypergeometric.parts(*conditional(treated, control))
    tails = {
        "greater": lambda: more + same / 2,
        "less": lambda: fewer + same / 2,
        "two-sided": lambda: 2 * np.minimum(more, fewer) + same,
    }
    return _p(tails[one_of(alternative)](), treated, control)


def fisher_half_observed(treated: Binomial, control: Binomial, /) -> Floats:
    """Two-sided p of Fisher's test less half the probability of the observed table.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    Returns p of the broadcast shape; NaN where an arm has no units.

    Source: Fagerland, Lydersen and Laake (2017), Statistical Analysis of Contingency Tables, ch. 4.

    >>> print(fisher_half_observed(Binomial(0, 16), Binomial(15, 72)).round(5))
    0.04466
    """
    p, same, _ = hypergeometric.no_likelier(*conditional(treated, control))
    return _p(p - same / 2, treated, control)


def fisher_half_ties(treated: Binomial, control: Binomial, /) -> Floats:
    """Two-sided p of Fisher's test less half of every table exactly as likely as the observed one.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    Returns p of the broadcast shape; NaN where an arm has no units. Differs from
    `fisher_half_observed` where another table ties, as with arms of equal size.

    Source: Lancaster (1961), Journal of the American Statistical Association 56:223-234.

    >>> print(fisher_half_ties(Binomial(3, 4), Binomial(1, 4)).round(4))
    0.2571
    """
    p, same, tied = hypergeometric.no_likelier(*conditional(treated, control))
    return _p(p - (same + tied) / 2, treated, control)


def conditional(treated: Binomial, control: Binomial) -> tuple[Floats, Floats, Floats, Floats]:
    """Treated conversions, units of both arms and total conversions, of one shape."""
    xt, nt, xc, nc = together(*two_arms(treated, control))
    return xt, nt, nc, xt + xc


def one_of(alternative: Alternative) -> Alternative:
    """The alternative itself, if it is one."""
    known = ("two-sided", "greater", "less")
    if alternative not in known:
        raise ValueError(f"alternative must be one of {', '.join(known)}, got {alternative!r}")
    return alternative


def _p(p: Floats, treated: Binomial, control: Binomial) -> Floats:
    units = np.minimum(treated.trials, control.trials)
    return choose(units > 0, np.clip(p, 0, 1), np.nan)
