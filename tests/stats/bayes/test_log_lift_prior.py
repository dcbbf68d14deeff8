"""Facts about the lift under a normal prior of its logarithm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, ndtr

from abmicro.stats.bayes.beta_binomial import lift_interval, posterior
from abmicro.stats.bayes.priors.lift_prior import LiftPosterior, lift_posterior
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta

Arm = tuple[int, int]


def found_for(treated: Arm, control: Arm, **choice: float) -> LiftPosterior:
    return lift_posterior(Binomial(*treated), Binomial(*control), **choice)


def figures(found: LiftPosterior) -> list[float]:
    return [float(part) for part in (found.chance, *found.lift, found.loss, found.loss_control)]


def on_a_grid(treated: Arm, control: Arm, lift_sd: float) -> list[float]:
    """The same by brute force: all pairs of a log lift and a logit of control's rate."""
    (x1, n1), (x0, n0) = treated, control
    log_lift = np.linspace(-9 * lift_sd, 9 * lift_sd, 3001)[:, None]
    odds = np.linspace(-12, 12, 1201)
    p = expit(odds)
    q = np.minimum(p * np.exp(log_lift), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        other = np.where(q < 1, x1 * np.log(q) + (n1 - x1) * np.log1p(-q), -np.inf)
    height = (x0 + 0.5) * np.log(p) + (n0 - x0 + 0.5) * np.log1p(-p) + other
    weights = np.exp(height - (log_lift / lift_sd) ** 2 / 2 - height.max())
    weights /= weights.sum()
    lifts = weights.sum(axis=1)
    middle = lifts[len(lifts) // 2] / 2
    below = np.cumsum(lifts) - lifts / 2
    ends = np.expm1(np.interp([0.5, 0.025, 0.975], below, log_lift[:, 0]))
    losses = [(weights * np.maximum(gap, 0)).sum() for gap in (p - q, q - p)]
    return [lifts[log_lift[:, 0] > 1e-12].sum() + middle, *ends, *losses]


@pytest.mark.parametrize(
    ("treated", "control", "lift_sd"),
    [((24, 300), (15, 300), 0.3), ((0, 30), (4, 30), 0.8), ((45, 90), (34, 90), 0.2)],
)
def test_all_figures_equal_those_of_a_grid(treated: Arm, control: Arm, lift_sd: float) -> None:
    found = figures(found_for(treated, control, lift_sd=lift_sd))
    assert found == pytest.approx(on_a_grid(treated, control, lift_sd), rel=2e-4, abs=1e-8)


def test_without_data_and_far_from_one_the_prior_is_left() -> None:
    found = lift_posterior(
        Binomial(0, 0), Binomial(0, 0), lift_sd=0.1, centre=0.05, prior=Beta(200, 19_800)
    )
    assert found.chance == pytest.approx(float(ndtr(0.5)), abs=1e-9)
    assert np.log1p(found.lift) == pytest.approx(
        [0.05, 0.05 - 0.1959964, 0.05 + 0.1959964], abs=1e-7
    )


def test_the_losses_differ_by_the_mean_lead() -> None:
    arms = (244, 10_000), (200, 10_000)
    there, back = (found_for(*arms, lift_sd=sd) for sd in (0.1, 0.4))
    leads = [float(found.loss_control - found.loss) for found in (there, back)]
    assert 0 < leads[0] < leads[1] < 0.0044


def test_a_modest_prior_draws_lifts_to_zero() -> None:
    arms = (244, 10_000), (200, 10_000)
    lifts = [float(found_for(*arms, lift_sd=sd).lift.estimate) for sd in (0.02, 0.1, 0.5)]
    assert 0 < lifts[0] < lifts[1] < lifts[2] < 0.22


def test_a_wide_prior_and_much_data_leave_the_rates_alone() -> None:
    counts = (2440, 100_000), (2000, 100_000)
    found = found_for(*counts, lift_sd=3)
    alone = lift_interval(*(posterior(*arm) for arm in counts))
    assert list(found.lift) == pytest.approx([float(end) for end in alone], abs=3e-4)


def test_the_lift_is_cut_where_the_treated_rate_would_pass_one() -> None:
    found = found_for((95, 100), (90, 100), lift_sd=1)
    assert found.lift.high < 0.25
    assert found.chance > 0.8


def test_many_units_narrow_the_interval_as_their_root() -> None:
    widths = [
        float(
            np.subtract(*np.log1p(found_for((n // 10, n), (n // 10, n), lift_sd=0.5).lift[:0:-1]))
        )
        for n in (10**5, 10**7, 10**9)
    ]
    assert widths[0] / widths[1] == pytest.approx(10, rel=0.01)
    assert widths[1] / widths[2] == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        ((0, 0), (0, 0)),
        ((0, 10**9), (10**9, 10**9)),
        ((10**9, 10**9), (10**9, 10**9)),
        ((10**9, 10**9), (0, 10**9)),
        ((1, 1), (0, 1)),
    ],
)
@pytest.mark.parametrize("lift_sd", [1e-4, 0.1, 3])
def test_extreme_arms_are_read_without_a_warning(
    treated: Arm, control: Arm, lift_sd: float
) -> None:
    found = found_for(treated, control, lift_sd=lift_sd)
    assert np.isfinite(figures(found)).all()
    assert 0 <= found.chance <= 1
    assert found.lift.low <= found.lift.estimate <= found.lift.high


def test_arms_and_priors_broadcast() -> None:
    found = lift_posterior(
        Binomial([[30], [40]], 1000), Binomial(30, 1000), lift_sd=[0.1, 0.2, 0.5]
    )
    assert found.chance.shape == found.lift.high.shape == (2, 3)
    alone = found_for((40, 1000), (30, 1000), lift_sd=0.2)
    assert found.loss[1, 1] == pytest.approx(float(alone.loss), rel=1e-8)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"lift_sd": 0}, "lift_sd must be positive and at most 3, got 0"),
        ({"lift_sd": 4}, "lift_sd must be positive and at most 3, got 4"),
        ({"lift_sd": np.nan}, "lift_sd must be positive and at most 3, got nan"),
        ({"lift_sd": 1, "centre": np.inf}, "centre must be finite, got inf"),
        ({"lift_sd": 1, "level": 1}, "level must lie strictly between 0 and 1"),
    ],
)
def test_a_prior_that_is_none_is_refused(choice: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        found_for((3, 10), (4, 10), **choice)
