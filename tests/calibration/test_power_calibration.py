"""Does the planned test have the planned power? Enumerated where it can be, else simulated.

Every plan is put to the test of abmicro that it is for. Bounds are four Monte-Carlo errors wide and
a little more where the plan is a formula for large samples; what was measured stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.delta_method import clustered_difference
from abmicro.stats.means.welch import Moments, welch_difference
from abmicro.stats.multiplicity.several_arms import many_to_one
from abmicro.stats.power.carry_through import claim
from abmicro.stats.power.designs import (
    arcsine,
    design_effect,
    farrington_manning,
    farrington_manning_ratio,
    log_ratio,
    means,
    pooled,
    unpooled,
)
from abmicro.stats.power.equivalence import units_for_equivalence
from abmicro.stats.power.exact import exact_findings, units_for_rates
from abmicro.stats.power.power import Design, power_of, units_for
from abmicro.stats.power.several_arms import dunnett_alpha, power_of_arms
from abmicro.stats.proportions import margin_tests as noninferiority

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]

RUNS = 20_000
ERROR = np.sqrt(0.8 * 0.2 / RUNS)  # Monte-Carlo error of a power of 80 %
RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
LIFTS = [-0.7, -0.5, -0.3, -0.2, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0]
SPLITS = [1 / 9, 0.25, 1.0, 4.0, 9.0]
MOST = 6000  # conversions of the control beyond which nothing new is learnt


def plans() -> list[tuple[float, float, float]]:
    """Control rate, treated rate and ratio on a grid of tiny to common rates."""
    return [
        (p, p * (1 + lift), ratio)
        for ratio in SPLITS
        for p in RATES
        for lift in LIFTS
        if p * (1 + lift) < 1
    ]


def enumerated(formula: Callable[..., Design]) -> tuple[Floats, Floats]:
    """True power of the default test at the sizes of a formula, and the rarer side's units."""
    powers, rarer = [], []
    for p, q, ratio in plans():
        units = units_for(formula(p, q, ratio))
        if units.control * p > MOST:
            continue
        above, below = exact_findings(p, q, units.control, units.treated)
        powers.append(above if q > p else below)
        rarer.append(min(units.control * min(p, 1 - p), units.treated * min(q, 1 - q)))
    return np.array(powers), np.array(rarer)


def test_the_pooled_formula_keeps_its_promise_from_20_units_on() -> None:
    """Measured: 79.8 to 81.1 % from 20 on, 79.8 to 80.4 % from 50; below 20 79.6 to 85.2 %."""
    power, rarer = enumerated(pooled)
    assert power[rarer >= 20] == pytest.approx(0.8, abs=0.0125)
    assert power[rarer >= 50] == pytest.approx(0.8, abs=0.005)
    assert power.min() > 0.795
    assert power.max() > 0.84


@pytest.mark.parametrize(
    ("formula", "worst"), [(unpooled, 0.70), (arcsine, 0.78), (log_ratio, 0.73)]
)
def test_other_formulas_promise_too_much_for_uneven_splits(
    formula: Callable[..., Design], worst: float
) -> None:
    """Measured from 20 units on: 69.7, 77.4 and 72.2 %; below 20 41, 70 and 61 %."""
    power, rarer = enumerated(formula)
    assert power[rarer >= 20].min() < worst


def test_plans_of_the_default_test_have_their_power_also_for_tiny_rates() -> None:
    """Measured: 79.9 to 80.9 % for nine in ten; 85 % at most, where a few units make a tooth."""
    found = []
    for p, q, ratio in plans():
        if units_for(pooled(p, q, ratio)).control * p < 40:
            units = units_for_rates(p, q, ratio)
            above, below = exact_findings(p, q, units.control, units.treated)
            found.append(above if q > p else below)
    assert len(found) > 50
    assert min(found) > 0.795
    assert np.quantile(found, 0.9) < 0.8125


@pytest.mark.parametrize(
    ("control", "treated", "units", "ratio"),
    [
        (0.10, [0.12, 0.12, 0.10], 3000, [1.0, 1.0, 1.0]),
        (0.05, [0.06, 0.045, 0.07], 4000, [0.5, 1.0, 0.25]),
        (0.01, [0.014, 0.014], 9000, [0.7071, 0.7071]),
    ],
)
def test_three_arms_are_found_as_often_as_planned(
    control: float, treated: list[float], units: int, ratio: list[float]
) -> None:
    """Measured: within 0.3 points for each arm, 0.5 for any and every."""
    rng = np.random.default_rng(20_26)
    sizes = np.ceil(units * np.array(ratio)).astype(int)
    arms = Binomial(rng.binomial(sizes, treated, (RUNS, len(sizes))), sizes)
    found = many_to_one(arms, Binomial(rng.binomial(units, control, (RUNS, 1)), units))
    right = (found.adjusted < 0.05) & (found.z * np.sign(np.array(treated) - control) > 0)
    design, alpha = pooled(control, treated, sizes / units), dunnett_alpha(sizes / units)
    moves = np.array(treated) != control
    planned = power_of_arms(pooled(control, np.array(treated)[moves], (sizes / units)[moves]),
                            units, alpha=alpha)  # fmt: skip
    each = power_of(design, units, alpha=alpha)
    assert right.mean(axis=0)[moves] == pytest.approx(each[moves], abs=4 * ERROR)
    assert right[:, moves].any(axis=1).mean() == pytest.approx(planned.any, abs=4 * ERROR)
    assert right[:, moves].all(axis=1).mean() == pytest.approx(planned.every, abs=4 * ERROR)


