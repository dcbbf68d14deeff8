"""Facts about exact tests and intervals: by hand, by brute force, at the edges, bad input.

The agreement with published and recomputed values is in tests/golden, the laws in tests/laws.
"""

from __future__ import annotations

from itertools import product
from math import comb, prod
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from abmicro.stats.exact.automatic import compare
from abmicro.stats.exact.barnard_boschloo import barnard, boschloo, boschloo_no_likelier
from abmicro.stats.exact.conditional_odds_ratio import (
    common_odds_ratio,
    odds_ratio_exact,
    odds_ratio_midp,
)
from abmicro.stats.exact.fisher_tests import (
    fisher,
    fisher_half_observed,
    fisher_half_ties,
    fisher_midp,
)
from abmicro.stats.exact.one_rate import binomial_test
from abmicro.stats.exact.score_interval import exact_difference, exact_lift
from abmicro.stats.exact.several_arms import freeman_halton
from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial

TESTS: list[Any] = [fisher, fisher_midp, barnard, boschloo]
TWO_SIDED: list[Any] = [*TESTS, fisher_half_observed, fisher_half_ties, boschloo_no_likelier]
INTERVALS: list[Any] = [odds_ratio_exact, odds_ratio_midp, exact_difference, exact_lift]
GRID = np.linspace(0, 1, 2001)


