"""Counts of events that no person makes: beyond a quantile of a law fitted to the control."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, digamma, pdtr

from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.validation import Floats, demand, whole, within
from abmicro.stats.means.welch import or_nan

_POISSON = 1e6  # from this size on the law is Poisson's to six digits
_LEAST = 1e-4
_HALVINGS = 60
_MOST = 2.0**40


class NegativeBinomial(NamedTuple):
    """Mean and size; variance mean + mean^2 / size. An infinite size is Poisson's law."""

    mean: Floats
    size: Floats


def fit_negative_binomial(values: ArrayLike, units: ArrayLike) -> NegativeBinomial:
    """The negative binomial law of largest likelihood for a histogram of counts.

    values: whole numbers from 0 (N,); units: how many units showed each, (..., N).

    Where the counts vary no more than Poisson's law the size is infinite. NaN without units.

    Raises ValueError for values or units that are negative or fractional.

    Source: Fisher (1941), Annals of Eugenics 11:182-187; Anscombe (1950), Biometrika 37:358-382:
    the mean is the sample mean, the size solves one equation, by bisection on its logarithm.

    >>> law = fit_negative_binomial([0, 1, 2, 3, 4], [70, 38, 17, 10, 9])
    >>> round(float(law.mean), 4), round(float(law.size), 3)
    (0.9583, 1.507)
    """
    x, w = whole(values, "values"), whole(units, "units")
    n = or_nan(w.sum(axis=-1), 0)
    mean = np.asarray((w * x).sum(axis=-1) / n)
    variance = (w * (x - mean[..., None]) ** 2).sum(axis=-1) / n

    def slope(size: Floats) -> Floats:
        """Of the likelihood per unit; positive where the size is too small."""
        rise = digamma(x + size[..., None]) - digamma(size)[..., None]
        return np.asarray((w * rise).sum(axis=-1) / n - np.log1p(mean / size))

    low, high = np.full(mean.shape, np.log(_LEAST)), np.full(mean.shape, np.log(_POISSON))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        small = slope(np.exp(middle)) > 0
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    spread = np.where(variance > mean, np.exp((low + high) / 2), np.inf)
    return NegativeBinomial(mean, np.where(np.isnan(mean), np.nan, spread))


def quantile(law: NegativeBinomial, share: ArrayLike) -> Floats:
    """Smallest count that so large a share of units does not exceed.

    share: in (0, 1), of a shape that broadcasts with the law. NaN where the law is.

    Raises ValueError for shares outside (0, 1) and for a negative mean or size.

    >>> float(quantile(NegativeBinomial(np.array(0.96), np.array(1.06)), 0.999))
    9.0
    """
    inside = within(share, "share", 0, 1)
    mean, size, inside = np.broadcast_arrays(law.mean, law.size, inside)
    known = ~np.isnan(mean)
    mean, size = np.where(known, mean, 0), np.where(known, size, np.inf)
    demand(np.asarray((mean >= 0) & (size > 0)), mean, "law", "must have mean and size above zero")
    most = np.full(mean.shape, _MOST)
    found = first_whole(lambda k: _cdf(k, mean, size) >= inside, np.zeros(mean.shape), most)
    return np.asarray(np.where(known, found, np.nan))


def _cdf(k: Floats, mean: Floats, size: Floats) -> Floats:
    finite = np.isfinite(size)
    some = np.where(finite, size, 1)
    tail = betainc(some, k + 1, some / (some + mean))
    return np.asarray(np.where(finite, tail, pdtr(k, mean)))
