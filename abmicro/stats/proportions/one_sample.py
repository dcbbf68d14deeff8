"""The rate of one arm: intervals and a test.

`wilson` is the default. `jeffreys` and `midp` too cover about as much as they say;
`clopper_pearson` never covers less, and mostly more. `wald` is here to be compared with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc, betaincinv, expit, logit, ndtr

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import (
    Alternative,
    Effect,
    ScoreTest,
    critical,
    of_one_shape,
    scored,
)
from abmicro.stats.foundations.numerics.binomial_distribution import log_pmf
from abmicro.stats.foundations.numerics.choice import anywhere, choose
from abmicro.stats.foundations.validation import Floats, broadcastable, within

_ROUNDING = 1e-14  # of a probability, relative
_MOST = 1 - 2.0**-53  # the largest rate with a logit
_LAST_STEP = 1e-9  # in the logit; Newton's step after one this small is below rounding

_quiet = np.errstate(divide="ignore", invalid="ignore")  # arms without units: NaN, no warning


@_quiet
def wilson(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with Wilson's score interval, the default.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. The lower end is exactly 0 where none
    reached and the upper exactly 1 where all did. Where an arm has no units every field is NaN.

    Source: Wilson (1927), Journal of the American Statistical Association 22:209-212; here in a
    form in which neither end cancels at small rates.

    >>> effect = wilson(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2553 0.3662
    """
    x, n, reach = _arm(arm, critical(level))
    margin = wilson_margin(x, n, reach)
    return _effect(arm, wilson_low(x, n, margin), wilson_high(x, n, margin))