def chances(trials: int, rate: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Binomial probabilities, rates down and counts across, straight from the definition."""
    x = np.arange(trials + 1)
    ways = np.array([float(comb(trials, k)) for k in x])
    rate = np.atleast_1d(rate)[:, None]
    return ways * rate**x * (1 - rate) ** (trials - x)


def every_table(nt: int, nc: int) -> tuple[Binomial, Binomial]:
    return Binomial(np.arange(nt + 1)[:, None], nt), Binomial(np.arange(nc + 1), nc)


def largest(region: np.ndarray[Any, Any], nt: int, nc: int) -> float:
    """Largest probability of a region over a fine grid of common rates."""
    return float(np.einsum("gi,ij,gj->g", chances(nt, GRID), region, chances(nc, GRID)).max())


# --- by brute force -------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(7, 9, 2, 9), (3, 12, 8, 10), (5, 7, 1, 13), (2, 2, 9, 20)])
def test_boschloo_is_the_largest_probability_of_a_fisher_p_as_small(
    counts: tuple[int, int, int, int],
) -> None:
    xt, nt, xc, nc = counts
    p = fisher(*every_table(nt, nc), alternative="greater")
    by_hand = largest(p <= p[xt, xc] * (1 + 1e-7), nt, nc)
    found = boschloo(Binomial(xt, nt), Binomial(xc, nc), alternative="greater")
    assert by_hand * (1 - 1e-12) <= found <= by_hand * 1.0001


@pytest.mark.parametrize("counts", [(9, 10, 3, 10), (12, 17, 7, 15), (1, 12, 6, 9)])
def test_barnard_counts_every_table_whose_z_ties(counts: tuple[int, int, int, int]) -> None:
    # In whole numbers: z^2 is as large if excess^2 T' (N - T') is. scipy drops such ties.
    xt, nt, xc, nc = counts
    i, j = np.indices((nt + 1, nc + 1))
    squares, spread = (i * nc - j * nt) ** 2, (i + j) * (nt + nc - i - j)
    region = (squares * spread[xt, xc] >= squares[xt, xc] * spread) & (spread > 0)
    found = barnard(Binomial(xt, nt), Binomial(xc, nc))
    by_hand = largest(region, nt, nc)
    assert by_hand * (1 - 1e-12) <= found <= by_hand * 1.0001


def test_a_ratio_beyond_the_golden_end_is_not_rejected() -> None:
    # 5/56 v 0/29: exact2x2 1.7.0 ends at 0.690, yet at 0.65 the one-sided p is above 0.025.
    assert score_p(5, 56, 0, 29, score_statistic.ratio_statistic, 0.65, 0.65 * GRID, GRID) > 0.0253
    assert exact_lift(Binomial(5, 56), Binomial(0, 29)).low + 1 < 0.651


def test_a_difference_beyond_the_golden_end_is_not_rejected() -> None:
    # 15/72 v 0/16: exact2x2 1.7.0 ends at 0.0314, yet at 0.0485 the one-sided p is above 0.025.
    rates = GRID * (1 - 0.0485)
    p = score_p(15, 72, 0, 16, score_statistic.difference_statistic, -0.0485, rates, rates + 0.0485)
    assert p > 0.025
    assert exact_difference(Binomial(0, 16), Binomial(15, 72)).high > 0.0485


@pytest.mark.parametrize(
    ("counts", "level", "rejected"),
    [((5, 5, 11, 43), 0.95, 0.11), ((2, 2, 5, 44), 0.85, 0.15), ((33, 52, 0, 4), 0.8, 0.1)],
)
def test_an_effect_kept_far_from_the_others_belongs_to_the_interval(
    counts: tuple[int, int, int, int], level: float, rejected: float
) -> None:
    xt, nt, xc, nc = counts
    low = float(exact_difference(Binomial(xt, nt), Binomial(xc, nc), level=level).low)

    def p(effect: float) -> float:
        control = GRID * (1 - abs(effect)) + max(-effect, 0)
        return score_p(
            *counts, score_statistic.difference_statistic, effect, control + effect, control
        )

    tail = (1 - level) / 2
    assert p(rejected) < tail < p(low + 1e-6)
    assert max(p(effect) for effect in np.linspace(-0.9, low - 1e-6, 40)) < tail
    assert low < rejected - 0.05


def score_p(
    xt: int, nt: int, xc: int, nc: int, statistic: Any, null: float, treated: Any, control: Any
) -> float:
    i, j = np.indices((nt + 1, nc + 1)).astype(float)
    z = statistic(i, float(nt), j, float(nc), np.float64(null))
    region = z >= z[xt, xc] - 1e-9
    weights = chances(nt, treated), chances(nc, control)
    return float(np.einsum("gi,ij,gj->g", weights[0], region, weights[1]).max())


@pytest.mark.parametrize(
    "sizes", [(7, 12), *(pytest.param(n, marks=pytest.mark.slow) for n in [(9, 30), (20, 20)])]
)
@pytest.mark.parametrize("forgone", [0, 1e-6])
def test_boschloo_rejects_equal_rates_at_most_as_often_as_it_says(
    sizes: tuple[int, int], forgone: float
) -> None:
    rejects = boschloo(*every_table(*sizes), forgone=forgone) < 0.05
    assert 0.01 < largest(rejects, *sizes) <= 0.05


@pytest.mark.parametrize("interval", [exact_difference, exact_lift])
def test_tables_of_a_batch_have_the_exact_score_intervals_they_have_alone(interval: Any) -> None:
    # Some of as many units, one twice at another level, one without treated conversions or units.
    xt, nt, xc, nc = np.array(
        [(3, 5, 1, 4), (0, 3, 2, 6), (4, 4, 1, 3), (3, 5, 1, 4), (0, 0, 1, 3)]
    ).T
    level = np.array([0.9, 0.9, 0.95, 0.5, 0.9])
    together = interval(Binomial(xt, nt), Binomial(xc, nc), level=level)
    for at in range(len(xt)):
        alone = interval(Binomial(xt[at], nt[at]), Binomial(xc[at], nc[at]), level=level[at])
        assert [one[at] for one in together] == pytest.approx([*alone], rel=1e-12, nan_ok=True)
    assert together.low[3] > together.low[0]


def test_the_binomial_test_sums_the_counts_no_likelier() -> None:
    chance = chances(11, np.array([0.3]))[0]
    p = binomial_test(Binomial(np.arange(12), 11), null=0.3)
    by_hand = [chance[chance <= own * (1 + 1e-7)].sum() for own in chance]
    assert p == pytest.approx(by_hand, rel=1e-12)


def test_the_binomial_test_keeps_the_digits_of_a_small_rate() -> None:
    # none of 3,000 million where three are expected: as likely as seven or more, to the last digit
    n, rate = 3 * 10**9, 1e-9
    p = binomial_test(Binomial([0, n], n), null=[rate, 1 - rate])
    none = np.exp(n * np.log1p(-rate))
    assert p[0] == pytest.approx(none + binom.sf(6, n, rate), rel=1e-12)
    assert p[1] == pytest.approx(p[0], rel=1e-6)  # 1 - rate is rounded by who gives it


def test_two_arms_of_freeman_halton_are_fishers_test() -> None:
    p = freeman_halton(Binomial([[3, 8], [0, 4]], [[10, 12], [5, 5]]))
    assert p == pytest.approx(fisher(Binomial([8, 4], [12, 5]), Binomial([3, 0], [10, 5])))


@pytest.mark.parametrize(("x", "n"), [((2, 0, 3), (4, 6, 9)), ((1, 3, 0, 2), (3, 5, 2, 7))])
def test_freeman_halton_sums_the_tables_no_likelier(x: tuple[int, ...], n: tuple[int, ...]) -> None:
    def ways(counts: tuple[int, ...]) -> int:
        return prod(map(comb, n, counts))

    tables = [one for one in product(*(range(k + 1) for k in n)) if sum(one) == sum(x)]
    by_hand = sum(ways(one) for one in tables if ways(one) <= ways(x)) / comb(sum(n), sum(x))
    assert freeman_halton(Binomial(x, n)) == pytest.approx(by_hand, rel=1e-12)


def test_a_batch_of_several_arms_or_strata_gives_each_case_what_it_gets_alone() -> None:
    rng = np.random.default_rng(20)
    n = rng.choice([0, 1, 4, 15, 60, 200], (40, 3))
    x = rng.binomial(n, rng.choice([0, 0.05, 0.4, 1], (40, 1)))
    x[n.sum(axis=1) > 200] //= 10
    together = freeman_halton(Binomial(x, n))
    assert together == pytest.approx(
        [float(freeman_halton(Binomial(*one))) for one in zip(x, n, strict=True)]
    )
    other = rng.binomial(n[::-1], 0.2)
    found = common_odds_ratio(Binomial(x, n), Binomial(other, n[::-1]))
    for at, arms in enumerate(zip(x, n, other, n[::-1], strict=True)):
        alone = common_odds_ratio(Binomial(*arms[:2]), Binomial(*arms[2:]))
        for name in ("p", "estimate", "low", "high"):
            expected = pytest.approx(float(getattr(alone, name)), rel=1e-10, nan_ok=True)
            assert getattr(found, name)[at] == expected


def test_a_batch_of_small_tables_gives_each_interval_what_it_gets_alone() -> None:
    counts = np.array([(8, 1000, 0, 1000), (0, 90, 9, 60), (7, 20, 1, 300), (2, 60, 3, 60)]).T
    found = compare(Binomial(*counts[:2]), Binomial(*counts[2:]), level=[0.95, 0.9, 0.99, 0.95])
    assert found.exact.all()
    assert list(found.p < 1 - np.array([0.95, 0.9, 0.99, 0.95])) == [True, True, True, False]
    for at, level in enumerate([0.95, 0.9, 0.99, 0.95]):
        one = counts[:, at]
        alone = compare(Binomial(*one[:2]), Binomial(*one[2:]), level=level)
        for effect, other in ((found.difference, alone.difference), (found.lift, alone.lift)):
            ends = [float(end) for end in other]
            assert [end[at] for end in effect] == pytest.approx(ends, rel=1e-12)


# --- none and all ---------------------------------------------------------------------------------


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("reached", [0, 10])
def test_none_or_all_in_both_arms_is_no_evidence(test: Any, reached: int) -> None:
    assert test(Binomial(reached, 10), Binomial(2 * reached, 20)) == 1


def test_none_in_both_arms_is_certain_at_rate_zero() -> None:
    assert barnard(Binomial(0, 10), Binomial(0, 10), alternative="greater") == 1


def test_without_conversions_the_odds_ratio_is_open() -> None:
    assert odds_ratio_exact(Binomial(0, 5), Binomial(0, 9))[1:] == (0, np.inf)


@pytest.mark.parametrize("test", TWO_SIDED)
def test_a_test_without_units_is_nan(test: Any) -> None:
    assert np.isnan(test(Binomial(0, 0), Binomial([1, 0], [2, 0]))).all()


@pytest.mark.parametrize("interval", INTERVALS)
def test_an_interval_without_units_is_nan(interval: Any) -> None:
    assert np.isnan(interval(Binomial(0, 0), Binomial(1, 2))[1:]).all()


def test_a_comparison_without_units_is_nan() -> None:
    found = compare(Binomial(0, 0), Binomial(1, 2))
    assert np.isnan([found.p, *found.difference, *found.lift]).all()


def test_a_stratum_without_units_says_nothing() -> None:
    with_empty = common_odds_ratio(Binomial([5, 0], [9, 0]), Binomial([2, 3], [9, 4]))
    alone = common_odds_ratio(Binomial([5], [9]), Binomial([2], [9]))
    assert with_empty.p == alone.p
    assert with_empty.high == alone.high


# --- size -----------------------------------------------------------------------------------------


def test_a_tiny_fisher_p_keeps_its_digits() -> None:
    # All of one arm, none of the other: one table in (2n choose n).
    p = fisher(Binomial(500, 500), Binomial(0, 500), alternative="greater")
    assert p == pytest.approx(1 / comb(1000, 500), rel=1e-10)


def test_a_comparison_of_a_billion_units_needs_only_its_conversions() -> None:
    # With so many units the conversions split as coins: p = 2 P(9 of 9 heads) on the condition.
    found = compare(Binomial(9, 10**9), Binomial(0, 10**9))
    assert found.exact
    assert found.p < fisher(Binomial(9, 10**9), Binomial(0, 10**9))
    assert 0 < found.difference.low < 9e-9 < found.difference.high


def test_a_p_too_small_for_a_float_is_still_one_that_rejects() -> None:
    found = compare(Binomial(128, 128), Binomial(0, 16_246))
    assert found.p == pytest.approx(2e-6)
    assert 0.8 < found.difference.low < 0.972  # 1 - 0.025 ** (1 / 128) where p has digits


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", TESTS)
def test_an_unknown_alternative_is_refused(test: Any) -> None:
    with pytest.raises(ValueError, match="alternative must be one of two-sided, greater, less"):
        test(Binomial(1, 2), Binomial(1, 2), alternative="both")


@pytest.mark.parametrize("interval", [*INTERVALS, compare, common_odds_ratio])
@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_a_level_outside_zero_and_one_is_refused(interval: Any, level: float) -> None:
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        interval(Binomial(1, 2), Binomial(1, 2), level=level)


@pytest.mark.parametrize("method", [*TWO_SIDED, *INTERVALS, compare])
def test_arms_that_do_not_broadcast_are_refused(method: Any) -> None:
    with pytest.raises(ValueError, match="shapes do not broadcast"):
        method(Binomial([1, 2], 2), Binomial([1, 2, 2], 2))


def test_forgoing_everything_is_refused() -> None:
    with pytest.raises(ValueError, match=r"forgone must lie in \[0, 1\), got 1"):
        boschloo(Binomial(1, 2), Binomial(1, 2), forgone=1)


def test_too_many_tables_are_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="too many to enumerate; test all arms with chi-square"):
        freeman_halton(Binomial([900] * 4, 1000))
