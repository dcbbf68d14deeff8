"""Several hypotheses at once: adjusted p-values, and the level each hypothesis was tested at.

A correction is a pair of functions (`Correction`): one adjusts p-values, the other says which alpha
each hypothesis was tested at. A new correction is one more entry of `CORRECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma

from abmicro.frozen import frozen
from abmicro.stats.foundations.validation import Bools, Floats, demand, within

Share = Callable[[Floats, Floats], Floats]  # rank j and number m -> share of alpha
Threshold = Callable[[Floats, Bools, Floats], Floats]  # p, which are rejected, alpha -> alpha each


@frozen
class Correction:
    """How p-values are adjusted, and which alpha each hypothesis is tested at."""

    adjust: Callable[[ArrayLike], Floats]
    threshold: Threshold


def bonferroni(p: ArrayLike) -> Floats:
    """Adjusted p-values that bound the chance of any false rejection: p times their number.

    p: p-values in [0, 1], one family along the last axis; NaN marks a hypothesis without test: it
    does not count and stays NaN.

    Returns an array of the same shape, at most 1. Never smaller than Holm's; the one correction
    here whose intervals, each at level 1 - alpha / m, cover all together with level 1 - alpha.
    Raises ValueError where p lies outside [0, 1].

    Source: Dunn (1961), Journal of the American Statistical Association 56:52-64.

    >>> [round(float(value), 9) for value in bonferroni([0.01, 0.04, 0.03, 0.005])]
    [0.04, 0.16, 0.12, 0.02]
    """
    return _adjust(p, _even, np.maximum.accumulate)


def holm(p: ArrayLike) -> Floats:
    """Adjusted p-values that bound the chance of any false rejection, whatever the dependence.

    p: p-values in [0, 1], one family along the last axis; NaN marks a hypothesis without test: it
    does not count and stays NaN.

    Returns an array of the same shape, at most 1, in the order of p; ties get equal values.
    Raises ValueError where p lies outside [0, 1].

    Source: Holm (1979), Scandinavian Journal of Statistics 6:65-70.

    >>> [round(float(value), 9) for value in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    return _adjust(p, _sequential, np.maximum.accumulate)


def hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values as Holm's, but stepping up: never larger, for tests not at odds.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.

    Returns an array of the same shape, at most 1. Valid for independent or positively dependent
    tests. Raises ValueError where p lies outside [0, 1].

    Source: Hochberg (1988), Biometrika 75:800-802.

    >>> [round(float(value), 9) for value in hochberg([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.04, 0.04, 0.02]
    """
    return _adjust(p, _sequential, _smallest_from_the_end)


def hommel(p: ArrayLike) -> Floats:
    """Adjusted p-values of the closed Simes test: never larger than Hochberg's.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.

    Returns an array of the same shape, at most 1. Valid where Hochberg's are: for independent or
    positively dependent tests. Takes time in the square of the family's size.
    Raises ValueError where p lies outside [0, 1].

    Source: Hommel (1988), Biometrika 75:383-386, in the form of Meijer, Krebs and Goeman (2019),
    Biometrical Journal 61:73-82: i is rejected at alpha exactly where h(alpha) p_i <= alpha, with
    h the size of the largest set of hypotheses that Simes' test does not reject.

    >>> [round(float(value), 9) for value in hommel([0.01, 0.02, 0.022, 0.09])]
    [0.03, 0.04, 0.044, 0.09]
    """
    values = _checked(p)
    bounds = _simes_bounds(values)
    adjusted = np.broadcast_to(bounds[..., :1], values.shape)  # h = 0
    for size in range(1, values.shape[-1] + 1):
        adjusted = np.minimum(adjusted, np.maximum(size * values, bounds[..., size : size + 1]))
    return np.minimum(adjusted, 1)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values that bound the expected share of false ones among the rejections.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.

    Returns an array of the same shape, at most 1. Valid for independent or positively dependent
    tests. Raises ValueError where p lies outside [0, 1].

    Source: Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57:289-300.

    >>> [round(float(value), 9) for value in benjamini_hochberg([0.01, 0.04, 0.03, 0.005])]
    [0.02, 0.04, 0.04, 0.02]
    """
    return _adjust(p, _proportional, _smallest_from_the_end)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """Adjusted p-values as Benjamini and Hochberg's, but valid whatever the dependence.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.

    Returns an array of the same shape, at most 1: Benjamini and Hochberg's times
    1 + 1/2 + ... + 1/m. Raises ValueError where p lies outside [0, 1].

    Source: Benjamini and Yekutieli (2001), Annals of Statistics 29:1165-1188, theorem 1.3.

    >>> [round(float(value), 9) for value in benjamini_yekutieli([0.01, 0.04])]
    [0.03, 0.06]
    """
    return _adjust(p, _proportional_at_worst, _smallest_from_the_end)


def unadjusted(p: ArrayLike) -> Floats:
    """The p-values themselves, for a family that is not corrected.

    >>> unadjusted([0.01, 0.04])
    array([0.01, 0.04])
    """
    return _checked(p).copy()


def adjusted(p: ArrayLike, *, correction: str) -> Floats:
    """Adjusted p-values by the correction of a name.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.
    correction: a name in `CORRECTIONS`: none, bonferroni, holm, hochberg, hommel, bh or by.

    Raises ValueError for an unknown correction and where p lies outside [0, 1].

    >>> adjusted([0.01, 0.04], correction="holm")
    array([0.02, 0.04])
    """
    return _correction(correction).adjust(p)


def tested_at(p: ArrayLike, *, alpha: ArrayLike, correction: str) -> Floats:
    """The alpha at which each hypothesis of a corrected family was tested.

    p: p-values in [0, 1], one family along the last axis; NaN marks a hypothesis without test.
    alpha: error rate of the family in (0, 1); an array must have length 1 along the last axis.
    correction: a name in `CORRECTIONS`: none, bonferroni, holm, hochberg, hommel, bh or by.

    Returns an array of the shape of p. With R rejections the rejected hypotheses get the threshold
    of rank R, the others that of rank R + 1 (`hommel`: all get one threshold), and those without p
    get alpha. Then p is below its own entry exactly where the adjusted p is below alpha, so an
    interval at level 1 - entry excludes the null value exactly where the corrected test rejects, if
    test and interval belong together.

    What it promises: no contradiction between table and interval. Under `bonferroni` the intervals
    also cover all together with probability 1 - alpha. Under `bh` those of the rejected hypotheses
    miss their true values in at most a share alpha on average (Benjamini and Yekutieli 2005,
    Journal of the American Statistical Association 100:71-81). What it does not promise: that all
    intervals together cover under the others, nor any coverage of a selected interval under `holm`,
    `hochberg` and `hommel`; under `none` each interval covers on its own.

    Raises ValueError for an unknown correction and for p or alpha outside their range.

    >>> [round(float(a), 4) for a in tested_at([0.01, 0.04, 0.03], alpha=0.05, correction="holm")]
    [0.0167, 0.025, 0.025]
    """
    rule = _correction(correction)
    values = _checked(p)
    alpha = within(alpha, "alpha", 0, 1)
    rejected = rule.adjust(values) < alpha
    return _on_its_side(values, rejected, rule.threshold(values, rejected, alpha), alpha)


def one_step(p: ArrayLike, tests: ArrayLike, *, alpha: ArrayLike) -> tuple[Floats, Floats]:
    """Adjusted p of tests that each get their share of alpha beforehand, and that share.

    p: p-values in [0, 1]; NaN stays NaN. tests: by how many each divides alpha, known or not.

    Returns arrays of the broadcast shape: the adjusted p, at most 1, and the alpha at which each
    was tested, below which p lies exactly where the adjusted p is below alpha; alpha without p.
    Raises ValueError for p or alpha outside their range and for fewer than one test.

    Source: Dunn (1961), Journal of the American Statistical Association 56:52-64.

    >>> adjusted, tested = one_step([0.02, 0.02], [1, 3], alpha=0.05)
    >>> adjusted, tested.round(4)
    (array([0.02, 0.06]), array([0.05  , 0.0167]))
    """
    values, number = np.broadcast_arrays(_checked(p), np.asarray(tests, dtype=np.float64))
    demand(number >= 1, number, "tests", "must be at least 1")
    alpha = within(alpha, "alpha", 0, 1)
    adjusted = np.minimum(values * number, 1)
    return adjusted, _on_its_side(values, adjusted < alpha, alpha / number, alpha)


def holm_by_parts(p: ArrayLike, parts: ArrayLike, *, alpha: ArrayLike) -> tuple[Floats, Floats]:
    """Holm's test where d hypotheses that are left get another part of alpha than one in d.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.
    parts: above 0, never rising: of alpha, for each hypothesis while 1, 2, ... m of them are left.
    At a look while a test runs a hypothesis that may err at alpha / d over all looks has the level
    of its own boundary, which early is far less than one in d of the look's alpha.

    Returns arrays of the shape of p: adjusted p, at most 1, and the alpha at which each was tested,
    below which p lies exactly where the adjusted p is below alpha; alpha without p.
    Raises ValueError for p, alpha or parts outside their range, and for fewer parts than p-values.

    Source: Maurer and Bretz (2013), Statistics in Biopharmaceutical Research 5:311-320.

    >>> adjusted, tested = holm_by_parts([0.01, 0.04, 0.03], [1, 0.4, 0.2], alpha=0.05)
    >>> adjusted.round(9), tested.round(9)
    (array([0.05 , 0.075, 0.075]), array([0.01, 0.02, 0.02]))
    """
    values, given = _checked(p), np.asarray(parts, dtype=np.float64)
    if given.shape[-1] < values.shape[-1]:
        raise ValueError(f"parts must be one per hypothesis, got {given.shape[-1]}")
    demand(
        (given > 0) & (np.diff(given, prepend=np.inf) <= 0), given, "parts", "must fall, above 0"
    )
    alpha = within(alpha, "alpha", 0, 1)

    def share(rank: Floats, tests: Floats) -> Floats:
        return np.asarray(given[(tests - rank).astype(np.int64)])

    adjusted = _adjust(values, share, np.maximum.accumulate)
    rejected = adjusted < alpha
    return adjusted, _on_its_side(values, rejected, _at_rank(share)(values, rejected, alpha), alpha)


def _on_its_side(values: Floats, rejected: Bools, thresholds: Floats, alpha: Floats) -> Floats:
    """In exact arithmetic each p lies on its side; rounding may carry it over by one step."""
    on_its_side = np.where(
        rejected,
        np.maximum(thresholds, np.nextafter(values, 1)),
        np.minimum(thresholds, values),
    )
    return np.where(np.isnan(values), alpha, on_its_side)


def _even(rank: Floats, tests: Floats) -> Floats:
    return 1 / tests + 0 * rank


def _sequential(rank: Floats, tests: Floats) -> Floats:
    return 1 / (tests - rank + 1)


def _proportional(rank: Floats, tests: Floats) -> Floats:
    return rank / tests


def _proportional_at_worst(rank: Floats, tests: Floats) -> Floats:
    harmonic: Floats = digamma(tests + 1) + np.euler_gamma  # 1 + 1/2 + ... + 1/m
    return rank / tests / harmonic


def _whole_alpha(rank: Floats, tests: Floats) -> Floats:
    return np.ones(np.broadcast_shapes(rank.shape, tests.shape))


def _at_rank(share: Share) -> Threshold:
    """Rejected hypotheses at the threshold of the last rank passed, the others at the next one."""

    def threshold(values: Floats, rejected: Bools, alpha: Floats) -> Floats:
        tests = _tests(values)
        ranks = np.minimum(rejected.sum(axis=-1, keepdims=True) + ~rejected, tests)
        return alpha * share(ranks, tests)

    return threshold


def _hommel_threshold(values: Floats, rejected: Bools, alpha: Floats) -> Floats:
    """The same for all: alpha over the size of the largest set not rejected, or alpha itself."""
    size = (_simes_bounds(values) >= alpha).sum(axis=-1, keepdims=True)
    return np.broadcast_to(alpha / np.maximum(size, 1), rejected.shape)


CORRECTIONS: Mapping[str, Correction] = MappingProxyType(
    {
        "none": Correction(unadjusted, _at_rank(_whole_alpha)),
        "bonferroni": Correction(bonferroni, _at_rank(_even)),
        "holm": Correction(holm, _at_rank(_sequential)),
        "hochberg": Correction(hochberg, _at_rank(_sequential)),
        "hommel": Correction(hommel, _hommel_threshold),
        "bh": Correction(benjamini_hochberg, _at_rank(_proportional)),
        "by": Correction(benjamini_yekutieli, _at_rank(_proportional_at_worst)),
    }
)


def _correction(name: str) -> Correction:
    if name not in CORRECTIONS:
        raise ValueError(f"correction {name!r} is not one of {', '.join(CORRECTIONS)}")
    return CORRECTIONS[name]


def _adjust(p: ArrayLike, share: Share, accumulate: Callable[..., Floats]) -> Floats:
    """Sort, divide by the share of alpha, keep monotone, cap at 1, put back; NaN sorts last."""
    values = _checked(p)
    order = np.argsort(values, axis=-1, kind="stable")
    tests = _tests(values)
    rank = np.minimum(np.arange(1.0, values.shape[-1] + 1), tests)
    scaled = np.take_along_axis(values, order, axis=-1) / share(rank, tests)
    monotone = np.minimum(accumulate(scaled, axis=-1), 1)
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, monotone, axis=-1)
    return adjusted


def _smallest_from_the_end(scaled: Floats, axis: int) -> Floats:
    """Running minimum from the largest p down; fmin passes over the NaN that stand at the end."""
    return np.flip(np.fmin.accumulate(np.flip(scaled, axis), axis=axis), axis)


def _simes_bounds(values: Floats) -> Floats:
    """For sizes 1 ... m + 1: the largest Simes p of any set of at least as many hypotheses.

    Of the sets of one size that of the largest p has the largest. Sets of more hypotheses than
    have a p get 0: NaN enters as 0, which leaves the larger ones their ranks from the end.
    """
    family = values.shape[-1]
    ordered = np.sort(np.nan_to_num(values, nan=0.0), axis=-1)
    bounds = np.zeros((*values.shape[:-1], family + 1))
    for size in range(family, 0, -1):
        simes = size * (ordered[..., family - size :] / np.arange(1, size + 1)).min(axis=-1)
        bounds[..., size - 1] = np.maximum(bounds[..., size], simes)
    return bounds


def _tests(values: Floats) -> Floats:
    """How many hypotheses of each family have a p; 1 for none, so that every rank has a share."""
    return np.asarray(np.maximum((~np.isnan(values)).sum(axis=-1, keepdims=True), 1.0))


def _checked(p: ArrayLike) -> Floats:
    values = np.atleast_1d(np.asarray(p, dtype=np.float64))
    demand(np.isnan(values) | ((values >= 0) & (values <= 1)), values, "p", "must lie in [0, 1]")
    return values
