"""Facts about tests of more than two arms; the golden cases hold the figures."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.multiplicity.several_arms import many_to_one, omnibus, omnibus_g, trend
from abmicro.stats.proportions import miettinen_nurminen


def test_with_two_arms_the_omnibus_test_is_the_score_test_but_for_one_unit() -> None:
    both = Binomial([56, 48], [70, 80])
    z = miettinen_nurminen.score_test(Binomial(56, 70), Binomial(48, 80)).z
    assert omnibus(both).statistic == pytest.approx(z**2 * 150 / 149, rel=1e-12)
    assert omnibus(both).df == 1


def test_with_two_arms_a_trend_is_the_difference() -> None:
    arms = Binomial([48, 56], [80, 70])
    assert trend(arms).z ** 2 == pytest.approx(omnibus(arms).statistic, rel=1e-12)
    assert trend(arms).z > 0


def test_a_trend_depends_on_the_doses_but_not_on_their_unit() -> None:
    arms = Binomial([20, 30, 60], [500, 500, 500])
    cents = trend(arms, doses=[0, 100, 500])
    assert cents.z == pytest.approx(trend(arms, doses=[0, 1, 5]).z)
    assert cents.z > trend(arms).z


@pytest.mark.parametrize("reached", [0, 100])
def test_none_or_all_reached_is_no_evidence(reached: int) -> None:
    arms = Binomial([reached] * 3, 100)
    for found in (omnibus(arms), omnibus_g(arms)):
        assert (found.statistic, found.p) == (0, 1)
    assert trend(arms) == (0, 1)


def test_an_arm_without_units_leaves_no_answer() -> None:
    arms = Binomial([[1, 2, 0], [1, 2, 3]], [[10, 10, 0], [10, 10, 10]])
    for p in (omnibus(arms).p, omnibus_g(arms).p, trend(arms).p):
        assert np.isnan(p[0])
        assert 0 < p[1] < 1


def test_at_a_thousand_million_units_a_tiny_difference_keeps_its_digits() -> None:
    n = 10**9
    arms = Binomial([500_000_000, 500_010_000], n)
    expected = 10_000**2 / (2 * n * 0.500005 * (1 - 0.500005))
    assert omnibus(arms).statistic == pytest.approx(expected, rel=1e-10)
    assert omnibus_g(arms).statistic == pytest.approx(expected, rel=1e-8)


def test_one_treated_arm_needs_no_family() -> None:
    treated, control = Binomial([244], 10_000), Binomial(200, 10_000)
    found = many_to_one(treated, control)
    assert found.adjusted == pytest.approx(found.p)
    assert found.difference.low == pytest.approx(
        miettinen_nurminen.difference(treated, control).low
    )


def test_the_joint_level_is_kept_by_higher_single_levels() -> None:
    found = many_to_one(Binomial([244, 230, 210], 10_000), Binomial(200, 10_000))
    assert (found.level > 0.95).all()
    assert (found.level < 1 - 0.05 / 3).all()


def test_goals_and_segments_are_families_of_their_own() -> None:
    treated = Binomial([[244, 230], [60, 90]], [[10_000, 10_000], [700, 800]])
    control = Binomial([[200], [50]], [[10_000], [600]])
    found = many_to_one(treated, control, level=[0.95, 0.9])
    second = many_to_one(Binomial([60, 90], [700, 800]), Binomial(50, 600), level=0.9)
    assert found.adjusted[1] == pytest.approx(second.adjusted)
    assert found.lift.high[1] == pytest.approx(second.lift.high)


def test_an_arm_without_units_does_not_widen_the_others() -> None:
    found = many_to_one(Binomial([244, 0], [10_000, 0]), Binomial(200, 10_000))
    alone = many_to_one(Binomial([244], [10_000]), Binomial(200, 10_000))
    assert found.difference.low[0] == alone.difference.low[0]
    assert np.isnan(found.difference.low[1])


def test_a_control_without_units_leaves_no_answer() -> None:
    found = many_to_one(Binomial([244, 230], 10_000), Binomial(0, 0))
    assert np.isnan(found.adjusted).all()
    assert np.isnan(found.difference.high).all()


def test_one_arm_is_no_family_of_arms() -> None:
    with pytest.raises(ValueError, match="arms needs at least two along its last axis"):
        omnibus(Binomial([3], 10))


def test_a_single_pair_is_not_many_to_one() -> None:
    with pytest.raises(ValueError, match="treated needs an axis of arms"):
        many_to_one(Binomial(3, 10), Binomial(4, 10))


@pytest.mark.parametrize(
    ("doses", "message"), [([1, 1], "must not all be equal"), ([0, np.inf], "must be finite")]
)
def test_doses_must_tell_the_arms_apart(doses: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=f"doses {message}"):
        trend(Binomial([3, 4], 10), doses=doses)
