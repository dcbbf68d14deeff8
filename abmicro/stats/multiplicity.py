"""Several hypotheses at once: adjusted p-values, and the level each hypothesis was tested at.

A correction is a pair of functions (`Correction`): one adjusts p-values, the other is the threshold
that the j-th smallest p of m must stay below. A new correction is one more entry of `CORRECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.arguments import Floats, demand, within

Threshold = Callable[[Floats, Floats], Floats]  # rank j and number m -> share of alpha


@dataclass(frozen=True, slots=True)
class Correction:
    """How p-values are adjusted, and which share of alpha the j-th smallest of m is tested at."""

    adjust: Callable[[ArrayLike], Floats]
    share: Threshold


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


def unadjusted(p: ArrayLike) -> Floats:
    """The p-values themselves, for a family that is not corrected.

    >>> unadjusted([0.01, 0.04])
    array([0.01, 0.04])
    """
    return _checked(p).copy()


def adjusted(p: ArrayLike, *, correction: str) -> Floats:
    """Adjusted p-values by the correction of a name.

    p: p-values in [0, 1], one family along the last axis; NaN does not count and stays NaN.
    correction: a name in `CORRECTIONS`: none, holm, hochberg or bh.

    Raises ValueError for an unknown correction and where p lies outside [0, 1].

    >>> adjusted([0.01, 0.04], correction="holm")
    array([0.02, 0.04])
    """
    return _correction(correction).adjust(p)


def tested_at(p: ArrayLike, *, alpha: ArrayLike, correction: str) -> Floats:
    """The alpha at which each hypothesis of a corrected family was tested.

    p: p-values in [0, 1], one family along the last axis; NaN marks a hypothesis without test.
    alpha: error rate of the family in (0, 1); an array must have length 1 along the last axis.
    correction: a name in `CORRECTIONS`: none, holm, hochberg or bh.

    Returns an array of the shape of p. With R rejections the rejected hypotheses get the threshold
    of rank R, the others that of rank R + 1, and those without p get alpha. Then p is below its own
    entry exactly where the adjusted p is below alpha, so an interval at level 1 - entry excludes
    the null value exactly where the corrected test rejects, if test and interval belong together.

    What it promises: no contradiction between table and interval. Under `bh` the intervals of the
    rejected hypotheses also miss their true values in at most a share alpha on average (Benjamini
    and Yekutieli 2005, Journal of the American Statistical Association 100:71-81). What it does not
    promise: that all intervals together cover with probability 1 - alpha (that takes alpha / m
    each), nor any coverage of a selected interval under `holm` and `hochberg`; under `none` each
    interval covers on its own.

    Raises ValueError for an unknown correction and for p or alpha outside their range.

    >>> [round(float(a), 4) for a in tested_at([0.01, 0.04, 0.03], alpha=0.05, correction="holm")]
    [0.0167, 0.025, 0.025]
    """
    rule = _correction(correction)
    values = _checked(p)
    alpha = within(alpha, "alpha", 0, 1)
    rejected = rule.adjust(values) < alpha
    tests = _tests(values)
    ranks = np.minimum(rejected.sum(axis=-1, keepdims=True) + ~rejected, tests)
    thresholds = alpha * rule.share(ranks, tests)
    # In exact arithmetic each p already lies on its side; rounding may carry it over by one step.
    on_its_side = np.where(
        rejected,
        np.maximum(thresholds, np.nextafter(values, 1)),
        np.minimum(thresholds, values),
    )
    return np.where(np.isnan(values), alpha, on_its_side)


def _sequential(rank: Floats, tests: Floats) -> Floats:
    return 1 / (tests - rank + 1)


def _proportional(rank: Floats, tests: Floats) -> Floats:
    return rank / tests


def _whole_alpha(rank: Floats, tests: Floats) -> Floats:
    return np.ones(np.broadcast_shapes(rank.shape, tests.shape))


CORRECTIONS: Mapping[str, Correction] = MappingProxyType(
    {
        "none": Correction(unadjusted, _whole_alpha),
        "holm": Correction(holm, _sequential),
        "hochberg": Correction(hochberg, _sequential),
        "bh": Correction(benjamini_hochberg, _proportional),
    }
)


def _correction(name: str) -> Correction:
    if name not in CORRECTIONS:
        raise ValueError(f"correction {name!r} is not one of {', '.join(CORRECTIONS)}")
    return CORRECTIONS[name]


def _adjust(p: ArrayLike, share: Threshold, accumulate: Callable[..., Floats]) -> Floats:
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


def _tests(values: Floats) -> Floats:
    """How many hypotheses of each family have a p; 1 for none, so that every rank has a share."""
    return np.asarray(np.maximum((~np.isnan(values)).sum(axis=-1, keepdims=True), 1.0))


def _checked(p: ArrayLike) -> Floats:
    values = np.atleast_1d(np.asarray(p, dtype=np.float64))
    demand(np.isnan(values) | ((values >= 0) & (values <= 1)), values, "p", "must lie in [0, 1]")
    return values