@pytest.mark.parametrize(
    ("control", "lift", "ratio", "margin"),
    [(0.1, 0.0, 1.0, 0.1), (0.03, 0.02, 0.25, 0.15), (0.5, 0.0, 4.0, 0.05)],
)
def test_guardrails_hold_as_often_as_planned(
    control: float, lift: float, ratio: float, margin: float
) -> None:
    rng = np.random.default_rng(20_26)
    design = farrington_manning_ratio(control, control * (1 + lift), ratio, null=1 - margin)
    units = units_for(design, alpha=0.05, alternative="greater")
    p = noninferiority.relative_noninferiority(
        *draws(rng, control, control * (1 + lift), units), margin=margin
    ).p
    assert (p < 0.05).mean() == pytest.approx(0.8, abs=4 * ERROR)


@pytest.mark.parametrize(("control", "treated", "ratio"), [(0.1, 0.1, 1.0), (0.2, 0.205, 0.5)])
def test_equivalence_is_shown_as_often_as_planned(
    control: float, treated: float, ratio: float
) -> None:
    rng = np.random.default_rng(20_26)
    margins = (farrington_manning(control, treated, ratio, null=side * 0.02) for side in (-1, 1))
    units = units_for_equivalence(*margins)
    arms = draws(rng, control, treated, units)
    shown = noninferiority.equivalence(*arms, low=-0.02, high=0.02).p < 0.05
    assert shown.mean() == pytest.approx(0.8, abs=4 * ERROR)


def test_means_are_found_as_often_as_planned() -> None:
    """Revenue: 95 % spend nothing, the others a gamma amount."""
    rng = np.random.default_rng(20_26)
    share, shape, scale, runs = 0.05, 2.0, 20.0, 2000
    mean = share * shape * scale
    sd = np.sqrt(share * (shape + shape**2) * scale**2 - mean**2)
    units = units_for(means(0.2 * mean, sd, 1.2 * sd, ratio=0.5))

    def arm(size: float, by: float) -> Moments:
        buyers = rng.binomial(int(size), share, runs)
        values = [by * rng.gamma(shape, scale, buyer) for buyer in buyers]
        sums = ([each.sum() for each in values], [np.square(each).sum() for each in values])
        return Moments(size, *sums)

    found = welch_difference(arm(units.treated, 1.2), arm(units.control, 1.0))
    right = (found.p < 0.05) & (found.estimate > 0)
    assert right.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / runs))


def test_sessions_within_users_are_found_as_often_as_planned() -> None:
    """Sessions per user are 1 + Poisson; a user's rate is beta, which correlates sessions."""
    rng = np.random.default_rng(20_26)
    rate, lift, rho, more, runs = 0.2, 0.1, 0.15, 2.0, 2000
    inflation = design_effect(1 + more, rho, variation=np.sqrt(more) / (1 + more))
    sessions = units_for(unpooled(rate, rate * (1 + lift)).with_variance(inflation)).control
    users = int(np.ceil(sessions / (1 + more)))

    def arm(mean: float) -> PairMoments:
        strength = 1 / rho - 1
        own = rng.beta(mean * strength, (1 - mean) * strength, (runs, users))
        visits = 1 + rng.poisson(more, (runs, users))
        return PairMoments.of(rng.binomial(visits, own), visits)

    found = clustered_difference(arm(rate * (1 + lift)), arm(rate))
    right = (found.p < 0.05) & (found.estimate > 0)
    assert right.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / runs))


@pytest.mark.parametrize(
    ("carried", "bar", "shows"),
    [
        (1.0, 0.5, lambda found: found.ratio.low > 0.5),
        (0.0, 1.0, lambda found: found.ratio.high < 1),
        (1.0, 0.0, lambda found: found.macro.low > 0),
        (0.5, 0.0, lambda found: found.macro.low > 0),
    ],
)
@pytest.mark.parametrize("ratio", [1.0, 0.25])
def test_claims_about_carry_through_are_found_as_often_as_planned(
    carried: float, bar: float, shows: Callable[[Any], Any], ratio: float
) -> None:
    """Measured 78.9 to 82.7 %: sizes take the control's rates in both arms, a first-order plan."""
    rng = np.random.default_rng(20_26)
    micro, macro, lift = 0.12, 0.03, 0.1
    units = units_for(claim(lift, micro, macro, carried=carried, bar=bar, ratio=ratio))
    passes = macro / micro * (1 + lift) ** (carried - 1)
    arms = (
        funnel(rng, int(units.control), micro, macro / micro),
        funnel(rng, int(units.treated), micro * (1 + lift), passes),
    )
    assert shows(path(*map(NestedCounts, arms[::-1]))).mean() == pytest.approx(
        0.8, abs=4 * ERROR + 0.02
    )


def draws(
    rng: np.random.Generator, control: float, treated: float, units: Any
) -> tuple[Binomial, Binomial]:
    """Treated and control counts of so many experiments."""
    arms = ((units.treated, treated), (units.control, control))
    one, other = (Binomial(rng.binomial(int(n), rate, RUNS), n) for n, rate in arms)
    return one, other


def funnel(rng: np.random.Generator, units: int, micro: float, passes: float) -> Floats:
    """Units, micro and macro counts of one arm in so many experiments."""
    reached = rng.binomial(units, micro, RUNS)
    return np.stack([np.full(RUNS, units), reached, rng.binomial(reached, passes)], axis=-1)