@_quiet
def wilson_corrected(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with Wilson's interval corrected for continuity.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. The ends are Wilson's with half a unit
    less for the lower and half a unit more for the upper. It covers at least about as much as it
    says, like `clopper_pearson`. Where an arm has no units every field is NaN.

    Source: Newcombe (1998), Statistics in Medicine 17:857-872, method 4.

    >>> effect = wilson_corrected(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2535 0.3682
    """
    x, n, reach = _arm(arm, critical(level))
    fewer, more = np.maximum(x - 0.5, 0), np.minimum(x + 0.5, n)
    low = wilson_low(fewer, n, wilson_margin(fewer, n, reach))
    return _effect(arm, low, wilson_high(more, n, wilson_margin(more, n, reach)))


@_quiet
def wald(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with its estimate's standard error to either side, cut to [0, 1].

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. With none or all reached the interval
    has no width, and with few it covers far less than it says: prefer `wilson`. Where an arm has no
    units every field is NaN.

    Source: Laplace (1812), Théorie analytique des probabilités; Brown, Cai and DasGupta (2001),
    Statistical Science 16:101-133, on why not.

    >>> effect = wald(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2522 0.3638
    """
    x, n, reach = _arm(arm, critical(level))
    return _effect(arm, *_normal(x, n, reach))


@_quiet
def agresti_coull(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with Wald's interval after z^2 / 2 units more of either sort.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape; the interval holds Wilson's. Some
    programs add two units of either sort at any level, which is another interval. Where an arm has
    no units every field is NaN.

    Source: Agresti and Coull (1998), American Statistician 52:119-126.

    >>> effect = agresti_coull(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2552 0.3663
    """
    x, n, reach = _arm(arm, critical(level))
    more = np.square(reach)
    return _effect(arm, *_normal(x + more / 2, n + more, reach))


@_quiet
def jeffreys(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with the equal-tailed interval of its posterior from a Beta(1/2, 1/2) prior.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. The lower end is set to 0 where none
    reached and the upper to 1 where all did, without which the interval covers too little there.
    Where an arm has no units every field is NaN.

    Source: Brown, Cai and DasGupta (2001), Statistical Science 16:101-133, section 4.1.

    >>> effect = jeffreys(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2545 0.3656
    """
    x, n, reach = _arm(arm, critical(level))
    return _effect(arm, *_ends(x, n - x, reach, more=0.5, observed=1))


@_quiet
def clopper_pearson(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with the exact interval of Clopper and Pearson.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. The interval holds the rates that
    neither one-sided exact test rejects at (1 - level) / 2, so its coverage is never below `level`;
    for small counts it is far above. The lower end is exactly 0 where none reached and the upper
    exactly 1 where all did. Where an arm has no units every field is NaN.

    Source: Clopper and Pearson (1934), Biometrika 26:404-413.

    >>> effect = clopper_pearson(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2527 0.3676
    """
    x, n, reach = _arm(arm, critical(level))
    return _effect(arm, *_ends(x, n - x, reach, more=1, observed=1))


@_quiet
def midp(arm: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm with the mid-P interval: exact tests that count the observed number half.

    arm: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the rate as a fraction, of the broadcast shape. Its coverage is near `level` and may be
    slightly below. The lower end is exactly 0 where none reached and the upper exactly 1 where all
    did. Where an arm has no units every field is NaN.

    Source: Lancaster (1961), Journal of the American Statistical Association 56:223-234; Berry and
    Armitage (1995), The Statistician 44:417-423.

    >>> effect = midp(Binomial(81, 263))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.2544 0.3658
    """
    x, n, reach = _arm(arm, critical(level))
    return _effect(arm, *_ends(x, n - x, reach, more=1, observed=0.5))


@_quiet
def rate_score_test(
    arm: Binomial, /, *, null: ArrayLike, alternative: Alternative = "two-sided"
) -> ScoreTest:
    """Test that the rate of one arm is `null`: the test that `wilson` inverts.

    arm: units that reached the goal and all units.
    null: rate under the hypothesis in (0, 1).
    alternative: "greater" looks for a rate above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape; NaN where the arm has no units.

    Source: Wilson (1927), Journal of the American Statistical Association 22:209-212.

    >>> test = rate_score_test(Binomial(7, 20), null=0.5)
    >>> print(test.z.round(4), test.p.round(4))
    -1.3416 0.1797
    """
    x, n, rate = _arm(arm, within(null, "null", 0, 1))
    return scored((x - n * rate) / np.sqrt(n * rate * (1 - rate)), alternative)


def wilson_margin(x: Floats, n: Floats, reach: Floats) -> Floats:
    """What moves x towards the middle: the ends are x/n * x/(x + margin) and its mirror image.

    reach: standard errors to either side.

    >>> round(float(wilson_margin(np.array(81.0), np.array(263.0), np.array(1.96))), 4)
    16.7202
    """
    margin: Floats = reach * (reach / 2 + np.sqrt(x * (n - x) / n + np.square(reach / 2)))
    return margin


def wilson_low(x: Floats, n: Floats, margin: Floats) -> Floats:
    """Lower end of Wilson's interval, without subtraction.

    >>> margin = wilson_margin(np.array(81.0), np.array(263.0), np.array(1.96))
    >>> round(float(wilson_low(np.array(81.0), np.array(263.0), margin)), 4)
    0.2553
    """
    return x / n * x / (x + margin)


def wilson_high(x: Floats, n: Floats, margin: Floats) -> Floats:
    """Upper end of Wilson's interval, without subtraction of rates.

    >>> margin = wilson_margin(np.array(81.0), np.array(263.0), np.array(1.96))
    >>> round(float(wilson_high(np.array(81.0), np.array(263.0), margin)), 4)
    0.3662
    """
    missed = n - x
    return x / n + missed / n * margin / (missed + margin)


def _normal(x: Floats, n: Floats, reach: Floats) -> tuple[Floats, Floats]:
    rate, error = x / n, reach * np.sqrt(x / n * ((n - x) / n) / n)
    return np.maximum(rate - error, 0), np.minimum(rate + error, 1)


def _ends(
    x: Floats, y: Floats, reach: Floats, *, more: float, observed: float
) -> tuple[Floats, Floats]:
    """Rates at which x or more, and at which x or fewer, have the probability ndtr(-reach).

    more: how many units the other outcome has more in the beta law. observed: the part of the
    probability of x itself that counts. The upper end is the lower one of the other outcome.
    """
    low = _logit_quantile(x + 1 - more, y + more, reach, observed)
    high = _logit_quantile(y + 1 - more, x + more, reach, observed)
    return choose(x == 0, 0, expit(low)), choose(y == 0, 1, expit(-high))


def _logit_quantile(a: Floats, b: Floats, reach: Floats, observed: float) -> Floats:
    """The logit below which the Beta(a, b) law has the mass ndtr(-reach).

    With a = x and b = y + 1 that mass is P(X >= x), X among x + y units; `observed` is the part of
    P(X = x) to be counted. The log of the mass is concave and rising in the logit, so that Newton's
    iteration is left of the root after one step and then climbs. It starts at scipy's own inverse,
    which is off by up to 2e-8 of the result at a billion units.
    """
    tail = ndtr(-reach)

    def step(u: Floats) -> Floats:
        p, q = expit(u), expit(-u)
        few = p < 0.5  # what is near 1 has lost its digits: its complement has not
        below, above = betainc(a, b, choose(few, p, 0)), betaincc(b, a, choose(few, 0, q))
        beyond = choose(few, below, above)
        law = np.exp(log_pmf(choose(few, a, b), a + b, choose(few, p, q)))
        density = a * b / (a + b) * law
        left_out = (1 - observed) * density / (a * q)
        mass, slope = beyond - left_out, density - left_out * (a * q - (b - 1) * p)
        short = np.log(tail / mass)
        return choose(np.abs(short) < _ROUNDING, 0, mass / slope * short)

    half = 1 - observed
    u = logit(np.minimum(betaincinv(a + half, b - half, tail), _MOST))
    while anywhere(far := np.abs(climb := step(u)) > _LAST_STEP):
        u = choose(far, u + climb, u)
    return np.asarray(u + climb)[()]


def _arm(arm: Binomial, choice: Floats) -> tuple[Floats, Floats, Floats]:
    broadcastable(arm=arm.reached + arm.trials, choice=choice)
    return arm.reached[()], arm.trials[()], choice


def _effect(arm: Binomial, low: Floats, high: Floats) -> Effect:
    some = choose(arm.trials > 0, 1, np.nan)
    return of_one_shape(arm.reached / arm.trials, low * some, high * some)
