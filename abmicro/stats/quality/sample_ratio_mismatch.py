"""Did the arms receive the shares of units that the design gave them?

`sample_ratio` is the check for any traffic, `sample_ratio_exact` for two arms or a few units,
`sample_ratio_of_groups` for many segments or days at once, `sample_ratio_over_phases` for shares
that were changed on the way. Beside p stands how far the arms are
off: with much traffic a loss that harms nothing is significant, with little a large one is not.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from abmicro.frozen import frozen
from abmicro.stats.exact.one_rate import binomial_test
from abmicro.stats.foundations import goodness_of_fit
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.validation import Bools, Floats, demand, whole
from abmicro.stats.multiplicity import stepwise

MOST_SPLITS = 2**21  # of one total over the arms; the exact test looks at every one of them
FEW_UNITS = 50  # up to here a group of more than two arms is tested exactly
_EXPECTED = 100  # units of an arm below which chi-square alarms too often: .14 % for .1 at 20
_SAME = 1e-12  # shares this close are one
_NEXT_TO_NONE = 1e-15  # the share of an arm that is to get no units
_NOISE = 1e-10  # of a variance, relative
_TIE = 1 + 1e-7  # probabilities this close are those of equally likely splits


@frozen(eq=False)
class SampleRatio:
    """How the units split, against the design.

    statistic, df, p: of the test, and the probability of a statistic at least as large.
    cohens_w: size of the mismatch, the square root of Pearson's statistic per unit; 0.1 is small.
    deviations: (..., arms) units over designed units, less 1: 0.02 is two percent too many.
    """

    statistic: Floats
    df: int
    p: Floats
    cohens_w: Floats
    deviations: Floats


def sample_ratio(units: ArrayLike, shares: ArrayLike) -> SampleRatio:
    """Chi-square goodness of fit of the units per arm against the designed shares.

    units: units per arm, arms along the last axis (at least two), any batch axes before it.
    shares: positive weights per arm that broadcast against `units`; they need not sum to one.

    Returns numbers of the batch shape. Where no arm has units they are NaN. The law is that of
    large counts: with fewer than five units expected in an arm p is approximate.

    Raises ValueError for counts that are negative, fractional or not numbers, for weights that are
    not positive, and for fewer than two arms.

    Source: Pearson (1900), Philosophical Magazine 50:157-175; its use as the first check of an
    online experiment: Fabijan et al. (2019), KDD, "Diagnosing sample ratio mismatch"; effect size:
    Cohen (1988), "Statistical power analysis for the behavioral sciences", section 7.2.

    >>> found = sample_ratio([821_588, 815_482], [1, 1])
    >>> round(float(found.statistic), 4), float(f"{found.p:.2g}")
    (22.7744, 1.8e-06)
    >>> print(found.cohens_w.round(4), found.deviations.round(4))
    0.0037 [ 0.0037 -0.0037]
    """
    counts, weights = _split(units, shares)
    return _result(goodness_of_fit.pearson(counts, weights), counts, weights)


def sample_ratio_g(units: ArrayLike, shares: ArrayLike) -> SampleRatio:
    """Likelihood-ratio (G) goodness of fit of the units per arm against the designed shares.

    Arguments, result and errors as `sample_ratio`; `statistic` is G.

    Source: Wilks (1938), Annals of Mathematical Statistics 9:60-62.

    >>> round(float(sample_ratio_g([10, 0], [1, 1]).statistic), 4)
    13.8629
    """
    counts, weights = _split(units, shares)
    return _result(goodness_of_fit.likelihood_ratio(counts, weights), counts, weights)


def sample_ratio_exact(units: ArrayLike, shares: ArrayLike) -> Floats:
    """Exact p of the units per arm under the designed shares: the binomial or multinomial test.

    Arguments as `sample_ratio`.

    Returns the probability of a split no likelier than the observed one, of the batch shape; NaN
    where no arm has units. Two arms take any total. With more arms every split is looked at, so the
    total must be small: up to 2,046 units in three, 230 in four.

    Raises ValueError as `sample_ratio`, and in more than two arms for a total of more than
    `MOST_SPLITS` splits.

    Source: two arms, `binomial_test`; the order of likelihood among multinomial tables, Freeman and
    Halton (1951), Biometrika 38:141-149; probabilities as products of Poisson ones, by Loader's
    (2000) deviances.

    >>> round(float(sample_ratio_exact([10, 0], [1, 1])), 12)
    0.001953125
    """
    counts, weights = _split(units, shares)
    if counts.shape[-1] == 2:
        return _exact_of_two(counts, weights)
    means = counts.sum(axis=-1, keepdims=True) * weights / weights.sum(axis=-1, keepdims=True)
    designs, of = np.unique(means.reshape(-1, means.shape[-1]), axis=0, return_inverse=True)
    cells = counts.reshape(-1, counts.shape[-1])
    p = np.full(len(cells), np.nan)
    for at, design in enumerate(designs):
        mine = of.ravel() == at
        if design.sum() > 0:
            p[mine] = _no_likelier(cells[mine], design)
    return p.reshape(counts.shape[:-1])[()]


def sample_ratio_of_groups(
    units: ArrayLike, shares: ArrayLike, *, correction: str = "holm"
) -> Floats:
    """Adjusted p of every segment or day: which of them received another split?

    units: (..., groups, arms). shares: positive weights that broadcast against units.
    correction: over the groups, a name in `multiplicity.CORRECTIONS`.

    Returns (..., groups) adjusted p-values. Two arms are tested exactly. So are up to `FEW_UNITS`
    units of more arms where that takes no more than `MOST_SPLITS` splits. Where an arm expects
    fewer than a hundred units each arm is held exactly against all others, and the smallest p
    multiplied by the arms; any other group is tested by `sample_ratio`. A group without units is
    NaN and does not count. Raises ValueError as `sample_ratio`.

    >>> sample_ratio_of_groups([[520, 480], [3, 14], [0, 0]], [1, 1]).round(4)
    array([0.2174, 0.0255,    nan])
    """
    counts, weights = _split(units, shares)
    return stepwise.adjusted(np.atleast_1d(_most_exact(counts, weights)), correction=correction)


def sample_ratio_over_phases(units: ArrayLike, shares: ArrayLike) -> Floats:
    """P of the units per arm added up over phases, each phase with designed shares of its own.

    units: (..., phases, arms). shares: weights that broadcast against units; 0 where an arm was to
        get no units in a phase.

    Given the units of every phase, the arms' totals are compared with those to expect by the
    quadratic form of their covariance; a loss that is small in each phase adds up. Up to
    `FEW_UNITS` units, phases are tested exactly one by one and the smallest p adjusted by Holm.

    Returns p of the batch shape, NaN without units, 0 where an arm got units in a phase that was to
    give it none. Where all phases with units have the same shares it is that of
    `sample_ratio_of_groups` of their sum. Raises ValueError as `sample_ratio`.

    Source: the score test of Mantel and Haenszel (1959), Journal of the National Cancer Institute
    22:719-748, for designed shares: the sum over strata of what is found less what is expected.

    >>> round(float(sample_ratio_over_phases([[5_400, 600], [3_000, 3_010]], [[9, 1], [1, 1]])), 3)
    0.912
    """
    given = np.asarray(shares, dtype=np.float64)
    counts, weights = _split(units, np.where(given == 0, _NEXT_TO_NONE, given))
    missing = np.broadcast_to(given == 0, counts.shape)
    share = weights / weights.sum(axis=-1, keepdims=True)
    of_phase = counts.sum(axis=-1)
    some = of_phase.sum(axis=-1) > 0
    p = _of_one_design(counts, share)
    several = some & np.isnan(p)
    if several.any():
        p[several] = _of_several_designs(counts[several], share[several])
    few = several & (of_phase.sum(axis=-1) <= FEW_UNITS)
    if few.any():
        one_by_one = sample_ratio_of_groups(counts[few], weights[few])
        p[few] = np.nanmin(one_by_one, axis=-1)
    return np.where(some & (missing & (counts > 0)).any(axis=(-2, -1)), 0, p)[()]


def _of_several_designs(counts: Floats, share: Floats) -> Floats:
    """P of what was found less what was expected, among the arms that were to get units."""
    of_phase = counts.sum(axis=-1)
    off = (counts - of_phase[..., None] * share).sum(axis=-2)
    spread = np.eye(counts.shape[-1]) * share[..., None, :] - share[..., None] * share[..., None, :]
    covariance = (of_phase[..., None, None] * spread).sum(axis=-3)
    arms = np.diagonal(covariance, axis1=-2, axis2=-1)
    drawn = arms > _NOISE * arms.sum(axis=-1, keepdims=True)
    both = drawn[..., None] & drawn[..., None, :]
    # One arm follows from the others: the pseudoinverse leaves it out.
    inverse = np.linalg.pinv(np.where(both, covariance, 0), rcond=_NOISE, hermitian=True)
    off = np.where(drawn, off, 0)
    statistic = np.einsum("...i,...ij,...j", off, inverse, off)
    rank = np.linalg.matrix_rank(np.where(both, covariance, 0), rtol=_NOISE, hermitian=True)
    return np.where(rank > 0, chdtrc(np.maximum(rank, 1), statistic), 1)


def _split(units: ArrayLike, shares: ArrayLike) -> tuple[Floats, Floats]:
    counts, weights = np.broadcast_arrays(whole(units, "units"), np.asarray(shares, dtype=float))
    demand((weights > 0) & np.isfinite(weights), weights, "shares", "must be positive and finite")
    if counts.ndim == 0 or counts.shape[-1] < 2:
        raise ValueError(f"units needs at least two arms along its last axis, got {counts.shape}")
    return counts, weights


def _result(statistic: Floats, counts: Floats, weights: Floats) -> SampleRatio:
    total = counts.sum(axis=-1, keepdims=True)
    total = np.where(total > 0, total, np.nan)
    statistic = np.where(np.isnan(total[..., 0]), np.nan, statistic)[()]
    df = counts.shape[-1] - 1
    return SampleRatio(
        statistic=statistic,
        df=df,
        p=chdtrc(df, statistic),
        cohens_w=np.sqrt(goodness_of_fit.pearson(counts, weights) / total[..., 0]),
        deviations=counts / total * weights.sum(axis=-1, keepdims=True) / weights - 1,
    )


def _of_one_design(counts: Floats, share: Floats) -> Floats:
    """P of the sums where the phases with units have one design, of two arms or of all; else NaN.

    counts, share: (..., phases, arms).
    """
    of_phase = counts.sum(axis=-1)
    fullest = np.argmax(of_phase, axis=-1)[..., None, None]
    design = np.take_along_axis(share, fullest, axis=-2)[..., 0, :]
    total, drawn = counts.sum(axis=-2), (design > 2 * _NEXT_TO_NONE).sum(axis=-1)
    alike = (of_phase.sum(axis=-1) > 0) & _alike(share, of_phase > 0)
    two = alike & (drawn == 2)
    every = alike & (drawn == counts.shape[-1]) & ~two
    p = np.full(alike.shape, np.nan)
    if every.any():
        p[every] = _most_exact(total[every], design[every])
    if two.any():
        larger = np.argsort(-design[two], axis=-1)[..., :2]
        p[two] = _exact_of_two(*(np.take_along_axis(a[two], larger, -1) for a in (total, design)))
    return p


def _alike(share: Floats, held: Bools) -> Bools:
    """Whether the phases that hold units have the same shares; share: (..., phases, arms)."""
    kept = held[..., None]
    least, most = np.where(kept, share, np.inf).min(-2), np.where(kept, share, -np.inf).max(-2)
    return np.asarray((most - least <= _SAME).all(axis=-1))


def _most_exact(counts: Floats, weights: Floats) -> Floats:
    """P of each group, as exact as its size allows; see `sample_ratio_of_groups`."""
    if counts.shape[-1] == 2:
        return np.asarray(_exact_of_two(counts, weights))
    p = np.atleast_1d(sample_ratio(counts, weights).p)
    total = counts.sum(axis=-1)
    expected = total[..., None] * weights / weights.sum(axis=-1, keepdims=True)
    few = np.atleast_1d((total > 0) & (total <= FEW_UNITS))
    thin = np.atleast_1d((total > 0) & (expected < _EXPECTED).any(axis=-1))
    if comb(FEW_UNITS + counts.shape[-1] - 1, FEW_UNITS) <= MOST_SPLITS:
        p[few] = sample_ratio_exact(np.atleast_2d(counts)[few], np.atleast_2d(weights)[few])
        thin &= ~few
    if thin.any():
        p[thin] = _against_the_rest(np.atleast_2d(counts)[thin], np.atleast_2d(weights)[thin])
    return p.reshape(total.shape)


def _against_the_rest(counts: Floats, weights: Floats) -> Floats:
    """The smallest exact p of an arm against all others, times the arms."""
    share = weights / weights.sum(axis=-1, keepdims=True)
    p = binomial_test(Binomial(counts, counts.sum(axis=-1, keepdims=True)), null=share)
    return np.asarray(np.minimum(p.min(axis=-1) * counts.shape[-1], 1))


def _exact_of_two(counts: Floats, weights: Floats) -> Floats:
    """P of two arms: that of a binomial count, of the arm with the smaller share."""
    total = counts.sum(axis=-1)
    least = np.argmin(weights, axis=-1, keepdims=True)
    units = np.take_along_axis(counts, least, axis=-1)[..., 0]
    share = np.take_along_axis(weights, least, axis=-1)[..., 0] / weights.sum(axis=-1)
    p = binomial_test(Binomial(units, total), null=share)
    return np.where(total > 0, p, np.nan)[()]


def _no_likelier(cells: Floats, means: Floats) -> Floats:
    """Probability of the splits no likelier than each cell, all of one total and its means."""
    probability = np.sort(_every_split(means))
    up_to = np.concatenate([[0], np.cumsum(probability)])
    own = np.exp(goodness_of_fit.log_poisson(cells, means).sum(axis=-1) + _norm(means))
    return np.asarray(np.minimum(up_to[np.searchsorted(probability, own * _TIE, side="right")], 1))


def _norm(means: Floats) -> Floats:
    """Less the logarithm of the Poisson probability of the total: what makes them multinomial."""
    total = np.asarray(means.sum())
    return -goodness_of_fit.log_poisson(np.rint(total), total)


def _every_split(means: Floats) -> Floats:
    """Probabilities of all splits of the total over the arms."""
    total = int(np.rint(means.sum()))
    splits = comb(total + len(means) - 1, total)
    if splits > MOST_SPLITS:
        raise ValueError(
            f"units must have at most {MOST_SPLITS} splits for an exact test, got {splits} "
            f"of {total} units over {len(means)} arms; use the chi-square test"
        )
    left, log_p = np.array([total]), _norm(means)
    values = np.arange(total + 1.0)
    for mean in means[:-1]:
        choices = left + 1
        ends = np.cumsum(choices)
        taken = np.arange(ends[-1]) - np.repeat(ends - choices, choices)
        log_p = np.repeat(log_p, choices) + goodness_of_fit.log_poisson(values, mean)[taken]
        left = np.repeat(left, choices) - taken
    return np.asarray(np.exp(log_p + goodness_of_fit.log_poisson(values, means[-1])[left]))
