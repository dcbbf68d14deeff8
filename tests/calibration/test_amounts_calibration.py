"""Amounts with few large orders, in tests without an effect: how often a gain or loss is claimed.

One law of order sizes in both arms, log-normal; the splits and spreads at which Welch's test alone
takes chance for a change in up to a third of tests.
"""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.means.amounts_per_unit import amount_difference, amount_noninferiority, amounts
from abmicro.stats.means.welch import Moments, welch_difference

RUNS, UNITS, BUYERS = 4000, 10_000, 0.02
WITHIN = 3 * (0.025 * 0.975 / RUNS) ** 0.5  # three Monte-Carlo standard errors of a share of 2.5 %
GRID = [(sigma, share) for sigma in (1.0, 2.0) for share in (0.5, 0.1, 0.9)]


def arm(rng: np.random.Generator, units: int, sigma: float) -> Moments:
    """Sums over units of which few buy; every run is one test."""
    buyers = rng.binomial(units, BUYERS, RUNS)
    spent = rng.lognormal(0, sigma, (RUNS, buyers.max()))
    spent[np.arange(buyers.max()) >= buyers[:, None]] = 0
    return Moments(units, spent.sum(axis=1), (spent**2).sum(axis=1))


def arms(sigma: float, share: float) -> tuple[Moments, Moments]:
    rng = np.random.default_rng(39)
    treated = round(UNITS * share)
    return arm(rng, treated, sigma), arm(rng, UNITS - treated, sigma)


@pytest.mark.slow
@pytest.mark.parametrize(("sigma", "share"), GRID)
def test_no_side_is_claimed_oftener_than_promised(sigma: float, share: float) -> None:
    found = amount_difference(amounts(*arms(sigma, share)))
    rises = np.asarray(found.estimate) > 0
    claimed = np.asarray(found.p) < 0.05
    for side in (claimed & rises, claimed & ~rises):
        assert side.mean() < 0.03 + WITHIN  # the worst cell of a wide grid is 3.0 %


@pytest.mark.slow
def test_welch_alone_does_not_hold_at_an_uneven_split() -> None:
    found = welch_difference(*arms(2.0, 0.1))
    assert (np.asarray(found.p) < 0.05).mean() > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_a_guardrail_on_its_margin_is_held_in_one_of_twenty(share: float) -> None:
    treated, control = arms(1.0, share)
    on_margin = Moments(treated.units, treated.total * 0.9, treated.squares * 0.81)
    p = amount_noninferiority(amounts(on_margin, control), null=-0.1)
    assert (np.asarray(p) < 0.05).mean() < 0.055 + 2 * WITHIN
